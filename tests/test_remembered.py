import numpy as np

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
