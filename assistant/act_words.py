"""Words that show an act in a sentence, whoever said it: ``act_words.yaml``, quick, blunt, and always there.

hits("I'm sorry we gave your slot away.")      # {"owned_apology": "sorry we"}
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from knowledge import shipped
from knowledge.shipped import Pattern

FILE = Path(__file__).parent / "act_words.yaml"


@lru_cache(maxsize=4096)
def hits(sentence: str) -> Mapping[str, str]:
    """Act id → the words matched in one sentence; a turn is asked about several times."""
    found: dict[str, str] = {}
    for act, words in _known().items():
        match = next((m for p in words.wanted if (m := p.search(sentence))), None)
        if match and not any(p.search(sentence) for p in words.unwanted):
            found[act] = match[0].strip()
    return MappingProxyType(found)


class _Words(BaseModel):
    """What shows an act in a sentence, and what takes that back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wanted: tuple[Pattern, ...] = Field(alias="any")
    unwanted: tuple[Pattern, ...] = Field((), alias="not")


@cache
def _known() -> dict[str, _Words]:
    return shipped.read_as(FILE, dict[str, _Words])
