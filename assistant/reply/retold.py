"""A customer's account said back to them by a small model: what it is shown, and whether its words may be. Pure code.

    named("You charged me twice.")                                          # "the company charged me twice."
    fits("You tell us that the company charged you twice.", "You charged me twice, you clowns!")       # True
    spoken("You tell us that the company charged you twice.")               # "You tell us that we charged you twice."

"You tell us" leaves open whether it was so. Who is "you" and who is "I" a small model confuses, so code names the
company before and speaks as it afterwards. The model keeps most of an account and at times turns it round: who did
what, what was not so, what it cost. Each of these is held against the customer's own words, and where one does not
stand there they are quoted instead (``echo``).
"""

import re
from collections.abc import Callable
from itertools import islice, pairwise

from assistant.reply.echo import content, sentences, unquotable
from assistant.reply.vocabulary import vocabulary

OPENING = "You tell us that "
LONGEST = 60
"""Words of an account."""
LEAST, SHARE, ENOUGH = 2, 0.3, 6
"""Words of weight that it must share with the customer's: this share of them, so many at least and so many enough. It
may have none of its own."""
REACH = 3
"""Words after a subject that may name what it did or has, or after a denial what is denied."""
_COMPANY = "the company"
_NAMED = (
    (r"\b(?:you|u) (?:people|lot|guys|folks?)\b", _COMPANY),
    (r"\byou['’]?re\b", f"{_COMPANY} is"),
    (r"\byou['’]?ve\b", f"{_COMPANY} has"),
    (r"\byou['’]ll\b", f"{_COMPANY} will"),
    (r"\b(?:your|ur|yours)\b", f"{_COMPANY}'s"),
    (r"(?<!\bthank )\b(?:you|u)\b", _COMPANY),
)
_SUBJECT = (
    r"(?:^|[,;]|\b(?:that|and|but|or|because|so|when|while|since|after|before|if|until|though|as|then|what|how|why))"
)
_AFTER_A_NOUN = (
    r"(?<!by )(?<!from )(?<!of )(?<!at )(?<!to )(?<!for )(?<!with )(?<!in )(?<!on )(?<!about )(?<!against )"
)
"""No preposition stands before it: "the kettle the company sold", and not "the man from the company left"."""
_ADVERB = r"(?:(?:always|never|still|just|only|then|now|even|again|often|\w+ly) )?"
_AGREES = {"has": "have", "is": "are", "was": "were", "does": "do"}
_AUXILIARIES = frozenset("will can could would should must did had".split())
_DANGLING = re.compile(r",? and that (?!(?:you|it|he|she|they|nobody|the company)\b)(?:\S+ ){0,2}\S+\.$")
"""A last clause too short to say anything."""
_ASTRAY = re.compile(r"\b(?:i|me|my|mine|myself|i['’]\w+|we|us|our|please)\b", re.IGNORECASE)
"""What is still said as the customer said it."""
_ANYBODY = re.compile(rf"\b{_COMPANY} (?:can|could|would|might)\b", re.IGNORECASE)
"""The "you" that is anybody."""
_FIGURE = re.compile(r"[£$€]?\d[\d.,]*\d%?|[£$€]?\d%?")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_NOT = re.compile(
    r"not|no|never|nobody|none|nothing|without|cannot|neither|nor|\w+n't"
    r"|(?:do|does|did|wo|ca|is|was|were|have|has|had|could|would|should|are|ai)nt"
)
_HELPS = frozenset(
    "a an the have has had having been be being am are is was were will would could can did do does just also "
    "already then now never not always ever only even still simply both all s ve re d ll".split()
)
"""What may stand between a subject and what it did."""
_LINKS = content("when which while after before because from into were been they them there than then also about")


def named(message: str) -> str:
    """A customer's words in which the company they speak to is called so."""
    for pattern, instead in _NAMED:
        message = re.sub(pattern, instead, message, flags=re.IGNORECASE)
    return message


def tidied(words: str) -> str:
    """The first sentence of what a model wrote, without a last clause that says nothing."""
    found = sentences(words.strip().strip('"“”'))
    return _DANGLING.sub(".", found[0]) if found else ""


