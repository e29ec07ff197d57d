"""What anybody may send, made up by hypothesis: it is taken, or refused in words; nothing else."""

import base64
import codecs
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import hidden
from assistant.errors import InputError, ScenarioError
from assistant.reply.thread import read_thread
from assistant.reply.verify import Part, Quote, locate, verify
from assistant.roleplay import patterns
from assistant.roleplay.scenario import FOLDER, load_scenario
from knowledge import Passage
from knowledge.load import Meta
from knowledge.sections import Section

TEXT = st.text(max_size=400)
LINES = st.lists(
    st.one_of(
        TEXT,
        st.sampled_from(
            [
                "From: a@b.c", "> quoted", "On Monday Ann wrote:", "[10:01] Ann: hi", "Agent: no", "-----", "{",
                '{"messages":',
                "Subject: Re: it", "=?utf-8?b?w6k=?=", "Content-Type: text/html", "<p>", "\u202e", "```",
            ]
        ),
    ),
    max_size=12,
)  # fmt: skip
GYM = (FOLDER / "gym-double-booking.yaml").read_text(encoding="utf-8")
PASSAGE = Passage(
    Section("p#a", "p", "A", "A", "An agent may refund up to £20 alone. Code AB-12-XYZ9 is for staff."),
    Meta(id="p", title="P", kind="policy", set="gym", audience="internal"), 0.0, 0.0, "",
)  # fmt: skip


@given(LINES)
def test_a_thread_is_read_or_refused_in_words(lines: list[str]) -> None:
    try:
        thread = read_thread("\n".join(lines))
    except InputError as error:
        assert str(error)
    else:
        assert thread.messages and thread.customer.strip()


@settings(max_examples=60)
@given(st.integers(0, len(GYM) - 1), st.text(max_size=20), st.integers(0, 40))
def test_a_scenario_file_is_loaded_or_refused_by_name(at: int, put: str, cut: int) -> None:
    path = Path(f"/{FOLDER}/gym-double-booking.yaml")
    broken = GYM[:at] + put + GYM[at + cut :]

    class File(type(path)):  # type: ignore[misc]
        def read_text(self, *given: object, **named: object) -> str:
            return broken

        def read_bytes(self) -> bytes:
            return broken.encode("utf-8", "surrogatepass")

    try:
        load_scenario(File(path))
    except ScenarioError as error:
        assert "gym-double-booking" in str(error)


@given(TEXT, TEXT, st.lists(st.tuples(st.sampled_from(["p#a", "p#b", ""]), TEXT), max_size=3))
def test_verification_takes_any_words_and_blocks_what_it_found(
    text: str, english: str, quoted: list[tuple[str, str]]
) -> None:
    quotes = tuple(Quote(passage=p, words=w) for p, w in quoted)
    checked = verify(Part(purpose="offer", text=text, english=english, quotes=quotes), {"p#a": PASSAGE}, "Refund me!")
    assert checked.blocked == any(f.kind != "quote not found" for f in checked.findings)


@given(TEXT, TEXT)
def test_a_quote_that_is_located_stands_there(words: str, text: str) -> None:
    if place := locate(words, text):
        assert 0 <= place[0] < place[1] <= len(text)
        found, wanted = (re.sub(r"\W+", "", t).casefold() for t in (text[slice(*place)], words))
        assert found == wanted


@given(st.sampled_from(["", "Fine. ", "It is "]), st.sampled_from("abcdefgh"), st.integers(100000, 999999))
def test_a_secret_is_found_in_the_usual_codes_and_not_where_it_is_not(before: str, letter: str, number: int) -> None:
    secret = f"KEEL-{letter.upper()}{number}-Q"
    for coded in (
        secret,
        base64.b64encode(secret.encode()).decode(),
        secret.encode().hex(),
        codecs.encode(secret, "rot13"),
        secret[::-1],
        " ".join(secret),
    ):
        assert hidden.carries(before + coded, [secret])
    assert not hidden.carries(f"{before}You booked Dana for six o'clock, and nobody rang me.", [secret])


@given(TEXT)
def test_no_text_is_too_strange_to_be_looked_through(text: str) -> None:
    hidden.coded(text, "")
    hidden.carries(text, ["KEEL-123456"])
    patterns.read(text)


@pytest.mark.parametrize(
    "line",
    [
        "Your order 1234-5678-9012 left on 3 March; the link stands in our mail of Tuesday.",
        "Please write to the team; our opening hours are 9:00-17:30, and the fee was £1,250.00.",
        "ORD-2026-0001234 and the e-mail-address ann.o'hara@example.org",
        "Donaudampfschifffahrtsgesellschaft is one word, and so is antidisestablishmentarianism.",
    ],
)
def test_what_people_write_is_not_taken_for_code(line: str) -> None:
    assert hidden.coded(line, "") == ""


@pytest.mark.parametrize(
    "line", ["Ring me on 01 23 45 67 89.", "It is +49 30 12 34 56 78.", "I am free at 10, 11, 12, 13, 14 or 15."]
)
def test_numbers_that_a_person_gives_are_no_code(line: str) -> None:
    assert hidden.coded(line, "") == ""


@pytest.mark.parametrize(
    "line",
    ["77 97 114 108 105 110 45 55", "13 10 18 12 19 14 20", "68 65 6c 6c 6f 20 61", "4d 61 72 6c 69 6e"]
    + ["... --- ... -.-. --- -.. .", "147 151 166 145 040 155 145 040"],
)
def test_numbers_that_decode_to_letters_are_one(line: str) -> None:
    assert hidden.coded(line, "") != ""
