"""What commits to a time once the customer agreed: a day or an hour at which somebody does something. Pure code.

dated("Tuesday between 9 and 12. He calls you before.", reading, state)      # "Tuesday between 9 and 12."
"""

import re

from assistant.roleplay.acts import Reading
from assistant.roleplay.patterns import sentences
from assistant.roleplay.pile import clipped, piled
from assistant.roleplay.state import State

_WHEN = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tonight|tomorrow|noon|midday|o'?clock"
    r"|(?:this|in the) (?:morning|afternoon|evening)"
    r"|(?:within|in) (?:the |an? |\w+ )(?:minutes?|hours?|days?)|(?:by|at|before|between) (?:half past )?\d"
    r"|\d ?[ap]m\b|\d[:.]\d\d)",
    re.IGNORECASE,
)
_IDLE = (
    r"(?!(?:will )?(?:costs?|refuses?|happens?|do(?:es)? nothing|(?:open|close)s? (?:at|on|from|until|today|tomorrow)"
    r"|works? (?:until|till|on \w+day)|finish(?:es)? (?:my|our|his|her|their) (?:shift|day|work))\b)"
)
"""No doer's verb: what opens, costs or happens, and who refuses or is at work, does nothing for the customer."""
_FEELING = (
    r"(?:so |very |more )?(?:angry|upset|mad|cross|annoyed|tired|cold|loud|rude|better|worse)"
    r" (?:about|at|by|in|on|with|and|when|this|today|tonight|tomorrow)"
)
_DOER = re.compile(
    rf"\b(?:i|we|he|she|it|they|somebody|someone)(?:'ll|'re|'m|'s)? {_IDLE}"
    r"(?!(?:am|is|are|see|understand|know|hear|feel|think|believe|mean|want|need|wish|like)\b)[a-z]+"
    rf"|\byou(?:'ll| will)? (?:hear from|(?:have|get|receive) (?!(?:to|an? \w+ day|{_FEELING})\b))"
    rf"|\b(?:an?|the|our|my) (?!weather\b)\w+(?:(?: will| can|'ll) {_IDLE}[a-z]+| {_IDLE}(?!is\b)[a-z]+s\b)"
    r"|\b(?:is|be) with you\b|\barrives?\b",
    re.IGNORECASE,
)
"""Who does something for the customer: "it is a Thursday" has nobody, and "you call us" commits the customer."""
_NOT_TO_COME = re.compile(
    r"\b(?:was|were|had|did|said|told|went|came|ago|last|yesterday|since|sorry|if|never|not|can'?t|cannot|don'?t"
    r"|won'?t|maybe|perhaps|might|try|hope|you (?:must|have to|need to)|every \w+day)\b|n't\b",
    re.IGNORECASE,
)


def dated(text: str, reading: Reading, state: State) -> str:
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
    note = clipped(sentence) and "arrives" not in sentence.lower()
    return times > 1 if note else times > 0 and bool(_DOER.search(sentence))
