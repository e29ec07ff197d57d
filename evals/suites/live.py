"""The part of the gate that asks the model in force: the drafting cases."""

import tempfile
from pathlib import Path

from assistant.services import Services
from assistant.settings import Settings
from assistant.terminal import prepare_desk
from evals.case import load_draft_cases
from evals.checks import CHECKS
from evals.ledger import Ledger, prices
from evals.options import progress_with_cost
from evals.rubric import load_rubric
from evals.runner import Header, Record, Run
from evals.suites import drafting


async def drafted(settings: Settings, limit: int = 0) -> list[Record]:
    """Draft and grade the written cases (``limit`` of them) with the configured endpoint or the embedded model."""
    ledger = Ledger()
    services = Services.build(settings, record=ledger.note)
    try:
        prepare_desk(services)
        cases = drafting.chosen(load_draft_cases(), services.local is not None, limit)
        work = drafting.worker(services, load_rubric("drafting", CHECKS), ledger)
        with tempfile.TemporaryDirectory() as folder:
            run = Run.open(Path(folder) / "drafts.jsonl", Header(suite="drafting"))
            with progress_with_cost("Drafting", len(cases), prices(settings)) as report:
                await run.all(drafting.cases(cases), work, at_once=1, report=report)
            return list(run.records())
    finally:
        services.stop()
