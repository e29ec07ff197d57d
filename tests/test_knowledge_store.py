import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from knowledge import Library, StoreError, chroma_server
from knowledge.embed import Vectors
from knowledge.store import VectorStore
from tests.libraries import WordEmbedder

AXES = np.eye(8, dtype=np.float32)


class Server:
    """A real Chroma server on loopback, with its data in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--path", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            try:
                httpx.get(f"{self.url}/api/v2/heartbeat").raise_for_status()
                return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError("the Chroma server does not start")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("chroma"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server that a test may stop and start."""
    server = Server(tmp_path / "server")
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["embedded", "server"])
def url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "embedded" else str(request.getfixturevalue("shared").url)


Open = Callable[..., VectorStore]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    stores: list[VectorStore] = []

    def open_store(url: str = "", name: str = "library", fingerprint: str = "axes-1", key: str = "") -> VectorStore:
        stores.append(VectorStore(tmp_path / name / "chroma", fingerprint, url, key))
        return stores[-1]

    yield open_store
    for store in stores:
        store.close()


def axes(*numbers: int) -> dict[str, Vectors]:
    return {f"key-{n}": AXES[n] for n in numbers}


def held(store: VectorStore, pool: str = "guide") -> set[str]:
    return {key for key, _ in store.query(pool, AXES[:1], 100)}


def test_a_pool_mirrors_exactly_what_is_wanted(opened: Open, url: str) -> None:
    store = opened(url)
    assert store.revision("guide") == -1
    for revision, numbers in ((1, (0, 1, 2)), (2, (1, 2, 3)), (3, ())):
        store.mirror("guide", revision, axes(*numbers))
        assert (store.revision("guide"), held(store)) == (revision, axes(*numbers).keys())


def test_the_nearest_come_first_with_their_cosine(opened: Open, url: str) -> None:
    store = opened(url)
    store.mirror("guide", 1, axes(0, 1, 2) | {"between": (AXES[0] + AXES[1]) / np.sqrt(2, dtype=np.float32)})
    found = store.query("guide", AXES[:1], 2)
    assert [key for key, _ in found] == ["key-0", "between"]
    assert [similarity for _, similarity in found] == pytest.approx([1.0, 0.7071], abs=1e-3)
    both = store.query("guide", AXES[1:3], 3)
    assert [key for key, _ in both][:2] == ["key-1", "key-2"]


