"""What judges answered, kept on disk so that a replay needs no model.

    recordings = Recordings(Path("judge.jsonl"))
    recordings.find(key)          # the recorded answer, or None
    recordings.add(recording)     # written at once

    {"key": "9f2c…", "model": "m", "criterion": "self-oriented", "version": "1a2b3c4d",
     "answer": {"criterion": "self-oriented", "quotes": ["…"], "reasons": "…", "verdict": "met"}}

A key is the hash of everything that was asked, of the model's name and of the criterion's
version: when any of them changes, the recording no longer fits, and that is what a replay reports.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.message import Message
from evals.rows import append, kept_rows


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
        self._known = {recording.key: recording for recording in kept_rows(path, Recording)}

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
        append(self.path, recording)


def key_of(messages: Sequence[Message], schema: dict[str, Any], model: str, version: str) -> str:
    """The key of a question: 24 hexadecimal digits."""
    asked = json.dumps([list(messages), schema, model, version], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(asked.encode()).hexdigest()[:24]
