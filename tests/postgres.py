"""A PostgreSQL server of the test's own, from the system's binaries; or the one that a URL names."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from evals.app import free_port


@contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database; without a server the test is skipped, or fails where CI has to have one."""
    if url := os.environ.get("EVEN_KEEL_TEST_POSTGRES"):
        yield url
        return
    initdb = _binary("initdb")
    if initdb is None:
        if os.environ.get("EVEN_KEEL_STRICT"):
            pytest.fail("no PostgreSQL was found, and CI must have one")
        pytest.skip("no PostgreSQL on this machine")
    with tempfile.TemporaryDirectory(prefix="even-keel-postgres-") as temporary:
        folder, user = Path(temporary), "nobody" if os.geteuid() == 0 else None  # it refuses to run as root
        if user:
            shutil.chown(folder, user)

        def run(*command: str) -> None:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder)

        data, port = str(folder / "data"), free_port()
        run(initdb, "-D", data, "-U", "keel", "-A", "trust", "-N")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        control = (str(Path(initdb).with_name("pg_ctl")), "-D", data, "-w")
        run(*control, "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://keel@127.0.0.1:{port}/postgres"
        finally:
            run(*control, "-m", "immediate", "stop")


def _binary(name: str) -> str | None:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))  # where Debian keeps them, off the path
    return str(installed[-1].resolve()) if installed else shutil.which(name)
