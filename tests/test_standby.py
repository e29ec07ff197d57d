import pytest

from assistant.breaker import Breaker
from assistant.errors import AnswerMalformed, EndpointBusy, EndpointDown, EndpointRefused
from assistant.llm import ChatModel, Endpoint
from assistant.message import user
from assistant.services import standby
from assistant.settings import Settings
from assistant.standby import Standby
from tests.scripted import ScriptedServer, Step

FIRST, SECOND = Endpoint("http://127.0.0.1:9/v1", "k", "first"), Endpoint("http://127.0.0.1:8/v1", "k", "second")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_opens_after_some_failures_in_a_row_and_lets_one_try_once_it_has_cooled() -> None:
    clock = Clock()
    breaker = Breaker(failures=2, cool=10, clock=clock)
    breaker.failed()
    breaker.worked()
    breaker.failed()
    assert breaker.allows() and not breaker.open
    breaker.failed()
    assert breaker.open and not breaker.allows() and breaker.wait == 10
    clock.now += 10
    assert breaker.allows() and not breaker.allows()
    breaker.worked()
    assert breaker.allows() and breaker.wait == 0


def test_a_slow_failure_opens_it_at_once() -> None:
    breaker = Breaker(failures=3)
    breaker.failed(slow=True)
    assert breaker.open


def test_the_second_is_asked_while_the_first_is_down_and_a_bad_answer_is_no_reason() -> None:
    ways = Standby(lambda: FIRST, Breaker(failures=1), SECOND)
    ways.learn(FIRST, AnswerMalformed("no"), 1.0)
    assert ways() is FIRST and ways.choices() == [FIRST, SECOND]
    ways.learn(FIRST, EndpointBusy("no"), 1.0)
    assert ways() is SECOND and ways.choices() == [SECOND]


def test_without_a_second_it_is_said_when_the_first_is_asked_again() -> None:
    ways = Standby(lambda: FIRST, Breaker(failures=1))
    ways.learn(FIRST, EndpointDown("no"), 1.0)
    with pytest.raises(EndpointDown, match="asked again in 10 s"):
        ways.choices()


def test_the_settings_name_the_second() -> None:
    settings = Settings(
        openai_base_url="http://127.0.0.1:9",
        fallback_url="http://127.0.0.1:8",
        fallback_key="z",
        _env_file=None,
    )
    assert standby(settings).choices()[1] == Endpoint("http://127.0.0.1:8/v1", "z", "gpt-4.1-mini")


async def test_an_answer_comes_from_the_second_unless_the_first_refuses(server: ScriptedServer) -> None:
    second = Endpoint(server.url, "k", "second")
    model = ChatModel(Standby(lambda: FIRST, Breaker(failures=1), second), retries=0)
    server.say("Here I am.", "And again.")
    for said in ("Here I am.", "And again."):
        assert "".join([p async for p in model.stream([user("Hello")])]) == said
    assert [r["model"] for r in server.requests] == ["second"] * 2 and model.endpoint.model == "second"
    await model.close()
    refusing = ChatModel(Standby(lambda: second, Breaker(failures=1), FIRST), retries=0)
    server.fail(401)
    with pytest.raises(EndpointRefused):
        [p async for p in refusing.stream([user("Hello")])]
    await refusing.close()


async def test_a_wait_that_is_too_long_is_not_waited_for_but_told(server: ScriptedServer) -> None:
    model = ChatModel(lambda: Endpoint(server.url, "k", "m"), timeout=3, retries=2)
    server.steps.append(Step(status=429, headers={"Retry-After": "40"}))
    with pytest.raises(EndpointBusy, match="in 40 seconds"):
        [p async for p in model.stream([user("Hello")])]
    server.steps += [Step(status=429, headers={"Retry-After": "0.2"}), Step("Back again.")]
    assert "".join([p async for p in model.stream([user("Hello")])]) == "Back again."
    await model.close()
