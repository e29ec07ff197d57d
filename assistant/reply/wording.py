"""How code words the opening and the close of a reply where no model does (``wording.yaml``).

opening("I took a day off and nobody came.", ["being ignored"], public=False)
# You wrote: “I took a day off and nobody came.” I am sorry that this happened. Nobody should be left …
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from assistant.reply.echo import Nearness, bereaved, own_words

Then = Literal["offered", "explained", "passed on"]
"""What a reply has said before it closes."""


def opening(message: str, feels: list[str], public: bool, near: Nearness | None = None) -> str:
    """The customer's own words and one sentence beside them.

    Only what is certain is said: that it happened, or that there was trouble; whose fault it was nobody here knows.

    Args:
        feels: the feelings that the card shows.
        public: whether anybody may read it: then no figure is quoted.
    """
    data, own = _data(), own_words(message, public, near)
    if bereaved(message):
        return str(data["condolence"])
    felt = next((said for feeling, said in data["feelings"].items() if feeling in feels), "")
    if not own.text:
        return str(data["nothing"])
    quoted = f"You {'asked' if own.kind == 'asked' else 'wrote'}: “{own.text}”"
    quoted += "" if re.search(r"[.!?…]$", own.text) else "."
    beside = {"told": data["told"], "said": data["trouble"], "asked": data["trouble"] if feels else ""}
    beside["wants"] = data["trouble"] if feels else data["need"]
    return " ".join(filter(None, (quoted, beside[own.kind], felt)))


def asking() -> str:
    """What somebody is asked who has not said what it is about."""
    return str(_data()["ask"])


def closing(then: Then) -> str:
    """What happens next, who does it and until when."""
    return str(_data()["next"][then])


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "wording.yaml").read_text(encoding="utf-8"))
    return data
