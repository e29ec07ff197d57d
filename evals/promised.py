"""What was learned of promises, for suites and checks that verify as the desk does; loaded once."""

from functools import cache

from assistant.learn import learn_apart
from assistant.reply.promises import PROMISES, Promised
from assistant.services import open_embedder
from assistant.settings import load_settings


@cache
def promised() -> Promised:
    """As the desk has it, from this machine's settings."""
    settings = load_settings()
    return Promised(lambda: learn_apart(PROMISES, settings.cache_dir, open_embedder(settings)))
