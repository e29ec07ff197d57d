import asyncio
import threading

import numpy as np
import pytest

from assistant.remembered import Remembered


def test_a_text_is_embedded_once_and_the_oldest_is_forgotten() -> None:
    asked: list[str] = []

    def embed(texts: list[str]) -> np.ndarray:
        asked.extend(texts)
        return np.array([[float(len(t)), 1.0] for t in texts], dtype=np.float32).reshape(len(texts), 2)

    remembered = Remembered(embed, most=2)
    assert remembered(["aa", "b", "aa"]).tolist() == [[2, 1], [1, 1], [2, 1]]
    assert remembered(["b"]).tolist() == [[1, 1]] and asked == ["aa", "b"]
    remembered(["ccc"])
    assert remembered(["aa"]).tolist() == [[2, 1]] and asked == ["aa", "b", "ccc", "aa"]
    assert remembered([]).shape == (0, 2)


async def test_what_is_asked_for_ahead_is_worked_out_together_in_a_thread_and_known_then() -> None:
    calls: list[list[str]] = []
    begun, go_on = threading.Event(), threading.Event()

    def embed(texts: list[str]) -> np.ndarray:
        assert threading.current_thread() is not threading.main_thread()
        calls.append(texts)
        begun.set()
        assert go_on.wait(10)
        return np.array([[float(len(t))] for t in texts], dtype=np.float32)

    remembered = Remembered(embed)
    first = asyncio.create_task(remembered.ahead(["a"]))
    await asyncio.to_thread(begun.wait, 10)
    others = [asyncio.create_task(remembered.ahead(texts)) for texts in (["bb", "a"], ["ccc"], ["bb"])]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(first, *others)
    assert calls == [["a"], ["bb", "ccc"]]
    assert remembered(["a", "bb", "ccc"]).tolist() == [[1], [2], [3]]  # from memory: this is the main thread


async def test_what_cannot_be_worked_out_ahead_is_said_and_stops_nothing_after_it() -> None:
    failing = True

    def embed(texts: list[str]) -> np.ndarray:
        if failing:
            raise ValueError("no service")
        return np.zeros((len(texts), 1), dtype=np.float32)

    remembered = Remembered(embed)
    with pytest.raises(ValueError, match="no service"):
        await remembered.ahead(["a"])
    failing = False
    await remembered.ahead(["a"])
    assert remembered(["a"]).shape == (1, 1)
