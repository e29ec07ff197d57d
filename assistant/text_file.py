"""Text that a command is given: a file, or standard input."""

import sys
from pathlib import Path

from assistant.errors import InputError


def read_text(name: str) -> str:
    """The text of a file, or of standard input where ``name`` is "-".

    Raises:
        InputError: it cannot be read, or is not UTF-8.
    """
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}. Give a text file, or - for input.") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 text. Give a text file.") from error
