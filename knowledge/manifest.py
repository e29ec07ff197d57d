"""The manifest: which documents there are, their sections, children and vectors, in SQLite.

It is the truth; the vector store is a cache that can be rebuilt from it at any time. What one method
writes is one transaction: an interrupted one never happened.
"""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.embed import Vectors
from knowledge.errors import StoreError
from knowledge.load import Document, Meta
from knowledge.sections import Child, Section

VERSION = 2
"""Of the tables of documents; raise it when they change, and the next sync reads the files anew."""
_SCHEMA = """
create table if not exists state (key text primary key, value text not null);
create table if not exists roots (path text primary key);
create table if not exists documents (
    id text primary key, path text not null unique, digest text not null, pool text not null, meta text not null);
create table if not exists sections (
    id text primary key, document text not null references documents(id) on delete cascade,
    position integer not null, heading text not null, breadcrumb text not null, text text not null,
    asked text not null);
create table if not exists children (
    id text primary key, section text not null references sections(id) on delete cascade,
    document text not null, text text not null, digest text not null);
create index if not exists children_digest on children(digest);
create table if not exists asked (digest text primary key);
create table if not exists vectors (
    digest text not null, fingerprint text not null, vector blob not null,
    primary key (digest, fingerprint));
create table if not exists learned (name text primary key, pieces integer not null, weights blob not null);
"""


