"""Text that a command is given: a file, or standard input."""

import sys
from pathlib import Path

from assistant.errors import InputError
from assistant.reply.thread import decode


def read_text(name: str) -> str:
    """The text of a file (UTF-8, UTF-16, a mail), or of standard input where ``name`` is "-".

    Raises:
        InputError: it cannot be read, or is no text.
    """
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}. Give a text file, or - for input.") from error
    return decode(data, "standard input" if name == "-" else name)
