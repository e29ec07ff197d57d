"""What an agent's own words rest on: the policy sentences that seem to back them.

backing("I have refunded the delivery charge and added a £10 voucher.", work, embed, rests)     # two quotes
"""

import re
from collections.abc import Callable
from functools import cache
from itertools import islice

from assistant.reply.commitments import denies
from assistant.reply.echo import sentences
from assistant.reply.figures import sentences_in
from assistant.reply.rules import Embed, refusals
from assistant.reply.verify import Quote
from assistant.reply.work import Work

Rests = Callable[[str, tuple[Quote, ...]], bool]
"""Whether quotes back all that a text promises."""
_GRANTS_BY_NOT = re.compile(
    r"\b(?:not|n['’]t|never|nobody) (?:\w+ ){0,2}(?:charge[ds]?|charging|bill(?:ed)?|take|took|taken|pay|owe)\b"
    r"|\b(?:not|n['’]t) (?:right|fair|acceptable|good enough)\b|\bshould(?:n['’]t| not| never) have\b",
    re.IGNORECASE,
)
"""Words of no that refuse nothing: a charge not made, a wrong admitted."""
_LOOKED_AT, _NEAR = 8, 0.35
"""How many policy sentences are tried as what a paragraph rests on, and the least cosine for one."""
_MOST_CUTS = 4
"""How many times "and" is tried as what parts a paragraph in two: each try asks of every sentence twice."""


def backing(text: str, work: Work, embed: Embed, rests: Rests) -> tuple[Quote, ...]:
    """The nearest policy sentence that backs what a text promises, or two of a section that back half of it each.

    Where none does it is the nearest one, if any is near. What refuses rests on a sentence that refuses it; what does
    neither, on none.
    """
    found = [(p, s) for p in work.policies for s in sentences(p.section.text)]
    if rests(text, ()):  # any sentence would back what promises nothing
        found = refusals(text, work.asked, work.policies, embed) if denied(text) else []
    if not found:
        return ()
    rests = cache(rests)  # each cut tries the same pairs on the whole
    vectors = embed([work.private.hide(text), *(s for _, s in found)])
    scores = vectors[1:] @ vectors[0]
    near = [n for n in sorted(range(len(found)), key=lambda n: -scores[n])[:_LOOKED_AT] if scores[n] >= _NEAR]
    quotes = [Quote(passage=found[n][0].id, words=found[n][1]) for n in near]
    alone = next((quote for quote in quotes if rests(text, (quote,))), None)
    return (alone,) if alone else _by_halves(text, quotes, rests) or tuple(quotes[:1])


def _by_halves(text: str, quotes: list[Quote], rests: Rests) -> tuple[Quote, ...]:
    """Two sentences of one section that back what stands before an "and" and what stands behind it; else none."""
    for cut in islice(re.finditer(r",? and (?:also )?", text), _MOST_CUTS):
        halves = (text[: cut.start()], text[cut.end() :])
        one, other = ([q for q in quotes if rests(half, (q,))] for half in halves)
        pairs = ((a, b) for a in one for b in other if a.passage == b.passage)
        if pair := next((p for p in pairs if rests(text, p)), None):
            return pair
    return ()


def denied(text: str) -> list[str]:
    """The sentences of a text that refuse a remedy or a sum; a charge that is not made is none."""
    return [s for s in sentences_in(text) if denies(s) and not _GRANTS_BY_NOT.search(s)]
