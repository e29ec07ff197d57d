import gc
import io
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import app
from assistant.__main__ import main
from evals.app import free_port
from tests.libraries import copied

ROOT = Path(__file__).parent.parent


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., str]]:
    """Starts the app, which has to end before it serves; gives what it said of why."""

    def start(**environment: str) -> str:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert app.main() == 2
        return capsys.readouterr().err

    monkeypatch.setattr(app, "log_plainly", lambda: None)  # the log is the tests'
    yield start
    gc.enable()


def test_a_port_in_use_is_said_before_anything_is_loaded(ended: Callable[..., str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"EVEN_KEEL_PORT={port + 1}" in ended(EVEN_KEEL_PORT=str(port))


def test_a_host_that_is_none_of_this_machines_is_not_called_a_taken_port(ended: Callable[..., str]) -> None:
    said = ended(EVEN_KEEL_HOST="no-such-host.invalid")
    assert "EVEN_KEEL_HOST" in said and "EVEN_KEEL_PORT" not in said


def test_a_bad_setting_ends_the_app_before_serving() -> None:
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env={**os.environ, "EVEN_KEEL_PORT": "eighty"}, capture_output=True,
        text=True, timeout=110,
    )  # fmt: skip
    assert done.returncode == 2
    assert "EVEN_KEEL_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_beyond_this_machine_it_serves_nobody_without_accounts(ended: Callable[..., str]) -> None:
    said = ended(EVEN_KEEL_HOST="0.0.0.0", EVEN_KEEL_PORT=str(free_port()), OPENAI_BASE_URL="http://127.0.0.1:9")
    assert "python -m assistant user add" in said


def test_a_missing_model_file_ends_the_app_before_serving(ended: Callable[..., str], tmp_path: Path) -> None:
    assert "LOCAL_MODEL" in ended(EVEN_KEEL_PORT=str(free_port()), LOCAL_MODEL=str(tmp_path / "none.gguf"))


def test_an_unknown_scenario_lists_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["practice", "--scenario", "moon", "--no-model"]) == 1
    assert "gym-double-booking" in capsys.readouterr().err


def test_a_practice_in_the_terminal_without_a_model(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\nCalm down.\n"))
    assert main(["practice", "--no-model", "--seed", "1"]) == 0
    said = capsys.readouterr().out
    assert "The message is empty" in said
    assert "[calm down]" in said
    assert "(author's line)" in said


def test_a_draft_of_a_file_that_is_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    binary = tmp_path / "complaint.txt"
    binary.write_bytes(b"\xff\xff\x00\x01")
    assert main(["draft", str(binary)]) == 1
    assert "not UTF-8" in capsys.readouterr().err


def test_a_draft_with_an_unreachable_endpoint_stands_in_plain_wording(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copied(data_dir / "knowledge", tmp_path / "data" / "knowledge")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("EVEN_KEEL_RETRIES", "0")
    message = tmp_path / "complaint.txt"
    message.write_text("You double-booked my session and nobody told me!", encoding="utf-8")
    assert main(["draft", str(message), "--policies", "gym"]) == 0
    said = capsys.readouterr().out
    assert "Nobody answers at http://127.0.0.1:9/v1" in said
    assert "gym-bookings#" in said
