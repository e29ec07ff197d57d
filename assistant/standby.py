"""Which endpoint to ask: the configured one, or the one that stands in while it is down.

standby = Standby(lambda: endpoint, Breaker(), fallback)
standby()                       # the endpoint in force
for endpoint in standby.choices(): ...
standby.learn(endpoint, error, seconds)
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from assistant.breaker import Breaker
from assistant.errors import EndpointBusy, EndpointDown, ModelError
from assistant.failures import shown

if TYPE_CHECKING:
    from assistant.llm import Endpoint

PASSING = (EndpointDown, EndpointBusy)
"""Failures for which another endpoint may stand in; a refused key or a bad answer is for a person to see."""


class Standby:
    """An endpoint with what is done when it fails.

    Args:
        endpoint: gives the first endpoint; may raise ModelNotReady.
        breaker: leaves it alone for a while after it failed; None asks it every time.
        fallback: asked in its place while it is down or over its limit.
        slow: seconds from which a failure is not waited for again at once.
    """

    def __init__(
        self,
        endpoint: "Callable[[], Endpoint]",
        breaker: Breaker | None = None,
        fallback: "Endpoint | None" = None,
        slow: float = 20.0,
    ) -> None:
        self._endpoint = endpoint
        self._breaker = breaker
        self._fallback = fallback
        self._slow = slow

    def __call__(self) -> "Endpoint":
        """The endpoint in force.

        Raises:
            ModelNotReady: the embedded model is not there yet.
        """
        down = self._breaker is not None and self._breaker.open
        return self._fallback if down and self._fallback else self._endpoint()

    def choices(self) -> "list[Endpoint]":
        """Whom to ask, in order.

        Raises:
            EndpointDown: the endpoint failed a moment ago and nothing stands in for it.
        """
        first, others = self._endpoint(), [self._fallback] if self._fallback else []
        if self._breaker is None or self._breaker.allows():
            return [first, *others]
        if not others:
            raise EndpointDown(
                f"The model at {shown(first.base_url)} failed a moment ago; it is asked again in "
                f"{max(1, round(self._breaker.wait))} s."
            )
        return others

    def learn(self, endpoint: "Endpoint", error: ModelError | None, seconds: float) -> None:
        """How a request fared: its error, if any, came after ``seconds``."""
        if self._breaker is None or endpoint is self._fallback:
            return
        slow = error is not None and seconds >= self._slow
        if slow or isinstance(error, PASSING):
            self._breaker.failed(slow)
        else:  # a refusal or a bad answer is an answer
            self._breaker.worked()
