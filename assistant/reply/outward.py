"""What may not leave in a draft whatever policy says: markup, unknown links, coded text, codes for staff only.

    unsafe("See https://elsewhere.example/?q=1", passages, customer)     # [("https://…", "this link stands …")]

A model that obeys an instruction in a message or a document would put such things into a reply. Pure code.
"""

import re
from collections.abc import Mapping

from assistant import hidden
from knowledge import Passage

_LINK = re.compile(
    r"(?:https?|ftp|data|javascript):\S+|//[\w-]+\.\S+|www\.\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\S*|[\w.+-]+@[\w-]+\.\w\S*",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<[a-zA-Z/!?][^>\n]*>?|!\[|\]\(")


def unsafe(text: str, passages: Mapping[str, Passage], customer: str) -> list[tuple[str, str]]:
    """What is unsafe in a text, and why; empty if nothing is."""
    public = " ".join([customer, *(p.section.text for p in passages.values() if p.meta.audience == "public")])
    inside = " ".join(p.section.text for p in passages.values() if p.meta.audience == "internal")
    known = f"{public} {inside}".lower()
    found = [(m[0], "markup has no place in a reply") for m in _MARKUP.finditer(text)]
    for match in _LINK.finditer(text):
        link = match[0].rstrip(".,;:!?)]'\"”")
        if link.lower() not in known:
            found.append((link, "this link stands in no passage and not in the thread"))
    if run := hidden.coded(_LINK.sub(" ", text), known):
        found.append((run, "this is no language: it may hide something"))
    secrets = hidden.codes(inside) - hidden.codes(public)
    if hidden.carries(text, secrets):
        found.append(("a code", "it stands in a text for staff only"))
    return found[:5]
