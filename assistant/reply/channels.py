"""Where a reply goes, how it sounds and how long it is (``channels.yaml``)."""

from functools import cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from assistant.errors import InputError
from knowledge import shipped

Channel = Literal["e-mail", "chat", "review reply", "letter", "phone script"]
Tone = Literal["warm", "plain", "formal"]
Length = Literal["short", "medium", "long"]
Voice = Literal["written", "spoken", "public"]
Stance = Literal["best", "accept", "decline kindly", "ask for information"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
TONES: tuple[Tone, ...] = get_args(Tone)
LENGTHS: tuple[Length, ...] = get_args(Length)
STANCES: tuple[Stance, ...] = get_args(Stance)
_FILE = Path(__file__).parent / "channels.yaml"


class Shape(BaseModel):
    """What the agent chose. ``stance`` is what the reply does in substance; ``best`` leaves it to policy.

    ``section`` is the id of the policy section that it is to rest on; empty leaves it to the search. What is not
    ``framed`` has an opening and a closing of its own.
    """

    model_config = ConfigDict(frozen=True)

    channel: Channel = "e-mail"
    tone: Tone = "warm"
    length: Length = "medium"
    stance: Stance = "best"
    section: str = ""
    framed: bool = True

    @property
    def words(self) -> int:
        """The most words of the reply."""
        return round(_channel(self.channel).words * float(str(_data()["lengths"][self.length])))

    @property
    def warning(self) -> str:
        """What to make sure of in this channel; empty where there is nothing."""
        return _channel(self.channel).warns

    @property
    def public(self) -> bool:
        """Whether anybody may read the reply."""
        return self.channel == "review reply"

    @property
    def voice(self) -> Voice:
        """How it reaches the customer."""
        return "public" if self.public else "spoken" if self.channel == "phone script" else "written"

    def asked(self) -> dict[str, str]:
        """What a model is told, as a prompt's variables."""
        stance = " ".join(str(_data()["stances"][self.stance]).split())
        return {
            "channel": " ".join(_channel(self.channel).asks.split()),
            "tone": str(_data()["tones"][self.tone]),
            "words": str(self.words),
            "stance": f"\n- {stance}" if stance else "",
        }

    def frame(self, body: str, name: str = "") -> str:
        """An English reply with the channel's opening and closing, unless it has its own."""
        if not self.framed:
            return body
        chosen = _channel(self.channel)
        opening = chosen.opening.replace("NAME", name or "[customer's name]")
        return "\n\n".join(filter(None, (opening, body, chosen.closing)))


def shape(
    channel: str = "e-mail", tone: str = "warm", length: str = "medium", stance: str = "best", section: str = ""
) -> Shape:
    """A shape from words.

    Raises:
        InputError: one of them is none of those there are; names them.
    """
    given = {"channel": channel, "tone": tone, "length": length, "stance": stance}
    there = {"channel": CHANNELS, "tone": TONES, "length": LENGTHS, "stance": STANCES}
    for what, value in given.items():
        if value not in there[what]:
            raise InputError(f"There is no {what} '{value}'. There are: {', '.join(there[what])}.")
    return Shape.model_validate(given | {"section": section})


class _ChannelData(BaseModel):
    model_config = ConfigDict(extra="forbid")

    words: int
    opening: str
    closing: str
    asks: str
    warns: str = ""


@cache
def _data() -> dict[str, dict[str, object]]:
    data: dict[str, dict[str, object]] = shipped.read(_FILE)
    return data


@cache
def _channel(name: str) -> _ChannelData:
    return _ChannelData.model_validate(_data()["channels"][name])