def test_many_vectors_are_written_in_parts(opened: Open, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.store.BATCH", 7)
    store = opened(url)
    many = {f"key-{n}": np.random.default_rng(n).normal(size=8).astype(np.float32) for n in range(50)}
    store.mirror("guide", 1, many)
    assert held(store) == many.keys()
    store.mirror("guide", 2, {})
    assert held(store) == set()


def test_pools_and_embedders_are_kept_apart(opened: Open, url: str) -> None:
    store = opened(url)
    store.mirror("guide", 1, axes(0))
    store.mirror("policy-gym", 1, axes(1))
    assert store.query("guide", AXES[:2], 5) == [("key-0", pytest.approx(1.0))]
    other = opened(url, fingerprint="axes-2")
    assert other.revision("guide") == -1


def test_what_was_written_is_there_when_opened_again(opened: Open, url: str) -> None:
    opened(url).mirror("guide", 7, axes(0, 1))
    again = opened(url)
    assert (again.revision("guide"), held(again)) == (7, axes(0, 1).keys())
    assert (again.fresh, again.rebuilt) == (False, "")


def test_a_pool_never_mirrored_is_said_rather_than_found_empty(opened: Open, url: str) -> None:
    with pytest.raises(StoreError, match="python -m knowledge sync"):
        opened(url).query("guide", AXES[:1], 3)


def test_what_another_has_mirrored_since_is_found(opened: Open, url: str) -> None:
    reader, writer = opened(url), opened(url)
    with pytest.raises(StoreError):
        reader.query("guide", AXES[:1], 3)
    writer.mirror("guide", 1, axes(0))
    assert [key for key, _ in reader.query("guide", AXES[:1], 3)] == ["key-0"]


def test_a_wrong_vector_is_a_store_error(opened: Open, url: str) -> None:
    store = opened(url)
    store.mirror("guide", 1, axes(0))
    with pytest.raises(StoreError, match="fails"):
        store.query("guide", np.ones((1, 3), dtype=np.float32), 3)
    assert len(store.query("guide", AXES[:1], 3)) == 1


def test_two_libraries_on_one_server_leave_each_other_alone(opened: Open, shared: Server) -> None:
    one, two = opened(shared.url, "one"), opened(shared.url, "two")
    one.mirror("guide", 1, axes(0))
    two.mirror("guide", 1, axes(1))
    two.mirror("guide", 2, {})
    assert [key for key, _ in one.query("guide", AXES[:1], 3)] == ["key-0"]


def test_the_cloud_client_is_used_where_a_key_is_given(opened: Open, shared: Server) -> None:
    store = opened(shared.url, key="a-key")
    store.mirror("guide", 1, axes(0))
    assert store._client._server._session.headers["x-chroma-token"] == "a-key"


def test_a_server_that_never_answers_is_given_up(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chroma_server, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(StoreError, match="timed out"):
            opened(f"http://127.0.0.1:{silent.getsockname()[1]}").revision("guide")
    assert time.monotonic() - start < 5


def test_something_else_at_the_address_is_a_store_error(opened: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as other:
        try:
            for _ in range(100):
                with pytest.raises(StoreError) as caught:
                    opened(f"http://127.0.0.1:{port}").revision("guide")
                if "404" in str(caught.value):
                    break
                time.sleep(0.1)
            assert "404" in str(caught.value)
        finally:
            other.kill()


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Callable[[Server], Library]]:
    """Opens a library of one document at a server."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "rules.md").write_text("# House rules\n\n## Towels\n\nBring a towel of your own.\n")
    libraries: list[Library] = []

    def open_library(server: Server) -> Library:
        folder, files = tmp_path / "library", (tmp_path / "files",)
        libraries.append(Library(folder, WordEmbedder(), builtin=files, chroma_url=server.url))
        return libraries[-1]

    yield open_library
    for library in libraries:
        library.close()


def test_a_library_lives_on_a_server(at: Callable[[Server], Library], tmp_path: Path, shared: Server) -> None:
    library = at(shared)
    assert library.sync().embedded == 1
    assert library.search("bring a towel")[0].id == "rules#towels"
    assert not (tmp_path / "library" / "chroma").exists()
    (tmp_path / "files" / "rules.md").unlink()
    (tmp_path / "files" / "more.md").write_text("## Parking\n\nParking is free.\n")
    library.sync()
    assert [p.id for p in library.search("bring a towel, parking is free")] == ["more#parking"]


def test_a_library_loses_nothing_with_its_server(
    at: Callable[[Server], Library], tmp_path: Path, own: Server
) -> None:
    library = at(own)
    library.sync()
    assert library.search("bring a towel")[0].id == "rules#towels"
    own.stop()
    (tmp_path / "files" / "more.md").write_text("## Parking\n\nParking is free.\n")
    with pytest.raises(StoreError, match="CHROMA_URL"):
        library.sync()
    for _ in range(2):
        with pytest.raises(StoreError, match=r"The Chroma server at 127\.0\.0\.1 fails .* CHROMA_URL"):
            library.search("bring a towel")
    at(own)  # opening needs no server
    assert [m.id for m in library.documents()] == ["rules", "more"]
    own.start()
    report = library.sync()
    assert (report.unchanged, report.embedded, report.failed) == (2, 0, {})
    assert library.search("parking is free")[0].id == "more#parking"
    own.stop()
    own.folder = own.folder.with_name("empty")
    own.start()
    for reason in ("CHROMA_URL", "python -m knowledge sync"):
        with pytest.raises(StoreError, match=reason):
            library.search("parking is free")
    assert library.sync().embedded == 0
    assert library.search("bring a towel")[0].id == "rules#towels"
