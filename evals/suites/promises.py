"""The drafting suite, part "promises": is a sentence of a writer nobody learned from told for what it is?

Learned from all hands but one, asked about that one, for each of them. Every hand is a language model's, in
another voice or on another subject; most of the innocent sentences are near neighbours of a promise. How much of an
ordinary reply is held back for nothing, the two hands tell that wrote whole ones.
"""

from collections.abc import Callable, Sequence

from sklearn.metrics import roc_auc_score

from assistant.reply.commitments import commitments
from assistant.reply.promises import Promised, Sentence, learned_from
from assistant.sentence_model import Embed
from evals.result import Result
from evals.stats import Figure, bootstrap, share

Told = tuple[Sentence, bool, bool, float]
"""A sentence, what the desk takes it for, what patterns alone take it for, how likely it commits as learned."""
WHOLE_REPLIES = (10, 11)
"""The hands that wrote whole, ordinary replies; the others mostly wrote pairs of near neighbours."""


def run(sentences: Sequence[Sentence], embed: Embed, report: Callable[[int, int], None], limit: int = 0) -> Result:
    """Every hand's sentences, by what was learned from the others'; ``limit`` asks about the last so many hands."""
    hands = sorted({s.hand for s in sentences})[-limit:]
    told: list[Told] = []
    for number, hand in enumerate(hands, 1):
        told += _told([s for s in sentences if s.hand == hand], [s for s in sentences if s.hand != hand], embed)
        report(number, len(hands))
    commits = [t for t in told if t[0].commits]
    innocent = [t for t in told if not t[0].commits]
    figures = {
        "promises seen": share([desk for _, desk, _, _ in commits]),
        "promises seen, by patterns alone": share([alone for _, _, alone, _ in commits]),
        "innocent sentences taken for one": share([desk for _, desk, _, _ in innocent]),
        "innocent sentences taken for one, by patterns alone": share([alone for _, _, alone, _ in innocent]),
        "promises before innocent sentences (AUC), as learned": _order(told),
    }
    replies = [t for t in innocent if t[0].hand in WHOLE_REPLIES]
    figures["innocent sentences of whole replies taken for one"] = share([desk for _, desk, _, _ in replies])
    seen = [t for t in commits if t[0].hand in WHOLE_REPLIES]
    figures["promises of whole replies seen"] = share([desk for _, desk, _, _ in seen])
    about: dict[str, str | int | float] = {"sentences": len(told), "hands": len(hands)}
    notes = tuple(f"  hand {h}: AUC {_order([t for t in told if t[0].hand == h]).value:.3f}" for h in hands)
    return Result(suite="drafting: promises", about=about, figures=figures, targets={}, notes=notes)


def _told(asked: Sequence[Sentence], known: Sequence[Sentence], embed: Embed) -> list[Told]:
    promised = Promised(lambda: learned_from(known, embed))
    likely = promised([s.text for s in asked])
    return [
        (s, bool(commitments(s.text, promised)), bool(commitments(s.text)), p)
        for s, p in zip(asked, likely, strict=True)
    ]


def _order(told: Sequence[Told]) -> Figure:
    return bootstrap(told, lambda some: float(roc_auc_score([t[0].commits for t in some], [t[3] for t in some])))
