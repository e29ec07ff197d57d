"""JSON lines on disk: read by their schema, and appended so that a crash loses nothing that was finished.

load_rows(path, VerifyCase)       # a file that was written at once: every line must fit
kept_rows(path, Recording)        # a file that grows: a last line that a crash tore is passed over
append(path, recording)           # on disk when this returns
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from evals.errors import EvalError
from knowledge import shipped

Row = TypeVar("Row", bound=BaseModel)


def load_rows(path: Path, schema: type[Row]) -> list[Row]:
    """The rows of a file, one of ``schema`` a line.

    Raises:
        EvalError: a line breaks the schema; names file, line and field.
    """
    return _rows(path.name, path.read_text(encoding="utf-8").splitlines(), schema)


def kept_rows(path: Path, schema: type[Row]) -> list[Row]:
    """The rows of a file that ``append`` writes; none where there is no file yet.

    Raises:
        EvalError: a whole line breaks the schema; names file, line and field.
    """
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8", errors="replace")
    whole, end, last = text.rpartition("\n")
    return _rows(path.name, (text if _is_json(last) else whole + end).splitlines(), schema)


def append(path: Path, row: BaseModel) -> None:
    """Add a row, on disk when this returns; what a crash left of another line is cut off before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mend(path)
    with path.open("ab") as file:
        file.write(f"{row.model_dump_json()}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def mend(path: Path) -> None:
    """End a file's last line, or cut it off if a crash tore it: it would swallow the next one."""
    if not path.is_file() or path.stat().st_size == 0:
        return
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        if file.read() == b"\n":
            return
        file.seek(0)
        data = file.read()
        start = data.rfind(b"\n") + 1
        if _is_json(data[start:].decode("utf-8", errors="replace")):
            file.write(b"\n")
        else:
            file.truncate(start)


def _rows(name: str, lines: Iterable[str], schema: type[Row]) -> list[Row]:
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(schema.model_validate_json(line))
        except ValidationError as error:
            what = shipped.first_fault(error, "the line")
            raise EvalError(f"{name}, line {number}, {what}. Expected a {schema.__name__}.") from error
    return rows


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
