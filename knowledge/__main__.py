"""Knowledge in the terminal: ``python -m knowledge sync [PATH…] | forget PATH | search QUERY | status | seed``."""

import argparse
import sys
import tempfile
from pathlib import Path

from tqdm import tqdm

from assistant.errors import EvenKeelError
from assistant.services import open_embedder, open_library
from assistant.settings import load_settings
from knowledge import Embedder, KnowledgeError, Library, SyncReport, seed


def main(argv: list[str] | None = None) -> int:
    """Run a command; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m knowledge", description="Guides and policies.")
    commands = parser.add_subparsers(dest="command", required=True)
    sync_parser = commands.add_parser("sync", help="bring the library in step with its files")
    sync_parser.add_argument("paths", nargs="*", type=Path, help="files or folders to add from now on")
    forget_parser = commands.add_parser("forget", help="read a file or folder that was added no more, and sync")
    forget_parser.add_argument("path", type=Path)
    search_parser = commands.add_parser("search", help="find sections")
    search_parser.add_argument("query")
    search_parser.add_argument("--policies", metavar="SET", help="search this policy set instead of guides")
    search_parser.add_argument("--count", type=int, default=5)
    commands.add_parser("status", help="what the library holds")
    commands.add_parser("seed", help="compute the built-in texts' vectors beforehand (after editing them)")
    options = parser.parse_args(argv)
    try:
        settings = load_settings()
        if options.command == "seed":
            return _seed(open_embedder(settings))
        library = open_library(settings, open_embedder(settings))
        if options.command == "sync":
            return _sync(library, tuple(options.paths))
        if options.command == "forget":
            library.forget(options.path)
            return _sync(library)
        if options.command == "search":
            return _search(library, options.query, options.policies, options.count)
        return _status(library)
    except (EvenKeelError, KnowledgeError) as error:
        print(error, file=sys.stderr)
        return 1


def sync_with_bar(library: Library, paths: tuple[Path, ...] = ()) -> SyncReport:
    """Sync with a progress bar in the terminal."""
    with tqdm(unit="piece", desc="Indexing guides and policies", disable=None, leave=False) as bar:

        def report(done: int, total: int, what: str) -> None:
            bar.total = total
            bar.n = done
            bar.refresh()

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
            print(f"{label}: {name}")
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
        kind = f"policy of {meta.set}" if meta.kind == "policy" else "guide"
        until = f", expires {meta.expires}" if meta.expires else ""
        print(f"{meta.id}: {meta.title} ({kind}, {meta.audience}{until})")
    print(f"{len(library.documents())} documents")
    return 0


if __name__ == "__main__":
    sys.exit(main())
