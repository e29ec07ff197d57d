"""What only the scenario and the earlier turns can tell about a trainee's turn. Pure code.

The reader sees words; this adds the acts that need context: a detail of this very case, a
fix that comes too early, a question asked twice, a promise that policy refuses, nothing said.
"""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from assistant.conversation import Transcript
from assistant.roleplay.acts import Act, Reading
from assistant.roleplay.scenario import Scenario

COPY = 0.8
"""Similarity from which a turn counts as a copy of what was said before."""
LONG = 600
"""Characters from which an exact comparison would take too long."""
_FILLER = re.compile(
    r"^\W*(ok(ay)?|yes|yeah|no|sure|right|fine|hm+|uh+|i see|noted|understood|sorry|hello|hi|thanks?|"
    r"thank you|k|alright|got it|well|please)\W*$",
    re.IGNORECASE,
)
_ASKS_LEAVE = re.compile(
    r"\b(ask|check|see|find out|talk|speak|clear it|request|approv\w*|permission|whether|"
    r"if (he|she|they|my manager))\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(can(no|')?t|can not|not able|unable|won'?t|don'?t|isn'?t|no)\b[^.!?]{0,60}$", re.IGNORECASE
)
_PROMISE = re.compile(
    r"[^.!?]*\b(refund|reimburs\w+|compensat\w+|money back|pay you|cash|credit|free|complimentary|discount|"
    r"voucher|waive|upgrade|[£$€]\s?\d+|\d+\s?(percent|%))[^.!?]*",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"\b(i'?ll|i will|i can|we'?ll|we can|we will|i'?m (going to|sending|giving|refunding|putting|adding)|"
    r"let me|you'?ll get|you get|you will (get|have|receive)|here'?s|i'?ve|how about|what if|"
    r"would you (like|take)|i'?d like to (offer|give)|we could|i could|full refund)\b",
    re.IGNORECASE,
)


def find(patterns: Iterable[str], text: str) -> str:
    """The first words of ``text`` that one of the patterns matches; empty if none does."""
    for pattern in patterns:
        match = re.search(rf"\b(?:{pattern})", text, re.IGNORECASE)
        if match:
            return _whole_words(text, match)
    return ""


def complete(reading: Reading, text: str, transcript: Transcript, scenario: Scenario, heard: bool) -> Reading:
    """The reading with the acts that code decides.

    Args:
        reading: what the reader saw in the words.
        text: the trainee's turn.
        transcript: what was said before it.
        heard: whether the grievance was acknowledged before this turn.
    """
    acts = list(reading.acts)
    empty = _says_nothing(text, transcript)
    if empty:
        acts = [a for a in acts if a.kind.polarity == "harming"]
        acts.append(Act(id="empty_input", quote=text[:80]))
        return reading.model_copy(update={"acts": tuple(acts), "topics": (), "remedies": ()})
    detail = find(scenario.details, text)
    if detail:
        acts.append(Act(id="names_specific", quote=detail))
    offered = _offered(text, scenario)
    remedies = tuple(offered)
    refused = [i for i in offered if scenario.remedy(i).authority == "refused"]
    unapproved = [i for i in offered if scenario.remedy(i).authority == "approval" and not _ASKS_LEAVE.search(text)]
    wild = "" if offered else _wild_promise(text)
    if refused or unapproved or wild:
        quote = offered[(refused or unapproved)[0]] if refused or unapproved else wild
        acts.append(Act(id="off_policy_promise", quote=quote))
    fixing = next((a.quote for a in acts if a.id == "concrete_remedy"), "") or next(iter(offered.values()), "")
    if fixing and not heard and not any(a.id in ("owned_apology", "acknowledges_feeling") for a in acts):
        acts.append(Act(id="premature_fix", quote=fixing))
    again = _asked_before(text, transcript)
    if again:
        acts = [a for a in acts if a.id not in ("open_question", "closed_question")]
        acts.append(Act(id="repeated_question", quote=again))
    asking = reading.has("open_question", "closed_question") or "?" in text
    topics = tuple(f.id for f in scenario.facts if asking and not again and find(f.asks, text))
    return reading.model_copy(update={"acts": tuple(acts), "topics": topics, "remedies": remedies})


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


def _offered(text: str, scenario: Scenario) -> dict[str, str]:
    """Remedy id → the words that offer it; a remedy that is refused in the text is not offered."""
    found: dict[str, str] = {}
    for remedy in scenario.remedies:
        for pattern in remedy.words:
            match = re.search(rf"\b(?:{pattern})", text, re.IGNORECASE)
            if match and not _NEGATED.search(text[: match.start()].rsplit(".", 1)[-1]):
                found[remedy.id] = _whole_words(text, match)
                break
    return found


def _wild_promise(text: str) -> str:
    """A promise of money or a gift that no remedy of the scenario covers."""
    for match in _PROMISE.finditer(text):
        sentence = match[0].strip()
        if _OFFER.search(sentence) and not _NEGATED.search(sentence[:40]) and not _ASKS_LEAVE.search(sentence):
            return sentence
    return ""


def _asked_before(text: str, transcript: Transcript) -> str:
    """A question of this turn that the trainee asked before in nearly the same words."""
    earlier = [q for said in transcript.by("agent") for q in _questions(said)]
    for question in _questions(text):
        if any(similar(question, old) >= COPY for old in earlier):
            return question
    return ""


def _questions(text: str) -> list[str]:
    return [q.strip() for q in re.findall(r"[^.!?]*\?", text) if len(q.split()) > 2]


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


def _whole_words(text: str, match: re.Match[str]) -> str:
    end = match.end()
    while end < len(text) and (text[end].isalnum() or text[end] == "'"):
        end += 1
    return text[match.start() : end]
