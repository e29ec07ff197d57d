"""The SDK's clients: several for an endpoint where much is under way, so that none keeps many connections.

    clients = Clients(lambda endpoint: 25.0)
    with clients.taken(endpoint) as client: ...
    await clients.close()

For each request a client's pool looks at every connection that it has: with 50 turns at once that was a tenth of
all the work. One after the other, requests share the first client and its open connection.
"""

import asyncio
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from ssl import SSLContext
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from assistant.llm import Endpoint

CONNECT_SECONDS = 5.0
MOST = 8
"""Requests under way from which another client is taken."""


@dataclass(slots=True)
class _Client:
    sdk: "AsyncOpenAI"
    under_way: int = 0


class Clients:
    """Clients by event loop, to which connections belong; ``patience`` gives an endpoint's seconds of silence."""

    def __init__(self, patience: "Callable[[Endpoint], float]") -> None:
        self._patience = patience
        self._of: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Endpoint, list[_Client]]] = (
            weakref.WeakKeyDictionary()
        )

    @contextmanager
    def taken(self, endpoint: "Endpoint") -> "Iterator[AsyncOpenAI]":
        """A client with room for a request, while that is under way."""
        clients = self._of.setdefault(asyncio.get_running_loop(), {}).setdefault(endpoint, [])
        client = next((c for c in clients if c.under_way < MOST), None)
        if client is None:
            client = _Client(self._opened(endpoint))
            clients.append(client)
        client.under_way += 1
        try:
            yield client.sdk
        finally:
            client.under_way -= 1

    def _opened(self, endpoint: "Endpoint") -> "AsyncOpenAI":
        import openai

        seconds = self._patience(endpoint)
        timeout = httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        return openai.AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.api_key or "none",
            timeout=timeout,
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(timeout=timeout, verify=_tls()),
        )

    async def close(self) -> None:
        """Close this event loop's connections."""
        for clients in self._of.pop(asyncio.get_running_loop(), {}).values():
            for client in clients:
                await client.sdk.close()


@cache
def _tls() -> SSLContext:
    """What every client trusts; to make one takes 30 ms."""
    return httpx2.create_ssl_context()
