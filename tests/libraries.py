"""Small libraries that a test opens itself, and embedders that fail or differ."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from knowledge import EmbedderError, Library

TODAY = date(2026, 11, 23)
TOWELS = (
    "# House rules\n\n## Towels\n\nBring a towel of your own.\n\n## Parking\n\nParking behind the club is free.\n"
)


class WordEmbedder:
    """A cheap embedder for tests of the library's own logic: bags of hashed words."""

    fingerprint = "words-test"

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: list[str]) -> np.ndarray:
        self.embedded += texts
        out = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                out[row, sum(map(ord, word)) % 64] += 1
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


class OtherEmbedder(WordEmbedder):
    fingerprint = "other-test"


class FailingEmbedder(WordEmbedder):
    """Breaks off once it has been asked ``good`` times."""

    def __init__(self, good: int) -> None:
        super().__init__()
        self.good = good

    def embed(self, texts: list[str]) -> np.ndarray:
        if self.good == 0:
            raise EmbedderError("The service fails.")
        self.good -= 1
        return super().embed(texts)


Open = Callable[..., Library]


def policy(files: Path, name: str, front: str, text: str) -> None:
    (files / f"{name}.md").write_text(
        f"---\nid: {name}\ntitle: {name}\nkind: policy\n{front}\n---\n## Rule\n\n{text}\n"
    )


def ids(library: Library, query: str, **options: object) -> list[str]:
    return [p.id for p in library.search(query, today=TODAY, **options)]  # type: ignore[arg-type]


def names(paths: list[str]) -> list[str]:
    return sorted(Path(p).name for p in paths)


def copied(folder: Path, to: Path) -> Path:
    """A copy of a shared data folder, without what SQLite keeps beside a file that another test has open: that comes
    and goes while the folder is copied.
    """
    return Path(shutil.copytree(folder, to, ignore=shutil.ignore_patterns("*-shm", "*-wal")))
