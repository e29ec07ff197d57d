"""The part of the gate that asks the model in force: the drafting cases."""

import sys
import tempfile
from pathlib import Path

from assistant.__main__ import wait_with_bar
from assistant.services import Services
from assistant.settings import Settings
from evals.case import load_draft_cases
from evals.checks import CHECKS
from evals.rubric import load_rubric
from evals.suites import drafting
from knowledge.__main__ import sync_with_bar


async def drafted(settings: Settings) -> list[drafting.Record]:
    """Draft and grade every written case with the configured endpoint or the embedded model."""
    services = Services.build(settings)
    try:
        sync_with_bar(services.library)
        if services.local:
            services.local.start()
            wait_with_bar(services.local)
        with tempfile.TemporaryDirectory() as folder:
            return await drafting.run(
                services,
                load_draft_cases(),
                load_rubric("drafting", CHECKS),
                Path(folder) / "drafts.jsonl",
                lambda done, total: print(f"drafted {done} of {total}", file=sys.stderr),
            )
    finally:
        services.stop()
