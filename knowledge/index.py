"""The index: one revision of the library, ready to be searched. Built whole, then only read."""

from collections import defaultdict
from datetime import date

import numpy as np

from knowledge.asked import Asked, asked_pieces, best_mean, uncovered_pieces
from knowledge.embed import Embedder, Vectors
from knowledge.load import Kind, Meta
from knowledge.manifest import Manifest
from knowledge.query import Query, read_query
from knowledge.retrieve import CANDIDATES, Method, Nearness, Passage, Words, explain, fuse, relevant
from knowledge.sections import Child, Section
from knowledge.store import VectorStore

RECENT = 32
"""Queries whose vectors are remembered."""


class Index:
    """What the manifest holds at its present revision.

    Args:
        manifest: read once, now.
        vectors: asked at every search.
        embedder: turns queries into vectors; the phrasings' come from the manifest.
    """

    def __init__(self, manifest: Manifest, vectors: VectorStore, embedder: Embedder) -> None:
        self.revision = manifest.revision
        self._vectors = vectors
        self._embedder = embedder
        self._recent: dict[str, Vectors] = {}
        self._metas: dict[str, Meta] = {m.id: m for m in manifest.documents()}
        self.sections: dict[str, Section] = {s.id: s for s in manifest.sections()}
        self._pools = {name: _Pool(manifest, name, embedder.fingerprint) for name in manifest.pools()}

    def search(
        self, query: str, kind: Kind, policy_set: str, count: int, today: date, method: Method
    ) -> list[Passage]:
        """The best ``count`` sections, best first; empty if nothing is relevant."""
        pools = self._chosen(kind, policy_set)
        if not query.strip() or not pools:
            return []
        asked = read_query(query)
        vectors = self._embedded(asked)
        scores: dict[str, dict[str, float]] = defaultdict(dict)
        anything = False
        for name in pools:
            nearest = self._vectors.query(name, vectors[:1], CANDIDATES)
            found = self._pools[name].scores(asked.words, vectors[0], nearest)
            found = {score: {s: v for s, v in of.items() if self._holds(s, today)} for score, of in found.items()}
            anything |= relevant(self._pools[name].nearness(vectors, found.get("text meaning", {})), kind)
            for score, of_one in found.items():
                for section, value in of_one.items():
                    scores[score][section] = max(value, scores[score].get(section, value))
        if not anything:
            return []
        fused = fuse(_candidates(scores), method)
        best = sorted(fused, key=lambda s: (-fused[s], s))[:count]
        return [self._passage(query, s, fused[s], scores["text meaning"].get(s, 0.0)) for s in best]

    def _embedded(self, asked: Query) -> Vectors:
        """The query's vector, then its sentences', shape ``(1 + sentences, dimensions)``.

        One message is asked of several pools, and embedded once.
        """
        if asked.text not in self._recent:
            if len(self._recent) >= RECENT:
                self._recent.pop(next(iter(self._recent)), None)
            self._recent[asked.text] = self._embedder.embed([asked.text, *asked.sentences])
        return self._recent[asked.text]

    def _chosen(self, kind: Kind, policy_set: str) -> list[str]:
        if kind == "guide":
            return [p for p in self._pools if p == "guide"]
        return [p for p in self._pools if p == f"policy-{policy_set}" or (not policy_set and p.startswith("policy-"))]

    def _holds(self, section: str, today: date) -> bool:
        known = self.sections.get(section)
        return known is not None and self._metas[known.document].holds(today)

    def _passage(self, query: str, section: str, score: float, similarity: float) -> Passage:
        known = self.sections[section]
        return Passage(known, self._metas[known.document], score, similarity, explain(query, known, similarity))


class _Pool:
    """One pool's words and phrasings."""

    def __init__(self, manifest: Manifest, name: str, fingerprint: str) -> None:
        kids = manifest.children(name)
        self._words = Words(kids)
        self._sections: dict[str, list[str]] = defaultdict(list)
        for child in kids:
            self._sections[child.digest].append(child.section)
        pieces = [p for s in dict.fromkeys(c.section for c in kids) for p in asked_pieces(s)]
        self._asked = _asked(manifest, pieces, fingerprint)
        uncovered = manifest.vectors([p.digest for p in uncovered_pieces(name)], fingerprint)
        self._uncovered = np.stack(list(uncovered.values())) if uncovered else None

    def nearness(self, vectors: Vectors, texts: dict[str, float]) -> Nearness:
        """How near a message is; ``vectors`` are its own and its sentences', ``texts`` the found texts' cosines."""
        known = set(self._asked.sections) if self._asked else set()
        return Nearness(
            asked=max(float(self._asked.by_meaning(v).max()) for v in vectors) if self._asked else None,
            uncovered=best_mean(self._uncovered @ vectors[0]) if self._uncovered is not None else 0.0,
            text=max((value for section, value in texts.items() if section not in known), default=-1.0),
        )

    def scores(
        self, words: str, vector: np.ndarray[tuple[int, ...], np.dtype[np.float32]], nearest: list[tuple[str, float]]
    ) -> dict[str, dict[str, float]]:
        """Each score of the sections it knows; of a section's children the best counts."""
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for section, score in self._words.search(words, CANDIDATES):
            found["text words"].setdefault(section, score)
        for key, similarity in nearest:
            for section in self._sections.get(key, []):
                found["text meaning"].setdefault(section, similarity)
        if self._asked is not None:
            for name, values in (
                ("asked words", self._asked.by_words(words)),
                ("asked letters", self._asked.by_letters(words)),
                ("asked meaning", self._asked.by_meaning(vector)),
                ("asked contrast", self._asked.by_contrast(vector)),
            ):
                found[name] = dict(zip(self._asked.sections, map(float, values), strict=True))
        return found


def _asked(manifest: Manifest, pieces: list[Child], fingerprint: str) -> Asked | None:
    """The phrasings whose vectors are there (a first sync may still be at them)."""
    vectors = manifest.vectors([p.digest for p in pieces], fingerprint)
    ready = [p for p in pieces if p.digest in vectors]
    return Asked(ready, np.stack([vectors[p.digest] for p in ready])) if ready else None


def _candidates(scores: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """The sections that are among the best by at least one score, with all their scores."""
    chosen: set[str] = set()
    for found in scores.values():
        chosen |= set(sorted(found, key=lambda s: -found[s])[:CANDIDATES])
    return {name: {s: v for s, v in found.items() if s in chosen} for name, found in scores.items()}
