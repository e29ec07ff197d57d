"""Whether the matter of a policy section is the customer's matter, which likeness alone does not tell. Pure code.

    concerned(["filed my tax returns in January, still no refund"], passages, embed)    # []

What a customer writes is held against how people ask for the section (``knowledge/phrasings.yaml``), and both
against what no policy answers (``knowledge/uncovered.yaml``, and other trades' matters in ``elsewhere.yaml``):
by meaning, and by the words that the one side uses and the other does not (naive Bayes, from those lines and
the section's own sentences), beside what the search makes of the same lines. No weight is learned from labelled
cases; LEAST, WORDS_WORTH and ASKED_WORTH are round numbers from a flat top on the ``tune`` half of the drafting
cases. ``claimed`` tells whether what a sentence refuses was asked for. It does not know what happened: a message
about the right matter in another state passes.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from math import log, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.reply.echo import content, sentences
from knowledge import Passage, shipped
from knowledge.asked import lines, phrasings, unanswered

Vectors = NDArray[np.float32]
LEAST = -0.04
"""The least a section may be concerned, by nearness, words and how it is asked for, in cosine."""
LEAST_OWN = -0.18
"""The least for a section that nobody wrote phrasings for, by nearness to its own sentences: they are further off."""
WORDS_WORTH = 0.04
"""What a unit of the words' evidence is worth, in cosine."""
ASKED_WORTH = 0.3
"""What it is worth that the search, too, holds the section to be asked for, and not what nothing answers."""
BEST = 3
"""Lines that a message is held against at once: the nearest."""
UNSEEN = 0.2
"""Lines in which a word is thought to stand that one side never uses."""
_REFUSED = re.compile(r"\b(?:is|are) refused\b|\brefuses? to\b|,? because\b")
_NAME = re.compile(r"\b[A-Z]\w+ [A-Z]\w+\b")
_SUM = re.compile(r"[£€$]\s?\d|\d\s?(?:euros?|pounds?|quid|dollars?)\b|\b(?:pay|compensat\w+|reimburse)\b", re.I)
_PAID = {"compen", "paymen", "money", "cash", "vouche"}
"""What somebody asks for who names a sum or wants to be paid."""
_SAYS_NO_MATTER = {"agent", "month", "months", "days", "weeks", "hours", "year", "years", "already"}


def concerned(
    phrases: Sequence[str],
    passages: Sequence[Passage],
    embed: Callable[[list[str]], Vectors],
    least: float = LEAST,
) -> list[Passage]:
    """The passages whose matter the message is about, in the order given.

    Args:
        phrases: the whole message first, then those of its sentences that may name the case.
        passages: sections of policies.
        embed: texts → unit vectors, shape ``(texts, dimensions)``; it should remember, since the lines that a
            message is held against are some 300 and always the same.
        least: the least that a section with phrasings may be concerned.
    """
    vectors = embed(list(phrases)) if passages else np.zeros((0, 0), dtype=np.float32)
    return [p for p in passages if _concerns(p, phrases, vectors, embed, least)]


def nearest(words: str, passages: Sequence[Passage], embed: Callable[[list[str]], Vectors]) -> dict[str, float]:
    """Section id → how near some words are to how people ask for it, in cosine."""
    (vector,) = embed([words])
    known = {p.id: _stands_for(p) for p in passages}
    return {section: best_mean(embed(some) @ vector) if some else -1.0 for section, some in known.items()}


def claimed(message: str, refusal: str, granted: str = "") -> bool:
    """Whether a message asks for what a policy's sentence refuses, by a word that weighs something.

    One word is too little if it is also said of what is ``granted`` beside it: who asks where the refund is does not
    ask for "a refund to a different account" (but see ``beyond``).
    """
    asked = content(message) | (_PAID if _SUM.search(message) else set())
    shared = refused_words(refusal) & asked
    return len(shared) > 1 or bool(shared - content(granted))


def beyond(refusal: str, granted: str) -> str:
    """What a sentence refuses, without the words said of what is ``granted`` beside it: "to a different account"."""
    both = content(granted)
    return " ".join(word for word in re.findall(r"[\w'-]+", _refused(refusal)) if not content(word) & both)


def refused_words(refusal: str) -> set[str]:
    """The words that weigh something of what a policy's sentence refuses, by their first six letters."""
    return content(_NAME.sub("", _refused(refusal))) - _SAYS_NO_MATTER


def _refused(refusal: str) -> str:
    """A refusing sentence without its reason and the words that refuse."""
    return " ".join(part for part in _REFUSED.split(refusal.split(", because")[0]) if part.strip())


def _concerns(
    passage: Passage,
    phrases: Sequence[str],
    vectors: Vectors,
    embed: Callable[[list[str]], Vectors],
    least: float,
) -> bool:
    stands_for = _stands_for(passage)
    if not stands_for:
        return False
    policy_set = passage.meta.set
    likeness = max(best_mean(row) for row in vectors @ embed(stands_for).T)
    nearness = likeness - best_mean(embed(_unanswered(policy_set)) @ vectors[0])
    if not lines(passage.section):
        return nearness >= LEAST_OWN
    own = (*sentences(passage.section.text), *passage.section.asked)
    words = max(evidence(phrase, policy_set, own) for phrase in phrases)
    return nearness + WORDS_WORTH * words + ASKED_WORTH * (passage.asked or 0.0) >= least


def _stands_for(passage: Passage) -> list[str]:
    """The lines that a message is held against: how people ask for the section, else its own sentences."""
    return [*lines(passage.section)] or sentences(passage.section.text)


def best_mean(similarities: Vectors) -> float:
    """The mean of the best few; 0 of none."""
    return float(np.sort(similarities)[-BEST:].mean()) if len(similarities) else 0.0


def evidence(message: str, policy_set: str, own: Sequence[str] = ()) -> float:
    """How much more a message's words are those of people whom a set answers: 0 is undecided, mostly -4 to 4.

    ``own`` are further lines that answer, a section's sentences. The sum of the words' log odds over the root of
    their number: many weak words do not outweigh few telling ones.
    """
    answered, unanswered, mine, others = _counts(policy_set)
    here, mine = _lines_with(own), mine + len(own)
    odds = [
        log((answered[w] + here[w] + UNSEEN) / (mine + 2 * UNSEEN))
        - log((unanswered[w] + UNSEEN) / (others + 2 * UNSEEN))
        for w in _words(message)
        if answered[w] or here[w] or unanswered[w]
    ]
    return sum(odds) / sqrt(len(odds)) if odds else 0.0


@cache
def _counts(policy_set: str) -> tuple[Counter[str], Counter[str], int, int]:
    """In how many lines each word stands: of those that a set's sections answer, and of the others."""
    answered = [
        line for section, some in phrasings().items() if section.startswith(f"{policy_set}-") for line in some
    ]
    unanswered = _unanswered(policy_set)
    return _lines_with(answered), _lines_with(unanswered), len(answered), len(unanswered)


@cache
def _unanswered(policy_set: str) -> list[str]:
    elsewhere = shipped.read_as(Path(__file__).parent / "elsewhere.yaml", dict[str, list[str]])
    return [*unanswered(f"policy-{policy_set}"), *(line for some in elsewhere.values() for line in some)]


def _lines_with(lines: Iterable[str]) -> Counter[str]:
    return Counter(word for line in lines for word in _words(line))


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}", text.lower()))
