"""What runs of suites share: their options, where records go, and bars that show progress."""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from evals.ledger import Prices, price
from evals.runner import Cost

Options = argparse.Namespace


def run_file(options: Options, suite: str) -> Path:
    """The file of a run: the one that ``--out`` names, or a new one in that folder."""
    out: Path = options.out
    return out if out.suffix == ".jsonl" else out / f"{suite}-{time.strftime('%Y%m%d-%H%M%S')}.jsonl"


@contextmanager
def progress(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the error stream; gives what is told (done, total)."""
    with tqdm(desc=what, unit=unit, disable=None, leave=False) as bar:

        def report(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield report


@contextmanager
def progress_with_cost(what: str, total: int, prices: Prices | None = None) -> Iterator[Callable[[int, Cost], None]]:
    """A bar with time left, and tokens and money spent; gives what is told (done, cost of the last case)."""
    spent = Cost()
    with tqdm(desc=what, unit="case", total=total, disable=None, leave=False) as bar:

        def report(done: int, cost: Cost) -> None:
            nonlocal spent
            spent = spent + cost
            if spent.calls:
                money = price(spent, prices) if prices else 0.0
                tokens = f"{spent.prompt_tokens + spent.completion_tokens:,} tokens"
                bar.set_postfix_str(f"{tokens}, cost {money:.2f}" if money else tokens, refresh=False)
            bar.update(done - bar.n)

        yield report
