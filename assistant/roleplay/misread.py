"""What a reader takes for an act, and this moment shows to be another or none. Pure code.

    reading = set_right(reading, text, of_theirs, scenario, state)

A reader sees one sentence at a time: it does not know that a limit was set before, that the customer asked for
the speaker's own mistakes, or that the words are the customer's.
"""

import re
from collections.abc import Callable

from assistant.act_words import hits
from assistant.roleplay.acts import Act, Reading
from assistant.roleplay.offers import makes_offer, names_sum, offers
from assistant.roleplay.patterns import sentences
from assistant.roleplay.pile import clipped, piled
from assistant.roleplay.scenario import Scenario
from assistant.roleplay.state import State

SHORT = 10
"""Words up to which a sentence is so short that the learned reader alone cannot tell a trick in it."""
DOUBTED = 0.7
"""Certainty below which the learned reader's word for a trick in a short sentence needs a pattern beside it."""
_ABUSE = (
    r"(?:call|insult|swear|curs|shout|scream|yell|threaten|abus|keep|carry|go(?:es)? on|continue"
    r"|(?:do|say) (?:that|it|this)|(?:talk|speak) to me (?:like|this)|happens? again)"
)
_END = (
    r"(?:hang(?:ing)? up"
    r"|(?:end|clos|stop|finish)(?:e|ing)? (?:this|the|our) (?:call|talk|chat|conversation)(?! with\b)"
    r"|put(?:ting)? (?:the|this) phone down)"
)
_ENDING = (
    r"(?:hanging up|(?:end|clos|stopp|finish)ing (?:this|the|our) (?:call|talk|chat|conversation)(?! with\b)"
    r"|putting (?:the|this) phone down)"
)
_OVER = (
    r"(?:^\W*|[,:] *|\b(?:and|so|then|now) )(?:this|the|our) (?:call|talk|chat|conversation) "
    r"(?:(?:is|'s) (?:now )?(?:over|finished|closed)|ends (?:here|now))(?=\W*$|,| (?:now|(?:good)?bye)\b)"
)
"""Said of this talk, in a clause of its own: "the chat is over there" and "you said the call is over" are not."""
_SAYS = r"\bi(?:'ll| will|'m| am| have to| must| need to|'ve got to| shall)?"
_WARNS = re.compile(
    rf"\bif (?:you|this|it)\b[^.!?]{{0,40}}\b{_ABUSE}\w*[^.!?]{{0,80}}{_SAYS}[^.!?]{{0,20}} {_END}"
    rf"|{_SAYS}[^.!?]{{0,20}} {_END}[^.!?]{{0,20}} if (?:you|this|it)\b[^.!?]{{0,40}}\b{_ABUSE}",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(rf"{_SAYS}[^.!?]{{0,20}} (?:{_END}|stop (?:here|now|this)|leave|go)\b", re.IGNORECASE)
_SO_NOW = r"\b(?:so|and)(?: now)?,? i(?:'m| am)(?: now)? "
_DOES_SO = re.compile(
    rf"\b{_END}[^.!?]{{0,60}}{_SO_NOW}(?:{_ENDING}|(?:end|clos|stopp|finish)ing it\b)", re.IGNORECASE
)
_NOT_SAID = (
    r"(?:(?!\b(?:if|unless|when|before|after|until|once|why|not|never|nobody|sorry)\b|n't\b"
    r"|(?<!\bi )\b(?:said|says?|told(?! you\b))\b)[^.!?])*?"
)
"""What may stand before the end in its sentence: nothing that denies it, puts it off, or has another say it."""
_NO_PAUSE = (
    r"(?![^,.!?]* (?:for (?:an?|one) (?:short )?(?:second|sec|moment|minute|bit|while)|on \w+days?"
    r"|in (?:\w+ )?\w+ (?:seconds?|minutes?|hours?))\b)"
)
_NOT_YET = rf"(?![^.!?]* (?:if|unless|when|once|after|until)\b){_NO_PAUSE}"
_I_END = rf"\bi(?:'m|'ll| am| will)?(?: now| going to| have to)* {_END}\b(?![^.!?]* if\b){_NO_PAUSE}"
_ENDS = re.compile(rf"{_I_END}|{_OVER}", re.IGNORECASE)
_ENDS_NOW = re.compile(
    rf"^{_NOT_SAID}"
    rf"(?:\bi(?:'m| am)(?: now| just)* {_ENDING}|{_OVER}|\bi(?:'ll| will|'m going to| am going to)?(?: now)? {_END}"
    rf"(?=[ ,]*(?:now|here|(?:good)?bye)\b)|\bi(?: now)? {_END}\W*$){_NOT_YET}"
    rf"|^[^.!?]*{_SO_NOW}{_ENDING}{_NOT_YET}",
    re.IGNORECASE,
)
_ENDS_AS_SAID = re.compile(rf"{_I_END}|{_ENDS_NOW.pattern}|{_DOES_SO.pattern}", re.IGNORECASE)
_RINGS_BACK = re.compile(r"\b(?:ring|call|phone)(?:ing)? you (?:straight |right )?back\b", re.IGNORECASE)
_LATER = re.compile(
    r"\byou (?:can|may|could|are welcome to) (?:always )?(?:ring|call|phone|write|come)\b"
    r"|\b(?:ring|call|phone) (?:us|me) (?:back|again)\b|^\W*(?:please )?(?:ring|call|phone) (?:back|again)\b",
    re.IGNORECASE,
)
_GIVES_REASON = re.compile(
    r"\b(?:because|since|as|so that|otherwise|until|due to|depends?|means?|reasons?|rules?|polic(?:y|ies)|terms"
    r"|allow(?:s|ed)?|only|most|limits?|not|cannot|(?:do|does|is|are|ca|wo)nt)\b|n't\b",
    re.IGNORECASE,
)
_WE_DO = re.compile(r"\b(?:i|we)(?:'ll| will|'m going to| are going to)\b", re.IGNORECASE)
_PARTS = re.compile(r"\W*(?:(?:so|and|good|bye|goodbye|now)\W*)*", re.IGNORECASE)
_REMINDS = re.compile(r"^\W*i(?:'ve| have)?(?: already)? (?:warned|told) you\b", re.IGNORECASE)
_OWNS = re.compile(
    r"\b(?:(?<!be )sorry|apologi[sz]e|told you the wrong|(?:i|we) (?:was|were) wrong"
    r"|(?<!not )(?<!n't )(?:my|our)(?: own)? (?:mistake|fault|error|doing)"
    r"|(?:and|but|which)(?: that| it| this)?(?:'s| is| was) (?:wrong|a mistake))\b",
    re.IGNORECASE,
)
_ASKS_FOR_MORE = re.compile(r"^\W*(?:(?:and|so|ok|okay|right)\W+)?is there anything else\b[^.!]*\?", re.IGNORECASE)
_WHEN = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tonight|tomorrow|noon|midday|o'?clock"
    r"|(?:this|in the) (?:morning|afternoon|evening)"
    r"|(?:within|in) (?:the |an? |\w+ )(?:minutes?|hours?|days?)|(?:by|at|before|between) (?:half past )?\d"
    r"|\d ?[ap]m\b|\d[:.]\d\d)",
    re.IGNORECASE,
)
_DOER = re.compile(
    r"\b(?:i|we|he|she|it|they|somebody|someone)(?:'ll|'re|'m|'s)? "
    r"(?!(?:am|is|are|see|understand|know|hear|feel|think|believe|mean|want|need|wish|like)\b)[a-z]+"
    r"|\byou(?:'ll| will)? (?:have|get|receive) (?!to\b|an? \w+ day\b)"
    r"|\b(?:an?|the|our|my) \w+(?: will| can|'ll) [a-z]+|\b(?:an?|the|our|my) \w+ (?!is\b)[a-z]+s\b",
    re.IGNORECASE,
)
"""Who does something for the customer: "it is a Thursday" has nobody, and "you call us" commits the customer."""
_NOT_TO_COME = re.compile(
    r"\b(?:was|were|had|did|said|told|went|came|ago|last|yesterday|since|sorry|if|never|not|can'?t|cannot|don'?t"
    r"|won'?t|maybe|perhaps|might|try|hope|you (?:must|have to|need to))\b|n't\b",
    re.IGNORECASE,
)
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
_GREETS = re.compile(
    r"^\W*(?i:dear|(?:hello|hi|hey|good (?:morning|afternoon|evening)),? (?=(?:mr|mrs|ms|miss|dr|herr|frau)\b))"
    r"\s*(?i:(?:mr|mrs|ms|miss|dr|herr|frau)\b\.?\s*)?([A-Z][\w'-]+)(?: ([A-Z][\w'-]+))?"
)
_NO_NAME = frozenset(
    "sir sirs madam customer customers client clients guest guests passenger passengers member members tenant "
    "tenants patient patients friend friends colleague colleagues neighbour neighbours all both team panel "
    "interviewer interviewers valued god lord mr mrs ms miss thank thanks i we you".split()
)
SHORTENED = 3
"""Letters from which on the beginning of the customer's name is a short form of it: "Kev" for Kevin."""


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
    dated = _dated(text, reading, state)
    if dated and not any(a.id == "dated_commitment" for a in acts):
        acts.append(Act(id="dated_commitment", quote=dated))
    limit = _limit(text, state)
    if limit:
        acts = _with_limit(acts, limit)
    return reading.model_copy(update={"acts": tuple(acts), "ends": _ends_now(text)})


