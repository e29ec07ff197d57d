"""The vector store: Chroma, one collection a pool, a cache of the manifest.

    VectorStore(folder, "minilm-int8-1")                                # embedded, in the folder
    VectorStore(folder, "minilm-int8-1", "http://127.0.0.1:8001")       # a Chroma server
    VectorStore(folder, "minilm-int8-1", "https://api.trychroma.com", key)

A collection's name holds the embedder's fingerprint, its metadata the revision it mirrors;
one that lags behind is brought up from the manifest, one that is broken is built anew.
Chroma's own embedding functions are never used: they download at first use.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from knowledge.chroma_server import connect, disconnect, own_id
from knowledge.embed import Vectors
from knowledge.errors import StoreError

BATCH = 2000
LOOK_EVERY = 1.0
"""Seconds between two looks, while searching, at whether another process has mirrored: a look takes 0.3 ms a pool."""


class VectorStore:
    """Chroma in ``folder``, or the server at ``url`` (scheme, host and port).

    A damaged embedded one is discarded and built anew; ``rebuilt`` says so, and ``broken`` that it failed and
    waits for ``mend``. One that another process has mirrored to since it was read is opened anew. A server is
    reached when it is first needed, and each time anew after it failed. What it holds is this library's
    alone: its collections bear an id that lies beside ``folder``, and nothing else is touched.

    Args:
        folder: holds the embedded store; with a ``url`` only its parent is used.
        fingerprint: the embedder's.
        url: empty for the embedded store.
        api_key: for Chroma Cloud.

    Raises:
        StoreError: it cannot be opened; each method raises it when the server fails.
    """

    def __init__(self, folder: Path, fingerprint: str, url: str = "", api_key: str = "") -> None:
        self._folder = folder
        self._url = url
        self._api_key = api_key
        self._name_end = f"{fingerprint}-{own_id(folder.parent)}" if url else fingerprint
        self.rebuilt = ""
        self.broken = False
        self.fresh = not url and not (folder / "chroma.sqlite3").exists()
        self._collections: dict[str, Any] = {}
        self._read: dict[str, int] = {}  # pool → the revision of the index that the embedded client has in memory
        self._looked: dict[str, float] = {}
        self._read_lock = threading.Lock()
        self._client: Any = None if url else self._open_or_rebuild()

    def mend(self) -> None:
        """Begin the embedded store anew if it failed or its folder is gone; ``rebuilt`` says so. Mirror next."""
        gone = not self._url and not (self._folder / "chroma.sqlite3").exists()
        if not gone and not self.broken:
            return
        self._collections, self._read = {}, {}
        self._discard()
        self._client = self._open_or_rebuild()
        self.broken = False
        self.rebuilt = f"The search index {'was gone' if gone else 'was damaged'} and is built anew."

    def revision(self, pool: str) -> int:
        """The manifest's revision that this pool mirrors; -1 if none."""
        with self._in_words():
            return _revision(self._collection(pool))

    def mirror(self, pool: str, revision: int, wanted: dict[str, Vectors]) -> None:
        """Make the pool hold exactly ``wanted`` (key → vector).

        A key names its vector for good, so a key that is there is not written again.
        """
        with self._in_words():
            self._catch_up(pool, every=0)
            client, collection = self._reached(), self._collection(pool)
            have = set(collection.get(include=[])["ids"])
            gone, new = sorted(have - wanted.keys()), sorted(wanted.keys() - have)
            step = min(BATCH, client.get_max_batch_size())
            for start in range(0, len(gone), step):
                collection.delete(ids=gone[start : start + step])
            for start in range(0, len(new), step):
                part = new[start : start + step]
                collection.upsert(ids=part, embeddings=[wanted[k] for k in part])
            with self._read_lock:
                collection.modify(metadata={"revision": revision})
                if client is self._client:  # else it was opened anew meanwhile, and may have read half of this
                    self._read[pool] = revision
            self._collections.pop(pool, None)

    def query(self, pool: str, vectors: Vectors, count: int) -> list[tuple[str, float]]:
        """The keys nearest to any of the vectors, with their best cosine similarity (-1 to 1), best first.

        Raises:
            StoreError: the pool was never mirrored: an empty answer would say that nothing fits.
        """
        with self._in_words():
            self._catch_up(pool)
            collection = self._mirrored(pool)
            answer = collection.query(query_embeddings=list(vectors), n_results=count, include=["distances"])
        best: dict[str, float] = {}
        for keys, distances in zip(answer["ids"], answer["distances"], strict=True):
            for key, distance in zip(keys, distances, strict=True):
                best[key] = max(best.get(key, -1.0), 1.0 - distance)
        return sorted(best.items(), key=lambda item: -item[1])

    def close(self) -> None:
        """Leave the server; the embedded store stays open for others of this process."""
        if self._url:
            client, self._client = self._client, None
            if client is not None:
                disconnect(client)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Whatever Chroma raises becomes a StoreError, and the next call starts afresh."""
        try:
            yield
        except StoreError:
            raise
        except Exception as error:
            self._collections.clear()
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            if not self._url:
                self.broken = True
                raise StoreError(
                    f"The search index at {self._folder} fails ({reason}). If it goes on, delete that folder: "
                    "the next sync builds it anew."
                ) from error
            self.close()
            raise StoreError(
                f"The Chroma server at {urlsplit(self._url).hostname} fails ({reason}). See that it runs and that "
                "CHROMA_URL is its address, then try again; what it lacks the next sync puts back."
            ) from error

    def _catch_up(self, pool: str, every: float = LOOK_EVERY) -> None:
        """Open the embedded store anew if another process has mirrored to this pool since it was read.

        A client keeps in memory what it read of an index. The old one is not closed: a thread may be searching it.
        """
        now = time.monotonic()
        if self._url or now - self._looked.get(pool, -every) < every:
            return
        self._looked[pool] = now
        with self._read_lock:
            name = self._collection(pool).name
            revision = _revision(self._reached().get_collection(name, embedding_function=None))
            if revision >= 0 and self._read.setdefault(pool, revision) != revision:
                from chromadb.api.shared_system_client import SharedSystemClient

                SharedSystemClient.clear_system_cache()  # it would give the same client again
                self._client, self._collections, self._read = _open(self._folder), {}, {pool: revision}

    def _mirrored(self, pool: str) -> Any:
        if _revision(self._collection(pool)) < 0:
            self._collections.pop(pool, None)  # it may have been mirrored since
            if _revision(self._collection(pool)) < 0:
                raise StoreError(
                    "The search index does not hold these documents yet. Try again in some seconds; "
                    "if no sync is under way, run: python -m knowledge sync"
                )
        return self._collection(pool)

    def _collection(self, pool: str) -> Any:
        if pool not in self._collections:
            self._collections[pool] = self._reached().get_or_create_collection(
                f"{pool}-{self._name_end}",
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine"}},
                metadata={"revision": -1},
            )
        return self._collections[pool]

    def _reached(self) -> Any:
        client = self._client or connect(self._url, self._api_key)
        self._client = client
        return client

    def _open_or_rebuild(self) -> Any:
        try:
            client = _open(self._folder)
            client.list_collections()
            return client
        except Exception as error:  # chroma raises many kinds, Rust panics among them
            self.rebuilt = f"The search index was damaged ({type(error).__name__}) and is built anew."
            self._discard()
            try:
                return _open(self._folder)
            except Exception as again:
                raise StoreError(f"The search index at {self._folder} cannot be opened: {again}.") from again

    def _discard(self) -> None:
        from chromadb.api.shared_system_client import SharedSystemClient

        SharedSystemClient.clear_system_cache()  # it keeps the half-started client otherwise
        if self._folder.is_dir():
            shutil.rmtree(self._folder, ignore_errors=True)
        else:
            self._folder.unlink(missing_ok=True)


def _revision(collection: Any) -> int:
    return int((collection.metadata or {}).get("revision", -1))


def _open(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
