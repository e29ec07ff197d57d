from collections.abc import AsyncIterator

import pytest

from assistant.chunk import read
from assistant.clients import MOST, Clients
from assistant.errors import AnswerMalformed
from assistant.llm import Endpoint

HERE, THERE = Endpoint("http://127.0.0.1:9/v1", "", "here"), Endpoint("http://127.0.0.1:9/v1", "", "there")


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    some = Clients(lambda endpoint: 2.0)
    yield some
    await some.close()


async def test_one_after_the_other_share_a_client_and_many_at_once_do_not(clients: Clients) -> None:
    with clients.taken(HERE) as first:
        pass
    with clients.taken(HERE) as again, clients.taken(THERE) as elsewhere:
        assert again is first and elsewhere is not first
    under_way = [clients.taken(HERE) for _ in range(2 * MOST + 1)]
    taken = [one.__enter__() for one in under_way]
    assert [taken.count(client) for client in dict.fromkeys(taken)] == [MOST, MOST, 1]
    for one in under_way:
        one.__exit__(None, None, None)
    with clients.taken(HERE) as later:
        assert later is first


async def test_a_request_that_fails_gives_its_client_back(clients: Clients) -> None:
    for _ in range(2 * MOST):
        with pytest.raises(OSError), clients.taken(HERE) as client:
            raise OSError
    with clients.taken(HERE) as still:
        assert still is client


@pytest.mark.parametrize("data", [{}, {"choices": None}, {"choices": [{}]}, {"choices": [{"delta": None}]}])
def test_a_server_may_leave_out_what_it_likes(data: object) -> None:
    chunk = read(data)
    assert (chunk.text, chunk.finish, chunk.refused, chunk.usage) == ("", "", False, None)


def test_usage_counts_what_was_read_before_where_the_server_says() -> None:
    usage = read({"usage": {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 7}}}).usage
    assert usage is not None and (usage.prompt_tokens, usage.cached, usage.completion_tokens) == (9, 7, 0)


def test_a_server_may_send_null_for_what_it_did_not_count() -> None:
    usage = read({"choices": [], "usage": {"prompt_tokens": None, "completion_tokens": None}}).usage
    assert usage is not None and (usage.prompt_tokens, usage.cached, usage.completion_tokens) == (0, 0, 0)


@pytest.mark.parametrize("data", [[], "no", {"choices": 7}, {"choices": [{"delta": {"content": ["x"]}}]}])
def test_what_is_no_piece_of_an_answer_is_said(data: object) -> None:
    with pytest.raises(AnswerMalformed, match="no piece of an answer"):
        read(data)
