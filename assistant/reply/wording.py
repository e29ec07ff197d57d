"""How code words the opening and the close of a reply where no model does (``wording.yaml``).

quoted(Own("I took a day off and nobody came.", "told"))     # You wrote: “I took a day off and nobody came.”
beside(Own("I took a day off and nobody came.", "told"), ["being ignored"])
# I am sorry that this happened, and nobody should be left waiting like that.
"""

import re
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from assistant.reply.channels import Voice
from assistant.reply.echo import Kind, Own
from knowledge import shipped
from knowledge.shipped import Fields

FILE = Path(__file__).with_suffix(".yaml")
Then = Literal["offered", "accepted", "explained", "taken up", "passed on", "staying"]
"""What a reply has said before it closes."""


_WROTE, _TOLD = "You wrote: “", "You told us: “"


def quoted(own: Own, voice: Voice = "written") -> str:
    """The customer's own words, told back to them as theirs; without a text, that they were read."""
    if not own.text:
        return _data().unquoted if own.kind else _data().nothing
    stop = "" if re.search(r"[.!?…]$", own.text) else "."
    return in_voice(f"{'You asked: “' if own.kind == 'asked' else _WROTE}{own.text}”{stop}", voice)


def in_voice(said: str, voice: Voice) -> str:
    """What quotes a customer, as it is said: on the telephone nobody wrote."""
    before, now = (_WROTE, _TOLD) if voice == "spoken" else (_TOLD, _WROTE)
    return f"{now}{said.removeprefix(before)}" if said.startswith(before) else said


def beside(own: Own, feels: list[str], answered: bool = True) -> str:
    """What is said beside the customer's words.

    Only what is certain is said: that it happened, or that there was trouble; whose fault it was nobody here knows.

    Args:
        feels: the feelings that the card shows.
        answered: whether policy says something to it; a question that nothing answers is owned up to.
    """
    if not own.kind:
        return ""
    data = _data()
    felt = next((said for feeling, said in data.feelings.items() if feeling in feels), "")
    said = {"told": data.told, "said": data.trouble, "asked": data.trouble if feels else ""}
    said["wants"] = data.trouble if feels else data.need
    unanswered = data.unanswered if own.kind == "asked" and not answered else ""
    sorry = ", and ".join(filter(None, (said[own.kind], felt)))  # both in one sentence, as the guides have it
    return " ".join(filter(None, (f"{sorry}." if sorry else "", unanswered)))


def condolence() -> str:
    """What is said first to somebody who has lost somebody."""
    return _data().condolence


def despair() -> str:
    """What is said first to somebody who may harm themselves."""
    return _data().despair


def believed() -> str:
    """What is said first to somebody who was touched, attacked or followed."""
    return _data().believed


def welcome() -> str:
    """What is said to somebody who only thanks."""
    return _data().thanked


def received() -> str:
    """What is said first to somebody who has said nothing of what it is about."""
    return _data().nothing_said


def matter() -> str:
    """What they are asked."""
    return _data().ask.matter


def asking(told: Kind, wants: bool, happened: bool = True) -> str:
    """What somebody is asked to whom nothing can be offered: what happened, or when and where, and what they want.

    Args:
        told: what the sentence does that is told back; empty if there is none.
        wants: whether they said what they want.
        happened: whether they tell of something that has a time and a place, and not when it was.

    Returns:
        The question; empty if all of it was said.
    """
    ask = _data().ask
    if told and not happened:
        return "" if wants else ask.remedy
    return ask.what_happened if not told else ask.when_and_where if wants else ask.more


def amends() -> str:
    """What is asked beside a fact that is missing."""
    return _data().ask.amends


def closing(then: Then, voice: Voice = "written") -> str:
    """What happens next, who does it and until when."""
    data = _data()
    said = {"written": data.next_written, "spoken": data.next_spoken, "public": data.next_public}
    return said[voice].get(then) or data.next_written[then]


def close_of(text: str) -> Then | None:
    """Which close of code's a text is, in whatever voice; None if it is none."""
    closes: tuple[Then, ...] = get_args(Then)
    voices: tuple[Voice, ...] = get_args(Voice)
    return next((then for then in closes if text in [closing(then, voice) for voice in voices]), None)


class _Ask(Fields):
    matter: str
    what_happened: str
    when_and_where: str
    more: str
    remedy: str
    amends: str


class _Wording(Fields):
    condolence: str
    despair: str
    believed: str
    thanked: str
    nothing_said: str
    told: str
    need: str
    trouble: str
    unanswered: str
    nothing: str
    unquoted: str
    feelings: dict[str, str]
    ask: _Ask
    next_written: dict[Then, str]
    next_spoken: dict[Then, str]
    next_public: dict[Then, str]


@cache
def _data() -> _Wording:
    return shipped.read_as(FILE, _Wording)
