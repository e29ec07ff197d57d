import pytest
from pydantic import BaseModel

from assistant.breaker import Breaker
from assistant.call import Call
from assistant.errors import (
    AnswerCut,
    AnswerMalformed,
    ContextOverflow,
    EndpointBusy,
    EndpointDown,
    EndpointRefused,
    ModelError,
    ModelNotReady,
)
from assistant.llm import ChatModel, Endpoint
from assistant.message import user
from assistant.standby import Standby
from tests.scripted import ScriptedServer, Step


class Verdict(BaseModel):
    polite: bool


async def collect(model: ChatModel) -> str:
    return "".join([piece async for piece in model.stream([user("Hello")])])


async def test_a_stream_comes_piece_by_piece_and_is_measured(server: ScriptedServer) -> None:
    calls: list[Call] = []
    model = ChatModel(lambda: Endpoint(server.url, "k", "m"), retries=0, record=calls.append)
    server.say("Sorry for what, exactly?")
    assert await collect(model) == "Sorry for what, exactly?"
    await model.close()
    assert calls[0].kind == "stream"
    assert 0 < calls[0].first_seconds <= calls[0].seconds


async def test_a_stream_without_finish_reason_is_a_failure(model: ChatModel, server: ScriptedServer) -> None:
    server.cut("Half an ans")
    with pytest.raises(AnswerCut):
        await collect(model)


async def test_a_stream_at_its_length_limit_is_a_failure(model: ChatModel, server: ScriptedServer) -> None:
    server.steps.append(Step("and then and then", finish="length"))
    with pytest.raises(AnswerCut, match="length limit"):
        await collect(model)


async def test_a_corrupt_chunk_has_a_name(model: ChatModel, server: ScriptedServer) -> None:
    server.corrupt()
    with pytest.raises(ModelError):
        await collect(model)


async def test_what_is_no_stream_is_said_with_the_setting_to_check(model: ChatModel, server: ScriptedServer) -> None:
    server.steps.append(Step(raw="<html>Sign in</html>", content_type="text/html; charset=utf-8"))
    with pytest.raises(EndpointRefused, match="but text/html: perhaps a page to sign in at. Check OPENAI_BASE_URL"):
        await collect(model)


async def test_what_a_model_thinks_aloud_first_is_no_answer(model: ChatModel, server: ScriptedServer) -> None:
    server.say("<think>He shouts, so I should ...</think>Sorry for what, exactly?")
    assert await collect(model) == "Sorry for what, exactly?"
    server.say('<think>{"polite": false}</think>{"polite": true}')
    assert (await model.parse([user("Polite?")], Verdict)).polite
    server.say("<think>without an end")
    with pytest.raises(AnswerMalformed):
        await collect(model)


async def test_an_empty_answer_is_malformed(model: ChatModel, server: ScriptedServer) -> None:
    server.say("")
    with pytest.raises(AnswerMalformed):
        await collect(model)


@pytest.mark.parametrize(
    ("status", "error", "says"),
    [
        (401, EndpointRefused, "OPENAI_API_KEY"),
        (404, EndpointRefused, "OPENAI_MODEL"),
        (429, EndpointBusy, "limit"),
        (503, EndpointDown, "503"),
        (400, EndpointRefused, "refuses"),
        (402, EndpointRefused, "wants to be paid"),
        (413, ContextOverflow, "too long"),
        (422, EndpointRefused, "malformed"),
        (451, EndpointRefused, "status 451"),
    ],
)
async def test_each_refusal_has_a_name_and_says_what_to_do(
    model: ChatModel, server: ScriptedServer, status: int, error: type[ModelError], says: str
) -> None:
    server.fail(status)
    with pytest.raises(error, match=says):
        await collect(model)


async def test_a_passing_failure_is_tried_again_once_per_retry(server: ScriptedServer) -> None:
    model = ChatModel(lambda: Endpoint(server.url, "k", "m"), retries=1)
    server.fail(503)
    server.say("There you are.")
    assert await collect(model) == "There you are."
    await model.close()
    assert len(server.requests) == 2


async def test_nobody_at_the_endpoint_is_said_with_its_address() -> None:
    model = ChatModel(lambda: Endpoint("http://127.0.0.1:9/v1", "k", "m"), retries=0)
    with pytest.raises(EndpointDown, match="127.0.0.1:9"):
        await collect(model)
    await model.close()


async def test_a_model_that_is_not_ready_raises_before_any_request() -> None:
    def not_yet() -> Endpoint:
        raise ModelNotReady("still loading")

    with pytest.raises(ModelNotReady):
        await collect(ChatModel(not_yet))


