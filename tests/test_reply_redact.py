import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reply.redact import find_private


def kinds(text: str) -> dict[str, str]:
    return {r.original: r.kind for r in find_private([text]).replaced}


@pytest.mark.parametrize(
    ("text", "original", "kind"),
    [
        ("Write to ann.lee+shop@mail.example.co.uk please", "ann.lee+shop@mail.example.co.uk", "e-mail"),
        ("Ring me on 020 7946 0958.", "020 7946 0958", "phone"),
        ("Ring +44 7911 123456 tonight", "+44 7911 123456", "phone"),
        ("(415) 555-2671 is mine", "(415) 555-2671", "phone"),
        ("Tel. 030 901820.", "030 901820", "phone"),
        ("card 4111 1111 1111 1111 was charged", "4111 1111 1111 1111", "card"),
        ("pay to DE89 3704 0044 0532 0130 00 now", "DE89 3704 0044 0532 0130 00", "IBAN"),
        ("pay to GB33BUKB20201555555555", "GB33BUKB20201555555555", "IBAN"),
        ("my SSN is 536-90-4399", "536-90-4399", "national number"),
        ("my name is Ann Lee and I waited", "Ann Lee", "name"),
        ("No answer!\nKind regards,\nJürgen von Weber", "Jürgen von Weber", "name"),
        ("Ich heiße Zoë Maier.", "Zoë Maier", "name"),
        ("my account number is 00412345, pay there", "00412345", "account"),
        ("acct no. 55120", "55120", "account"),
        ("Kontonummer: 00412345", "00412345", "account"),
        ("sort code 20-45-12", "20-45-12", "account"),
        ("I live at 14 Elm Road, Leeds LS1 4AB, and wait.", "14 Elm Road, Leeds LS1 4AB", "address"),
        ("Flat 3, 22 High Street is mine", "Flat 3, 22 High Street", "address"),
        ("Send it to 123 Main St, Springfield, IL 62704", "123 Main St, Springfield, IL 62704", "address"),
        ("Ich wohne Musterstraße 5, 10115 Berlin.", "Musterstraße 5, 10115 Berlin", "address"),
        ("J'habite 12 rue de la Paix, 75002 Paris.", "12 rue de la Paix, 75002 Paris", "address"),
        ("Vivo en Calle Mayor 5, 28013 Madrid.", "Calle Mayor 5, 28013 Madrid", "address"),
        ("my postcode is LS1 4AB", "LS1 4AB", "address"),
    ],
)
def test_what_identifies_a_person_is_found(text: str, original: str, kind: str) -> None:
    assert kinds(text)[original] == kind


@pytest.mark.parametrize(
    "text",
    [
        "I paid £1,250.50 on 24.12.2026 for 3 items.",
        "The flight at 18:45 on 2026-11-02 was 25 minutes late.",
        "Order 4411 has 12 parts, 3 broke.",
        "4111 1111 1111 1112 is not a card and 12-34-56 is a sort code.",
        "Dear Sir, this is Ridiculous. Thanks Team",
        "I'm FURIOUS. Sort it out!",
        "I waited 20 minutes on Elm Road, and 14 road works later I gave up.",
        "On 3 May St Pancras was shut; my booking is X4J2KP, my seat Sitzplatz 12.",
        "My account was charged 2026 times, and the account is 30 days old.",
        "Der Hinweg 5 Stunden, hinweg 5 Tage.",
    ],
)
def test_what_identifies_nobody_stays(text: str) -> None:
    assert kinds(text) == {}


def test_a_name_is_hidden_wherever_it_stands_and_its_parts_too() -> None:
    private = find_private(["Hi, my name is Ann Lee.", "Ann called. Lee is my last name. Annual fee."])
    assert private.hide("Ann called. Lee is my last name. Annual fee.") == (
        "PERSON_2 called. PERSON_3 is my last name. Annual fee."
    )
    assert private.restore("Dear PERSON_1,") == "Dear Ann Lee,"


def test_names_of_the_thread_are_given_and_staff_words_are_no_names() -> None:
    private = find_private(["Dana never came."], names=("Dana", "Team"))
    assert private.hide("Dana never came, Team.") == "PERSON_1 never came, Team."
    assert private.without("Dana never came.") == " never came."


