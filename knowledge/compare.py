"""What differs between the files and what the library holds of them; reads only.

report, changed, gone = compare(roots, manifest.digests())
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.errors import DocumentError
from knowledge.load import Document, digest, files_under, load


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

    def __str__(self) -> str:
        return (
            f"{len(self.added)} added, {len(self.changed)} changed, {len(self.deleted)} deleted, "
            f"{self.unchanged} unchanged, {len(self.failed)} failed; {self.embedded} pieces embedded"
            + (f". {self.note}" if self.note else "")
        )


def compare(
    roots: Iterable[Path], known: Mapping[str, tuple[str, str]]
) -> tuple[SyncReport, list[tuple[str, Document]], list[str]]:
    """The report so far, the new and changed documents, each with its root, and the ids of those that are gone.

    Args:
        roots: the files and folders to read.
        known: path → the digest of a file's content and the id of its document, as they are held.
    """
    report = SyncReport()
    seen: set[str] = set()
    ids: dict[str, str] = {}
    contents: dict[str, str] = {}
    changed: list[tuple[str, Document]] = []
    for root in roots:
        for path in files_under(root):
            name = str(path)
            if name in seen:
                continue
            seen.add(name)
            folder = root if root.is_dir() else root.parent
            old_content, document_id = known.get(name, ("", ""))
            try:
                content = digest(path, folder)
                first = contents.setdefault(content, name)
                if first != name:
                    raise DocumentError(f"{path.name} is a copy of {first}: it is kept once.")
                document = None if content == old_content else load(path, folder)
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
            changed.append((str(root), document))
    report.deleted = [name for name in known if name not in seen]
    held = (known[name][1] for name in report.deleted)
    gone = [document_id for document_id in held if document_id not in ids]  # else it moved, and is replaced
    return report, changed, gone
