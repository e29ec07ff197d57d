"""Checks of a draft in code: each a named function that answers one criterion.

    CHECKS["no_blame"](draft, case)      # True (met) or False

They look at what would be sent, never at how it came about.
"""

import re
from collections.abc import Callable

from assistant.act_words import hits
from assistant.reply.draft import Draft, passage_of
from assistant.reply.stock import stock_phrase
from assistant.reply.verify import locate, verify
from assistant.roleplay.patterns import sentences
from evals.case import DraftCase
from evals.promised import promised
from evals.rubric import Criterion, Rubric
from knowledge import Passage

MOST_WORDS = 160


def names_the_case(draft: Draft, case: DraftCase) -> bool:
    """At least three content words of the customer's message stand in the reply."""
    return len(_content(draft.body) & _content(case.message)) >= 3


def no_stock_phrases(draft: Draft, case: DraftCase) -> bool:
    """None of the known stock phrases."""
    return not stock_phrase(draft.body)


def no_blame(draft: Draft, case: DraftCase) -> bool:
    """No sentence of the agent's own (quotes of the customer aside) blames, argues or tells to calm down."""
    own = re.sub(r"“[^”]*”", " ", draft.body)
    return not any({"blame", "arguing", "calm_down", "insult"} & hits(s).keys() for s in sentences(own))


def quotes_stand(draft: Draft, case: DraftCase) -> bool:
    """Every quote of what would be sent is found in the passage it names."""
    texts = {c.id: c.text for c in draft.citations}
    return all(locate(q.words, texts.get(q.passage, "")) for p in draft.shown for q in p.part.quotes)


def nothing_unbacked(draft: Draft, case: DraftCase) -> bool:
    """Verified again from scratch: no part that would be sent holds an unbacked commitment."""
    passages = _passages(draft)
    return not any(verify(p.part, passages, draft.known, promised()).blocked for p in draft.shown)


def offers_from_policy(draft: Draft, case: DraftCase) -> bool:
    """A part that would be sent rests on a policy."""
    policies = {c.id for c in draft.citations if c.kind == "policy"}
    return bool(policies & set(draft.rests_on))


def right_policy(draft: Draft, case: DraftCase) -> bool:
    """What would be sent quotes one of the case's own policy sections."""
    return bool(set(case.policy) & set(draft.rests_on))


def says_no_policy(draft: Draft, case: DraftCase) -> bool:
    """Nothing is offered from a policy, and the outcome leaves the decision to a person."""
    return not offers_from_policy(draft, case) and draft.outcome in ("ask the agent", "escalate")


def short_enough(draft: Draft, case: DraftCase) -> bool:
    """At most 160 words."""
    return 0 < len(draft.body.split()) <= MOST_WORDS


Check = Callable[[Draft, DraftCase], bool]
CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        names_the_case,
        no_stock_phrases,
        no_blame,
        quotes_stand,
        nothing_unbacked,
        offers_from_policy,
        right_policy,
        says_no_policy,
        short_enough,
    )
}


def applying(rubric: Rubric, case: DraftCase) -> list[Criterion]:
    """The criteria of the rubric for replies that can be asked of a case."""
    applies = {"always": True, "policy": case.covered, "no_policy": not case.covered}
    return [criterion for criterion in rubric.criteria if applies[criterion.applies_when]]


def _passages(draft: Draft) -> dict[str, Passage]:
    return {c.id: passage_of(c) for c in draft.citations}


def _content(text: str) -> set[str]:
    return {w[:6] for w in re.findall(r"[a-z]{4,}", text.lower())}
