import subprocess
import sys
from pathlib import Path

import pytest

from assistant.errors import SettingsError
from assistant.services import open_library
from assistant.settings import ENV_FILE, Settings, load_settings, variable
from tests.libraries import WordEmbedder

ROOT = Path(__file__).parent.parent


def test_defaults_need_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    assert not settings.remote
    assert settings.port == 7860
    assert settings.database.startswith("sqlite:///")


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("EVEN_KEEL_PORT", "70000", "65535"),
        ("EVEN_KEEL_PORT", "seven", "integer"),
        ("EVEN_KEEL_TIMEOUT", "0", "greater than 0"),
        ("EVEN_KEEL_MODEL_SOURCE", "moon", "'hub'"),
        ("OPENAI_BASE_URL", "ftp://x", "http"),
        ("OPENAI_BASE_URL", "http://localhost:80O0/v1", "http"),
        ("EVEN_KEEL_FALLBACK_URL", "http://:80/v1", "http"),
        ("CHROMA_URL", "http://localhost:80O0", "host and port"),
        ("EVEN_KEEL_EMBEDDINGS", "bert", "provider:model"),
        ("LOCAL_MODEL", "/no/such/file.gguf", "not a file"),
    ],
)
def test_a_bad_value_names_variable_value_and_what_is_accepted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, accepted: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert name in str(error.value)
    assert value in str(error.value)
    assert accepted in str(error.value)


def test_a_mistyped_name_is_refused_with_the_one_that_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("even_keel_timeuot", "9")
    with pytest.raises(SettingsError, match="Did you mean EVEN_KEEL_TIMEOUT?"):
        load_settings()
    monkeypatch.delenv("even_keel_timeuot")
    monkeypatch.delenv(ENV_FILE)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("EVEN_KEEL_PROT=7861\nSOMEBODY_ELSES=1\n")
    with pytest.raises(SettingsError, match="EVEN_KEEL_PROT is no setting. Did you mean EVEN_KEEL_PORT?"):
        load_settings()


@pytest.mark.parametrize("name", ["EVEN_KEEL_PORT_80_TCP", "EVEN_KEEL_SERVICE_HOST", "EVEN_KEEL_SERVICE_PORT"])
def test_what_an_orchestrator_sets_for_a_service_of_our_name_stops_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "tcp://10.0.0.1:80")
    assert load_settings().port == 7860


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EVEN_KEEL_DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(SettingsError, match="EVEN_KEEL_DATA_DIR is .*file, where nothing can be kept"):
        open_library(load_settings(), WordEmbedder())


def test_a_model_that_is_no_gguf_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "model.gguf"
    fake.write_bytes(b"NOPE, not a model")
    monkeypatch.setenv("LOCAL_MODEL", str(fake))
    with pytest.raises(SettingsError, match="not a GGUF file"):
        load_settings()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/v1"),
        ("https://host/v1/", "https://host/v1"),
        ("https://host/openai/v1", "https://host/openai/v1"),
    ],
)
def test_a_base_url_gets_its_version(monkeypatch: pytest.MonkeyPatch, given: str, kept: str) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", given)
    settings = load_settings()
    assert settings.openai_base_url == kept
    assert settings.remote


def test_a_key_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    settings = load_settings()
    assert settings.remote
    assert "sk-secret" not in f"{settings!r} {settings}"


def test_a_password_in_an_address_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "ftp://user:S3cret@host/v1")
    with pytest.raises(SettingsError, match=r"//\(hidden\)@host/v1") as error:
        load_settings()
    assert "S3cret" not in str(error.value)


def test_a_folder_may_begin_with_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVEN_KEEL_DATA_DIR", "~/keel")
    monkeypatch.setenv("EVEN_KEEL_CACHE_DIR", "~/kept")
    settings = load_settings()
    assert (settings.data_dir, settings.cache_dir) == (Path.home() / "keel", Path.home() / "kept")


def test_a_fallback_for_nothing_is_refused_with_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVEN_KEEL_FALLBACK_URL", "http://127.0.0.1:8000")
    with pytest.raises(SettingsError, match=r"^EVEN_KEEL_FALLBACK_URL .*set OPENAI_BASE_URL or OPENAI_API_KEY"):
        load_settings()
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert load_settings().fallback_url == "http://127.0.0.1:8000/v1"


def test_every_setting_is_in_the_readme() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    missing = [variable(field) for field in Settings.model_fields if f"`{variable(field)}`" not in readme]
    assert missing == []


def test_the_file_beside_the_environment_is_read_unless_a_run_must_not_know_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("DATABASE_URL=sqlite:///theirs.db\n")
    assert load_settings().database_url == "", "no test reaches what a developer's file names"
    monkeypatch.delenv(ENV_FILE)
    assert load_settings().database_url == "sqlite:///theirs.db"


@pytest.mark.parametrize("entry", ["app", "assistant.__main__", "evals.__main__"])
def test_algebra_has_one_thread_wherever_the_program_begins(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    look = f"import {entry}, numpy, threadpoolctl as pools; print(max(("
    look += "p['num_threads'] for p in pools.threadpool_info() if p['user_api'] == 'blas'), default=1))"
    said = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert said.stdout == "1\n", said.stdout + said.stderr
