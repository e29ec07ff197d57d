"""An answer without what a reasoning model thinks aloud before it: servers leave ``<think>…</think>`` in the text.

async for piece in spoken(pieces): ...      # "<think>He is angry.", "</think>Sorry", "!" → "Sorry", "!"
"""

from collections.abc import AsyncGenerator

OPENS, CLOSES = "<think>", "</think>"


async def spoken(pieces: AsyncGenerator[str]) -> AsyncGenerator[str]:
    """The pieces after a block of thoughts that the text begins with; nothing if that never ends."""
    held, begun = "", False
    async for piece in pieces:
        if begun:
            yield piece
            continue
        held += piece
        text = held.lstrip()
        if OPENS.startswith(text[: len(OPENS)]) and len(text) < len(OPENS):
            continue
        if text.startswith(OPENS):
            _, closed, text = text.partition(CLOSES)
            if not closed or not text.strip():
                continue
            text = text.lstrip()
        begun = True
        yield text
    if not begun and held.strip() and not held.lstrip().startswith(OPENS):
        yield held
