"""The vector store: Chroma, one collection a pool, a cache of the manifest.

A collection's name holds the embedder's fingerprint, its metadata the revision it mirrors;
one that lags behind is brought up from the manifest, one that is broken is built anew.
Chroma's own embedding functions are never used: they download at first use.
"""

import shutil
from pathlib import Path
from typing import Any

from knowledge.embed import Vectors
from knowledge.errors import StoreError

BATCH = 2000


class VectorStore:
    """Chroma in ``folder``. A damaged one is discarded and built anew; ``rebuilt`` says so."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder = folder
        self._fingerprint = fingerprint
        self.rebuilt = ""
        self._collections: dict[str, Any] = {}
        fresh = not (folder / "chroma.sqlite3").exists()
        try:
            self._client = self._open()
            self._client.list_collections()
        except Exception as error:  # chroma raises many kinds, Rust panics among them
            self.rebuilt = f"The search index was damaged ({type(error).__name__}) and is built anew."
            self._discard()
            try:
                self._client = self._open()
            except Exception as again:
                raise StoreError(f"The search index at {folder} cannot be opened: {again}.") from again
        self.fresh = fresh

    def revision(self, pool: str) -> int:
        """The manifest's revision that this pool mirrors; -1 if none."""
        metadata = self._collection(pool).metadata or {}
        return int(metadata.get("revision", -1))

    def mirror(self, pool: str, revision: int, wanted: dict[str, Vectors]) -> tuple[int, int]:
        """Make the pool hold exactly ``wanted`` (key → vector); gives how many were added and removed.

        A key names its vector for good, so a key that is there is not written again.
        """
        collection = self._collection(pool)
        have = set(collection.get(include=[])["ids"])
        gone, new = sorted(have - wanted.keys()), sorted(wanted.keys() - have)
        for start in range(0, len(gone), BATCH):
            collection.delete(ids=gone[start : start + BATCH])
        for start in range(0, len(new), BATCH):
            part = new[start : start + BATCH]
            collection.upsert(ids=part, embeddings=[wanted[k] for k in part])
        collection.modify(metadata={"revision": revision})
        self._collections.pop(pool)
        return len(new), len(gone)

    def query(self, pool: str, vectors: Vectors, count: int) -> list[tuple[str, float]]:
        """The keys nearest to any of the vectors, with their best cosine similarity (-1 to 1), best first."""
        collection = self._collection(pool)
        answer = collection.query(query_embeddings=list(vectors), n_results=count, include=["distances"])
        best: dict[str, float] = {}
        for keys, distances in zip(answer["ids"], answer["distances"], strict=True):
            for key, distance in zip(keys, distances, strict=True):
                best[key] = max(best.get(key, -1.0), 1.0 - distance)
        return sorted(best.items(), key=lambda item: -item[1])

    def count(self, pool: str) -> int:
        """How many vectors the pool holds."""
        return int(self._collection(pool).count())

    def _discard(self) -> None:
        from chromadb.api.shared_system_client import SharedSystemClient

        SharedSystemClient.clear_system_cache()  # it keeps the half-started client otherwise
        if self._folder.is_dir():
            shutil.rmtree(self._folder, ignore_errors=True)
        else:
            self._folder.unlink(missing_ok=True)

    def _open(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        return chromadb.PersistentClient(path=str(self._folder), settings=settings)

    def _collection(self, pool: str) -> Any:
        if pool not in self._collections:
            self._collections[pool] = self._client.get_or_create_collection(
                f"{pool}-{self._fingerprint}",
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine"}},
                metadata={"revision": -1},
            )
        return self._collections[pool]
