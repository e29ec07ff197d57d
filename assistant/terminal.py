"""What commands of the terminal share: bars while the embedded model and the library become ready."""

import sys

from tqdm import tqdm

from assistant.local_model import LocalModel
from assistant.services import Services
from knowledge.terminal import sync_with_bar


def prepare_desk(services: Services) -> None:
    """Bring the library in step and start the model: what a draft needs outside the app."""
    sync_with_bar(services.library)
    start_model(services)


def start_model(services: Services) -> None:
    """Fetch and load the embedded model, where no endpoint is configured, and wait until it is ready or failed."""
    if services.local:
        services.local.start()
        wait_with_bar(services.local)


def wait_with_bar(local: LocalModel) -> None:
    """Show the embedded model's fetch in the terminal until it is ready or failed."""
    total = local.progress.total
    with tqdm(total=total, unit="B", unit_scale=True, desc="Embedded model", disable=None, leave=False) as bar:
        while local.progress.stage in ("idle", "fetching", "loading"):
            bar.n = local.progress.done
            bar.set_postfix_str(local.progress.note or local.progress.stage)
            local.wait(0.3)
    if local.progress.stage == "failed":
        print(local.progress.note, file=sys.stderr)
