"""The chat model: the one place that talks to a chat API.

    model = ChatModel(lambda: Endpoint("http://127.0.0.1:8000/v1", "key", "name"))
    async for piece in model.stream([user("Hello")]): ...
    verdict = await model.parse([user("Is it polite?")], Verdict)

Works with any OpenAI-compatible endpoint; the embedded model is one, on loopback. Retries
live in one layer, here (they wait out Retry-After where there is time for it); behind them
another endpoint may stand in (``standby``). Every answer is streamed, so that silence is told
from slowness. What a server gets wrong in silence, a stream that just stops or JSON that is
none, is raised by name (``failures``). Knows nothing of customers, drafts or prompts.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from assistant import failures
from assistant.call import Call, Kind, Meter, measured
from assistant.chunk import Usage, read
from assistant.clients import Clients
from assistant.errors import AnswerMalformed, ModelError
from assistant.message import Message, assistant, user
from assistant.standby import PASSING, Standby
from assistant.structured import brief, json_part, with_schema
from assistant.thinking import spoken

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream

EMBEDDED_SECONDS = 60.0
"""What the embedded model gets at least: it reads some 40 tokens a second, and it is never merely out of reach."""
DRY = {"dry_multiplier": 0.8, "dry_allowed_length": 4, "dry_penalty_last_n": 4096}
"""llama.cpp's sampler against copying ("don't repeat yourself"): a small model recites the samples it is shown."""