class Manifest:
    """The manifest at ``path`` (created when missing). Safe to use from several threads.

    Raises:
        StoreError: the file is no database of ours, or is locked for long.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = threading.RLock()
        try:
            self._db = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
            self._db.execute("pragma journal_mode=wal")
            self._db.execute("pragma synchronous=full")
            self._db.execute("pragma foreign_keys=on")
            self._leave_other_versions()
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise StoreError(
                f"The knowledge manifest {path} cannot be opened ({error}). If it is damaged, delete it: "
                "the next sync builds it anew from your files."
            ) from error

    @property
    def revision(self) -> int:
        """Grows by one with each write that changed what is searched, from a random number; 0 before the first."""
        row = self._row("select value from state where key='revision'")
        return int(row[0]) if row else 0

    def roots(self) -> list[Path]:
        """The folders and files that were added by hand."""
        return [Path(r[0]) for r in self._rows("select path from roots order by path")]

    def add_root(self, path: Path) -> None:
        """Remember a folder or file to sync from now on."""
        with self._write():
            self._db.execute("insert or ignore into roots values (?)", (str(path),))

    def remove_root(self, path: Path) -> None:
        """Forget a folder or file that was added."""
        with self._write():
            self._db.execute("delete from roots where path=?", (str(path),))

    def digests(self) -> dict[str, tuple[str, str]]:
        """Path → (digest, document id) of every document."""
        return {r[0]: (r[1], r[2]) for r in self._rows("select path, digest, id from documents")}

    def documents(self) -> list[Meta]:
        """The front matter of every document, by kind, set and title."""
        rows = self._rows("select meta from documents")
        metas = [Meta.model_validate_json(r[0]) for r in rows]
        return sorted(metas, key=lambda m: (m.kind, m.set, m.title))

    def sections(self, document: str | None = None) -> list[Section]:
        """The sections of one document in order, or of all."""
        where, args = ("where document=?", (document,)) if document else ("", ())
        rows = self._rows(
            "select id, document, heading, breadcrumb, text, asked from sections "  # nosec B608
            f"{where} order by document, position",
            args,
        )
        return [Section(r[0], r[1], r[2], r[3], r[4], tuple(json.loads(r[5]))) for r in rows]

    def children(self, pool: str) -> list[Child]:
        """The children of one pool, in a stable order."""
        rows = self._rows(
            "select c.id, c.section, c.text from children c join documents d on d.id = c.document "
            "where d.pool=? order by c.id",
            (pool,),
        )
        return [Child(*r) for r in rows]

    def pools(self) -> list[str]:
        """The pools that hold at least one document."""
        return [r[0] for r in self._rows("select distinct pool from documents order by pool")]

    def vectors(self, digests: Sequence[str], fingerprint: str) -> dict[str, Vectors]:
        """Digest → vector, of those that are stored for this embedder."""
        found: dict[str, Vectors] = {}
        for start in range(0, len(digests), 500):
            part = digests[start : start + 500]
            marks = ",".join("?" * len(part))
            rows = self._rows(
                f"select digest, vector from vectors where fingerprint=? and digest in ({marks})",  # nosec B608
                (fingerprint, *part),
            )
            found |= {r[0]: np.frombuffer(r[1], dtype=np.float32) for r in rows}
        return found

    def add_vectors(self, digests: Sequence[str], fingerprint: str, vectors: Vectors) -> None:
        """Keep vectors at once: an interrupted sync need not compute them again."""
        rows = [(d, fingerprint, v.astype(np.float32).tobytes()) for d, v in zip(digests, vectors, strict=True)]
        with self._write():
            self._db.executemany("insert or replace into vectors values (?,?,?)", rows)

    def replace(
        self,
        changed: Iterable[tuple[Document, list[Section], list[Child]]],
        deleted: Iterable[str],
    ) -> None:
        """Write one revision: (document, sections, children) in, ids out."""
        with self._write():
            for gone in deleted:
                self._db.execute("delete from documents where id=?", (gone,))
            for document, sections, children in changed:
                meta = document.meta
                self._db.execute("delete from documents where id=? or path=?", (meta.id, document.path))
                self._db.execute(
                    "insert into documents values (?,?,?,?,?)",
                    (meta.id, document.path, document.digest, meta.pool, meta.model_dump_json()),
                )
                self._db.executemany(
                    "insert into sections values (?,?,?,?,?,?,?)",
                    [
                        (s.id, s.document, n, s.heading, s.breadcrumb, s.text, json.dumps(s.asked))
                        for n, s in enumerate(sections)
                    ],
                )
                self._db.executemany(
                    "insert into children values (?,?,?,?,?)",
                    [(c.id, c.section, meta.id, c.text, c.digest) for c in children],
                )
            self._next_revision()

    def set_asked(self, pieces: Iterable[Child]) -> None:
        """Keep the vectors of these phrasings, and of no others; one that differs is a new revision."""
        digests = {p.digest for p in pieces}
        if digests == {r[0] for r in self._rows("select digest from asked")}:
            return
        with self._write():
            self._db.execute("delete from asked")
            self._db.executemany("insert into asked values (?)", [(d,) for d in sorted(digests)])
            self._next_revision()

    def learned(self, name: str) -> Vectors | None:
        """What was learned from phrasings under a name, shape ``(pieces, sections + 1)``; None if nothing was."""
        row = self._row("select pieces, weights from learned where name=?", (name,))
        return np.frombuffer(row[1], dtype=np.float32).reshape(row[0], -1) if row else None

    def learned_names(self) -> frozenset[str]:
        """The names under which something was learned."""
        return frozenset(r[0] for r in self._rows("select name from learned"))

    def set_learned(self, name: str, weights: Vectors) -> None:
        """Keep what was learned."""
        with self._write():
            row = (name, len(weights), weights.astype(np.float32).tobytes())
            self._db.execute("insert or replace into learned values (?,?,?)", row)

    def forget_learned(self, but: Iterable[str]) -> None:
        """Forget what was learned under other names."""
        names = list(but)
        with self._write():
            marks = ",".join("?" * len(names))
            self._db.execute(f"delete from learned where name not in ({marks})", names)  # nosec B608

    def fact(self, key: str) -> str:
        """A remembered value, or an empty string."""
        row = self._row("select value from state where key=?", (key,))
        return str(row[0]) if row else ""

    def remember(self, key: str, value: str) -> None:
        """Keep a value under a key."""
        with self._write():
            self._db.execute("insert or replace into state values (?,?)", (key, value))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read within is of one revision, whatever another thread or process writes meanwhile."""
        with self._lock:
            self._row("begin")
            try:
                yield
            finally:
                self._row("rollback")

    def _leave_other_versions(self) -> None:
        """Drop documents that were written in another shape; vectors stay, so that reading them anew is quick."""
        if self._version() == VERSION:
            return
        with self._write():
            if self._version() != VERSION:  # nobody else did meanwhile
                for table in ("children", "sections", "documents"):
                    self._db.execute(f"drop table if exists {table}")
                self._db.execute(f"pragma user_version={VERSION}")

    def _version(self) -> int:
        return int(self._db.execute("pragma user_version").fetchone()[0])

    @contextmanager
    def _write(self) -> Iterator[None]:
        with self._lock:
            try:
                self._db.execute("begin immediate")
                yield
                self._db.execute("commit")
            except BaseException as error:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                if isinstance(error, sqlite3.Error):
                    raise StoreError(f"The knowledge manifest {self._path} cannot be written: {error}.") from error
                raise

    def _next_revision(self) -> None:
        self._db.execute(
            "delete from vectors where digest not in (select digest from children union select digest from asked)"
        )
        revision = 1 + (self.revision or secrets.randbelow(2**40))  # one made anew is not what the vectors mirror
        self._db.execute("insert or replace into state values ('revision', ?)", (str(revision),))

    def _rows(self, query: str, args: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._db.execute(query, args).fetchall()
            except sqlite3.Error as error:
                raise StoreError(f"The manifest {self._path} cannot be read: {error}.") from error

    def _row(self, query: str, args: tuple[object, ...] = ()) -> tuple[Any, ...] | None:
        rows = self._rows(query, args)
        return rows[0] if rows else None
