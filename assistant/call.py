"""What a request to a model cost: tokens and seconds, measured while it runs.

    with measured("stream", "name", record) as meter:
        meter.first()               # the first word came
        meter.used(900, 700, 40)    # tokens

``record`` is told of each call when it ends, failed ones included.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from assistant.errors import ModelError

Kind = Literal["stream", "parse", "continue"]


@dataclass(frozen=True, slots=True)
class Call:
    """What one request cost: tokens (0 where the server does not say) and seconds."""

    kind: Kind
    model: str
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    first_seconds: float = 0.0
    seconds: float = 0.0
    error: str = ""


class Meter:
    """Measures one call, which is ``call`` so far."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.started = time.monotonic()

    def first(self) -> None:
        """The first word came, if none came before."""
        if not self.call.first_seconds:
            self.call = replace(self.call, first_seconds=time.monotonic() - self.started)

    def used(self, prompt: int, cached: int, completion: int) -> None:
        """The tokens that the server says it took; ``cached`` are those of the prompt that it had read before."""
        self.call = replace(self.call, prompt_tokens=prompt, cached_tokens=cached, completion_tokens=completion)


@contextmanager
def measured(kind: Kind, model: str, record: Callable[[Call], None]) -> Iterator[Meter]:
    """Measure a call of ``model``; ``record`` is told of it when it ends, with the error's name if it failed."""
    meter = Meter(Call(kind, model))
    try:
        yield meter
    except ModelError as error:
        meter.call = replace(meter.call, error=type(error).__name__)
        raise
    finally:
        record(replace(meter.call, seconds=time.monotonic() - meter.started))
