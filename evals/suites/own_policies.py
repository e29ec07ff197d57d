"""The retrieval suite, part "own": the sample policies as a company's own, of which nobody wrote how people ask.

    run(embedder, report)     # search and drafts with 0, 5, 10, 20 and drafted lines a section, both halves

The sample sets are copied under other names, so that the library's own phrasings of them do not count; a copy's front
matter (``asked``) says of each section how people ask for it: by so many of those lines, chosen by chance, or by the
twelve that ``python -m assistant asked`` got of a model that saw the section and no more (``asked_drafted.yaml``).
"""

import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from assistant.errors import ModelError
from assistant.llm import ChatModel, Endpoint
from assistant.remembered import Remembered
from assistant.reply.drafting import ReplyDesk
from assistant.store import Store
from evals.case import DraftCase, load_draft_cases
from evals.result import Result
from evals.stats import Figure, bootstrap, f1, mean, share
from evals.suites import matter
from evals.suites.retrieval import Query, Ranked, abstention, load_queries, ndcg, recall
from knowledge import Embedder, Library, by_heart, shipped
from knowledge.asked import phrasings
from knowledge.front_matter import join
from knowledge.library import BUILTIN
from knowledge.load import Document, files_under, load
from knowledge.sections import Section, cut

LINES = (0, 5, 10, 20)
DRAFTED = Path(__file__).parents[1] / "cases" / "retrieval" / "asked_drafted.yaml"
"""Section id → what a capable model, by hand, drafted of it (see there)."""
OWN = "own-"
"""What the copies' ids and sets begin with."""
TODAY = date(2026, 11, 23)
NOTES = (
    "The texts are the sample policies word for word, and the lines, but for the drafted ones, are of those that the"
    " samples ship with: a company's own may serve better or worse. Half as many lines of what the samples"
    " do not answer stand beside.",
)


def run(embedder: Embedder, report: Callable[[int, int], None], limit: int = 0) -> Result:
    """Figures by lines a section; ``limit`` caps the queries and the cases of each half (0: none)."""
    figures: dict[str, Figure] = {}
    embed = Remembered(by_heart(embedder))  # a draft is held against some hundred lines, always the same
    ways = {f"{lines} lines a section": partial(_some, count=lines) for lines in LINES} | {"drafted lines": _drafted}
    for done, (way, said) in enumerate(ways.items(), 1):
        with tempfile.TemporaryDirectory() as folder:
            write_copies(Path(folder) / "policies", said)
            library = Library(Path(folder) / "library", embedder, builtin=(BUILTIN[0], Path(folder) / "policies"))
            library.sync()
            store = Store(f"sqlite:///{Path(folder) / 'drafts.db'}")
            for half in ("tune", "report"):
                desk = ReplyDesk(library, _mute(), embed, store)
                found = searched(library, half, limit) | drafted(desk, half, limit)
                figures |= {f"{half}, {way}: {name}": figure for name, figure in found.items()}
            store.close()
            library.close()
        report(done, len(ways))
    return Result(suite="retrieval: own policies", about={"sets": 3}, figures=figures, targets={}, notes=NOTES)


def write_copies(folder: Path, said: Callable[[Section], Sequence[str]]) -> None:
    """The sample policies under other ids and sets, with what is ``said`` of each section in their front matter."""
    folder.mkdir(parents=True)
    for path in files_under(BUILTIN[1]):
        document = load(path, BUILTIN[1])
        front = document.meta.model_dump(mode="json", exclude_defaults=True)
        front |= {"id": OWN + document.meta.id, "set": OWN + document.meta.set, "asked": _asked(document, said)}
        (folder / f"{document.meta.id}.md").write_text(join(front, document.text), encoding="utf-8")


def _asked(document: Document, said: Callable[[Section], Sequence[str]]) -> dict[str, list[str]]:
    """Heading → its lines."""
    return {section.heading: list(lines) for section in cut(document) if (lines := said(section))}


def _some(section: Section, count: int) -> Sequence[str]:
    """Some of what the samples ship with."""
    every = phrasings().get(section.id, [])
    return random.Random(section.heading).sample(every, min(count, len(every)))


def _drafted(section: Section) -> Sequence[str]:
    return shipped.read_as(DRAFTED, dict[str, list[str]]).get(section.id, [])


def searched(library: Library, half: str, limit: int) -> dict[str, Figure]:
    """What search finds for the golden set's queries of policies."""
    queries = [q for q in load_queries() if q.half == half and q.pool == "policy" and q.set][: limit or None]
    rows = [Ranked(query=q, found=_found(library, q)) for q in queries]
    answerable = [r for r in rows if r.query.relevant]
    return {
        "ndcg@10": mean([ndcg(r) for r in answerable]),
        "recall@5": mean([recall(r) for r in answerable]),
        "abstention F1": bootstrap(rows, abstention),
    }


def _found(library: Library, query: Query) -> tuple[str, ...]:
    found = library.search(query.query, kind="policy", policy_set=OWN + query.set, count=10, today=TODAY)
    return tuple(p.id.removeprefix(OWN) for p in found)


def drafted(desk: ReplyDesk, half: str, limit: int) -> dict[str, Figure]:
    """What code rests the drafting cases' replies on."""
    cases = [c for c in load_draft_cases() if c.half == half and not c.needs and c.set][: limit or None]
    told = [_told(desk, case) for case in cases]
    return {
        "drafts that rest on a right section": share([t.right for t in told if t.case.covered]),
        matter.SAYS_SO: bootstrap([(not t.case.covered, not t.sections) for t in told], f1),
    }


def _told(desk: ReplyDesk, case: DraftCase) -> matter.Told:
    told = matter.tell(desk, case.model_copy(update={"set": OWN + case.set}))
    return replace(told, case=case, sections=frozenset(s.removeprefix(OWN) for s in told.sections))


def _mute() -> ChatModel:
    def none() -> Endpoint:
        raise ModelError("No model is asked here.")

    return ChatModel(none)
