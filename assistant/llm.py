"""The chat model: the one place that talks to a chat API.

    model = ChatModel(lambda: Endpoint("http://127.0.0.1:8000/v1", "key", "name"))
    async for piece in model.stream([user("Hello")]): ...
    verdict = await model.parse([user("Is it polite?")], Verdict)

Works with any OpenAI-compatible endpoint; the embedded model is one, on loopback. Retries
live in one layer, the SDK's (it waits out Retry-After). What a server gets wrong in
silence, a stream that just stops or JSON that is none, is raised here by name. Knows
nothing of customers, drafts or prompts.
"""

import asyncio
import json
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict, TypeVar

import httpx2
import openai
from openai.types import CompletionUsage
from pydantic import BaseModel, ValidationError

from assistant.errors import (
    AnswerCut,
    AnswerMalformed,
    ContextOverflow,
    EndpointBusy,
    EndpointDown,
    EndpointRefused,
    ModelError,
)

CONNECT_SECONDS = 5.0
DRY = {"dry_multiplier": 0.8, "dry_allowed_length": 4, "dry_penalty_last_n": 4096}
"""llama.cpp's sampler against copying ("don't repeat yourself"): a small model recites the samples it is shown."""


class Message(TypedDict):
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


def system(content: str) -> Message:
    """A system message."""
    return {"role": "system", "content": content}


def user(content: str) -> Message:
    """A user message."""
    return {"role": "user", "content": content}


