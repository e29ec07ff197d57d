"""What a reader takes for an act, and this moment shows to be another or none. Pure code.

    reading = set_right(reading, text, of_theirs, scenario, state)

A reader sees one sentence at a time: it does not know that a limit was set before, that the customer asked for
the speaker's own mistakes, or that the words are the customer's.
"""

import re
from collections.abc import Callable

from assistant.act_words import hits
from assistant.roleplay.acts import Act, Reading
from assistant.roleplay.dated import dated
from assistant.roleplay.limits import bids_ring_back, crossed, ends_now, limit_in, only_ends, with_limit, without_end
from assistant.roleplay.offers import makes_offer, names_sum, offers
from assistant.roleplay.patterns import sentences
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.state import State

SHORT = 10
"""Words up to which a sentence is so short that the learned reader alone cannot tell a trick in it."""
DOUBTED = 0.7
"""Certainty below which the learned reader's word for a trick in a short sentence needs a pattern beside it."""
_GIVES_REASON = re.compile(
    r"\b(?:because|since|as|so that|otherwise|until|due to|depends?|means?|reasons?|rules?|polic(?:y|ies)|terms"
    r"|allow(?:s|ed)?|only|most|limits?|not|cannot|(?:do|does|is|are|ca|wo)nt)\b|n't\b",
    re.IGNORECASE,
)
_WE_DO = re.compile(r"\b(?:i|we)(?:'ll| will|'m going to| are going to)\b", re.IGNORECASE)
_REMINDS = re.compile(r"^\W*i(?:'ve| have)?(?: already)? (?:warned|told) you\b", re.IGNORECASE)
_OWNS = re.compile(
    r"\b(?:(?<!be )sorry|apologi[sz]e|told you the wrong|(?:i|we) (?:was|were) wrong"
    r"|(?<!not )(?<!n't )(?:my|our)(?: own)? (?:mistake|fault|error|doing)"
    r"|(?:and|but|which)(?: that| it| this)?(?:'s| is| was) (?:wrong|a mistake))\b",
    re.IGNORECASE,
)
_ASKS_FOR_MORE = re.compile(r"^\W*(?:(?:and|so|ok|okay|right)\W+)?is there anything else\b[^.!]*\?", re.IGNORECASE)
_OFFERS_INSTEAD = re.compile(r"(?:^|[,;]? )\bbut (?=(?:what )?(?:i|we)\b)", re.IGNORECASE)
_DID = re.compile(r"\bi \w+", re.IGNORECASE)
_HARMLESS = re.compile(
    r"\bi (?:rang|phoned|asked|listened|spoke|checked|fetched|brought|helped|offered|breathed"
    r"|took an? (?:deep )?breath|called (?:the|our) \w+(?! an? )|drove (?:there|over|out|home|back|to))\b",
    re.IGNORECASE,
)
"""What one does in a story and owns nothing by; who owns more in the same sentence says it in other words."""
_ILL_DONE = re.compile(
    r"\b(?:too|late|later|wrong|badly|never|not|nothing|without|instead|let)\b|n't\b", re.IGNORECASE
)
_OWN_CALM = re.compile(
    r"\bi\b(?:'m|'d)?(?:(?!\b(?:us|we|let's|everyone|everybody|all|both|people|them|they)\b)[^.!?]){0,25}"
    r"\b(?:stay|keep|remain|be|been|was|am|feel|felt|get|got)\w*\b[^.!?]{0,15}\bcalm",
    re.IGNORECASE,
)
_TELLS_TO_CALM = re.compile(r"\b(calm|relax|chill|breath|settle|cool|control yourself)", re.IGNORECASE)
_TO_YOU = re.compile(r"\byou(?:r|rs|rself)?\b", re.IGNORECASE)
_DOUBTS = re.compile(r"\bare you (?:sure|certain|done|finished|serious|kidding|joking)\b", re.IGNORECASE)


