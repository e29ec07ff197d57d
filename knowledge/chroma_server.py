"""Reach a Chroma server or Chroma Cloud, and keep one library's collections there apart from another's."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0


def connect(url: str, api_key: str = "") -> Any:
    """A client of the server at ``url`` (scheme, host and port; without one 8000, for https 443).

    Chroma's own client waits for ever for a server that does not answer; this one does not.

    Raises:
        Exception: no server answers there, or it refuses the key (Chroma and httpx raise many kinds).
    """
    import chromadb
    from chromadb.config import Settings

    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 8000)
    address = f"[{host}]" if ":" in host else host
    httpx.get(f"{parts.scheme}://{address}:{port}/api/v2/heartbeat", timeout=CONNECT_SECONDS).raise_for_status()
    settings = Settings(anonymized_telemetry=False)
    client: Any
    if api_key:
        client = chromadb.CloudClient(
            api_key=api_key, settings=settings, cloud_host=host, cloud_port=port, enable_ssl=secure
        )
    else:
        client = chromadb.HttpClient(host, port, secure, settings=settings)
    for part in (client, client._admin_client):
        part._server._session.timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    return client


def disconnect(client: Any) -> None:
    """Close the client's connections (Chroma's own ``close`` leaves them open)."""
    for part in (client, client._admin_client):
        part._server._session.close()
    client.close()


def own_id(folder: Path) -> str:
    """The id of the library in ``folder``, made at first use; its collections bear it.

    Two libraries on one server would otherwise delete each other's vectors.
    """
    path = folder / "collections-id"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(uuid4().hex[:12], encoding="ascii")
    return path.read_text(encoding="ascii").strip()
