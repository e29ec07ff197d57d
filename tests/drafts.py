"""A late session at the gym, what a model may answer to it, and drafts of it: for the tests of the reply desk."""

import json

from assistant.reply.channels import shape
from assistant.reply.draft import Draft, Drafted, Event
from assistant.reply.drafting import ReplyDesk
from tests.scripted import ScriptedServer

LATE = (
    "My trainer strolled in 25 minutes after we were meant to start. Again!! I pay £55 for an hour, "
    "not for half of one. I left after waiting. I want that session back."
)
SECTION = "gym-bookings#sessions-that-start-late-because-of-us"
RULE = (
    "When a trainer starts a personal-training session more than 20 minutes late, an agent may, without asking "
    "anyone, return the whole session to the member's package or refund its £55 price."
)
SORRY = {"purpose": "acknowledge", "text": "Your trainer came 25 minutes late. That was our mistake.", "quotes": []}
OFFER = {
    "purpose": "offer",
    "text": "I can refund you the £55 price of the session.",
    "quotes": [{"passage": SECTION, "words": RULE}],
}
INVENTED = {"purpose": "offer", "text": "I will also refund you £900.", "quotes": OFFER["quotes"]}
RETOLD = "You tell us that your trainer strolled in 25 minutes after you were meant to start, and that you left."
PLAIN = "The draft is in code's plain wording."


def answer(*made: dict[str, object], outcome: str = "reply") -> str:
    return json.dumps({"outcome": outcome, "parts": list(made)})


async def events(
    desk: ReplyDesk, text: object = LATE, policy_set: str = "gym", owner: str = "local", **chosen: str
) -> list[Event]:
    made = desk.draft(text, policy_set=policy_set, shape=shape(**chosen), owner=owner)
    return [event async for event in made]


async def drafted(desk: ReplyDesk, text: object = LATE, policy_set: str = "gym", **chosen: str) -> Draft:
    last = (await events(desk, text, policy_set, **chosen))[-1]
    assert isinstance(last, Drafted)
    return last.draft


def sent(server: ScriptedServer, request: int = 0) -> str:
    return "\n".join(m["content"] for m in server.requests[request]["messages"])
