import pytest
from pydantic import BaseModel

from assistant.call import Call
from assistant.errors import (
    AnswerCut,
    AnswerMalformed,
    EndpointBusy,
    EndpointDown,
    EndpointRefused,
    ModelError,
    ModelNotReady,
)
from assistant.llm import ChatModel, Endpoint
from assistant.message import user
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


async def test_parse_asks_again_without_a_schema_where_a_server_knows_none(
    model: ChatModel, server: ScriptedServer
) -> None:
    server.steps.append(Step(status=400, text="response_format is not supported"))
    server.say('{"polite": true}')
    assert (await model.parse([user("Is it polite?")], Verdict)).polite
    assert "response_format" not in server.requests[1]
    assert "polite" in server.requests[1]["messages"][0]["content"]