def set_right(
    reading: Reading, text: str, of_theirs: Callable[[str], bool], scenario: Scenario, state: State
) -> Reading:
    """The reading without the acts that this moment shows to be misread, and with a limit that was not seen.

    Args:
        of_theirs: whether a sentence holds words of what the customer has told so far.
        state: the customer before this turn.
    """
    asked = [words for i, words in offers(text, scenario).items() if scenario.remedy(i).asked_for]
    echoes = [s for s in sentences(text) if _short(s) and of_theirs(s)]
    acts = [a for a in reading.acts if not _misread(a, _home(a, text), reading, state, asked, echoes)]
    telling = any(r.asked_for for r in scenario.remedies)
    acts = [a for a in acts if not (telling and a.id == "owned_apology" and _only_tells(_home(a, text)))]
    kept = (_requoted(a, text) if a.id == "reasoned_policy" else a for a in acts)
    acts = [a for a in kept if a]
    when = dated(text, reading, state)
    if when and not any(a.id == "dated_commitment" for a in acts):
        acts.append(Act(id="dated_commitment", quote=when))
    limit = limit_in(text, state)
    if limit:
        acts = with_limit(acts, limit)
    return reading.model_copy(update={"acts": tuple(acts), "ends": ends_now(text)})


def _misread(act: Act, home: str, reading: Reading, state: State, asked: list[str], echoes: list[str]) -> bool:
    """Whether an act is none in its sentence, ``home``; ``asked``: words that give what the customer asked for."""
    match act.id:
        case "owned_apology":
            return bool(_REMINDS.search(home)) and not _OWNS.search(home)
        case "open_question" | "closed_question":
            return bool(_DOUBTS.search(home))
        case "brush_off":
            told = any(words in home for words in asked)
            more = bool(_ASKS_FOR_MORE.search(home)) and (state.heard or bool(state.offered))
            return told or more or (crossed(state) and only_ends(home))
        case "calm_down":
            own = bool(_OWN_CALM.search(home)) and not _TO_YOU.search(home)
            limit = reading.quote("respectful_limit")
            limits = bool(limit) and (limit in home or home in limit) and "bait" in state.moves[-3:]
            later = crossed(state) and bids_ring_back(home)
            return own or later or (limits and not _TELLS_TO_CALM.search(home))
        case "dated_commitment" | "follow_up":  # "I end the call now, you can ring us tomorrow" commits nobody here
            parting = bids_ring_back(home) and not _WE_DO.search(without_end(home))
            return crossed(state) and parting
        case "reasoned_policy":  # "I can give you 40 pounds back." gives no reason
            return makes_offer(home) and names_sum(home) and not _GIVES_REASON.search(home)
        case "manipulation":
            return act.sure < DOUBTED and home in echoes
    return False


def _only_tells(sentence: str) -> bool:
    """Whether a sentence of a story only tells what was done in it ("I rang the depot"), and owns nothing."""
    deeds = len(_DID.findall(sentence))
    owns = _OWNS.search(sentence) or _ILL_DONE.search(sentence)
    return 0 < deeds == len(_HARMLESS.findall(sentence)) and not owns


def _requoted(act: Act, text: str) -> Act | None:
    """The reason behind a limit without the offer after it, which is no reason; None if that is all there is."""
    cut = _OFFERS_INSTEAD.search(act.quote)
    offer = act.quote[cut.start() :] if cut else ""
    if cut is None or not makes_offer(offer) or _GIVES_REASON.search(offer):
        return act
    before = sentences(text.partition(act.quote)[0])
    reason = act.quote[: cut.start()] or (before[-1] if before else "")
    return act.model_copy(update={"quote": reason}) if _GIVES_REASON.search(reason) else None


def _short(sentence: str) -> bool:
    """Whether a sentence is short, and no pattern knows a trick in it."""
    return len(sentence.split()) <= SHORT and "manipulation" not in hits(sentence)


def _home(act: Act, text: str) -> str:
    """The sentence that an act's words stand in."""
    return next((s for s in sentences(text) if act.quote in s), act.quote)
