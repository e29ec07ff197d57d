"""The index: one revision of the library, ready to be searched. Built whole, then only read."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

import numpy as np

from knowledge import asked
from knowledge.asked import Asked, Scores
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
        self._vectors = vectors
        self._embedder = embedder
        self._recent: dict[tuple[str, ...], Vectors] = {}
        self._in_force: tuple[date | None, frozenset[str]] = None, frozenset()
        with manifest.snapshot():
            self.revision = manifest.revision
            self._metas: dict[str, Meta] = {m.id: m for m in manifest.documents()}
            self.sections: dict[str, Section] = {s.id: s for s in manifest.sections()}
            read = {name: _read(manifest, name, self.sections, embedder.fingerprint) for name in manifest.pools()}
        self._pools = {name: _Pool(kids, known) for name, (kids, known) in read.items()}
        self.policy_sets = sorted(name.removeprefix("policy-") for name in self._pools if name.startswith("policy-"))

    def search(
        self, query: str, kind: Kind, policy_set: str, count: int, today: date, method: Method
    ) -> list[Passage]:
        """The best ``count`` sections, best first; empty if nothing is relevant."""
        pools = self._chosen(kind, policy_set)
        if not query.strip() or not pools:
            return []
        question = read_query(query)
        vectors = self._embedded((question.text,))
        scores: dict[str, dict[str, float]] = defaultdict(dict)
        asked_for: dict[str, float] = {}
        anything = False
        holding = self._holding(today)
        for name in pools:
            pool = self._pools[name]
            nearest = self._vectors.query(name, vectors, CANDIDATES)
            likeness = pool.likeness((question.text,), vectors)
            found = pool.scores(question.words, likeness, nearest)
            asked_for |= pool.beyond_nothing(likeness)
            found = {score: {s: v for s, v in of.items() if s in holding} for score, of in found.items()}
            anything = anything or self._relevant(pool, question, likeness, found.get("text meaning", {}))
            for score, of_one in found.items():
                for section, value in of_one.items():
                    scores[score][section] = max(value, scores[score].get(section, value))
        if not anything:
            return []
        fused = fuse(_candidates(scores), method)
        best = sorted(fused, key=lambda s: (-fused[s], s))[:count]
        near = scores["text meaning"]
        return [self._passage(query, s, fused[s], near.get(s), asked_for.get(s)) for s in best]

    def passage(self, section_id: str, today: date) -> Passage | None:
        """A section that somebody names, with no score; None if none in force has that id."""
        if section_id not in self._holding(today):
            return None
        known = self.sections[section_id]
        return Passage(known, self._metas[known.document], 0.0, None, "named by whoever asked")

    def warm_up(self) -> None:
        """Do now what the first search of each pool would take seconds for."""
        for pool in self._pools.values():
            pool.warm_up()

    def _relevant(self, pool: "_Pool", question: Query, whole: Scores | None, texts: dict[str, float]) -> bool:
        """Whether a pool has anything for a message.

        Its sentences, which cost more than all else, are looked at only where the whole does not say so.
        """
        if relevant(pool.nearness(whole, texts)):
            return True
        if whole is None or not question.sentences:
            return False
        each = pool.likeness(question.sentences, self._embedded(question.sentences))
        return each is not None and relevant(pool.nearness(np.concatenate([whole, each]), texts))

    def _embedded(self, texts: tuple[str, ...]) -> Vectors:
        """The texts' vectors, a row each. One message is asked of several pools, and embedded once."""
        if texts not in self._recent:
            if len(self._recent) >= RECENT:
                self._recent.pop(next(iter(self._recent)), None)
            self._recent[texts] = self._embedder.embed(list(texts))
        return self._recent[texts]

    def _chosen(self, kind: Kind, policy_set: str) -> list[str]:
        if kind == "guide":
            return [p for p in self._pools if p == "guide"]
        return [p for p in self._pools if p == f"policy-{policy_set}" or (not policy_set and p.startswith("policy-"))]

    def _holding(self, today: date) -> frozenset[str]:
        """The sections in force on a day; worked out when the day changes."""
        day, sections = self._in_force
        if day != today:
            sections = frozenset(s.id for s in self.sections.values() if self._metas[s.document].holds(today))
            self._in_force = today, sections
        return sections

    def _passage(
        self, query: str, section: str, score: float, similarity: float | None, asked_for: float | None
    ) -> Passage:
        known = self.sections[section]
        why = explain(query, known, similarity)
        return Passage(known, self._metas[known.document], score, similarity, why, asked_for)


