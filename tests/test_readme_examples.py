"""README's curl lines and its Python client are run, as they stand there, against the app; the model is scripted."""

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from assistant.services import Services
from assistant.settings import Settings
from evals.app import free_port
from tests.libraries import copied
from tests.scripted import ScriptedServer
from ui.gate import Gate
from ui.health import Metrics
from ui.site import site

REST = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8").partition("## REST")[2]
SHELL, PYTHON = re.findall(r"```(?:python)?\n(.*?)```", REST, re.DOTALL)[:2]
CURLS = re.findall(r"^curl .*?(?<!\\)$", SHELL, re.DOTALL | re.MULTILINE)


@pytest.fixture
def port(tmp_path: Path, data_dir: Path) -> Iterator[int]:
    copied(data_dir, tmp_path / "data")
    model = ScriptedServer(always='{"acts": []}')
    own = {"openai_base_url": model.url, "openai_model": "scripted", "retries": 0, "data_dir": tmp_path / "data"}
    services = Services.build(Settings(**own, _env_file=None))
    app = site(services, Gate(services.accounts, services.settings), Metrics())
    server = uvicorn.Server(
        uvicorn.Config(app, port=free_port(), log_level="warning", lifespan="off", loop="asyncio")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield server.config.port
    server.should_exit = True
    thread.join(20)
    services.stop()
    model.stop()


def test_the_curl_lines_work_one_after_the_other(port: int) -> None:
    if not shutil.which("curl"):
        assert not os.environ.get("EVEN_KEEL_STRICT"), "no curl was found, and CI must have it"
        pytest.skip("no curl on this machine")
    assert len(CURLS) == 4
    said, practice = [], ""
    for line in CURLS:
        command = line.replace("7860", str(port)).replace("/ID/", f"/{practice}/")
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
        practice = practice or re.findall(r'"id":"([0-9a-f]{32})"', done.stdout)[0]
    begun, turn, draft, found = said
    assert '"opening":"Three weeks ago I booked this!' in begun and '"difficulty":"gentle"' in begun
    assert re.findall(r"^event: (\w+)", turn, re.MULTILINE)[:3] == ["read", "felt", "said"]
    assert '"text":"' in draft and "gym-bookings#" in draft
    assert "gym-bookings#sessions-we-cancel-or-double-book" in found


def test_the_python_client_works(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(PYTHON.replace("7860", str(port)), "README.md", "exec"), {})
    assert re.search(r"\S.* \{'anger': \d+, 'trust': \d+", capsys.readouterr().out)
