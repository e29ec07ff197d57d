"""Markdown as safe HTML: tags are text, pictures are not loaded, links to guides open them here.

html("Say **why**. See [validation](validation.md#why).", marked="Say **why**.", known=["validation#why"])
"""

import re
from collections.abc import Collection

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARK, _END = "\ue000⟦", "⟧\ue001"
"""Around a marked sentence while it is rendered; brackets, so that bold words beside them stay bold."""
_GUIDE = re.compile(r"^(?P<document>[a-z0-9-]+)\.md#(?P<section>[a-z0-9-]+)$")
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def html(markdown: str, marked: str = "", known: Collection[str] = ()) -> str:
    """The HTML of a section.

    Args:
        marked: a sentence of it to be marked.
        known: ids of sections; a link to one of them opens it (``data-open``), other relative links are text.
    """
    source = re.sub("[\ue000\ue001]", "", markdown)
    if marked:
        source = source.replace(marked, f"{_MARK}{marked}{_END}", 1)
    tokens = _markdown.parse(source)
    for token in tokens:
        _links(token.children or [], known)
    done: str = _markdown.renderer.render(tokens, _markdown.options, {})
    return done.replace(_MARK, "<mark>").replace(_END, "</mark>")


def _links(tokens: list[Token], known: Collection[str]) -> None:
    for token in (t for t in tokens if t.type == "link_open"):
        href = str(token.attrs.get("href", ""))
        guide = _GUIDE.match(href)
        target = f"{guide['document']}#{guide['section']}" if guide else ""
        if target in known:
            token.attrs = {"href": f"#{anchor(target)}", "data-open": target}
        elif re.match(r"https?://", href):
            token.attrs = {"href": href, "target": "_blank", "rel": "noopener noreferrer"}
        else:
            token.attrs = {}


def anchor(section: str) -> str:
    """The element id of a section on the page."""
    return f"read-{section.replace('#', '--')}"
