"""The library: guides and policies, kept in step with their files and searched.

    library = Library(data_dir / "knowledge", MiniLM())
    library.sync(report=print)
    library.search("they sold my slot twice", kind="policy", policy_set="gym")

One object for a process. ``sync`` is by content hash: what has not changed costs nothing,
a deleted file leaves, a file that cannot be taken is reported while the rest succeeds.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import numpy as np

from knowledge import asked, seed
from knowledge.compare import SyncReport, compare
from knowledge.embed import BATCH, Embedder
from knowledge.errors import KnowledgeError, StoreError, UnknownPolicySet
from knowledge.index import Index
from knowledge.load import Document, Kind, Meta, check_name
from knowledge.manifest import Manifest
from knowledge.query import read_query
from knowledge.retrieve import Method, Passage
from knowledge.sections import Child, Section, children, cut
from knowledge.spot import Spot, spot
from knowledge.store import VectorStore

log = logging.getLogger(__name__)
BUILTIN = (Path(__file__).parent / "guides", Path(__file__).parent / "policies")
Progress = Callable[[int, int, str], None]
"""Told while a sync goes on how many of how many are done, and of what: (3, 9, "pieces indexed")."""


class Library:
    """Everything that can be cited.

    Args:
        folder: holds the manifest and the vectors.
        embedder: turns text into vectors.
        builtin: folders that are always synced.
        chroma_url: a Chroma server; empty means the embedded one in ``folder``.
        chroma_api_key: its key, for Chroma Cloud.
    """

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        builtin: tuple[Path, ...] = BUILTIN,
        chroma_url: str = "",
        chroma_api_key: str = "",
    ) -> None:
        self._embedder = embedder
        self._builtin = builtin
        self._manifest = Manifest(folder / "manifest.db")
        self._vectors = VectorStore(folder / "chroma", embedder.fingerprint, chroma_url, chroma_api_key)
        self._sync_lock = threading.Lock()
        self._load_lock = threading.Lock()
        self.failure = ""
        """Why the library cannot be used, until a sync succeeds."""
        self.syncing = ""
        self._index: Index | None = None

    def sync(self, paths: tuple[Path, ...] = (), report: Progress = lambda done, total, what: None) -> SyncReport:
        """Bring the library in step with its files; ``paths`` are remembered from now on.

        A file among them that cannot be taken is not: it would fail at every sync to come.

        Raises:
            KnowledgeError: a path does not exist, or the store or the embedder fails.
        """
        for path in paths:
            if not path.exists():
                raise KnowledgeError(f"{path} does not exist. Give a file or a folder that does.")
            check_name(path.resolve())
        given = [path.resolve() for path in paths]
        for root in given:
            self._manifest.add_root(root)

        def tell(done: int, total: int, what: str) -> None:
            self.syncing = f"{done} of {total} {what}"
            report(done, total, what)

        self.syncing = "reading the files"
        try:
            result = self._sync(tell)
            self._leave_out(given, result)
            self.failure = ""
            return result
        finally:
            self.syncing = ""

    def forget(self, path: Path) -> None:
        """Read a file or folder that was added no more; what is held of it leaves at the next sync.

        Raises:
            KnowledgeError: it was never added; says what was.
        """
        added = self._manifest.roots()
        root = next((root for root in added if root in (path.absolute(), path.resolve())), None)
        if root is None:
            there = ", ".join(map(str, added)) or "none"
            raise KnowledgeError(f"{path} is none of the files and folders that were added. There are: {there}.")
        self._manifest.remove_root(root)

    def _leave_out(self, given: Iterable[Path], result: SyncReport) -> None:
        """Keep none of the files just given of which nothing could be read."""
        held = self._manifest.digests()
        for root in given:
            if root.is_file() and str(root) in result.failed and str(root) not in held:
                self._manifest.remove_root(root)
                result.failed[str(root)] += " It was not added."

    def _sync(self, report: Progress) -> SyncReport:
        with self._sync_lock:
            result, changed, gone = compare(self._builtin, self._manifest.roots(), self._manifest.digests())
            prepared = [(doc, *_cut(doc)) for doc in changed]
            pieces = [c for _, _, kids in prepared for c in kids]
            result.embedded = self._embed(pieces, report)
            if prepared or gone:
                self._manifest.replace(prepared, gone)
            beside = self._beside()
            self._manifest.set_asked(piece for pieces in beside.values() for piece in pieces)
            self._mirror(result, report)
            for pieces in beside.values():
                self._embed(pieces, report)
            if self._learn(beside.values(), report):
                self._index = None  # load it again, now with how people ask
            return result

    def _learn(self, beside: Iterable[list[Child]], report: Progress) -> bool:
        """Have learned how each pool's sections are asked for; whether anything was new."""
        fingerprint = self._embedder.fingerprint
        named = {asked.name(pieces, fingerprint): pieces for pieces in beside if pieces}
        new = named.keys() - self._manifest.learned_names()
        for number, name in enumerate(new, 1):
            weights = seed.learned(name)
            if weights is None:
                vectors = self._manifest.vectors([p.digest for p in named[name]], fingerprint)
                weights = asked.learned(named[name], np.stack([vectors[p.digest] for p in named[name]]))
                report(number, len(new), "sets of phrasings learned")
            self._manifest.set_learned(name, weights)
        self._manifest.forget_learned(named)
        return bool(new)

    def search(
        self,
        query: str,
        *,
        kind: Kind = "guide",
        policy_set: str = "",
        count: int = 5,
        today: date | None = None,
        method: Method = "fused",
    ) -> list[Passage]:
        """The best ``count`` sections of one pool, best first; empty if nothing is relevant.

        Policies not in force on ``today`` (the default: today) are never found. With
        ``kind="policy"`` and no set, all policy sets are searched.

        Raises:
            KnowledgeError: nothing was ever synced, the first sync is still under way, or ``count`` is below 1.
            UnknownPolicySet: policies are searched, and there is no such set.
        """
        if count < 1:
            raise KnowledgeError(f"{count} sections cannot be found. Ask for 1 or more.")
        index = self._current()
        if not index.sections:
            raise KnowledgeError(
                f"The guides and policies are still being indexed ({self.syncing}). Try again in some seconds."
                if self.syncing
                else f"There are no guides and policies yet. {self.failure or 'Run: python -m knowledge sync'}"
            )
        if kind == "policy" and policy_set and policy_set not in index.policy_sets:
            there = ", ".join(index.policy_sets) or "none"
            raise UnknownPolicySet(f"There is no policy set '{policy_set}'. There are: {there}.")
        wanted = (query, kind, policy_set, count, today or date.today(), method)
        try:
            return index.search(*wanted)
        except StoreError:
            if not self._vectors.broken:
                raise
        self._heal()
        return self._current().search(*wanted)

    def spot(self, query: str, passage: Passage) -> Spot:
        """The sentence of a found section that answers the query, and why."""

        def near(sentences: list[str]) -> list[float]:
            vectors = self._embedder.embed([question.text, *sentences])
            return [float(v) for v in vectors[1:] @ vectors[0]]

        question = read_query(query)
        return spot(question.words, passage.section.text, near)

    def section(self, section_id: str) -> Section | None:
        """One section by its id, or None."""
        return self._current().sections.get(section_id)

    def passage(self, section_id: str) -> Passage | None:
        """One section as if a search had found it; None if none in force today has that id."""
        return self._current().passage(section_id, date.today())

    def sections(self, document: str) -> list[Section]:
        """One document's sections in order."""
        return self._manifest.sections(document)

    def section_ids(self) -> frozenset[str]:
        """The ids of all sections."""
        return frozenset(s.id for s in self._manifest.sections())

    def under(self, folder: Path) -> frozenset[str]:
        """The ids of the documents whose files are in a folder."""
        return frozenset(i for path, (_, i) in self._manifest.digests().items() if Path(path).is_relative_to(folder))

    def documents(self) -> list[Meta]:
        """The front matter of every document, by kind, set and title."""
        return self._manifest.documents()

    def policy_sets(self) -> list[str]:
        """The policy sets there are."""
        return sorted({m.set for m in self._manifest.documents() if m.kind == "policy" and m.set})

    def write_seed(self) -> int:
        """Write all vectors and what was learned to ``seed.npz``; gives how many vectors."""
        fingerprint = self._embedder.fingerprint
        pieces = [c for pool in self._manifest.pools() for c in self._manifest.children(pool)]
        beside = self._beside()
        pieces += [piece for pieces in beside.values() for piece in pieces]
        vectors = self._manifest.vectors([p.digest for p in pieces], fingerprint)
        names = [asked.name(pieces, fingerprint) for pieces in beside.values()]
        found = {name: weights for name in names if (weights := self._manifest.learned(name)) is not None}
        seed.write(vectors, found, fingerprint)
        return len(vectors)

    def _beside(self) -> dict[str, list[Child]]:
        """What is searched beside each pool's texts: how people ask for its sections, and what they do not answer."""
        sections = {s.id: s for s in self._manifest.sections()}
        kids = {pool: self._manifest.children(pool) for pool in self._manifest.pools()}
        return {
            pool: asked.pool_pieces(pool, [sections[i] for i in dict.fromkeys(c.section for c in some)])
            for pool, some in kids.items()
        }

    def close(self) -> None:
        """Close the manifest, and leave the vector server."""
        self._vectors.close()
        self._manifest.close()

    def _embed(self, pieces: list[Child], report: Progress) -> int:
        """Have a vector for each piece; computes what is missing and was not computed beforehand."""
        texts = {c.digest: c.text for c in pieces}
        have = self._manifest.vectors(list(texts), self._embedder.fingerprint)
        missing = [d for d in texts if d not in have]
        ready = seed.known(missing, self._embedder.fingerprint)
        if ready:
            self._manifest.add_vectors(list(ready), self._embedder.fingerprint, np.stack(list(ready.values())))
            missing = [d for d in missing if d not in ready]
        step = BATCH * 2
        for start in range(0, len(missing), step):
            part = missing[start : start + step]
            vectors = self._embedder.embed([texts[d] for d in part])
            self._manifest.add_vectors(part, self._embedder.fingerprint, vectors)
            report(min(start + step, len(missing)), len(missing), "pieces indexed")
        return len(missing)

    def _heal(self) -> None:
        """Build the vector store anew from the manifest, and say so: a search must not fail for a cache's sake."""
        with self._sync_lock:
            if self._vectors.broken:
                result = SyncReport()
                self._mirror(result, lambda done, total, what: None)
                log.warning(result.note)

    def _mirror(self, result: SyncReport, report: Progress) -> None:
        """Bring Chroma up to the manifest's revision where it lags."""
        self._vectors.mend()
        revision = self._manifest.revision
        fingerprint = self._embedder.fingerprint
        previous = self._manifest.fact("embedder")
        if previous and previous != fingerprint:
            result.note = f"The embedder changed from {previous} to {fingerprint}: everything was embedded anew."
        if self._vectors.fresh and previous:
            result.note = "The search index was gone and is built anew."
        result.note = self._vectors.rebuilt or result.note
        self._vectors.rebuilt, self._vectors.fresh = "", False
        for pool in self._manifest.pools():
            if self._vectors.revision(pool) == revision:
                continue
            kids = self._manifest.children(pool)
            result.embedded += self._embed(kids, report)
            stored = self._manifest.vectors(list({c.digest for c in kids}), fingerprint)
            self._vectors.mirror(pool, revision, stored)
        if previous != fingerprint:
            self._manifest.remember("embedder", fingerprint)

    def warm_up(self) -> None:
        """Build the index of the revision in force, which takes seconds, before somebody waits for it."""
        self._current().warm_up()

    def _current(self) -> Index:
        """The index of the revision in force."""
        index = self._index
        if index is None or index.revision != self._manifest.revision:
            with self._load_lock:
                index = self._index
                if index is None or index.revision != self._manifest.revision:
                    index = self._index = Index(self._manifest, self._vectors, self._embedder)
        return index


def _cut(document: Document) -> tuple[list[Section], list[Child]]:
    sections = cut(document)
    return sections, [c for s in sections for c in children(s)]


__all__ = ["BUILTIN", "Library", "SyncReport"]
