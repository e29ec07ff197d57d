"""A limit with abuse, as an agent sets and keeps it: the warning, and the words that end the talk. Pure code.

    warns("If you call me names again I will hang up.")         # True
    ends_now("That was the second time. I am hanging up now.")   # "I am hanging up now."

What is only spoken of ends nothing: "the chat is over there", "I'm ending the call charge".
"""

import re

from assistant.roleplay.acts import Act
from assistant.roleplay.patterns import sentences
from assistant.roleplay.state import State

_ABUSE = (
    r"(?:call|insult|swear|curs|shout|scream|yell|threaten|abus|keep|carry|go(?:es)? on|continue"
    r"|(?:do|say) (?:that|it|this)|(?:talk|speak) to me (?:like|this)|happens? again)"
)
_TALK = r"(?:this|the|our) (?:call|talk|chat|conversation)"
_CLOSING = r"(?:end|clos|stopp|finish|terminat)ing"
_ENDING = rf"(?:hanging up(?: on you| the phone)?|{_CLOSING} {_TALK}|putting (?:the|this) phone down)"
_END = (
    rf"(?:{_ENDING}|hang up(?: on you| the phone)?|(?:end|close|stop|finish|terminate) {_TALK}"
    r"|put (?:the|this) phone down)"
)
_OVER = (
    rf"(?:^\W*|[,:] *|\b(?:and|so|then|now) ){_TALK} "
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
_AT_ONCE = r"(?=[ ,]*(?:right now|now|here|immediately|at once|(?:good)?bye)\b)"
_WHOLE = rf"(?:{_AT_ONCE}|(?=\W*$|[,;:]| [-–—] | (?:and|then|have|because|due|as|like|since)\b))"
"""What follows where the talk itself ends: "the call charge", "the talk of fees" and "the phone down on it" go on."""
_DOES_SO = re.compile(rf"\b{_END}[^.!?]{{0,60}}{_SO_NOW}(?:{_ENDING}|{_CLOSING} it\b){_WHOLE}", re.IGNORECASE)
_NOT_SAID = (
    r"(?:(?!\b(?:if|unless|when|before|after|until|once|why|not|never|nobody|that i"
    r"|sorry (?:that|the|for))\b|n't\b"
    r"|(?<!\bi )\b(?:said|says?|told(?! you\b))\b)[^.!?])*?"
)
"""What may stand before the end in its sentence: nothing that denies it, puts it off, or has another say it."""
_NOT_YET = (
    r"(?![^.!?]*(?: (?:if|unless|while)|(?<! take) (?:an?|one) (?:short )?(?:second|sec|moment|minute|bit|while|tick)"
    r"|(?:,|\band|\bbe|'m) back)\b"
    r"|[^,.!?]* (?:when|once|after|until|on (?:\w+days?|the|my|our)|to \w+ (?:your|the)"
    r"|in (?:\w+ )?\w+ (?:seconds?|minutes?|hours?))\b)"
)
"""What may not follow the end in its sentence: a condition, a pause, or something else that is done meanwhile."""
_I_END = rf"\bi(?:'m|'ll| am| will| must)?(?: now| just| going to| have to)* {_END}{_WHOLE}{_NOT_YET}"
_ENDS = re.compile(rf"{_I_END}|{_OVER}", re.IGNORECASE)
_ENDS_NOW = re.compile(
    rf"^{_NOT_SAID}(?:\bi(?:'m| am)(?: now| just)* {_ENDING}{_WHOLE}|{_OVER}|\bi {_END}\W*$"
    rf"|\bi(?:'ll| will| must| have to|'m going to| am going to)?(?: now {_END}{_WHOLE}| {_END}{_AT_ONCE})){_NOT_YET}"
    rf"|^[^.!?]*{_SO_NOW}{_ENDING}{_WHOLE}{_NOT_YET}",
    re.IGNORECASE,
)
_AS_SAID = re.compile(rf"^{_NOT_SAID}{_I_END}(?![^.!?]*, but\b)", re.IGNORECASE)
"""The end as it was announced, "I will end this call.": once a limit is crossed it is kept by that too."""
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
    done = [s for s in all_of if (_ends(s) or _AS_SAID.search(s)) and not warns(s)] if crossed(state) else []
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
    ends = (s for s in sentences(text) if _ends(s) and not warns(s))
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


def _ends(sentence: str) -> bool:
    return bool(_ENDS_NOW.search(sentence) or _DOES_SO.search(sentence))
