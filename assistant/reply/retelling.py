"""A customer's account said back by a small model, as it grows; ``retold`` tells whether it may be shown."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from assistant.conversation import one_line
from assistant.errors import ModelError
from assistant.llm import ChatModel
from assistant.message import system, user
from assistant.reply.parts import Step
from assistant.reply.redact import Private
from assistant.reply.retold import named
from prompts import render

RETOLD_TOKENS = 80


async def worded(step: Step, model: ChatModel, private: Private) -> AsyncIterator[str]:
    """A model's wording of a part, growing; nothing if it has nothing to say back, or cannot.

    The model is not shown what ``private`` hides.
    """
    if not step.retells:
        return
    text = ""
    try:
        async for piece in _retelling(private.hide(one_line(step.retells)), model):
            text += piece
            yield private.restore(text.strip())
    except ModelError:
        return  # what came is judged by settle; an unfinished sentence does not pass


async def read_ahead(model: ChatModel) -> None:
    """Let a model read what every retelling begins with, ten seconds that nobody need wait for.

    Left off at its first word: an answer cut short by its length would count as a failed call.

    Raises:
        ModelError: it cannot be reached.
    """
    async with aclosing(_retelling("", model)) as pieces:
        await anext(pieces, None)


def _retelling(message: str, model: ChatModel) -> AsyncGenerator[str]:
    asked = [system(render("draft-retell")), user(render("draft-retell-message", message=named(message)))]
    return model.stream(asked, max_tokens=RETOLD_TOKENS, temperature=0.0, stop=["\n"])
