"""What was worked out of texts lately: the same sentences are asked about again and again.

embed = Remembered(embedder.embed)
embed(["An agent may refund up to £20."])      # the second time from memory
await embed.ahead(["We refund in 5 days."])    # off the event loop; then from memory
"""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

Rows = Callable[[list[str]], NDArray[np.float32]]
"""Texts → a row each."""
MOST = 5_000
"""Texts remembered; of vectors that is some 8 MB."""


class Remembered:
    """``rows`` with a memory of its last ``most`` texts; may be called from several threads."""

    def __init__(self, rows: Rows, most: int = MOST) -> None:
        self._rows = rows
        self._most = most
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()
        self._asked: dict[str, None] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="ahead")

    def __call__(self, texts: list[str]) -> NDArray[np.float32]:
        """A row each text, in order."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        missing = list(dict.fromkeys(text for text in texts if text not in found))
        if missing or not texts:
            fresh = self._rows(missing)
            found |= zip(missing, fresh, strict=True)
            if not texts:
                return fresh
        with self._lock:
            for text in texts:
                self._known[text] = found[text]
                self._known.move_to_end(text)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return np.stack([found[text] for text in texts])

    async def ahead(self, texts: Iterable[str]) -> None:
        """Work out texts in a thread; what callers ask for meanwhile at once, since many together cost less.

        From then on they are known. Whatever ``rows`` raises may be raised here, or where they are used.
        """
        with self._lock:
            new = dict.fromkeys(text for text in texts if text not in self._known)
            self._asked |= new
        if new:
            await asyncio.wrap_future(self._worker.submit(self._work_off))

    def _work_off(self) -> None:
        with self._lock:
            asked, self._asked = list(self._asked), {}
        if asked:
            self(asked)
