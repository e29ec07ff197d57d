import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.__main__ import main

ROOT = Path(__file__).parent.parent


def run(*arguments: str, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=env, input=text, capture_output=True, text=True, timeout=110
    )


def test_a_port_in_use_is_said_before_anything_is_loaded() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("app.py", EVEN_KEEL_PORT=str(port))
    assert done.returncode == 2
    assert f"EVEN_KEEL_PORT={port + 1}" in done.stderr


def test_a_host_that_is_none_of_this_machines_is_not_called_a_taken_port() -> None:
    done = run("app.py", EVEN_KEEL_HOST="no-such-host.invalid")
    assert done.returncode == 2
    assert "EVEN_KEEL_HOST" in done.stderr and "EVEN_KEEL_PORT" not in done.stderr


def test_a_bad_setting_ends_the_app_before_serving() -> None:
    done = run("app.py", EVEN_KEEL_PORT="eighty")
    assert done.returncode == 2
    assert "EVEN_KEEL_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_beyond_this_machine_it_serves_nobody_without_accounts() -> None:
    done = run("app.py", EVEN_KEEL_HOST="0.0.0.0", EVEN_KEEL_PORT="7999", OPENAI_BASE_URL="http://127.0.0.1:9")
    assert done.returncode == 2
    assert "python -m assistant user add" in done.stderr


def test_a_missing_model_file_ends_the_app_before_serving(tmp_path: Path) -> None:
    done = run("app.py", LOCAL_MODEL=str(tmp_path / "none.gguf"))
    assert done.returncode == 2
    assert "LOCAL_MODEL" in done.stderr


def test_an_unknown_scenario_lists_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["practice", "--scenario", "moon", "--no-model"]) == 1
    assert "gym-double-booking" in capsys.readouterr().err


def test_a_practice_in_the_terminal_without_a_model() -> None:
    done = run("-m", "assistant", "practice", "--no-model", "--seed", "1", text="\nCalm down.\n")
    assert done.returncode == 0, done.stderr
    assert "The message is empty" in done.stdout
    assert "[calm down]" in done.stdout
    assert "(author's line)" in done.stdout


def test_a_draft_of_a_file_that_is_no_text(tmp_path: Path) -> None:
    binary = tmp_path / "complaint.txt"
    binary.write_bytes(b"\xff\xff\x00\x01")
    done = run("-m", "assistant", "draft", str(binary))
    assert done.returncode == 1
    assert "not UTF-8" in done.stderr


def test_a_draft_with_an_unreachable_endpoint_stands_in_plain_wording(data_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(data_dir / "knowledge", tmp_path / "data" / "knowledge")
    done = run(
        "-m", "assistant", "draft", "-", "--policies", "gym",
        text="You double-booked my session and nobody told me!",
        OPENAI_BASE_URL="http://127.0.0.1:9", EVEN_KEEL_RETRIES="0",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Nobody answers at http://127.0.0.1:9/v1" in done.stdout
    assert "gym-bookings#" in done.stdout
