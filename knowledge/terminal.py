"""Knowledge in the terminal: ``sync [PATH…] | forget PATH | search QUERY | status | seed``.

    options = parser().parse_args(argv)
    run(options, embedder, library)         # as ``__main__`` opens them

``sync_with_bar`` is for whoever needs the library in step before something else.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from tqdm import tqdm

from knowledge import Embedder, Library, Meta, SyncReport, seed
from knowledge.load import SUFFIXES

STOPPED = {
    "sync": "What was indexed so far is kept; the next sync goes on from there.",
    "forget": "What was indexed so far is kept; the next sync goes on from there.",
    "seed": f"{seed.FILE.name} is written at the end only.",
}
"""What stays of a command that somebody stops; the others change nothing."""


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    found = argparse.ArgumentParser(prog="python -m knowledge", description="Guides and policies.")
    commands = found.add_subparsers(dest="command", required=True)
    sync = commands.add_parser("sync", help="bring the library in step with its files")
    sync.add_argument("paths", nargs="*", type=Path, help="files or folders to add from now on")
    forget = commands.add_parser("forget", help="read a file or folder that was added no more, and sync")
    forget.add_argument("path", type=Path)
    search = commands.add_parser("search", help="find sections")
    search.add_argument("query")
    search.add_argument("--policies", metavar="SET", help="search this policy set instead of guides")
    search.add_argument("--count", type=int, default=5)
    commands.add_parser("status", help="what the library holds")
    commands.add_parser("seed", help="compute the built-in texts' vectors beforehand (after editing them)")
    return found


def run(options: argparse.Namespace, embedder: Callable[[], Embedder], library: Callable[[Embedder], Library]) -> int:
    """Run a command; gives the exit status: 1 if a file could not be taken.

    Raises:
        KnowledgeError: it cannot be done; says why.
    """
    if options.command == "seed":
        return _seed(embedder())
    opened = library(embedder())
    if options.command == "sync":
        return _sync(opened, tuple(options.paths))
    if options.command == "forget":
        opened.forget(options.path)
        return _sync(opened)
    if options.command == "search":
        return _search(opened, options.query, options.policies, options.count)
    return _status(opened)


def sync_with_bar(library: Library, paths: tuple[Path, ...] = ()) -> SyncReport:
    """Sync with a progress bar in the terminal."""
    with tqdm(unit="step", desc="Guides and policies", disable=None, leave=False) as bar:

        def report(done: int, total: int, what: str) -> None:
            bar.total = total
            bar.n = done
            bar.set_postfix_str(what)

        return library.sync(paths, report)


def _seed(embedder: Embedder) -> int:
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder), embedder)
        sync_with_bar(library)
        print(f"{library.write_seed()} vectors written to {seed.FILE}")
        library.close()
    return 0


def _sync(library: Library, paths: tuple[Path, ...] = ()) -> int:
    result = sync_with_bar(library, paths)
    for label, names in (("added", result.added), ("changed", result.changed), ("deleted", result.deleted)):
        for name in names:
            print(f"{label}: {name}{_marks(result.read.get(name))}")
    for name in result.passed_over:
        print(f"passed over: {name} (its ending is none of {', '.join(sorted(SUFFIXES))})", file=sys.stderr)
    for reason in result.failed.values():
        print(f"failed: {reason}", file=sys.stderr)
    print(result)
    return 1 if result.failed else 0


def _search(library: Library, query: str, policies: str | None, count: int) -> int:
    kind = "policy" if policies is not None else "guide"
    found = library.search(query, kind=kind, policy_set=policies or "", count=count)  # type: ignore[arg-type]
    if not found:
        print("Nothing relevant.")
    for passage in found:
        print(f"{passage.score:.3f}  {passage.id}\n       {passage.section.breadcrumb} ({passage.why})")
    return 0


def _status(library: Library) -> int:
    for meta in library.documents():
        print(f"{meta.id}: {meta.title}{_marks(meta)}")
    print(f"{len(library.documents())} documents")
    return 0


def _marks(meta: Meta | None) -> str:
    return f" ({', '.join(meta.marks(date.today()))})" if meta else ""
