"""What differs between the files and what the library holds of them; reads only.

report, changed, gone = compare(builtin, manifest.roots(), manifest.digests())
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.errors import DocumentError
from knowledge.load import Document, Meta, digest, files_under, load, passed_over
from knowledge.sections import check_asked

Known = Mapping[str, tuple[str, str]]
"""Path → the digest of a file's content and the id of its document, as they are held."""
NOTHING = "", ""
STAYS = " What was read of it before stays in force."
"""Ends the reason why a file failed that was read before."""


@dataclass(slots=True)
class SyncReport:
    """What a sync did, by path; ``failed`` maps a path to the reason."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    embedded: int = 0
    note: str = ""
    read: dict[str, Meta] = field(default_factory=dict)
    """What each that was added or changed says of itself."""
    passed_over: list[str] = field(default_factory=list)
    """Files of the folders that were added by hand that are no documents by their ending."""

    def __str__(self) -> str:
        return (
            f"{len(self.added)} added, {len(self.changed)} changed, {len(self.deleted)} deleted, "
            f"{self.unchanged} unchanged, {len(self.failed)} failed; {self.embedded} pieces embedded"
            + (f". {self.note}" if self.note else "")
        )


def compare(
    builtin: Sequence[Path], remembered: Sequence[Path], known: Known
) -> tuple[SyncReport, list[Document], list[str]]:
    """The report so far, the new and changed documents, and the ids of those that are gone.

    A file that cannot be taken keeps what is held of it, and so do all of a remembered root that is not there.
    Of files of one content or one id, the one that is held unchanged stands, else the first.

    Args:
        builtin: the files and folders to read first.
        remembered: those that were added by hand.
        known: what is held.
    """
    report = SyncReport()
    away = _away(remembered, known, report)
    report.passed_over = [str(path) for root in remembered for path in passed_over(root)]
    roots = _files((*builtin, *remembered))
    contents = _contents(roots, report)
    originals: dict[str, str] = {}
    copies: set[str] = set()
    ids: dict[str, str] = {}
    changed: list[Document] = []
    for name in sorted(contents, key=lambda name: contents[name] != known.get(name, NOTHING)[0]):
        path, root, content = Path(name), roots[name], contents[name]
        old_content, document_id = known.get(name, NOTHING)
        try:
            original = originals.setdefault(content, name)
            if original != name:
                if original not in report.failed:
                    copies.add(name)
                raise DocumentError(f"{path.name} is a copy of {original}: it is kept once.")
            document = None if content == old_content else load(path, _folder(root))
            if document:
                check_asked(document)
            document_id = document.meta.id if document else document_id
            twin = ids.setdefault(document_id, name)
            if twin != name:
                raise DocumentError(f"{path.name}: its id '{document_id}' is taken by {twin}.")
        except DocumentError as error:
            report.failed[name] = str(error)
            continue
        if document is None:
            report.unchanged += 1
            continue
        (report.changed if name in known else report.added).append(name)
        changed.append(document)
        report.read[name] = document.meta
    report.deleted = [name for name in known if name in copies or not (name in roots or name in away)]
    held = (known[name][1] for name in report.deleted)
    gone = [document_id for document_id in held if document_id not in ids]  # else it moved, and is replaced
    for name in report.failed.keys() & known.keys() - copies:
        if known[name][1] not in ids:
            report.failed[name] += STAYS
    return report, changed, gone


def _away(remembered: Sequence[Path], known: Known, report: SyncReport) -> set[str]:
    """What is held of roots that are not there, each of which is reported: deleting it must be said, not guessed."""
    found: set[str] = set()
    for root in remembered:
        held = {name for name in known if Path(name).is_relative_to(root)}
        if not _is_there(root, held):
            found |= held
            report.failed[str(root)] = (
                f"{root} is not there, or is empty: what was read of it before stays in force. "
                f"If it is gone for good, run: python -m knowledge forget {shlex.quote(str(root))}"
            )
    return found


def _is_there(root: Path, held: set[str]) -> bool:
    """Whether a root can be read; an empty folder of which something is held is one that is not mounted."""
    try:
        return root.is_file() or any(root.iterdir()) or not held
    except OSError:
        return False


def _files(roots: Iterable[Path]) -> dict[str, Path]:
    """Each file once → the root that it was first found under."""
    found: dict[str, Path] = {}
    for root in roots:
        for path in files_under(root):
            found.setdefault(str(path), root)
    return found


def _contents(roots: Mapping[str, Path], report: SyncReport) -> dict[str, str]:
    """Each file → the digest of its content; what cannot be read is reported."""
    found: dict[str, str] = {}
    for name, root in roots.items():
        try:
            found[name] = digest(Path(name), _folder(root))
        except DocumentError as error:
            report.failed[name] = str(error)
    return found


def _folder(root: Path) -> Path:
    return root if root.is_dir() else root.parent
