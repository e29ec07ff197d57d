from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from assistant.llm import ChatModel, Endpoint
from assistant.settings import Settings, variable
from knowledge import Library, MiniLM
from tests.scripted import ScriptedServer

settings.register_profile("repeatable", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")  # pytest --hypothesis-profile=search looks further


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's machine reaches a test, and no test its folders."""
    for name in [variable(field) for field in Settings.model_fields]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EVEN_KEEL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("EVEN_KEEL_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.stop()
    assert not scripted.exhausted, "the scripted model was asked more often than it was told"


@pytest_asyncio.fixture
async def model(server: ScriptedServer) -> AsyncIterator[ChatModel]:
    """A capable model: the scripted server."""
    capable = ChatModel(lambda: Endpoint(server.url, "key", "scripted"), timeout=5, retries=0)
    yield capable
    await capable.close()


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="session")
def library(minilm: MiniLM, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The built-in guides and policies, synced once; read only."""
    built = Library(tmp_path_factory.mktemp("knowledge"), minilm)
    built.sync()
    return built


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None)  # type: ignore[call-arg]


class WordEmbedder:
    """A cheap embedder for tests of the library's own logic: bags of hashed words."""

    fingerprint = "words-test"

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: list[str]) -> np.ndarray:
        self.embedded += texts
        out = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                out[row, sum(map(ord, word)) % 64] += 1
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
