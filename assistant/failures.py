"""What goes wrong at a chat endpoint, in this project's errors, and whether to try again.

    with named(endpoint):
        ...                            # what the SDK raises leaves as an error of assistant.errors
    pause(error, tried=0)              # seconds to wait before the next try; None: do not try again

With ``llm`` and ``clients`` all that knows the SDK, imported as late; it never talks to an endpoint.
"""

import json
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import httpx2

from assistant.errors import (
    AnswerCut,
    AnswerMalformed,
    ContextOverflow,
    EndpointBusy,
    EndpointDown,
    EndpointRefused,
    ModelError,
)

if TYPE_CHECKING:
    import openai

    from assistant.llm import Endpoint

PASSING = (408, 409, 429)
"""Statuses below 500 that a little waiting may mend."""
_CONFIGURED = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL")
_FALLBACK = ("EVEN_KEEL_FALLBACK_URL", "EVEN_KEEL_FALLBACK_KEY", "EVEN_KEEL_FALLBACK_MODEL")
"""The settings of an endpoint's address, key and model."""
MALFORMED = (400, 422)
"""Statuses by which servers say that they do not take what a request asks for."""
_UNTAKEN = re.compile(r"unsupported|not support|unrecogni[sz]ed|unknown (?:param|arg)|not permitted", re.IGNORECASE)
STREAM = "text/event-stream"
_LEFT_OUT = ("max_tokens", "temperature", "stream_options")
"""What a request can do without, or say otherwise."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
"""Seconds before the second try and at most, where the endpoint does not say; each pause doubles the last."""


class NoStream(Exception):
    """What came is no chat answer, piece by piece; its message names what kind of thing it is."""


@contextmanager
def named(endpoint: "Endpoint", stands_in: bool = False) -> Iterator[None]:
    """Turn what the SDK raises into this project's errors. No message holds what the endpoint sent, nor a password.

    ``stands_in``: it is the fallback, which has settings of its own.
    """
    import openai

    address = shown(endpoint.base_url)
    where = "the embedded model" if endpoint.embedded else f"the model at {address}"
    url, key, model = _FALLBACK if stands_in else _CONFIGURED
    try:
        yield
    except NoStream as error:
        raise EndpointRefused(
            f"{where} sent no chat answer piece by piece, but {error}: perhaps a page to sign in at. Check {url}."
        ) from error
    except (TimeoutError, openai.APITimeoutError) as error:
        raise EndpointDown(f"No answer from {where} in time. Try again, or raise EVEN_KEEL_TIMEOUT.") from error
    except openai.APIConnectionError as error:
        raise EndpointDown(
            f"Nobody answers at {address}. Check {url} and that the server runs; "
            f"unset it to {'do without' if stands_in else 'use the embedded model'}."
        ) from error
    except openai.RateLimitError as error:
        asked = retry_after(error)
        when = f"in {asked:.0f} seconds" if asked else "in a little while"
        raise EndpointBusy(f"{where} is over its limit. Try again {when}.") from error
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise EndpointRefused(f"{where} refuses the key. Check {key}.") from error
    except openai.NotFoundError as error:
        raise EndpointRefused(
            f"{where} does not know the model '{endpoint.model}'. Check {model} and {url}."
        ) from error
    except openai.APIStatusError as error:
        if error.status_code < 500 and error.status_code not in PASSING:
            raise _refusal(error, where) from error
        raise EndpointDown(f"{where} fails (status {error.status_code}). Try again later.") from error
    except openai.APIError as error:
        raise AnswerCut(f"{where} broke off in the middle of its answer. Try again.") from error
    except httpx2.TimeoutException as error:
        raise AnswerCut(f"{where} fell silent in the middle of its answer. Try again.") from error
    except httpx2.HTTPError as error:
        raise AnswerCut(f"The connection to {where} broke in the middle of the answer. Try again.") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise AnswerMalformed(f"{where} sent something that is not JSON. Try again.") from error


def shown(url: str) -> str:
    """An address as it may be shown: a user name, a password or a key in it is left out."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def untaken(error: "openai.APIStatusError") -> frozenset[str]:
    """What of a request an endpoint says that it, or this model, does not take, such as a schema or a temperature."""
    if error.status_code not in MALFORMED:
        return frozenset()
    text = str(error)
    named = [name for name in _LEFT_OUT if name in text and _UNTAKEN.search(text)]
    return frozenset([*named, *(["response_format"] if re.search("response_format|json_schema", text) else [])])


def _refusal(error: "openai.APIStatusError", where: str) -> ModelError:
    """What a status that waiting does not mend means."""
    text = str(error).lower()
    long = "context" in text and ("length" in text or "size" in text or "exceed" in text)
    if error.status_code == 413 or long:
        return ContextOverflow(f"The text is too long for {where}. Shorten it and try again.")
    if error.status_code == 402:
        return EndpointRefused(f"{where} wants to be paid first. Look at the account that its key belongs to.")
    if error.status_code in MALFORMED:
        return EndpointRefused(f"{where} refuses the request: it called it malformed.")
    return EndpointRefused(f"{where} refuses the request (status {error.status_code}).")


def check_streamed(content_type: str) -> None:
    """Raise ``NoStream`` if an answer without any piece is of another kind; a stream that just ended is cut."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind != STREAM:
        raise NoStream(kind or "something of no kind")


def check_finish(finish: str) -> None:
    """Raise what an answer lacks by the reason that it ended for; empty: it just stopped."""
    if not finish:
        raise AnswerCut("The answer stopped before its end. Try again.")
    if finish == "length":
        raise AnswerCut("The answer ran into its length limit before its end. Try again.")
    if finish == "content_filter":
        raise AnswerMalformed("The endpoint's content filter withheld the answer. Reword the request.")


def pause(error: Exception, tried: int) -> float | None:
    """Seconds to wait before the next try, ``tried`` being 0 after the first; None if that would mend nothing."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return None  # it has had its time
    if isinstance(error, openai.APIStatusError):
        if error.status_code not in PASSING and error.status_code < 500:
            return None
        if asked := retry_after(error):
            return asked
    elif not isinstance(error, openai.APIConnectionError):
        return None
    return min(FIRST_PAUSE * 2.0**tried, LONGEST_PAUSE) * random.uniform(0.75, 1.0)


def retry_after(error: "openai.APIStatusError") -> float:
    """The seconds that the endpoint asks for; 0 if it does not say, or not in seconds."""
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return 0.0
