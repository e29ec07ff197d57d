import os
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from filelock import FileLock
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from assistant.llm import ChatModel, Endpoint
from assistant.remembered import Remembered
from assistant.reply.drafting import ReplyDesk
from assistant.reply.promises import PROMISES, Promised
from assistant.settings import ENV_FILE, Settings, variable
from assistant.store import Store
from knowledge import Library, MiniLM, by_heart
from tests.browser import open_browser
from tests.libraries import TOWELS, Open, WordEmbedder
from tests.scripted import ScriptedServer

settings.register_profile("repeatable", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")  # pytest --hypothesis-profile=search looks further


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's machine reaches a test, and no test its folders."""
    for name in [variable(field) for field in Settings.model_fields]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(ENV_FILE, "")
    monkeypatch.setenv("EVEN_KEEL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("EVEN_KEEL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("EVEN_KEEL_THREADS", "1")  # tests run beside each other
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")  # the scripted model is here, whatever proxy there is


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords of tests are worth no work; the app's take a tenth of a second each on purpose."""
    monkeypatch.setattr("assistant.accounts.PasswordHasher", partial(PasswordHasher, time_cost=1, memory_cost=64))


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


class Remembering(MiniLM):
    """The embedded embedder, the built-in texts by heart; others are embedded once for all tests of a process."""

    def __init__(self) -> None:
        super().__init__(threads=1)
        self._remembered = Remembered(by_heart(MiniLM(threads=1)))

    def embed(self, texts: list[str]) -> np.ndarray:
        return self._remembered(texts)


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    return Remembering()


@pytest.fixture(scope="session")
def promised(minilm: MiniLM, tmp_path_factory: pytest.TempPathFactory) -> Promised:
    """What is shipped as learned of promises."""
    return Promised(lambda: PROMISES.learned(tmp_path_factory.mktemp("promised"), minilm))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'deep' / 'even-keel.db'}")
    yield opened
    opened.close()


@pytest.fixture
async def desk(
    library: Library, minilm: MiniLM, model: ChatModel, store: Store, promised: Promised
) -> AsyncIterator[ReplyDesk]:
    """The reply desk with a capable model."""
    yield ReplyDesk(library, model, minilm.embed, store, promised=promised)
    await model.close()


@pytest.fixture
async def small(
    library: Library, minilm: MiniLM, server: ScriptedServer, store: Store, promised: Promised
) -> AsyncIterator[ReplyDesk]:
    """The reply desk with the small, embedded model."""
    endpoint = Endpoint(server.url, "key", "small", embedded=True)
    model = ChatModel(lambda: endpoint, timeout=5, retries=0)
    yield ReplyDesk(library, model, minilm.embed, store, promised=promised)
    await model.close()


@pytest.fixture(scope="session")
def data_dir(minilm: MiniLM, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the built-in guides and policies, synced once for all test processes; read only."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if os.environ.get("PYTEST_XDIST_WORKER") else shared
    with FileLock(shared / "library.lock"):
        synced = Library(shared / "library" / "knowledge", minilm)
        synced.sync()
        synced.close()
    return shared / "library"


@pytest.fixture(scope="session")
def library(minilm: MiniLM, data_dir: Path) -> Library:
    """The built-in guides and policies; read only."""
    return Library(data_dir / "knowledge", minilm)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of two documents, for a library of the test's own."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "rules.md").write_text(TOWELS)
    (folder / "lockers.md").write_text("## Lockers\n\nA locker costs nothing for the day.\n")
    return folder


@pytest.fixture
def opened(tmp_path: Path, files: Path) -> Iterator[Open]:
    """Opens a library of ``files``, as often as one likes; closes them all."""
    libraries: list[Library] = []

    def open_library(embedder: WordEmbedder | None = None) -> Library:
        libraries.append(Library(tmp_path / "library", embedder or WordEmbedder(), builtin=(files,)))
        return libraries[-1]

    yield open_library
    for library in libraries:
        library.close()


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None)  # type: ignore[call-arg]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of one file."""
    with open_browser() as opened:
        yield opened


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where CI says that nothing may be skipped, a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("EVEN_KEEL_STRICT") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
