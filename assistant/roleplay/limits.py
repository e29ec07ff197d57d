"""A limit with abuse, as an agent sets and keeps it: the warning, and the words that end the talk. Pure code.

    warns("If you call me names again I will hang up.")         # True
    ends_now("That was the second time. I am hanging up now.")   # "I am hanging up now."

What is only spoken of ends nothing: "the chat is over there", "I'm putting the phone down for a second".
"""

import re

from assistant.roleplay.acts import Act
from assistant.roleplay.patterns import sentences
from assistant.roleplay.state import State

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
_PARTS = re.compile(r"\W*(?:(?:so|and|good|bye|goodbye|now)\W*)*", re.IGNORECASE)


def warns(sentence: str) -> bool:
    """Whether a sentence says what will happen if the insults go on, and it is not done: who recalls the warning and
    hangs up ("I said if you keep swearing I will hang up, and now I am hanging up.") warns no more.
    """
    return bool(_WARNS.search(sentence)) and not _DOES_SO.search(sentence)


def threatens(sentence: str) -> bool:
    """Whether a limit says what follows: "If they carry on I will stop here." does, "please don't" does not."""
    return bool(re.search(r"\bif\b", sentence, re.IGNORECASE) and _FOLLOWS.search(sentence))


def crossed(state: State) -> bool:
    """Whether a limit was set, and crossed again: what was said would follow may follow."""
    return state.limit_at > 0 and "bait" in state.moves[state.limit_at - 1 :]


def limit_in(text: str, state: State) -> str:
    """The sentence that ends the talk as it was said it would, or else warns who was abusive of the end."""
    if "bait" not in state.moves:
        return ""
    all_of = sentences(text)
    done = [s for s in all_of if _ENDS_AS_SAID.search(s) and not warns(s)] if crossed(state) else []
    return next(iter([*done, *filter(_WARNS.search, all_of)]), "")


def with_limit(acts: list[Act], limit: str) -> list[Act]:
    """The acts with the limit that stands in this sentence, which says what follows, and not in the one beside it."""
    seen = next((a for a in acts if a.id == "respectful_limit"), None)
    if seen is None:
        return [*acts, Act(id="respectful_limit", quote=limit)]
    if seen.quote in limit or limit in seen.quote:
        return acts
    return [a.model_copy(update={"quote": limit}) if a is seen else a for a in acts]


def ends_now(text: str) -> str:
    """The sentence that ends the talk on the spot, in a turn that asks nothing; empty if there is none."""
    ends = (s for s in sentences(text) if (_ENDS_NOW.search(s) or _DOES_SO.search(s)) and not warns(s))
    found = (s for s in ends if not _RINGS_BACK.search(s))
    return "" if "?" in text else next(found, "")


def only_ends(sentence: str) -> bool:
    """Whether a sentence only ends the talk: "I am hanging up now, goodbye."."""
    return bool(_PARTS.fullmatch(without_end(sentence)))


def bids_ring_back(sentence: str) -> bool:
    """Whether a sentence bids the customer ring or come back later, which is no act of the agent's."""
    return bool(_LATER.search(sentence))


def without_end(sentence: str) -> str:
    """A sentence without the words that end the talk."""
    return _ENDS.sub("", sentence)
