"""A circuit breaker: an endpoint that failed is left alone for a while, so that nobody waits for it again and again.

breaker = Breaker(failures=3, cool=10.0)
breaker.allows()        # whether to ask; once it has cooled, one caller at a time may try
breaker.failed(); breaker.worked()
"""

import threading
import time
from collections.abc import Callable


class Breaker:
    """Opens after ``failures`` in a row, for ``cool`` seconds; safe to use from several threads.

    Args:
        failures: so many in a row open it; a slow one opens it at once.
        cool: seconds that it stays open, and between tries while the endpoint stays down.
        clock: gives seconds that only ever grow.
    """

    def __init__(self, failures: int = 3, cool: float = 10.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = failures
        self._cool = cool
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opens = 0.0

    @property
    def wait(self) -> float:
        """Seconds until the endpoint may be asked again; 0 if it may be now."""
        return max(0.0, self._opens - self._clock())

    @property
    def open(self) -> bool:
        """Whether the endpoint failed last and has not worked since."""
        return self._failures >= self._most

    def allows(self) -> bool:
        """Whether to ask the endpoint now. After cooling the first caller may; the others wait for how it fares."""
        with self._lock:
            if not self.open:
                return True
            if self.wait:
                return False
            self._opens = self._clock() + self._cool
            return True

    def failed(self, slow: bool = False) -> None:
        """It failed; ``slow`` if somebody had to wait long to learn it."""
        with self._lock:
            self._failures = self._most if slow else self._failures + 1
            if self.open:
                self._opens = self._clock() + self._cool

    def worked(self) -> None:
        """It answered."""
        with self._lock:
            self._failures = 0
            self._opens = 0.0
