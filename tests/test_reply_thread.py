import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import InputError
from assistant.reply.thread import MAX_CHARACTERS, read_thread


def test_a_plain_message_is_the_customers() -> None:
    thread = read_thread("  Where is my parcel?!\nI waited all day.\n")
    assert (thread.customer, thread.earlier) == ("Where is my parcel?!\nI waited all day.", ())


def test_the_customers_last_words_are_answered_and_the_rest_is_kept_in_order() -> None:
    thread = read_thread("Customer: Where is it?\nAgent: One moment.\nCustomer: I have waited an hour!")
    assert thread.customer == "I have waited an hour!"
    assert thread.earlier == ("customer: Where is it?", "agent: One moment.")


def test_a_speakers_words_go_on_over_the_following_lines() -> None:
    thread = read_thread("Agent: Hello.\n\nCLIENT :\nWhere is it?\n\nI waited.\n")
    assert thread.customer == "Where is it?\nI waited."
    assert thread.earlier == ("agent: Hello.",)


@pytest.mark.parametrize("who", ["Customer", "client", "USER", "Member", "guest", "You"])
def test_many_names_mean_the_customer(who: str) -> None:
    assert read_thread(f"Agent: Hello.\n{who}: Where is it?").customer == "Where is it?"


@pytest.mark.parametrize("who", ["Agent", "support", "STAFF", "Us"])
def test_a_thread_of_staff_alone_has_nobody_to_answer(who: str) -> None:
    with pytest.raises(InputError, match="Nobody in this thread is the customer"):
        read_thread(f"{who}: How can I help?\n{who}: Hello?")


def test_an_empty_turn_is_no_turn() -> None:
    assert read_thread("Customer: Where is it?\nCustomer:   \n").customer == "Where is it?"


def test_a_colon_in_a_message_makes_no_chat_log() -> None:
    text = "I ordered two things:\nmember: card, lamp"
    assert read_thread(text).customer == text


def test_quoted_mail_is_left_out() -> None:
    text = "That is no answer!\n\nOn Mon, 2 Nov 2026 at 10:00, Shop wrote:\n> Dear customer,\n> we are sorry."
    assert read_thread(text).customer == "That is no answer!"


def test_the_mark_of_an_original_message_is_left_out() -> None:
    assert "Original" not in read_thread("No answer!\n-----Original Message-----\n> Dear customer").customer


def test_only_quoted_text_is_refused_with_advice() -> None:
    with pytest.raises(InputError, match="only quoted text"):
        read_thread("> Dear customer,\n> we are sorry.")


@pytest.mark.parametrize("text", ["", "   \n", "\u200b", "\x00\x01"])
def test_nothing_is_refused_as_empty(text: str) -> None:
    with pytest.raises(InputError, match="is empty"):
        read_thread(text)


@pytest.mark.parametrize("text", ["!!!", "12345", "?", "🤬🤬", "a"])
def test_no_words_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="no words"):
        read_thread(text)


@pytest.mark.parametrize("text", [None, 7, ["Where is it?"]])
def test_what_is_no_text_is_refused(text: object) -> None:
    with pytest.raises(InputError, match="is not text"):
        read_thread(text)


def test_the_longest_message_is_taken_and_one_more_character_is_not() -> None:
    assert len(read_thread("a" * MAX_CHARACTERS).customer) == MAX_CHARACTERS
    with pytest.raises(InputError, match="40,001 characters; at most 40,000"):
        read_thread("a" * (MAX_CHARACTERS + 1))


def test_other_scripts_are_words() -> None:
    assert read_thread("我的包裹在哪里？").customer == "我的包裹在哪里？"


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    try:
        thread = read_thread(text)
    except InputError as error:
        assert str(error).endswith(".")
    else:
        assert thread.customer.strip() == thread.customer != ""


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.from_regex(r"[a-z]{2,8}( [a-z]{2,8}){0,3}", fullmatch=True)), min_size=1))
def test_no_turn_of_a_chat_log_is_lost(turns: list[tuple[bool, str]]) -> None:
    turns = [*turns, (True, "at last")]
    log = "\n".join(f"{'Customer' if theirs else 'Agent'}: {said}" for theirs, said in turns)
    thread = read_thread(log)
    assert thread.customer == "at last"
    assert [line.split(": ", 1)[1] for line in thread.earlier] == [said for _, said in turns[:-1]]


def test_where_the_agent_spoke_last_nothing_is_lost_or_told_twice() -> None:
    thread = read_thread("Customer: Where is it?\nAgent: One moment.")
    assert (thread.customer, thread.earlier) == ("Where is it?", ("agent: One moment.",))