@pytest.mark.parametrize("answer", ['{"polite": true}', 'Sure!\n```json\n{"polite": true}\n```'])
async def test_parse_takes_json_out_of_what_surrounds_it(
    model: ChatModel, server: ScriptedServer, answer: str
) -> None:
    server.say(answer)
    assert (await model.parse([user("Is it polite?")], Verdict)).polite


async def test_parse_repairs_once_and_says_what_was_wrong(model: ChatModel, server: ScriptedServer) -> None:
    server.say('{"polite": "perhaps"}', '{"polite": false}')
    assert not (await model.parse([user("Is it polite?")], Verdict)).polite
    assert "polite" in server.requests[1]["messages"][-1]["content"]


async def test_parse_gives_up_after_one_repair(model: ChatModel, server: ScriptedServer) -> None:
    server.say("I would rather not.", "No.")
    with pytest.raises(AnswerMalformed, match="Verdict"):
        await model.parse([user("Is it polite?")], Verdict)


@pytest.mark.parametrize("status", [400, 422])
async def test_parse_asks_again_without_a_schema_where_a_server_knows_none(
    model: ChatModel, server: ScriptedServer, status: int
) -> None:
    server.steps.append(Step(status=status, text="response_format is not supported"))
    server.say('{"polite": true}')
    assert (await model.parse([user("Is it polite?")], Verdict)).polite
    assert "response_format" not in server.requests[1]
    assert "polite" in server.requests[1]["messages"][0]["content"]


NO_LENGTH = (
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
)
NO_HEAT = "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) is supported."


async def test_a_model_that_takes_no_length_and_no_temperature_is_asked_as_it_wants_and_so_from_then_on(
    model: ChatModel, server: ScriptedServer
) -> None:
    server.steps += [Step(status=400, text=NO_LENGTH), Step(status=400, text=NO_HEAT), Step("Here."), Step("Again.")]
    assert await collect(model) == "Here."
    assert await collect(model) == "Again."
    assert len(server.requests) == 4
    for asked in server.requests[2:]:
        assert asked["max_completion_tokens"] == 512 and not {"max_tokens", "temperature"} & asked.keys()


async def test_a_server_that_counts_no_tokens_while_it_streams_is_asked_without(
    model: ChatModel, server: ScriptedServer
) -> None:
    no_count = "Unrecognized request argument supplied: stream_options"
    server.steps += [Step(status=400, text=no_count), Step("Here."), Step("Again.")]
    assert [await collect(model), await collect(model)] == ["Here.", "Again."]
    assert ["stream_options" in asked for asked in server.requests] == [True, False, False]


@pytest.mark.parametrize("text", ["max_tokens is too large: 512", NO_HEAT.replace("temperature", "logit_bias")])
async def test_another_malformed_request_is_not_sent_again(
    model: ChatModel, server: ScriptedServer, text: str
) -> None:
    server.steps.append(Step(status=400, text=text))
    with pytest.raises(EndpointRefused):
        await collect(model)
    assert len(server.requests) == 1


async def test_what_is_refused_still_without_is_not_remembered(model: ChatModel, server: ScriptedServer) -> None:
    server.steps += [Step(status=400, text=NO_LENGTH), Step(status=400, text=NO_LENGTH), Step("Here.")]
    with pytest.raises(EndpointRefused):
        await collect(model)
    assert await collect(model) == "Here."
    assert server.requests[2]["max_tokens"] == 512


async def test_no_password_in_an_address_is_shown() -> None:
    model = ChatModel(lambda: Endpoint("http://user:S3cret@127.0.0.1:9/v1?key=K3y", "k", "m"), retries=0)
    with pytest.raises(EndpointDown, match="127.0.0.1:9/v1") as error:
        await collect(model)
    await model.close()
    assert not any(secret in str(error.value) for secret in ("S3cret", "user", "K3y"))


async def test_what_is_wrong_with_the_fallback_is_said_of_its_own_settings(server: ScriptedServer) -> None:
    first, fallback = Endpoint("http://127.0.0.1:9/v1", "k", "m"), Endpoint(server.url, "k", "m2")
    model = ChatModel(Standby(lambda: first, Breaker(failures=1), fallback), retries=0)
    server.fail(401, times=2)
    for _ in range(2):  # while the breaker is open it stands in alone
        with pytest.raises(EndpointRefused, match="EVEN_KEEL_FALLBACK_KEY"):
            await collect(model)
    await model.close()


async def test_a_request_that_is_refused_closes_nothing_to_others(server: ScriptedServer) -> None:
    model = ChatModel(Standby(lambda: Endpoint(server.url, "k", "m"), Breaker(failures=1)), retries=0)
    server.fail(422)
    server.say("Here.")
    with pytest.raises(EndpointRefused):
        await collect(model)
    assert await collect(model) == "Here."
    await model.close()
