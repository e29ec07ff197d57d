"""Words strung together: how far a sentence has the small words that make it one.

piled("Empathy apology ownership question paraphrase choice deadline.")      # True
small_share("That was our mistake."), longest_run("That was our mistake.")   # 0.75, 1
clipped("Sorry, our mistake, fixed by Friday noon.")                         # True: nobody does anything in it
"""

import re
from functools import lru_cache

from assistant.roleplay.patterns import gibberish

LONG_ENOUGH, LEAST_SHARE = 7, 0.12
"""From so many words on, a sentence has at least this share of small words."""
SMALL = frozenset(
    "a about after all an and any are as at be because been before but by can could did do does for from had has "
    "have he her him his how i i'd i'll i'm i've if in is it it's its me my no nor not of off on or our out over "
    "she so than that that's the their them then there they this to until up us was we we'd we'll we're we've were "
    "what when where which while who why will with within without would you you'd you'll you're you've your "
    "yours".split()
)
CLAUSE = frozenset(
    "i you u he she it we they me us him them who whom this that these those there what which why how when where "
    "am is are was were be been has have had do does did can cannot could will would shall should may might must "
    "let gets got needs wants im ive ill id youre youve hes shes its theyre weve thats theres whats dont doesnt "
    "didnt cant couldnt wont wouldnt isnt arent wasnt werent hasnt havent "
    "comes goes brings sends gives takes makes writes knows stays drives".split()
)
"""What a clause turns on: who does something, and verbs that help another, stand alone or are a third person's."""
_CLOCK = re.compile(r"\d ?am\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def piled(sentence: str) -> bool:
    """Whether words are strung together without the small words that make them a sentence, or are none."""
    long = len(_words(sentence)) >= LONG_ENOUGH
    return gibberish(sentence) or (long and small_share(sentence) < LEAST_SHARE)


def clipped(sentence: str) -> bool:
    """Whether a sentence has none of the words that a clause turns on; people clip theirs so as well, in haste."""
    words = {part for word in _words(sentence) for part in (word.replace("'", ""), word.split("'")[0])}
    return not words & (CLAUSE - {"am"} if _CLOCK.search(sentence) else CLAUSE)


def small_share(sentence: str) -> float:
    """The share of small words, 0 to 1."""
    words = _words(sentence)
    return sum(word in SMALL for word in words) / max(1, len(words))


def longest_run(sentence: str) -> int:
    """The most words in a row without a small one among them."""
    runs = "".join("." if word in SMALL else "x" for word in _words(sentence)).split(".")
    return max(map(len, runs))


def _words(sentence: str) -> list[str]:
    return re.findall(r"[a-z']+", sentence.lower())