def warns(sentence: str) -> bool:
    """Whether a sentence says what will happen if the insults go on, and it is not done: who recalls the warning and
    hangs up ("I said if you keep swearing I will hang up, and now I am hanging up.") warns no more.
    """
    return bool(_WARNS.search(sentence)) and not _DOES_SO.search(sentence)


def threatens(sentence: str) -> bool:
    """Whether a limit says what follows: "If they carry on I will stop here." does, "please don't" does not."""
    return bool(re.search(r"\bif\b", sentence, re.IGNORECASE) and _FOLLOWS.search(sentence))


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
            return told or more or (_kept(state) and _only_ends(home))
        case "calm_down":
            own = bool(_OWN_CALM.search(home)) and not _TO_YOU.search(home)
            limit = reading.quote("respectful_limit")
            limits = bool(limit) and (limit in home or home in limit) and "bait" in state.moves[-3:]
            later = _kept(state) and bool(_LATER.search(home))
            return own or later or (limits and not _TELLS_TO_CALM.search(home))
        case "dated_commitment" | "follow_up":  # "I end the call now, you can ring us tomorrow" commits nobody here
            parting = bool(_LATER.search(home)) and not _WE_DO.search(_ENDS.sub("", home))
            return _kept(state) and parting
        case "reasoned_policy":  # "I can give you 40 pounds back." gives no reason
            return makes_offer(home) and names_sum(home) and not _GIVES_REASON.search(home)
        case "manipulation":
            return act.sure < DOUBTED and home in echoes
    return False


