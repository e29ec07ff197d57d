"""What policy lays on staff where somebody is in danger, or was wronged: sentences with a time in them,
or with what comes first.

    duties(situation, {"shop-care#danger": "… goes to the safety officer within 1 hour, who …"})
    # [Duty("shop-care#danger", "Every report of injury … within 1 hour, …", "safety officer")]

What the customer is to be told first is said to them: ``Duty.told``. Pure code.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from assistant.reply.echo import sentences
from assistant.reply.situation import Situation

_PRESSES = re.compile(
    r"\bwithin (?:\d+|an?|one) (?:minutes?|hours?)\b|\btold first\b|\bbefore anything else\b|\bat once\b"
    r"|\bon the same day\b",
    re.IGNORECASE,
)
_GRANTS = re.compile(r"\bwithout asking anyone\b|\bcan be offered\b|\brefuse[sd]?\b|\bapproval\b", re.IGNORECASE)
"""What an agent may do, or may not, is no duty."""
_SPEAKS_OF = {
    "self-harm": re.compile(r"\bharm(?:ing)? (?:themselves|himself|herself)\b|\bsuicid\w*", re.IGNORECASE),
    "assault or harassment": re.compile(
        r"\b(?:assault|harass|molest|grop)\w*|\bsexual\b|\bunwanted (?:\w+ )?(?:touch|contact|advance)\w*",
        re.IGNORECASE,
    ),
    "safety": re.compile(r"\b(?:injur\w*|hurt|accidents?|danger\w*|fire|electric shock|first aid)\b", re.IGNORECASE),
    "discrimination": re.compile(r"\bdiscriminat\w*", re.IGNORECASE),
}
"""What a sentence is about, by any that it speaks of; but who harms themselves may be in danger too."""
_TO = re.compile(
    r"\b(?:reported|goes|go|passed|flagged|calls?|told) (?:to )?the (?P<role>[\w -]+?)(?='s\b| (?:within|at once)\b)"
)
_TELLS = re.compile(
    r"(?:^|[,;] )(?:(?:the|an?|any|every) )?(?:\w+ )?(?:customer|member|passenger|guest)"
    r"(?: (?:who|whose|that|in|with)\b(?:(?! and )[^.,;])*?)? is (?:first )?(?:told|asked) (?:first |at once )?to "
    r"(?P<what>[^.,;]+?)(?=[.,;]|$| and (?:an?|the|it|they|he|she|we|this|that|every|staff|\w+s)\b)",
    re.IGNORECASE,
)
"""What the customer is told, and nobody else; up to where somebody else does something."""


class Duty(NamedTuple):
    """A sentence of a policy that lays a duty on staff.

    ``to`` is whom they turn to, ``told`` what the customer is told to do; empty where the sentence does not say it.
    """

    passage: str
    words: str
    to: str = ""
    told: str = ""


def duties(situation: Situation, policies: Mapping[str, str]) -> list[Duty]:
    """The duties that policies (id → text) lay on staff in the dangers that the card shows, in their order."""
    topics = set(filter(situation.at_risk, _SPEAKS_OF))
    found: list[Duty] = []
    for passage, text in policies.items():
        for words in sentences(text):
            if _PRESSES.search(words) and not _GRANTS.search(words) and topics & _topics(words):
                to, told = _TO.search(words), _TELLS.search(words)
                found.append(Duty(passage, words, to["role"] if to else "", told["what"] if told else ""))
    return found


def _topics(words: str) -> set[str]:
    found = {risk for risk, topic in _SPEAKS_OF.items() if topic.search(words)}
    return {"self-harm"} if "self-harm" in found else found
