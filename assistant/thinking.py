"""An answer without what a reasoning model thinks aloud before it: servers leave ``<think>…</think>`` in the text.

    async for piece in spoken(pieces): ...      # "<think>He is angry.", "</think>Sorry", "!" → "Sorry", "!"

The opening tag is needed: an answer that has a closing one only cannot be told from speech as it comes.
"""

from collections.abc import AsyncGenerator

OPENS, CLOSES = "<think>", "</think>"


async def spoken(pieces: AsyncGenerator[str]) -> AsyncGenerator[str]:
    """The pieces after a block of thoughts that the text begins with; nothing if that never ends."""
    held, begun, thinks = "", False, False
    async for piece in pieces:
        if begun:
            yield piece
            continue
        held += piece
        if not thinks:
            head = held.lstrip()
            if len(head) < len(OPENS) and OPENS.startswith(head):
                continue
            thinks = head.startswith(OPENS)
        if thinks:
            _, closed, after = held.partition(CLOSES)
            held = after.lstrip() if closed else held[-len(CLOSES) :]
            if not closed:
                continue
            thinks = False
            if not held:
                continue
        begun = True
        yield held
    if not begun and held and not thinks:
        yield held
