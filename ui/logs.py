"""What is logged, as lines that nobody else can write.

    log_plainly()
    log.warning("no such file: %s", name)      # one line, whatever the name holds

A name, a path or a turn may hold line ends and a terminal's control codes: they are written out, and every line of a
traceback begins with a bar.
"""

import logging
import unicodedata
from typing import Any

BAR = "  | "
HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories of characters that nobody sees, or that begin a new line."""


class Plain(logging.Formatter):
    """One line a message; control characters written out; a traceback's lines after ``BAR``."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The message's one line."""
        return spelt(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        """The traceback, line by line after the bar."""
        return "\n".join(BAR + spelt(line) for line in super().formatException(ei).splitlines())

    def formatStack(self, stack_info: str) -> str:
        """The stack, line by line after the bar."""
        return "\n".join(BAR + spelt(line) for line in stack_info.splitlines())


def log_plainly(level: int = logging.WARNING) -> None:
    """Have all that is logged from ``level`` on written so, to the error stream."""
    handler = logging.StreamHandler()
    handler.setFormatter(Plain("%(levelname)s %(name)s: %(message)s"))
    handler.setLevel(level)  # some libraries set their own loggers to less
    logging.basicConfig(level=level, handlers=[handler], force=True)


def spelt(text: str) -> str:
    """The text with line ends, control and direction characters written out."""
    return "".join(c.encode("unicode_escape").decode() if unicodedata.category(c) in HIDDEN else c for c in text)
