"""Everything but the screens, built once from the settings and handed down.

services = Services.build(load_settings())
services.start(sync)      # fetch and load the embedded model, sync(library), learn the acts, in threads
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from assistant.accounts import Accounts
from assistant.breaker import Breaker
from assistant.call import Call
from assistant.errors import SettingsError
from assistant.learn import learn_apart
from assistant.lesson import readable
from assistant.llm import ChatModel, Endpoint, load_sdk
from assistant.local_model import LocalModel
from assistant.reply.drafting import ReplyDesk
from assistant.reply.promises import PROMISES, Promised
from assistant.roleplay.examples import ExampleReader
from assistant.roleplay.lines import ACTS
from assistant.roleplay.reader import Reader
from assistant.roleplay.room import PracticeRoom
from assistant.roleplay.shelf import Shelf
from assistant.roleplay.voice import Voice
from assistant.settings import Settings
from assistant.standby import Standby
from assistant.store import Store
from assistant.waiting import WaitingLine
from knowledge import BUILTIN, Embedder, KnowledgeError, LangChainEmbedder, Library, MiniLM, by_heart

SLOW = 0.8
"""Share of the timeout from which a failure is not waited for again at once."""
LOOK_EVERY = 10.0
"""Seconds between looks at the scenarios of one's own."""
FIRST_PAGE = 3.0
"""Seconds that the first page has the processor for, before what nobody needs yet is loaded and learned."""


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of the product. ``local`` is None where an endpoint was configured."""

    settings: Settings
    library: Library
    model: ChatModel
    local: LocalModel | None
    store: Store
    accounts: Accounts
    reader: Reader
    shelf: Shelf
    room: PracticeRoom
    desk: ReplyDesk
    stopped: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def build(
        cls, settings: Settings, record: Callable[[Call], None] = lambda call: None, speechless: bool = False
    ) -> "Services":
        """Build all of it; opens files, starts nothing.

        Args:
            speechless: in practices no model is asked, be there one or not.

        Raises:
            EvenKeelError, KnowledgeError: a part cannot be opened; says which and what to do.
        """
        embedder = open_embedder(settings)
        library = open_library(settings, embedder)
        local = None if settings.remote else LocalModel(settings)
        model = ChatModel(
            local.endpoint if local else standby(settings),
            timeout=settings.timeout,
            retries=settings.retries,
            record=record,
        )
        store = Store(settings.database)
        speaker = None if speechless else model
        reader = Reader(speaker, lambda: ExampleReader(learn_apart(ACTS, settings.cache_dir, embedder)))
        shelf = Shelf(settings.scenarios)
        line = WaitingLine(settings.places)
        room = PracticeRoom(shelf.scenarios, reader, Voice(speaker, embedder.embed), store, line)
        shelf.on_change(room.offer)
        promised = Promised(lambda: learn_apart(PROMISES, settings.cache_dir, embedder))
        judge = promised if readable(embedder) else None  # else patterns judge a draft's sentences alone
        desk = ReplyDesk(library, model, by_heart(embedder), store, settings.hide_private, line, judge)
        return cls(settings, library, model, local, store, Accounts(store.engine), reader, shelf, room, desk)

    def start(self, sync: Callable[[Library], None]) -> None:
        """Start what takes long: the model in a thread; in another ``sync``, a little later the SDK and the acts."""
        if self.local:
            self.local.start()
        threading.Thread(target=self._prepare, args=(sync,), name="prepare", daemon=True).start()
        threading.Thread(target=self._watch, name="shelf", daemon=True).start()

    def _prepare(self, sync: Callable[[Library], None]) -> None:
        try:
            sync(self.library)
        except KnowledgeError as error:
            self.library.failure = str(error)
        if self.stopped.wait(FIRST_PAGE):
            return
        load_sdk()
        self.reader.warm_up()  # beside a configured endpoint too: what it reads is borne out by the examples
        self.desk.warm_up()
        with suppress(KnowledgeError):  # told to whoever searches first
            self.library.warm_up()

    def _watch(self) -> None:
        """Take up scenarios that another process on the same folder keeps."""
        while not self.stopped.wait(LOOK_EVERY):
            with suppress(OSError):  # a file that goes while it is looked at is seen the next time
                self.shelf.look()

    def stop(self) -> None:
        """Stop and close everything."""
        self.stopped.set()
        if self.local:
            self.local.stop()
        self.library.close()
        self.store.close()


def remote_endpoint(settings: Settings) -> Endpoint:
    """The configured endpoint."""
    return Endpoint(
        settings.openai_base_url or "https://api.openai.com/v1",
        settings.openai_api_key.get_secret_value(),
        settings.openai_model,
    )


def standby(settings: Settings) -> Standby:
    """The configured endpoint and what is done while it is down: one failure is enough where another stands in."""
    fallback = fallback_endpoint(settings)
    breaker = Breaker(failures=1 if fallback else 3)
    return Standby(lambda: remote_endpoint(settings), breaker, fallback, slow=SLOW * settings.timeout)


def fallback_endpoint(settings: Settings) -> Endpoint | None:
    """The endpoint that stands in for the configured one; None if there is none."""
    if not settings.fallback_url:
        return None
    model = settings.fallback_model or settings.openai_model
    return Endpoint(settings.fallback_url, settings.fallback_key.get_secret_value(), model)


def open_library(settings: Settings, embedder: Embedder) -> Library:
    """The library of guides, policies and uploads that the settings name."""
    try:
        settings.uploads.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"EVEN_KEEL_DATA_DIR is {settings.data_dir}, where nothing can be kept ({error.strerror}). "
            "Name a folder that is there, or can be made, and written to."
        ) from error
    return Library(
        settings.data_dir / "knowledge",
        embedder,
        builtin=(*BUILTIN, settings.uploads),
        chroma_url=settings.chroma_url,
        chroma_api_key=settings.chroma_api_key.get_secret_value(),
    )


def open_embedder(settings: Settings) -> Embedder:
    """The embedder that the settings name."""
    if settings.embeddings == "minilm":
        return MiniLM(settings.threads)
    options: dict[str, object] = {}
    if settings.embeddings.startswith("openai:"):
        options = {"api_key": settings.openai_api_key.get_secret_value() or "none"}
        if settings.openai_base_url:
            options["base_url"] = settings.openai_base_url
    return LangChainEmbedder(settings.embeddings, **options)
