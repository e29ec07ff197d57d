"""How code words the opening and the close of a reply where no model does (``wording.yaml``).

opening(Own("I took a day off and nobody came.", "told"), ["being ignored"])
# You wrote: “I took a day off and nobody came.” I am sorry that this happened. Nobody should be left …
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

from assistant.reply.echo import Own
from knowledge import shipped

Then = Literal["offered", "explained", "passed on"]
"""What a reply has said before it closes."""


def opening(own: Own, feels: list[str], answered: bool = True) -> str:
    """The customer's own words and what is said beside them.

    Only what is certain is said: that it happened, or that there was trouble; whose fault it was nobody here knows.

    Args:
        feels: the feelings that the card shows.
        answered: whether policy says something to it; a question that nothing answers is owned up to.
    """
    data = _data()
    felt = next((said for feeling, said in data["feelings"].items() if feeling in feels), "")
    if not own.text:
        return str(data["nothing"])
    quoted = f"You {'asked' if own.kind == 'asked' else 'wrote'}: “{own.text}”"
    quoted += "" if re.search(r"[.!?…]$", own.text) else "."
    beside = {"told": data["told"], "said": data["trouble"], "asked": data["trouble"] if feels else ""}
    beside["wants"] = data["trouble"] if feels else data["need"]
    unanswered = data["unanswered"] if own.kind == "asked" and not answered else ""
    return " ".join(filter(None, (quoted, beside[own.kind], felt, unanswered)))


def condolence() -> str:
    """What is said first to somebody who has lost somebody."""
    return str(_data()["condolence"])


def asking() -> str:
    """What somebody is asked who has not said what it is about."""
    return str(_data()["ask"])


def closing(then: Then) -> str:
    """What happens next, who does it and until when."""
    return str(_data()["next"][then])


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = shipped.read(Path(__file__).parent / "wording.yaml")
    return data
