"""How the suites on the reply desk are run from the terminal."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from assistant.llm import ChatModel
from assistant.llm import Endpoint as Where
from assistant.reply.drafting import ReplyDesk
from assistant.services import Services, open_embedder, open_library
from assistant.settings import load_settings
from assistant.store import Store
from assistant.terminal import prepare_desk
from evals import endpoint
from evals.case import load_draft_cases, load_verify_cases
from evals.checks import CHECKS
from evals.errors import EvalError
from evals.ledger import Ledger, prices
from evals.options import Options, progress, progress_with_cost, run_file
from evals.promised import promised
from evals.result import Result
from evals.rubric import load_rubric
from evals.runner import Header, Run, commit
from evals.suites import (
    besides,
    citations,
    commitments,
    complaints,
    draft_cost,
    drafting,
    matter,
    pii,
    promises,
    verify,
)
from knowledge import MiniLM, by_heart
from knowledge.terminal import sync_with_bar
from prompts import digest, names

Of = TypeVar("Of")


def run_drafting(options: Options) -> Result:
    """Drafts; ``--only cases`` (the default) or another part; a wrong one is told which there are."""
    part = options.only or "cases"
    if part == "quotes":
        with progress("Quoting", "span") as report:
            return commitments.quotes(report, options.limit)
    if part == "pii":
        with progress("Hiding", "text") as report:
            return pii.run(report, options.limit)
    if part == "citations":
        return citations.run(citations.load_citations()[: options.limit or None])
    if part == "commitments":
        return _obeyed(options)
    if part == "promises":
        with progress("Judging", "sentence") as report:
            return promises.run(promises.load_replies()[: options.limit or None], promised(), report)
    if part == "matter":
        return _planned(options, load_draft_cases, matter.run)
    if part == "besides":
        return _planned(options, besides.load_two, besides.run)
    if part == "cost":
        with progress("Drafting", "case") as report, tempfile.TemporaryDirectory() as folder:
            made = draft_cost.run(Path(folder), load_draft_cases(), MiniLM(), report, options.limit)
            return asyncio.run(made)
    if part in ("cases", "public"):
        return _drafted(options, part)
    raise EvalError(
        f"--only {part}: the parts are cases, commitments, promises, citations, matter, besides, quotes, "
        "pii, cost and public."
    )


def _obeyed(options: Options) -> Result:
    """The desk at an endpoint that obeys every injection."""
    settings = load_settings()
    embedder = open_embedder(settings)
    library = open_library(settings, embedder)
    sync_with_bar(library)
    with endpoint.Endpoint() as obedient, tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/drafts.db")
        model = ChatModel(lambda: Where(obedient.url, "key", "obedient"), retries=0)
        desk = ReplyDesk(library, model, by_heart(embedder), store, promised=promised())
        try:
            with progress("Obeying", "case") as report:
                return asyncio.run(commitments.run(desk, obedient, report, options.limit))
        finally:
            store.close()
            library.close()


def _planned(
    options: Options,
    load: Callable[[], list[Of]],
    suite: Callable[[ReplyDesk, list[Of], Callable[[int, int], None]], Result],
) -> Result:
    """A suite of the desk without any model: what code plans by itself."""
    settings = load_settings()
    embedder = open_embedder(settings)
    library = open_library(settings, embedder)
    sync_with_bar(library)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/drafts.db")
        desk = ReplyDesk(
            library, ChatModel(lambda: Where("http://127.0.0.1:9/v1", "", "none")), by_heart(embedder), store
        )
        try:
            with progress("Telling", "case") as report:
                return suite(desk, load()[: options.limit or None], report)
        finally:
            store.close()
            library.close()


def _drafted(options: Options, part: str) -> Result:
    """Cases or people's complaints with the model in force; ``--out FILE.jsonl`` takes up a run broken off."""
    rubric, settings, ledger = load_rubric("drafting", CHECKS), load_settings(), Ledger()
    services = Services.build(settings, record=ledger.note)
    try:
        prepare_desk(services)
        if part == "public":
            cases = complaints.load_complaints(options.data, options.limit or complaints.COUNT)
        else:
            cases = drafting.chosen(load_draft_cases(), services.local is not None, options.limit)
        header = Header(
            suite="drafting",
            model=services.model.endpoint.model,
            rubric="drafting",
            rubric_digest=rubric.digest,
            prompts={n: digest(n) for n in names() if n.startswith("draft")},
            commit=commit(),
            epochs=options.epochs,
            options={"only": part, "limit": options.limit},
            started=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
        )
        run = Run.open(run_file(options, f"drafting-{part}"), header)
        print(f"records: {run.path}", file=sys.stderr)
        work = drafting.worker(services, rubric, ledger)
        at_once = 1 if services.local else options.at_once
        with progress_with_cost("Drafting", len(cases) * options.epochs, prices(settings)) as report:
            asyncio.run(run.all(drafting.cases(cases), work, at_once, report))
        records = list(run.records())
        return complaints.result(records) if part == "public" else drafting.result(header, records, prices(settings))
    finally:
        services.stop()


def run_verify(options: Options) -> Result:
    """Parts that verification must block, and parts that it must let pass."""
    return verify.run(load_verify_cases()[: options.limit or None])