class _Pool:
    """One pool's words and phrasings."""

    def __init__(self, kids: list[Child], known: Asked | None) -> None:
        self._words = Words(kids)
        self._sections: dict[str, list[str]] = defaultdict(list)
        for child in kids:
            self._sections[child.digest].append(child.section)
        self._asked = known

    def warm_up(self) -> None:
        """Ready how people ask for it."""
        if self._asked:
            self._asked.warm_up()

    def likeness(self, texts: tuple[str, ...], vectors: Vectors) -> Scores | None:
        """How far each text asks for each section, and last for none; None in a pool without phrasings."""
        return self._asked.likeness(texts, vectors) if self._asked else None

    def nearness(self, likeness: Scores | None, texts: dict[str, float]) -> Nearness:
        """How near a message is by the likeness of it (and its sentences); ``texts`` are the found texts' cosines."""
        known = set(self._asked.sections) if self._asked else set()
        own = max((value for section, value in texts.items() if section not in known), default=-1.0)
        meaning = max(texts.values(), default=-1.0)
        if likeness is None:
            return Nearness(asked=None, margin=0.0, meaning=meaning, own=own)
        best = likeness[:, :-1].max(axis=1)
        return Nearness(float(best.max()), float((best - likeness[:, -1]).max()), meaning, own)

    def beyond_nothing(self, likeness: Scores | None) -> dict[str, float]:
        """Section id → how much further a message asks for it than for what the pool does not answer."""
        if self._asked is None or likeness is None:
            return {}
        return dict(zip(self._asked.sections, map(float, likeness[0, :-1] - likeness[0, -1]), strict=True))

    def scores(
        self, words: str, likeness: Scores | None, nearest: list[tuple[str, float]]
    ) -> dict[str, dict[str, float]]:
        """Each score of the sections it knows; of a section's children the best counts."""
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for section, score in self._words.search(words, CANDIDATES):
            found["text words"].setdefault(section, score)
        for key, similarity in nearest:
            for section in self._sections.get(key, []):
                found["text meaning"].setdefault(section, similarity)
        if self._asked is not None and likeness is not None:
            found["asked"] = dict(zip(self._asked.sections, map(float, likeness[0, :-1]), strict=True))
            found["asked of document"] = _of_document(found["asked"])
        return found


def _of_document(of_section: dict[str, float]) -> dict[str, float]:
    """Section id → the sum over all sections of its document."""
    sums: dict[str, float] = defaultdict(float)
    for section, value in of_section.items():
        sums[section.partition("#")[0]] += value
    return {section: sums[section.partition("#")[0]] for section in of_section}


def _read(
    manifest: Manifest, pool: str, sections: Mapping[str, Section], fingerprint: str
) -> tuple[list[Child], Asked | None]:
    """A pool's children, and what was learned of how people ask for their sections."""
    kids = manifest.children(pool)
    own = [sections[i] for i in dict.fromkeys(c.section for c in kids)]
    return kids, _asked(manifest, asked.pool_pieces(pool, own), fingerprint)


def _asked(manifest: Manifest, pieces: list[Child], fingerprint: str) -> Asked | None:
    """What was learned from the phrasings, where it is there (a first sync may still be at it)."""
    weights = manifest.learned(asked.name(pieces, fingerprint)) if pieces else None
    if weights is None:
        return None
    vectors = manifest.vectors([p.digest for p in pieces], fingerprint)
    return Asked(pieces, np.stack([vectors[p.digest] for p in pieces]), weights)


def _candidates(scores: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """The sections that are among the best by at least one score, with all their scores."""
    chosen: set[str] = set()
    for found in scores.values():
        chosen |= set(sorted(found, key=lambda s: -found[s])[:CANDIDATES])
    return {name: {s: v for s, v in found.items() if s in chosen} for name, found in scores.items()}
