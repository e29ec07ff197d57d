"""The drafting suite, part "cost": what the desk adds before a model's first token, and how long its prompts are.

Every case is drafted at an endpoint that answers at once, over a library of 10,000 chunks, and the same
prompt is sent by a bare HTTP client in the same round. The overhead is the time until the request arrives,
less the bare client's.
"""

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import numpy as np

from assistant.llm import ChatModel
from assistant.llm import Endpoint as Where
from assistant.reply.drafting import ReplyDesk
from assistant.store import Store
from evals.case import DraftCase
from evals.endpoint import Endpoint
from evals.result import Result
from evals.stats import Figure, bootstrap, mean
from evals.suites.speed import StandIn, write_documents
from knowledge import BUILTIN, Library, MiniLM

CHUNKS = 10_000
CASES, ROUNDS = 60, 3
TARGETS = {"overhead before the first token, ms (p95)": "<= 30", "tokens in (mean)": "<= 2500"}
NOTES = (
    f"Vectors of the library are random, as in the speed suite; a query is embedded for real. {ROUNDS} rounds; the"
    " first draft, which loads the index, is not counted. Tokens are counted with the embedded embedder's word-piece"
    " vocabulary, which cuts JSON finer than a chat model's does. Tokens out need a model: see the part 'cases'.",
)
ANSWER = json.dumps({"outcome": "reply", "parts": [{"quotes": [], "purpose": "acknowledge", "text": "I am sorry."}]})


async def run(
    folder: Path,
    cases: Sequence[DraftCase],
    embedder: MiniLM,
    report: Callable[[int, int], None],
    limit: int = 0,
) -> Result:
    """Measure ``CASES`` cases in ``ROUNDS`` rounds; ``limit`` caps the library's chunks."""
    chunks = limit or CHUNKS
    write_documents(folder / "documents", chunks)
    stand_in = StandIn()
    library = Library(folder / "library", stand_in, builtin=(*BUILTIN, folder / "documents"))
    library.sync()
    stand_in.real = embedder
    store = Store(f"sqlite:///{folder / 'cost.db'}")
    step = max(1, len(cases) // CASES)
    some = list(cases)[::step][:CASES]
    added: list[float] = []
    with Endpoint() as endpoint, httpx.Client() as bare:
        endpoint.answer = ANSWER
        model = ChatModel(lambda: Where(endpoint.url, "key", "told"), retries=0)
        desk = ReplyDesk(library, model, stand_in.embed, store)
        await _desk(desk, endpoint, some[0])
        for number in range(ROUNDS):
            for done, case in enumerate(some, 1):
                through, prompt = await _desk(desk, endpoint, case)
                added.append(1000 * (through - _bare(bare, endpoint, prompt)))
                report(number * len(some) + done, ROUNDS * len(some))
        tokens = [embedder.tokens(p) for p in endpoint.prompts[1 : len(some) + 1]]
        await model.close()
    library.close()
    store.close()
    figures = {
        "overhead before the first token, ms (p50)": bootstrap(added, lambda x: float(np.median(x))),
        "overhead before the first token, ms (p95)": bootstrap(added, lambda x: float(np.percentile(x, 95))),
        "tokens in (mean)": mean([float(t) for t in tokens]),
        "tokens in (most)": Figure(value=max(tokens), n=len(tokens), low=min(tokens), high=max(tokens)),
    }
    about: dict[str, str | int | float] = {"cases": len(some), "chunks": chunks, "cores": os.cpu_count() or 0}
    about["load"] = round(os.getloadavg()[0], 1)
    return Result(suite="drafting: cost", about=about, figures=figures, targets=TARGETS, notes=NOTES)


async def _desk(desk: ReplyDesk, endpoint: Endpoint, case: DraftCase) -> tuple[float, str]:
    """Seconds until the desk's request arrives, and what it asked."""
    first = len(endpoint.prompts)
    began = time.perf_counter()
    arrived = 0.0
    async for _ in desk.draft(case.message, policy_set=case.set, owner="evals"):
        if not arrived and len(endpoint.prompts) > first:
            arrived = endpoint.arrived
    return arrived - began, endpoint.prompts[first]


def _bare(client: httpx.Client, endpoint: Endpoint, prompt: str) -> float:
    """Seconds until a bare client's request with the same prompt arrives; it does not count as a prompt."""
    body = {"model": "told", "stream": True, "messages": [{"role": "user", "content": prompt}]}
    began = time.perf_counter()
    client.post(f"{endpoint.url}/chat/completions", json=body)
    endpoint.prompts.pop()
    return endpoint.arrived - began
