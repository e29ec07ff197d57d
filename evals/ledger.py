"""What cases spend at the model: calls and tokens, told apart though cases run at once, and what they cost.

ledger = Ledger()                              # Services.build(settings, record=ledger.note)
with ledger.case() as calls: ...               # the calls made for this case
price(spent(calls), Prices(read=0.15, written=0.6))
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from pydantic import BaseModel, ConfigDict

from assistant.call import Call
from assistant.settings import Settings
from evals.runner import Cost

MILLION = 1_000_000


class Prices(BaseModel):
    """Of a million tokens read and written, in any currency; 0 where they are not known."""

    model_config = ConfigDict(frozen=True)

    read: float = 0.0
    written: float = 0.0


class Ledger:
    """Notes calls for the case that is under way in the task that makes them."""

    def __init__(self) -> None:
        self._calls: ContextVar[list[Call] | None] = ContextVar("calls", default=None)

    def note(self, call: Call) -> None:
        """A request that ended; outside a case it belongs to none."""
        calls = self._calls.get()
        if calls is not None:
            calls.append(call)

    @contextmanager
    def case(self) -> Iterator[list[Call]]:
        """The calls that are made inside, in order."""
        calls: list[Call] = []
        token = self._calls.set(calls)
        try:
            yield calls
        finally:
            self._calls.reset(token)


def spent(calls: Sequence[Call]) -> Cost:
    """Calls and tokens of them all."""
    return Cost(
        calls=len(calls),
        prompt_tokens=sum(c.prompt_tokens for c in calls),
        completion_tokens=sum(c.completion_tokens for c in calls),
    )


def price(cost: Cost, prices: Prices) -> float:
    """What tokens cost."""
    return (cost.prompt_tokens * prices.read + cost.completion_tokens * prices.written) / MILLION


def prices(settings: Settings) -> Prices:
    """Those that are set (``EVEN_KEEL_PRICE_IN``, ``EVEN_KEEL_PRICE_OUT``)."""
    return Prices(read=settings.price_in, written=settings.price_out)
