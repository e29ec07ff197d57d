"""Who writes a policy is told what it authorises as drafts read it."""

import time

import pytest

from assistant.reply.authority import Told, told
from knowledge import Library

GRANT = "When a bill is wrong, an agent may, without asking anyone, refund it."
REFUSAL = "Refunding data that was used is refused, because the carrier charges for it."
HALF = "A roaming bill above £60 can be halved once per customer without asking anyone."


def test_what_sounds_like_a_grant_and_is_none_is_told_with_the_form_to_write() -> None:
    found = told([f"{GRANT} {REFUSAL}", f"- {HALF}"])
    assert found == Told(1, 1, (HALF,))
    form = "a grant reads “An agent may, without asking anyone, …”."
    assert str(found) == f"1 sentence grants something, 1 refuses. “{HALF}”: no draft offers that by itself; {form}"


@pytest.mark.parametrize(
    "line",
    [
        "Refunding more than £40 needs the billing manager's approval, given within one day.",
        "An agent may not pay more than £90, because it cannot be booked.",
        "We are sorry for every dropped call.",
        "A cabin bag that is too large costs €50 at the gate.",
        "Agents must be polite.",
    ],
)
def test_what_reserves_forbids_or_only_tells_is_no_grant_gone_wrong(line: str) -> None:
    assert told([line]) == Told()


def test_a_long_price_list_is_read_at_once() -> None:
    began = time.perf_counter()
    told(["£1 " * 20_000])
    assert time.perf_counter() - began < 1


def test_every_shipped_public_policy_grants_and_refuses(library: Library) -> None:
    for meta in library.documents():
        if meta.kind == "policy" and meta.audience == "public":
            found = told(section.text for section in library.sections(meta.id))
            assert found.grants > 5 and found.refuses, meta.id