def assistant(content: str) -> Message:
    """An assistant message."""
    return {"role": "assistant", "content": content}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model answers. ``embedded``: the small one in this process, to be asked small things."""

    base_url: str
    api_key: str
    model: str
    embedded: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """What one request cost: tokens (0 where the server does not say) and seconds."""

    kind: Literal["stream", "parse", "continue"]
    model: str
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    first_seconds: float = 0.0
    seconds: float = 0.0
    error: str = ""


Answer = TypeVar("Answer", bound=BaseModel)


class ChatModel:
    """A chat model behind ``endpoint``, which is asked anew at each call and may raise ModelNotReady.

    Args:
        endpoint: gives the endpoint in force.
        timeout: seconds of silence until an answer is given up.
        retries: further tries after a passing failure that came before the first word; the embedded
            model on loopback has none, and is asked once.
        record: is told of each call when it ends, failed ones included.
    """

    def __init__(
        self,
        endpoint: Callable[[], Endpoint],
        *,
        timeout: float = 60.0,
        retries: int = 2,
        record: Callable[[Call], None] = lambda call: None,
    ) -> None:
        self._endpoint = endpoint
        self._timeout = httpx2.Timeout(timeout, connect=min(CONNECT_SECONDS, timeout))
        self._retries = retries
        self._record = record
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Endpoint, openai.AsyncOpenAI]] = (
            weakref.WeakKeyDictionary()
        )

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint in force.

        Raises:
            ModelNotReady: the embedded model is not there yet.
        """
        return self._endpoint()

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.7,
        stop: Sequence[str] = (),
    ) -> AsyncIterator[str]:
        """Yield the answer piece by piece.

        Raises:
            AnswerCut: it ended without ``finish_reason`` or at ``max_tokens``; what came was yielded.
            AnswerMalformed: it is empty, refused or filtered.
            ModelError: see ``assistant.errors``.
        """
        endpoint = self.endpoint
        with self._measured("stream", endpoint) as meter:
            finish, any_text = None, False
            stream = await self._client(endpoint).chat.completions.create(
                model=endpoint.model,
                messages=_theirs(messages),
                max_tokens=max_tokens,
                temperature=temperature,
                stop=list(stop) or openai.omit,
                stream=True,
                stream_options={"include_usage": True},
            )
            try:
                async for chunk in stream:
                    meter.usage(chunk.usage)
                    if not chunk.choices:
                        continue
                    choice = chunk.choices[0]
                    finish = choice.finish_reason or finish
                    if choice.delta.content:
                        any_text = True
                        meter.first()
                        yield choice.delta.content
            finally:
                await stream.close()
            _check_finish(finish)
            if not any_text:
                raise AnswerMalformed("The model answered with nothing. Try again.")

    async def parse(self, messages: Sequence[Message], answer: type[Answer], *, max_tokens: int = 1024) -> Answer:
        """Ask for an answer of type ``answer`` at temperature 0; one repair if it does not fit.

        The schema goes into the request and into the prompt: servers differ in what they heed.

        Raises:
            AnswerMalformed: neither the answer nor its repair fits the type.
            ModelError: see ``assistant.errors``.
        """
        schema = answer.model_json_schema()
        asked = [*messages[:-1], user(_with_schema(messages[-1]["content"], schema))]
        text = await self._ask_json(asked, answer.__name__, schema, max_tokens)
        try:
            return answer.model_validate_json(_json_part(text))
        except ValidationError as first:
            repair = [
                *asked,
                assistant(text),
                user(f"That does not fit the schema:\n{_brief(first)}\nAnswer again with the JSON only."),
            ]
            text = await self._ask_json(repair, answer.__name__, schema, max_tokens)
            try:
                return answer.model_validate_json(_json_part(text))
            except ValidationError as second:
                raise AnswerMalformed(
                    f"The model's answer does not fit what was asked ({answer.__name__}), "
                    f"nor does its repair: {_brief(second)}"
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
        with self._measured("continue", endpoint) as meter:
            answer = await self._client(endpoint).completions.create(
                model=endpoint.model,
                prompt=prompt,
                n=samples,
                max_tokens=max_tokens,
                temperature=temperature,
                stop=list(stop),
                extra_body=DRY,
            )
            meter.usage(answer.usage)
            return [c.text.strip() for c in answer.choices if c.finish_reason == "stop" and c.text.strip()]

    async def _ask_json(self, messages: Sequence[Message], name: str, schema: dict[str, Any], max_tokens: int) -> str:
        endpoint = self.endpoint
        with self._measured("parse", endpoint) as meter:
            request: dict[str, Any] = {
                "model": endpoint.model,
                "messages": _theirs(messages),
                "max_tokens": max_tokens,
                "temperature": 0,
            }
            wanted: Any = {"type": "json_schema", "json_schema": {"name": name, "schema": schema}}
            chat = self._client(endpoint).chat.completions
            try:
                completion = await chat.create(**request, response_format=wanted)
            except openai.BadRequestError as error:
                if "response_format" not in str(error) and "json_schema" not in str(error):
                    raise
                completion = await chat.create(**request)
            meter.usage(completion.usage)
            if not completion.choices:
                raise AnswerMalformed("The model answered with no choice at all. Try again.")
            choice = completion.choices[0]
            if getattr(choice.message, "refusal", None):
                raise AnswerMalformed("The model refused to answer. Reword the request, or try another model.")
            _check_finish(choice.finish_reason)
            return choice.message.content or ""

    def _client(self, endpoint: Endpoint) -> openai.AsyncOpenAI:
        """One client per event loop and endpoint: its connections belong to the loop."""
        clients = self._clients.setdefault(asyncio.get_running_loop(), {})
        if endpoint not in clients:
            clients[endpoint] = openai.AsyncOpenAI(
                base_url=endpoint.base_url,
                api_key=endpoint.api_key or "none",
                timeout=self._timeout,
                max_retries=0 if endpoint.embedded else self._retries,
            )
        return clients[endpoint]

    async def close(self) -> None:
        """Close this event loop's connections."""
        for client in self._clients.pop(asyncio.get_running_loop(), {}).values():
            await client.close()

    @contextmanager
    def _measured(self, kind: Literal["stream", "parse", "continue"], endpoint: Endpoint) -> Iterator["_Meter"]:
        meter = _Meter(Call(kind, endpoint.model))
        try:
            with _named(endpoint):
                yield meter
        except ModelError as error:
            meter.call = replace(meter.call, error=type(error).__name__)
            raise
        finally:
            self._record(replace(meter.call, seconds=time.monotonic() - meter.started))


class _Meter:
    def __init__(self, call: Call) -> None:
        self.call = call
        self.started = time.monotonic()

    def first(self) -> None:
        if not self.call.first_seconds:
            self.call = replace(self.call, first_seconds=time.monotonic() - self.started)

    def usage(self, usage: CompletionUsage | None) -> None:
        if usage is None:
            return
        details = usage.prompt_tokens_details
        self.call = replace(
            self.call,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cached_tokens=(details.cached_tokens or 0) if details else 0,
        )


@contextmanager
def _named(endpoint: Endpoint) -> Iterator[None]:
    """Turn what the SDK raises into this project's errors."""
    where = "the embedded model" if endpoint.embedded else f"the model at {endpoint.base_url}"
    try:
        yield
    except openai.APITimeoutError as error:
        raise EndpointDown(f"No answer from {where} in time. Try again, or raise EVEN_KEEL_TIMEOUT.") from error
    except openai.APIConnectionError as error:
        raise EndpointDown(
            f"Nobody answers at {endpoint.base_url}. Check OPENAI_BASE_URL and that the server runs; "
            "unset it to use the embedded model."
        ) from error
    except openai.RateLimitError as error:
        raise EndpointBusy(f"{where} is over its limit. Wait a little and try again.") from error
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise EndpointRefused(f"{where} refuses the key. Check OPENAI_API_KEY.") from error
    except openai.NotFoundError as error:
        raise EndpointRefused(
            f"{where} does not know the model '{endpoint.model}'. Check OPENAI_MODEL and OPENAI_BASE_URL."
        ) from error
    except openai.BadRequestError as error:
        text = str(error).lower()
        if "context" in text and ("length" in text or "size" in text or "exceed" in text):
            raise ContextOverflow(f"The text is too long for {where}. Shorten it and try again.") from error
        raise EndpointRefused(f"{where} refuses the request: it called it malformed.") from error
    except openai.APIStatusError as error:
        raise EndpointDown(f"{where} fails (status {error.status_code}). Try again later.") from error
    except openai.APIError as error:
        raise AnswerCut(f"{where} broke off in the middle of its answer. Try again.") from error
    except httpx2.TimeoutException as error:
        raise AnswerCut(f"{where} fell silent in the middle of its answer. Try again.") from error
    except httpx2.HTTPError as error:
        raise AnswerCut(f"The connection to {where} broke in the middle of the answer. Try again.") from error
    except json.JSONDecodeError as error:
        raise AnswerMalformed(f"{where} sent something that is not JSON. Try again.") from error


def _theirs(messages: Sequence[Message]) -> list[Any]:
    return list(messages)


def _check_finish(finish: str | None) -> None:
    if finish is None:
        raise AnswerCut("The answer stopped before its end. Try again.")
    if finish == "length":
        raise AnswerCut("The answer ran into its length limit before its end. Try again.")
    if finish == "content_filter":
        raise AnswerMalformed("The endpoint's content filter withheld the answer. Reword the request.")


def _with_schema(content: str, schema: dict[str, Any]) -> str:
    return f"{content}\n\nAnswer with JSON only, of this schema:\n{json.dumps(schema, separators=(',', ':'))}"


def _json_part(text: str) -> str:
    """The outermost braces of ``text``: models wrap JSON in fences and pleasantries."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _brief(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['msg']}" for e in error.errors()[:5])
