"""What a text commits the company to. Pure code; denies by default.

    commitments("I can refund you £20 by Friday.")
    # (Commitment("remedy", "refund", …), Commitment("money", "GBP 20", "£20"), Commitment("date", "friday", …), …)

A clause that names a remedy, money, a percentage, a span or a date, or that grants anything in other
words ("the fee is gone"), commits, unless it refuses it, asks somebody else for it, or tells what the
customer said or paid. What was learned of promises (``promises``) finds those that no pattern knows.
Values are canonical, so that "£55", "£55.00" and "55 pounds" are one, and "7 days" is neither "£7" nor
"7 weeks" (``figures``). The words are in ``commitments.yaml``.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from assistant.language import in_english
from assistant.reply.figures import Commitment, counts_in, extents_in, figures_in, remedies_in, sentences_in
from assistant.reply.promises import DENIED, EXCUSED
from assistant.reply.vocabulary import vocabulary

Likely = Callable[[list[str]], list[float]]
"""How likely each of some sentences commits the company, 0 to 1."""


def is_grant(clause: str) -> bool:
    """Whether a clause grants or announces something by its form, whatever it names."""
    return _grant(clause) is not None


def refuses(sentence: str) -> bool:
    """Whether every clause of a sentence refuses, or leaves it to somebody else to decide."""
    clauses = _clauses(sentence.replace("’", "'"))
    return all(_refuses(c, _grant(c)) or vocabulary().asks.search(c) for c in clauses)


def denies(sentence: str) -> bool:
    """Whether a clause of a sentence refuses a remedy or a sum."""
    clauses = _clauses(sentence.replace("’", "'"))
    return any(_refuses(c, _grant(c)) and (names_remedy(c) or _names_sum(c)) for c in clauses)


def names_remedy(clause: str) -> bool:
    """Whether a clause names a remedy, whatever it says of it."""
    return bool(remedies_in(clause, vocabulary().strong | vocabulary().weak))


def _names_sum(clause: str) -> bool:
    return any(figure.kind == "money" for figure in figures_in(clause))


def names_person(text: str) -> bool:
    """Whether a text names somebody who is said to act, or whom staff are."""
    return any(_people(sentence) for sentence in sentences_in(text))


def commitments(text: str, promised: Likely | None = None) -> tuple[Commitment, ...]:
    """Everything in a text that commits the company, clause by clause; of each sentence ``promised`` has a say."""
    sentences = sentences_in(text.replace("’", "'"))
    found = [_in_sentence(sentence) for sentence in sentences]
    if promised and sentences:
        found = list(map(_weighed, found, sentences, promised(sentences)))
    return tuple(dict.fromkeys(c for some in found for c in some))


def _in_sentence(sentence: str) -> list[Commitment]:
    words = vocabulary()
    found = [Commitment("person", m["name"], m["name"]) for m in _people(sentence)]
    for clause in _clauses(sentence):
        found += [Commitment("liability", "liability", m[0]) for p in words.liability for m in p.finditer(clause)]
        found += _committed(clause, sentence)
    return found


def _weighed(found: list[Commitment], sentence: str, likely: float) -> list[Commitment]:
    """What patterns found in a sentence, weighed with how likely it commits: more than they found, or less."""
    if likely >= DENIED and not any(c.kind == "promise" for c in found):
        return [*found, Commitment("promise", sentence, " ".join(sentence.split()[:12]), clause=sentence)]
    if likely < EXCUSED and in_english(sentence):  # it has learned English only
        return [c for c in found if c.kind in ("person", "liability")]
    return found


def unmatched(text: str, english: str) -> tuple[Commitment, ...]:
    """Remedies, figures, liability and people that a text in another language names and its English does not.

    The English is scanned as any text is; this keeps it honest.
    """
    words = vocabulary()
    plain = english.replace("’", "'")
    named = {(c.kind, c.value) for c in (*figures_in(plain), *remedies_in(plain, words.strong | words.weak))}
    found: list[Commitment] = []
    for sentence in sentences_in(text.replace("’", "'")):
        own = [*figures_in(sentence), *remedies_in(sentence, words.strong)]
        own += [Commitment("liability", "liability", m[0]) for p in words.liability for m in p.finditer(sentence)]
        own += [Commitment("person", m["name"], m["name"]) for m in _people(sentence)]
        found += [replace(c, clause=sentence) for c in own if (c.kind, c.value) not in named]
    return tuple(dict.fromkeys(found))


def _committed(clause: str, sentence: str) -> list[Commitment]:
    words = vocabulary()
    grants = _grant(clause)
    if sentence.rstrip().endswith("?"):
        grants = words.offering.search(clause)
    elif words.subordinate.search(clause) and not _goes_on(clause, grants):
        grants = None
    if _refuses(clause, grants) or words.asks.search(clause):
        return []
    ours = re.search(r"\b(?:i|we)(?:'ll| will| can| am| are|'m|'re)\b", clause, re.IGNORECASE)
    if words.recounts.search(clause) and not ours and not grants:
        return []
    ahead = bool(grants) or any(p.search(clause) for p in words.ahead)
    remedies = remedies_in(clause, words.strong | words.weak if ahead else words.strong)
    own = bool(words.own_action.search(clause)) and not any(r.value in words.strong for r in remedies)
    if own:
        remedies = [r for r in remedies if not r.words.lower().endswith("ed")]  # "who cancelled it"
    own = own and not remedies
    figures = figures_in(clause)
    promised = bool(grants) or bool(remedies) or not _harmless(clause, sentence)
    if not (ahead or promised) or own:
        figures = [f for f in figures if f.kind in ("money", "percent")]  # a time that is told, or the agent's own
    promised = promised or bool(figures)
    more: list[Commitment] = []
    if promised and not own:
        more = [*counts_in(clause), *extents_in(clause), Commitment("promise", clause, " ".join(clause.split()[:12]))]
    return [replace(c, clause=clause) for c in (*remedies, *figures, *more)]


def _clauses(sentence: str) -> list[str]:
    """A sentence cut into clauses; a reason or condition that comes first is cut from what follows its comma."""
    words = vocabulary()
    found: list[str] = []
    for clause in filter(None, words.clause.split(sentence)):
        head, comma, rest = clause.partition(", ")
        cut = comma and words.subordinate.search(head) and not is_grant(head) and not words.relative.match(rest)
        found += [head, rest] if cut else [clause]
    return found


def _grant(clause: str) -> re.Match[str] | None:
    """Where a clause grants or announces something by its form."""
    return next((m for p in vocabulary().grants if (m := p.search(clause))), None)


def _refuses(clause: str, grants: re.Match[str] | None) -> bool:
    """Whether a clause refuses. A "not" in what is granted ("we see to it that you do not pay") refuses nothing."""
    words = vocabulary()
    refusal = words.refuses.search(clause)
    if not refusal or words.not_a_refusal.search(clause):
        return False
    between = clause[grants.end() : refusal.start()] if grants else ""
    return words.own_action.search(clause) is not None or not re.search(r"\bthat\b", between)


def _goes_on(clause: str, grants: re.Match[str] | None) -> bool:
    """Whether a clause that begins with a reason ends with a grant: "as the bag is lost you choose a new one"."""
    return grants is not None and len(clause[: grants.start()].split()) >= 3


def _harmless(clause: str, sentence: str) -> bool:
    """Whether a clause without a remedy or a sum speaks of feelings, of what went wrong, or asks for something."""
    words = vocabulary()
    if not re.search(r"[^\W\d_]", clause) or sentence.rstrip().endswith("?") or words.own_action.search(clause):
        return True
    # What names a thing ("the late fee") or sets the scene ("for the delay, …") excuses nothing.
    said = words.attributive.sub(" ", words.adjunct.sub("", clause))
    if any(p.search(said) for p in words.harmless) or words.subordinate.search(clause):
        return True
    return bool(words.past.search(clause)) and not words.present.search(clause)


def _people(sentence: str) -> list[re.Match[str]]:
    words = vocabulary()
    found = [m for p in words.person for m in p.finditer(sentence)]
    return [m for m in found if m["name"].split()[0] not in words.nobody]
