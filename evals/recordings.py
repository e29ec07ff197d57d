"""What judges answered, kept on disk so that a replay needs no model.

    recordings = Recordings(Path("judge.jsonl"))
    recordings.find(key)          # the recorded answer, or None
    recordings.add(recording)     # written at once

    {"key": "9f2c…", "model": "m", "rubric": "empathy", "criterion": "self-oriented", "version": "1a2b3c4d",
     "answer": {"criterion": "self-oriented", "quotes": ["…"], "reasons": "…", "verdict": "met"}}

A key is the hash of everything that was asked, of the model's name and of the criterion's
version: when any of them changes, the recording no longer fits, and that is what a replay reports.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.message import Message
from evals.errors import EvalError


class Recording(BaseModel):
    """One question's answer, as the judge gave it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    model: str
    criterion: str
    version: str
    answer: dict[str, Any]


class Recordings:
    """A file of recordings; it may not exist yet. A last line torn by a crash is passed over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, Recording] = {}
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        for number, line in enumerate(lines, 1):
            try:
                recording = Recording.model_validate_json(line)
            except ValidationError as error:
                if number == len(lines):
                    continue
                raise EvalError(f"{path.name}, line {number}: {error.errors()[0]['msg']}.") from error
            self._known[recording.key] = recording

    @property
    def models(self) -> tuple[str, ...]:
        """The models that answered, sorted."""
        return tuple(sorted({r.model for r in self._known.values()}))

    def find(self, key: str) -> Recording | None:
        """The recording of this key."""
        return self._known.get(key)

    def add(self, recording: Recording) -> None:
        """Keep a recording, on disk before this returns."""
        self._known[recording.key] = recording
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(recording.model_dump_json() + "\n")
            file.flush()
            os.fsync(file.fileno())


def key_of(messages: Sequence[Message], schema: dict[str, Any], model: str, version: str) -> str:
    """The key of a question: 24 hexadecimal digits."""
    asked = json.dumps([list(messages), schema, model, version], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(asked.encode()).hexdigest()[:24]
