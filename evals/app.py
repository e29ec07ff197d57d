"""The app in a process of its own, for suites and tests that use, stop, kill or load it.

with App(folder, OPENAI_BASE_URL=endpoint.url) as app:
app.address, app.started         # http://127.0.0.1:…, seconds until it answered
app.stop()                       # gives the exit status; or signal.SIGKILL
app.start()                      # again, at the same address
"""

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType

from assistant.settings import ENV_FILE, Settings, subprocess_environment, variable
from evals.errors import EvalError

ROOT = Path(__file__).parent.parent
UP_SECONDS, DOWN_SECONDS = 180, 30


class App:
    """``python app.py`` with its own data in ``folder``, started at once; ``environment`` is what it is given.

    Raises:
        EvalError: it does not come up.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        ours = {variable(name) for name in Settings.model_fields}
        self.log = folder / "app.log"
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        kept = {k: v for k, v in subprocess_environment().items() if k not in ours}
        kept |= {"EVEN_KEEL_PORT": str(port), "EVEN_KEEL_DATA_DIR": str(folder / "data")}
        kept |= {ENV_FILE: "", "EVEN_KEEL_OPEN_BROWSER": "0", "EVEN_KEEL_CACHE_DIR": str(folder / "cache")}
        self.environment = kept | environment
        folder.mkdir(parents=True, exist_ok=True)
        self.start()

    def start(self) -> None:
        """Start it, again if it was stopped; ``started`` is how many seconds it took to answer."""
        began = time.monotonic()
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "app.py"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        self._until_up(began)
        self.started = time.monotonic() - began

    def _until_up(self, began: float) -> None:
        while time.monotonic() - began < UP_SECONDS and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.address}/healthz", timeout=2).close()  # nosec B310
                return
            except OSError:
                time.sleep(0.05)
        self.stop(signal.SIGKILL)
        raise EvalError(f"The app did not come up:\n{self.log.read_text()[-3000:]}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait; gives the exit status.

        Raises:
            EvalError: it goes on regardless.
        """
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(DOWN_SECONDS)
        except subprocess.TimeoutExpired as error:
            self.process.kill()
            raise EvalError(f"The app was still there {DOWN_SECONDS} seconds after {how.name}.") from error

    def __enter__(self) -> "App":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