def load_sdk() -> None:
    """Import the SDK, so that no call waits for it; elsewhere it is imported where used, so that no start does."""
    import openai  # noqa: F401


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model answers. ``embedded``: the small one in this process, to be asked small things."""

    base_url: str
    api_key: str
    model: str
    embedded: bool = False


Answer = TypeVar("Answer", bound=BaseModel)
Given = TypeVar("Given")


class ChatModel:
    """A chat model behind ``endpoint``, which is asked anew at each call and may raise ModelNotReady; a ``Standby``
    also says who answers in its place.

    Args:
        endpoint: gives the endpoint in force.
        timeout: seconds until the first word, all tries together, and of silence after it, until an answer is
            given up; the embedded model gets ``EMBEDDED_SECONDS`` at least.
        retries: further tries after a passing failure that came before the first word; the embedded
            model on loopback has none, and is asked once.
        record: is told of each call when it ends, failed ones included.
    """

    def __init__(
        self,
        endpoint: Callable[[], Endpoint],
        *,
        timeout: float = 25.0,
        retries: int = 2,
        record: Callable[[Call], None] = lambda call: None,
    ) -> None:
        self._standby = endpoint if isinstance(endpoint, Standby) else Standby(endpoint)
        self._seconds = timeout
        self._retries = retries
        self._record = record
        self._clients = Clients(self._patience)
        self._stands_in: Endpoint | None = None
        self._untaken: dict[Endpoint, frozenset[str]] = {}

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint in force: the fallback while the first is down.

        Raises:
            ModelNotReady: the embedded model is not there yet.
        """
        return self._standby()

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.7,
        stop: Sequence[str] = (),
    ) -> AsyncGenerator[str]:
        """Yield the answer piece by piece.

        Raises:
            AnswerCut: it ended without ``finish_reason`` or at ``max_tokens``; what came was yielded.
            AnswerMalformed: it is empty, refused or filtered.
            ModelError: see ``assistant.errors``.
        """
        request: dict[str, Any] = {
            "messages": list(messages),
            "max_tokens": max_tokens,
            "temperature": temperature,
        } | ({"stop": list(stop)} if stop else {})
        any_text = False
        async with aclosing(self._pieces("stream", request)) as pieces:
            async for piece in pieces:
                any_text = True
                yield piece
        if not any_text:
            raise AnswerMalformed("The model answered with nothing. Try again.")

    async def parse(self, messages: Sequence[Message], answer: type[Answer], *, max_tokens: int = 1024) -> Answer:
        """Ask for an answer of type ``answer`` at temperature 0; one repair if it does not fit.

        The schema goes into the request and into the prompt: servers differ in what they heed.

        Raises:
            AnswerMalformed: neither the answer nor its repair fits the type.
            ModelError: see ``assistant.errors``.
        """
        schema = _schema(answer)
        asked = [*messages[:-1], user(with_schema(messages[-1]["content"], schema))]
        text = await self._ask_json(asked, answer.__name__, schema, max_tokens)
        try:
            return answer.model_validate_json(json_part(text))
        except ValidationError as first:
            repair = [
                *asked,
                assistant(text),
                user(f"That does not fit the schema:\n{brief(first)}\nAnswer again with the JSON only."),
            ]
            text = await self._ask_json(repair, answer.__name__, schema, max_tokens)
            try:
                return answer.model_validate_json(json_part(text))
            except ValidationError as second:
                raise AnswerMalformed(
                    f"The model's answer does not fit what was asked ({answer.__name__}), "
                    f"nor does its repair: {brief(second)}"
                ) from second

    async def continue_text(
        self, prompt: str, *, samples: int, max_tokens: int, temperature: float, stop: Sequence[str]
    ) -> list[str]:
        """Continue ``prompt`` ``samples`` times; those cut at ``max_tokens`` are left out.

        For endpoints that complete text (the embedded model does); one request shares the prompt.
        What repeats five tokens or more of the prompt in order is made unlikely (``DRY``).

        Raises:
            ModelError: see ``assistant.errors``.
        """
        endpoint = self.endpoint
        with self._taken("continue", endpoint) as (client, meter):
            answer = await self._asked(
                endpoint,
                lambda: client.completions.create(
                    model=endpoint.model,
                    prompt=prompt,
                    n=samples,
                    max_tokens=max_tokens,
                    temperature=temperature,
                    stop=list(stop),
                    extra_body=DRY,
                ),
            )
            if answer.usage:
                _note(Usage.model_validate(answer.usage, from_attributes=True), meter)
            return [c.text.strip() for c in answer.choices if c.finish_reason == "stop" and c.text.strip()]

    async def _ask_json(self, messages: Sequence[Message], name: str, schema: dict[str, Any], max_tokens: int) -> str:
        request: dict[str, Any] = {"messages": list(messages), "max_tokens": max_tokens, "temperature": 0}
        request["response_format"] = {"type": "json_schema", "json_schema": {"name": name, "schema": schema}}
        return "".join([piece async for piece in self._pieces("parse", request)])

    async def _pieces(self, kind: Literal["stream", "parse"], request: dict[str, Any]) -> AsyncGenerator[str]:
        """The answer of the endpoint in force, or of the one that stands in for it."""
        choices = self._standby.choices()
        if len(choices) > 1:
            self._stands_in = choices[-1]  # alone it is only after it stood behind another
        for endpoint in choices:
            begun, began = False, time.monotonic()
            try:
                async with aclosing(self._streamed(kind, endpoint, request)) as pieces:
                    async for piece in spoken(pieces):
                        begun = True
                        yield piece
            except ModelError as error:
                self._standby.learn(endpoint, error, time.monotonic() - began)
                if begun or not isinstance(error, PASSING) or endpoint is choices[-1]:
                    raise
            else:
                self._standby.learn(endpoint, None, 0.0)
                return

    async def _streamed(
        self, kind: Literal["stream", "parse"], endpoint: Endpoint, request: dict[str, Any]
    ) -> AsyncGenerator[str]:
        with self._taken(kind, endpoint) as (client, meter):
            finish = ""
            body = {"model": endpoint.model, "stream": True, "stream_options": {"include_usage": True}, **request}
            stream, data = await self._asked(endpoint, lambda: self._opened(endpoint, client, body))
            if data is None:
                failures.check_streamed(stream.response.headers.get("content-type", ""))
            try:
                while data is not None:
                    chunk = read(data)
                    _note(chunk.usage, meter)
                    finish = chunk.finish or finish
                    if chunk.refused:
                        raise AnswerMalformed("The model refused to answer. Reword it, or try another model.")
                    if chunk.text:
                        meter.first()
                        yield chunk.text
                    data = await anext(stream, None)
            finally:
                await stream.close()
            failures.check_finish(finish)

    @contextmanager
    def _taken(self, kind: Kind, endpoint: Endpoint) -> "Iterator[tuple[AsyncOpenAI, Meter]]":
        """A client for one call, which is measured and whose failures are named."""
        with (
            measured(kind, endpoint.model, self._record) as meter,
            failures.named(endpoint, endpoint is self._stands_in),
        ):
            with self._clients.taken(endpoint) as client:
                yield client, meter

    async def _asked(self, endpoint: Endpoint, ask: Callable[[], Awaitable[Given]]) -> Given:
        """Ask, and again where a failure is a passing one and there is time."""
        ends = time.monotonic() + self._patience(endpoint)
        for tried in count():
            try:
                async with asyncio.timeout(ends - time.monotonic()):
                    return await ask()
            except Exception as error:
                wait = failures.pause(error, tried)
                spent = tried >= (0 if endpoint.embedded else self._retries)
                if wait is None or spent or time.monotonic() + wait >= ends:
                    raise
                await asyncio.sleep(wait)
        raise AssertionError("the last try raises")

    async def _opened(
        self, endpoint: Endpoint, client: "AsyncOpenAI", body: dict[str, Any]
    ) -> "tuple[AsyncStream[object], object]":
        """The stream of an answer and its first chunk; without what the server says that it does not take.

        What a model never takes is remembered; a schema is offered each time, since another one may be taken.
        The SDK's plain ``post`` is used: its ``create`` looks through every key of every message and schema for one
        to rename, and builds an object of each chunk, a quarter of the work that 50 turns at once make.
        """
        import openai

        ask = partial(
            client.post,
            "/chat/completions",
            cast_to=object,
            stream=True,
            stream_cls=openai.AsyncStream[object],
        )
        untaken = self._untaken.get(endpoint, frozenset())
        while True:
            try:
                stream = await ask(body=_as_taken(body, untaken))
                break
            except openai.APIStatusError as error:
                more = failures.untaken(error) & body.keys() - untaken
                if not more:
                    raise
                untaken |= more
        if lasting := untaken - {"response_format"}:
            self._untaken[endpoint] = lasting
        return stream, await anext(stream, None)

    def _patience(self, endpoint: Endpoint) -> float:
        return max(self._seconds, EMBEDDED_SECONDS) if endpoint.embedded else self._seconds

    async def close(self) -> None:
        """Close this event loop's connections."""
        await self._clients.close()


def _as_taken(body: dict[str, Any], untaken: frozenset[str]) -> dict[str, Any]:
    """A request without what a server does not take, its length named as newer models want it."""
    taken = {key: value for key, value in body.items() if key not in untaken}
    if "max_tokens" in untaken and "max_tokens" in body:
        taken["max_completion_tokens"] = body["max_tokens"]
    return taken


@cache
def _schema(answer: type[BaseModel]) -> dict[str, Any]:
    return answer.model_json_schema()


def _note(usage: Usage | None, meter: Meter) -> None:
    if usage:
        meter.used(usage.prompt_tokens, usage.cached, usage.completion_tokens)
