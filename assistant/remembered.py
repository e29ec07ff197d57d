"""What was worked out of texts lately: the same sentences are asked about again and again.

embed = Remembered(embedder.embed)
embed(["An agent may refund up to £20."])      # the second time from memory
"""

import threading
from collections import OrderedDict
from collections.abc import Callable

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