def _limit(text: str, state: State) -> str:
    """The sentence that ends the talk as it was said it would, or else warns who was abusive of the end."""
    if "bait" not in state.moves:
        return ""
    all_of = sentences(text)
    done = [s for s in all_of if _ENDS_AS_SAID.search(s) and not warns(s)] if _kept(state) else []
    return next(iter([*done, *filter(_WARNS.search, all_of)]), "")


def _with_limit(acts: list[Act], limit: str) -> list[Act]:
    """The acts with the limit that stands in this sentence, which says what follows, and not in the one beside it."""
    seen = next((a for a in acts if a.id == "respectful_limit"), None)
    if seen is None:
        return [*acts, Act(id="respectful_limit", quote=limit)]
    if seen.quote in limit or limit in seen.quote:
        return acts
    return [a.model_copy(update={"quote": limit}) if a is seen else a for a in acts]


def _ends_now(text: str) -> str:
    """The sentence that ends the talk on the spot, in a turn that asks nothing; empty if there is none."""
    ends = (s for s in sentences(text) if (_ENDS_NOW.search(s) or _DOES_SO.search(s)) and not warns(s))
    found = (s for s in ends if not _RINGS_BACK.search(s))
    return "" if "?" in text else next(found, "")


def _dated(text: str, reading: Reading, state: State) -> str:
    """The sentence that says when, once the customer agreed: by then what is to come is all that can be meant.

    A question, what is past, denied or hoped for, a bare "Tuesday", "it is a Thursday" and what does harm commits to
    nothing.
    """
    if not state.accepted:
        return ""
    harm = [a.quote for a in reading.harms()]
    said = (s for s in sentences(text) if not s.endswith("?") and not _NOT_TO_COME.search(s) and not piled(s))
    plain = (s for s in said if not any(quote in s or s in quote for quote in harm))
    return next((s for s in plain if _says_when(s)), "")


def _says_when(sentence: str) -> bool:
    """Whether somebody does something at a day or an hour; of a note without a clause, whether it gives both."""
    times = len(_WHEN.findall(sentence))
    return times > 1 if clipped(sentence) else times > 0 and bool(_DOER.search(sentence))


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


def _kept(state: State) -> bool:
    """Whether a limit was set, and crossed again: what was said would follow may follow."""
    return state.limit_at > 0 and "bait" in state.moves[state.limit_at - 1 :]


def _only_ends(sentence: str) -> bool:
    """Whether a sentence only ends the talk: "I am hanging up now, goodbye."."""
    return bool(_PARTS.fullmatch(_ENDS.sub("", sentence)))


def _short(sentence: str) -> bool:
    """Whether a sentence is short, and no pattern knows a trick in it."""
    return len(sentence.split()) <= SHORT and "manipulation" not in hits(sentence)


def _home(act: Act, text: str) -> str:
    """The sentence that an act's words stand in."""
    return next((s for s in sentences(text) if act.quote in s), act.quote)


def wrong_name(text: str, scenario: Scenario) -> str:
    """The greeting of a turn if it has a name that stands nowhere in the scenario; empty if it has none or theirs."""
    found = _GREETS.search(text)
    if not found or found[1].lower() in _NO_NAME:
        return ""
    spoken = (line for by_band in scenario.lines.values() for lines in by_band.values() for line in lines)
    told = (f"{f.text} {f.reveal}" for f in scenario.facts)
    known = " ".join((scenario.persona.name, scenario.situation, scenario.story, scenario.opening, *told, *spoken))
    names = set(re.findall(r"\w+", known.lower()))
    said = {part for name in found.groups() if name for part in re.findall(r"\w+", name.lower())}
    own = re.findall(r"\w+", scenario.persona.name.lower())
    short = any(name.startswith(part) for name in own for part in said if len(part) >= SHORTENED)
    return "" if said & names or short else found[0].strip()
