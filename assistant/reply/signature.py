r"""Who signed a message: the name below its text. Pure code.

    signed("The lamp is broken.\n\nRegards,\nPriya Raman\nOrder LH-558120")        # "Priya Raman"

A name is taken only where it is plain: in a line of its own below the text, or after a closing. Words that people end
angry letters with ("Disgusted", "Crooks") are in ``thread.yaml``.
"""

import re
from functools import cache

from assistant.reply.speakers import known_words, plain_name, thread_words

_LAST_LINES = 5
"""Lines in which a signature stands, with what people write below it."""
_LONGEST_LINE = 60
"""Characters of a line that may still be a name with what stands behind it; a pasted line may have thousands."""
_WORD = r"[^\W\d_a-zß-öø-ÿ](?:[^\W\d_]|['’-](?=[^\W\d_])){1,20}"
_INITIAL = r"[^\W\d_a-zß-öø-ÿ]\.?"
_SMALL = r"van|von|de|der|den|da|di|del|la|le|du|dos|bin|al"
_NAME = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\.? )?"
    rf"(?P<name>(?:{_INITIAL} ?){{0,2}}{_WORD}(?: (?:{_INITIAL}|{_WORD}|{_SMALL})){{0,3}})"
)
_BELOW = re.compile(
    r"(?:sent from|get outlook|www\.|tel\b|phone|mob|e-?mail|order|booking|member|account|ref)|.*[\d@]", re.IGNORECASE
)
"""What stands below a name: another device's line, a number, an address."""
_DASH = re.compile(r"^[–—-]{1,2}\s*")
_AFTER = re.compile(r"(?:\s+x+|\s*\([^)]*\)|[.,!\s]+)$", re.I)
"""What stands behind a name: kisses, a number in brackets."""


def signed(text: str) -> str:
    """The name that a message is signed with; empty if there is none, or it is not plain."""
    lines = [line.strip() for line in text.strip().splitlines()]
    for n in range(len(lines) - 1, max(0, len(lines) - _LAST_LINES) - 1, -1):
        line = _DASH.sub("", lines[n])
        above = [said for said in lines[:n] if said]
        if not any(len(said.split()) >= 3 for said in above):
            return ""
        if closing := _closing().match(line):
            return _name(line[closing.end() :].strip(), closed=True)
        if line and not _BELOW.match(_bare(line)):
            closed = _closes(above[-1])
            if not closed and _closes("".join(above[-2:-1])) and (name := _name(above[-1], closed=True)):
                return name  # what stands below it is a company, or a role
            answers = above[-1].endswith("?") and line.endswith(".")  # "Who was it? – Darren."
            stands_alone = closed or line != lines[n] or not lines[n - 1] or above[-1][-1] in ".!?…)"
            return _name(line, closed) if stands_alone and not answers else ""
    return ""


def unsigned(text: str) -> str:
    """A message without the name that it is signed with, and what stands below it."""
    name = signed(text)
    lines = text.rstrip().splitlines()
    below = (
        next((n for n in range(len(lines) - 1, 0, -1) if name.casefold() in lines[n].casefold()), 0) if name else 0
    )
    return "\n".join(lines[:below]).rstrip() if below else text


def _name(line: str, closed: bool) -> str:
    """A line as a name; below a closing a single word may be written small."""
    line = _bare(line)
    if len(line) > _LONGEST_LINE:
        return ""
    if closed and line.islower() and " " not in line:
        line = line.title()
    found = _NAME.fullmatch(line)
    words = re.findall(r"[^\W_]{2,}", line.lower())
    is_known = plain_name(line) in known_words()["staff"] | known_words()["labels"]
    is_nobody = is_known or _is_no_name(set(words), closed) or (line.isupper() and len(words) > 3)
    return found["name"] if found and not is_nobody else ""


def _is_no_name(words: set[str], closed: bool) -> bool:
    """Whether words are in nobody's name; in a full name below a closing some may be: "Mark Best"."""
    ordinary = words & thread_words().no_names
    return bool(ordinary) and not (closed and ordinary < words and ordinary <= thread_words().also_names)


def _bare(line: str) -> str:
    """A line without what stands behind a name; one too long for a name as it is."""
    while len(line) <= _LONGEST_LINE and (plain := _AFTER.sub("", line)) != line:
        line = plain
    return line


def _closes(line: str) -> bool:
    """Whether the last sentence of a line, or all of it, is a closing."""
    return bool(_closing().fullmatch(re.split(r"[,.!?] ", line)[-1]))


@cache
def _closing() -> re.Pattern[str]:
    return re.compile(rf"(?:{thread_words().closes})(?:[ ,.!–—-]+|$)", re.IGNORECASE)
