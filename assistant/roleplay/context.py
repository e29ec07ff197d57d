"""What only the scenario and the earlier turns can tell about a trainee's turn. Pure code.

The reader sees words; this adds the acts that need context: a detail of this very case, a
fix that comes too early, a question asked twice, a promise that policy refuses, nothing said.
"""

import re
from difflib import SequenceMatcher

from assistant.conversation import Transcript
from assistant.roleplay.acts import Act, Reading
from assistant.roleplay.offers import find, off_policy, offers
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.state import State

COPY = 0.8
"""Similarity from which a turn counts as a copy of what was said before."""
LONG = 600
"""Characters from which an exact comparison would take too long."""
_FILLER = re.compile(
    r"^(\W*\b(ok(ay)?|yes|yeah|no|sure|right|fine|hm+|uh+|i see|noted|understood|sorry|hello|hi|thanks?|"
    r"thank you|k|alright|got it|well|please|cool|great|good|yep|nope|ah|oh|sir|madam|ma'am)\b)+\W*$",
    re.IGNORECASE,
)
_BARE_SORRY = re.compile(
    r"^\W*(i('m| am)|we('re| are))? ?(so |very |really |truly |terribly )*(sorry|apologi[sz]e)"
    r"( about (that|this))?\W*$",
    re.IGNORECASE,
)
_OF_A_DATUM = re.compile(r"\b(what|which|when|where|who)\b.*\b(is|was|were|did|your)\b", re.IGNORECASE)
_NOT_OF_A_DATUM = re.compile(
    r"\b(you('ve| have)? (just )?(said|told|mentioned|gave|wrote)|would|will|works?|could|can|should|mean|suits?)\b",
    re.IGNORECASE,
)


def complete(reading: Reading, text: str, transcript: Transcript, scenario: Scenario, state: State) -> Reading:
    """The reading with the acts that code decides.

    Args:
        reading: what the reader saw in the words.
        text: the trainee's turn.
        transcript: what was said before it.
        state: the customer before this turn.
    """
    if _says_nothing(text, transcript):
        acts = [a for a in reading.acts if a.kind.polarity == "harming"]
        acts.append(Act(id="empty_input", quote=text[:80]))
        return reading.model_copy(update={"acts": tuple(acts), "topics": (), "remedies": ()})
    acts = list(reading.acts)
    detail = find(scenario.details, text)
    if detail:
        acts = [_owned(a) for a in acts] + [Act(id="names_specific", quote=detail)]
    offered = offers(text, scenario)
    wild = off_policy(text, offered, scenario)
    if wild:
        acts.append(Act(id="off_policy_promise", quote=wild))
    fixing = next((a.quote for a in acts if a.id == "concrete_remedy"), "") or next(iter(offered.values()), "")
    if fixing and not state.heard and not any(a.id in ("owned_apology", "acknowledges_feeling") for a in acts):
        acts.append(Act(id="premature_fix", quote=fixing))
    topics = _topics(reading, text, scenario)
    again = _asked_again(text, transcript, scenario, state, topics)
    if again:
        acts = [a for a in acts if a.id not in ("open_question", "closed_question")]
        acts.append(Act(id="repeated_question", quote=again))
    return reading.model_copy(update={"acts": tuple(acts), "topics": topics, "remedies": tuple(offered)})


def _owned(act: Act) -> Act:
    """A bare "I'm sorry" beside a detail of the case is an apology for that, not an empty one."""
    bare = act.id == "empty_apology" and _BARE_SORRY.match(act.quote)
    return Act(id="owned_apology", quote=act.quote) if bare else act


def _topics(reading: Reading, text: str, scenario: Scenario) -> tuple[str, ...]:
    """The facts that the turn asks about."""
    if not (reading.has("open_question", "closed_question") or "?" in text):
        return ()
    return tuple(f.id for f in scenario.facts if find(f.asks, text))


def _says_nothing(text: str, transcript: Transcript) -> bool:
    if _FILLER.match(text) or not re.search(r"\w\w", text):
        return True
    return any(similar(text, turn.text) >= COPY for turn in transcript.turns[-8:])


def similar(one: str, other: str) -> float:
    """How alike two texts are, 0 to 1, whatever their case and punctuation; long texts by their words."""
    a, b = _plain(one), _plain(other)
    if not a or not b:
        return 0.0
    if max(len(a), len(b)) > LONG:
        mine, theirs = set(a.split()), set(b.split())
        return len(mine & theirs) / len(mine | theirs)
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def _asked_again(text: str, transcript: Transcript, scenario: Scenario, state: State, topics: tuple[str, ...]) -> str:
    """A question that was asked before in nearly the same words, or whose datum was told; empty if none.

    What the customer would not tell yet may be asked for again.
    """
    if any(state.facts[t] in ("locked", "approached") for t in topics):
        return ""
    earlier = [q for said in transcript.by("agent") for q in _questions(said)]
    told = [f for f in scenario.facts if not f.gate and state.facts[f.id] in ("revealed", "acknowledged")]
    for question in _questions(text):
        if any(similar(question, old) >= COPY for old in earlier):
            return question
        datum = _OF_A_DATUM.search(question) and not _NOT_OF_A_DATUM.search(question)
        if datum and any(find(f.asks, question) for f in told):
            return question
    return ""


def _questions(text: str) -> list[str]:
    return [q.strip() for q in re.findall(r"[^.!?]*\?", text) if len(q.split()) > 2]


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()
