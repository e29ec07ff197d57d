"""The library as HTML: its contents, one document with its own, what a search found."""

from collections.abc import Collection, Sequence
from datetime import date
from itertools import groupby

from knowledge import Meta, Passage, Section
from knowledge.spot import Spot
from ui.markdown import anchor, html
from ui.widgets import text

WELCOME = (
    '<div class="ek-card"><h3>Guides and policies</h3><p>Everything that a draft may quote and a coach may teach. '
    "Guides say how to word things; only policies may authorise an offer.</p>"
    "<p>Search in your own words, or open one from the contents.</p></div>"
)
NOTHING = (
    '<div class="ek-card" role="status"><h3>Nothing relevant</h3><p>No section is near to these words. Say it as a '
    "customer would, or as a policy would; or open one from the contents.</p></div>"
)


def contents(documents: Sequence[Meta], mine: Collection[str], now: str = "") -> str:
    """All documents to open, by what they are.

    Args:
        mine: ids of those that were uploaded; they are marked.
        now: the id of the one that is open.
    """
    if not documents:
        return '<p class="ek-small">Being indexed; they appear here in some seconds.</p>'
    groups = groupby(documents, key=lambda m: "Guides" if m.kind == "guide" else f"Policies: {m.set or 'all'}")
    parts = "".join(_group(name, list(metas), mine, now) for name, metas in groups)
    return f'<nav class="ek-contents" aria-label="Guides and policies">{parts}</nav>'


def _group(name: str, metas: Sequence[Meta], mine: Collection[str], now: str) -> str:
    opened = " open" if any(m.id == now for m in metas) or name == "Guides" else ""
    return (
        f'<details{opened}><summary>{text(name)} <span class="ek-small">{len(metas)}</span></summary>'
        f"<ul>{''.join(_entry(m, mine, now) for m in metas)}</ul></details>"
    )


def _entry(meta: Meta, mine: Collection[str], now: str) -> str:
    own = ' <span class="ek-chip">yours</span>' if meta.id in mine else ""
    own += "" if meta.holds(date.today()) else f' <span class="ek-chip">{text(meta.period(date.today())[-1])}</span>'
    here = ' aria-current="true"' if meta.id == now else ""
    return f'<li><button type="button" data-open="{text(meta.id)}"{here}>{text(meta.title)}</button>{own}</li>'


def document(meta: Meta, sections: Sequence[Section], known: Collection[str], at: str = "") -> str:
    """One document, its sections listed before it.

    Args:
        known: ids of all sections, which links may open.
        at: id of the section to go to; empty for the beginning.
    """
    listed = "".join(f'<li><a href="#{anchor(s.id)}">{text(s.heading)}</a></li>' for s in sections)
    toc = f'<nav aria-label="In this document"><ol>{listed}</ol></nav>' if len(sections) > 1 else ""
    body = "".join(
        f'<section id="{anchor(s.id)}" tabindex="-1"><h4>{text(s.heading)}</h4>{html(s.text, known=known)}</section>'
        for s in sections
    )
    summary = f"<p>{text(meta.summary)}</p>" if meta.summary else ""
    there = text(anchor(at) if at else "read-top")
    return (
        f'<article class="ek-read" id="read-top" data-at="{there}" tabindex="-1"><h3>{text(meta.title)}</h3>'
        f'<p class="ek-small">{marks(meta)}</p>{summary}{toc}{body}{_sources(meta)}</article>'
    )


def _sources(meta: Meta) -> str:
    return f'<p class="ek-small">Sources: {text("; ".join(meta.sources))}</p>' if meta.sources else ""


def found(passages: Sequence[tuple[Passage, Spot]], known: Collection[str]) -> str:
    """What a search found, best first, each with the sentence that answers and why it is here."""
    if not passages:
        return NOTHING
    n = len(passages)
    head = f'<h3 role="status" id="read-top" tabindex="-1">{n} section{"" if n == 1 else "s"} found</h3>'
    rows = "".join(_passage(p, spot, known, first=i == 0) for i, (p, spot) in enumerate(passages))
    return f'<div class="ek-found" data-at="read-top" role="region" aria-label="Found">{head}{rows}</div>'


def _passage(passage: Passage, spot: Spot, known: Collection[str], first: bool) -> str:
    near = "" if passage.similarity is None else f" Nearness in meaning {passage.similarity:.2f}."
    why = f"Found because {spot.why}.{near}"
    return (
        f'<article class="ek-card"><h4><a href="#{anchor(passage.id)}" data-open="{text(passage.id)}">'
        f'{text(passage.section.breadcrumb)}</a></h4><p class="ek-small">{marks(passage.meta)}</p>'
        f'<blockquote>{html(spot.sentence, spot.sentence)}</blockquote><p class="ek-small">{text(why)}</p>'
        f"<details{' open' if first else ''}><summary>The whole section</summary>"
        f"{html(passage.section.text, spot.sentence, known)}</details></article>"
    )


def marks(meta: Meta) -> str:
    """What a document is, whom it is for, and when it holds; escaped."""
    return text(" · ".join(meta.marks(date.today())))
