"""What may not leave in a draft whatever policy says: markup, unknown links, coded text, codes for staff only.

    unsafe("See https://elsewhere.example/?q=1", passages, customer)     # [("https://…", "this link stands …")]

A model that obeys an instruction in a message or a document would put such things into a reply. Pure code.
"""

import re
from collections.abc import Mapping

from assistant import hidden
from knowledge import Passage

_ENDINGS = (
    "com|net|org|info|biz|io|co|app|dev|xyz|shop|store|online|site|club|top|live|link|click|page|website|cloud|vip|icu|"
    "gov|edu|eu|uk|ie|de|fr|es|nl|pl|ch|pt|se|dk|fi|cz|ru|cn|ua|br|jp|au|nz|ca|mx|tv|cc|ly|gg|ai"
)
"""What addresses end with, written small or large: “late.Next” is two sentences, and “late.it” may be."""
_WORDS_TOO = "it|at|be|us|me|in|so|to|no|is|my|am|as|do"
"""Endings that are words: an address has more to it, a hyphen, a figure or a further point."""
_NO_ADDRESS = r"\d{1,2}\.am\b|(?:Dr|Mr|Mrs|Ms|Prof)\.de [^\W\d_a-z]|(?:ASP|ADO|VB)\.NET\b"
"""A time, a title with a name after it, a product."""
_LINK = re.compile(
    r"(?i:(?:https?|ftp|data|javascript):\S+|//[\w-]+\.\S+|www\.\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\S*"
    r"|[\w.+-]+@[\w-]+\.\w\S*)"
    rf"|\b(?!{_NO_ADDRESS})[\w-]{{2,}}(?:\.[\w-]+){{0,4}}\.(?:{_ENDINGS}|{_ENDINGS.upper()}|(?i:com|net|org))(?![\w-])"
    rf"|\b(?!{_NO_ADDRESS})(?:(?=[\w-]*[\d-])[\w-]{{2,}}|[\w-]{{2,}}\.[\w-]{{2,}})\.(?:{_WORDS_TOO})(?![\w-])"
)
_TAGS = (
    "a|abbr|acronym|address|animate|applet|area|article|aside|audio|b|base|bdi|bdo|bgsound|big|blink|blockquote|body|br|"
    "button|canvas|caption|center|circle|cite|code|col|colgroup|data|datalist|dd|del|details|dfn|dialog|dir|div|dl|dt|em|"
    "embed|fieldset|figcaption|figure|font|footer|foreignobject|form|frame|frameset|g|h[1-6]|head|header|hgroup|hr|html|i|"
    "iframe|image|img|input|ins|isindex|kbd|keygen|label|legend|li|link|listing|main|map|mark|marquee|math|menu|menuitem|"
    "meta|meter|nav|nobr|noembed|noframes|noscript|object|ol|optgroup|option|output|p|param|path|picture|plaintext|portal|"
    "pre|progress|q|rb|rp|rt|rtc|ruby|s|samp|script|search|section|select|set|slot|small|source|span|strike|strong|style|"
    "sub|summary|sup|svg|table|tbody|td|template|text|textarea|tfoot|th|thead|time|title|tr|track|tt|u|ul|use|var|video|"
    "wbr|xml|xmp"
)
_MARKUP = re.compile(r"<[a-zA-Z/!?][^>\n]*>?|!\[|\]\(")
_SHOWN = re.compile(rf"<(?!(?i:{_TAGS})\b)[a-zA-Z][\w ,;'’-]*>")
"""What is no tag, though in angle brackets: a customer's words, or a place that a model left to fill in."""


def unsafe(text: str, passages: Mapping[str, Passage], customer: str) -> list[tuple[str, str]]:
    """What is unsafe in a text, and why; empty if nothing is."""
    public = " ".join([customer, *(p.section.text for p in passages.values() if p.meta.audience == "public")])
    inside = " ".join(p.section.text for p in passages.values() if p.meta.audience == "internal")
    known = f"{public} {inside}".lower()
    found = [
        (m[0], "markup has no place in a reply")
        for m in _MARKUP.finditer(text)
        if not (_SHOWN.fullmatch(m[0]) and m[0].lower() in customer.lower())  # “<error 5>”, which they read
    ]
    for match in _LINK.finditer(text):
        link = match[0].rstrip(".,;:!?)]'\"”")
        if not re.search(rf"(?<![\w-]){re.escape(link.lower())}(?![\w-]|\.\w)", known):  # "hop.com" is not "shop.com"
            found.append((link, "this link stands in no passage and not in the thread"))
    if run := hidden.coded(_LINK.sub(" ", text), known):
        found.append((run, "this is no language: it may hide something"))
    secrets = hidden.codes(inside) - hidden.codes(public)
    if hidden.carries(text, secrets):
        found.append(("a code", "it stands in a text for staff only"))
    return found[:5]