def test_a_token_that_stands_in_the_text_already_is_not_used() -> None:
    text = "PERSON_1 is what I wrote. My name is Ann."
    private = find_private([text])
    assert private.hide(text) == "PERSON_1 is what I wrote. My name is PERSON_2."
    assert private.restore(private.hide(text)) == text


def test_a_name_is_hidden_however_it_is_written_but_where_it_is_another_word() -> None:
    private = find_private(["anna berg here. ANNA will wait; will you?"], names=("Anna Berg", "Will"))
    shown = private.hide("anna berg here. ANNA will wait; will you?")
    assert not {"anna", "berg", "ANNA"} & set(shown.split()) and shown.endswith("will wait; will you?")
    assert private.restore(shown) == "anna berg here. ANNA will wait; will you?"


def test_a_speakers_name_in_a_script_without_capitals_is_hidden_inside_a_run_too() -> None:
    private = find_private(["我是王伟，我的包裹在哪里？王伟5"], names=("王伟", "你好"))
    assert private.hide("我是王伟，我的包裹") == "我是PERSON_1，我的包裹"
    assert private.restore(private.hide("我是王伟，王伟5")) == "我是王伟，王伟5"


def test_twenty_thousand_letters_in_a_row_are_looked_through_at_once() -> None:
    began = time.monotonic()
    for text in ("a" * 20_000, "a." * 10_000, "a@" + "b." * 10_000, "1 Aa " * 4_000):
        find_private([text])
    assert time.monotonic() - began < 2.0


PIECES = st.sampled_from(
    ["王伟", "anna", "14 Elm Road, Leeds LS1 4AB", "account number 00412345", "DANA", "Ann Lee", "my name is Ann Lee",
     "a@b.example", "+44 7911 123456", "4111 1111 1111 1111", "EMAIL_1", "PERSON_2", "DE89 3704 0044 0532 0130 00",
     "£25", "\n", "Regards,\nBo Li", " ", "Ann", "Leeds"]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map(" ".join))
def test_any_text_is_restored_to_the_letter(text: str) -> None:
    private = find_private([text], names=("Dana", "王伟"))
    assert private.restore(private.hide(text)) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ich wohne in der Heidestraße 12 in Köln", "Ich wohne in der ADDRESS_1 in Köln"),
        ("Ich wohne in der Heidestraße 12 b in Köln", "Ich wohne in der ADDRESS_1 in Köln"),
        ("Ik woon Kerkstraat 15 in Utrecht", "Ik woon ADDRESS_1 in Utrecht"),
        ("Ik woon Kerkstraat 15A.", "Ik woon ADDRESS_1."),
        ("It is acct551204.", "It is acctACCOUNT_1."),
    ],
)
def test_what_is_found_inside_a_sentence_is_hidden_there(text: str, shown: str) -> None:
    assert find_private([text]).hide(text) == shown


SENTENCES = st.sampled_from(
    ["Ich wohne Heidestraße 12 in Köln", "Kerkstraat 15 in Utrecht", "14 Elm St.Leeds", "acct551204", "a@b.example1",
     "Calle Mayor 5 in Madrid", "sort code 20-45-12x", "12 rue de la Paix à Paris", "Tel. 030 901820 x", "Ann"]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, SENTENCES), max_size=8).map(" ".join))
def test_nothing_that_is_found_is_still_there_when_it_is_hidden(text: str) -> None:
    private = find_private([text], names=("Dana", "王伟"))
    shown = private.hide(text)
    assert not [
        r for r in private.replaced if r.original in shown and (r.kind != "name" or r.original in shown.split())
    ]


def test_a_name_that_the_thread_gives_in_small_letters_is_hidden_however_it_is_written() -> None:
    text = "They told Jane Smith to wait. jane waited, and Will you?"
    assert find_private([text], names=("jane smith",)).hide(text).split()[2:] == [
        "PERSON_4", "to", "wait.", "PERSON_2", "waited,", "and", "Will", "you?"
    ]  # fmt: skip
    said = "the gym told me that will is away"
    assert find_private([said], names=("the gym", "me", "will")).hide(said) == said


def test_the_parts_of_a_name_without_capitals_are_hidden_but_not_inside_another_word() -> None:
    private = find_private(["اتصل محمد. ومحمد عليه"], names=("محمد علي", "田中 太郎"))
    shown = private.hide("اتصل محمد. ومحمد عليه، 田中です")
    assert "محمد" not in shown and "田中" not in shown and "عليه" in shown