def spoken(account: str) -> str:
    """An account of what "the company" did, as the company tells it."""

    def subject(match: re.Match[str]) -> str:
        verb = match["verb"]
        plural = _AGREES.get(verb) or re.sub(r"(?<=ss|sh|ch)es$|(?<=x)es$|(?<!s)s$", "", verb)
        return f"{match['before']} we {match['adverb']}{plural}".lstrip()

    def within(match: re.Match[str]) -> str:
        return subject(match).strip() if _is_deed(match["verb"].lower()) else match[0]

    account = re.sub(rf"\b{_COMPANY}['’]s\b", "our", account, flags=re.IGNORECASE)
    acts = rf"\b{_COMPANY} (?P<adverb>{_ADVERB})(?P<verb>[\"“]?\w+)"
    account = re.sub(rf"(?P<before>{_SUBJECT})\s*{acts}", subject, account, flags=re.IGNORECASE)
    account = re.sub(rf"(?P<before>){_AFTER_A_NOUN}{acts}", within, account, flags=re.IGNORECASE)
    return re.sub(rf"\b{_COMPANY}\b", "us", account)


def _is_deed(word: str) -> bool:
    """Whether a word after "the company" may be what it did."""
    return word in _AGREES or word in _AUXILIARIES or bool(vocabulary().past.fullmatch(word))


def fits(account: str, message: str) -> bool:
    """Whether an account says what the customer said, and nothing else: no figure, name, deed or denial is new."""
    told = account.removeprefix(OPENING)
    own, said = content(told.replace(_COMPANY, "")) - _LINKS, content(message)
    return (
        account.startswith(OPENING)
        and account.endswith(".")
        and account.count('"') % 2 == 0
        and len(account.split()) <= LONGEST
        and len(own & said) >= max(LEAST, min(ENOUGH, SHARE * len(said)))
        and set(map(_stem, own)) <= set(map(_stem, said))
        and not _ASTRAY.search(told)
        and not _ANYBODY.search(told)
        and not unquotable(told)
        and _COMPANY not in message.lower()  # another one, which is not the one that answers
        and set(_FIGURE.findall(told)) <= set(_FIGURE.findall(message))
        and _names(told) <= {word.lower() for word in re.findall(r"\w+", message)}
        and _denies_the_same(told, message)
        and _keeps_roles(told, message)
    )


def _names(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"\b[A-Z]\w+", text)}


def _denies_the_same(told: str, message: str) -> bool:
    """Whether what the customer denies is denied, and nothing else is."""
    words, theirs = _words(told), _words(message)
    kept = _after(theirs, _is_denial, 1) & set(map(_stem, words))
    return _after(words, _is_denial, 1) <= _after(theirs, _is_denial, REACH) and kept <= _after(
        words, _is_denial, REACH
    )


def _keeps_roles(told: str, message: str) -> bool:
    """Whether what the company does and has stays its own, and what it is not said to do is not made its own."""
    account, words = _words(told), _words(named(message))
    ours = _after(words, _is_company, REACH)
    suffered = {_stem(word) for word, whom in pairwise(words) if whom in ("me", "us")}
    deeds = (_after(words, _is_company, 1) | suffered) - _after(words, _is_customer, REACH)
    still = _after(account, _is_company, REACH)
    return (
        _after(account, _is_company, 1) <= ours
        and (deeds - suffered) & set(map(_stem, account)) <= still
        and not _after(account, _is_customer, 1) & deeds
    )


def _is_denial(word: str) -> bool:
    return bool(_NOT.fullmatch(word))


def _is_company(word: str) -> bool:
    return word == "company"


def _is_customer(word: str) -> bool:
    return word in ("i", "we", "my", "our", "you", "your")


def _after(words: list[str], is_one: Callable[[str], bool], reach: int) -> set[str]:
    """The beginnings of the next words of weight after each such word."""
    return {
        _stem(after)
        for n, word in enumerate(words)
        if is_one(word)
        for after in islice((w for w in words[n + 1 :] if w not in _HELPS), reach)
    }


def _words(text: str) -> list[str]:
    """The words of a text in small letters; "you've" is "you" and "ve", "don't" one word."""
    found = _WORD.findall(text.lower().replace("’", "'"))
    return [part for word in found for part in ([word] if word.endswith("n't") else word.split("'"))]


def _stem(word: str) -> str:
    return word[:4]
