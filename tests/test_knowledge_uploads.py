import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from knowledge import DocumentError, Library
from knowledge.load import load
from knowledge.uploads import Form, list_uploads, remove_upload, safe_name, save_upload
from tests.libraries import WordEmbedder
from tests.test_knowledge_convert import pdf, written
from ui.uploading import _form

RULES = b"# Our rules\n\n## Towels\n\nBring a towel of your own.\n"
POLICY = Form(kind="policy", set="gym", audience="internal", effective=date(2026, 1, 1), expires=date(2026, 12, 31))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library(tmp_path / "library", WordEmbedder(), builtin=())
    yield opened
    opened.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_the_form_says_becomes_front_matter_of_text(folder: Path) -> None:
    path = save_upload(folder, "Rules.md", RULES, POLICY)
    meta = load(path, folder).meta
    assert path == folder / "Rules.md" and names(folder) == ["Rules.md"]
    assert (meta.id, meta.title, meta.pool, meta.audience) == (
        "upload-rules-md",
        "Our rules",
        "policy-gym",
        "internal",
    )
    assert (meta.effective, meta.expires) == (date(2026, 1, 1), date(2026, 12, 31))
    assert load(path, folder).text == RULES.decode().strip()


def test_what_the_form_says_of_any_other_format_stands_beside_it(folder: Path) -> None:
    data = pdf(written("Bring a towel of your own."))
    path = save_upload(folder, "Rules 2026.PDF", data, POLICY)
    assert names(folder) == ["Rules 2026.pdf", "Rules 2026.pdf.meta.yaml"]
    assert path.read_bytes() == data
    meta = load(path, folder).meta
    assert (meta.id, meta.pool, meta.expires) == ("upload-rules-2026-pdf", "policy-gym", date(2026, 12, 31))


def test_the_forms_fields_replace_a_documents_own_and_the_rest_stay(folder: Path) -> None:
    own = b"---\nid: own-id\ntitle: Own title\nset: shop\naudience: internal\nsources: [a]\n---\ntext"
    meta = load(save_upload(folder, "a.md", own, Form(kind="policy", set="gym")), folder).meta
    assert (meta.id, meta.title, meta.set, meta.audience, meta.sources) == (
        "own-id",
        "Own title",
        "gym",
        "internal",
        ("a",),
    )
    meta = load(save_upload(folder, "b.md", own, Form(set="")), folder).meta
    assert (meta.kind, meta.set) == ("guide", "shop")


def test_uploads_reach_the_library_and_leave_it(folder: Path, library: Library) -> None:
    save_upload(folder, "rules.md", RULES, POLICY)
    save_upload(folder, "macros.csv", b"Title;Reply\nLate;We are sorry it is late.\n", Form())
    report = library.sync((folder,))
    assert (len(report.added), report.failed) == (2, {})
    day = date(2026, 6, 1)
    assert library.search("bring a towel", kind="policy", today=day)[0].id == "upload-rules-md#towels"
    assert library.search("sorry it is late", today=day)[0].id == "upload-macros-csv#late"
    remove_upload(folder, "macros.csv")
    assert len(library.sync().deleted) == 1
    assert names(folder) == ["rules.md"]


def test_an_upload_named_like_a_built_in_document_takes_no_ones_id(folder: Path) -> None:
    with_ending = {load(save_upload(folder, f"apology.{e}", RULES, Form()), folder).meta.id for e in ("md", "txt")}
    assert with_ending == {"upload-apology-md", "upload-apology-txt"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Возврат 2026.md", "Доставка 2026.md"),
        ("Refunds & Returns.md", "Refunds - Returns.md"),
        ("Refunds & Returns.md", "refunds-returns.md"),
        ("返品.csv", "返金.csv"),
        (f"{'long ' * 15}one.md", f"{'long ' * 15}two.md"),
    ],
)
def test_two_names_have_two_ids(folder: Path, library: Library, one: str, other: str) -> None:
    for name, told in ((one, "first"), (other, "second")):
        save_upload(folder, name, f"title,text\nLate,{told}\n".encode(), Form())
    report = library.sync((folder,))
    assert (len(report.added), report.failed) == (2, {})


def test_names_that_would_share_an_id_are_one_name(folder: Path) -> None:
    save_upload(folder, "Refund Policy.md", RULES, Form())
    with pytest.raises(DocumentError, match=r"another document named Refund Policy\.md"):
        save_upload(folder, "refund-policy.md", b"other text", Form())
    assert names(folder) == ["Refund Policy.md"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Refunds 2026.pdf", "Refunds 2026.pdf"),
        ("../../etc/passwd.md", "passwd.md"),
        ("C:\\docs\\Rules.TXT", "Rules.txt"),
        ("/a/.hidden.md", "hidden.md"),
        ("a/..md", "document.md"),
        ("~$lock.docx", "lock.docx"),
        ("-rf.md", "rf.md"),
        ("a\x00b\n?*:<>|.md", "a-b.md"),
        ("ReadMe.md", "ReadMe document.md"),
        ("Gebühren für Größe 3.csv", "Gebühren für Größe 3.csv"),
        ("返品.html", "返品.html"),
        ("a.pdf.meta.yaml.md", "a.pdf.meta.yaml.md"),
        ("u\u0308.md", "ü.md"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    made = Path("/uploads") / safe_name(name)
    assert made.parent == Path("/uploads") and not made.name.startswith((".", "~", "-"))


@pytest.mark.parametrize("stem", ["x" * 300, "ü" * 300, "返" * 300, "😀" * 300])
def test_long_names_fit_a_file_system(folder: Path, stem: str) -> None:
    assert save_upload(folder, f"{stem}.txt", RULES, Form()).is_file()


@pytest.mark.parametrize("name", ["a.exe", "a", "", "notes/", "a.pdf.meta.yaml", "a.md ", "x" * 500])
def test_other_endings_are_refused_by_name(folder: Path, name: str) -> None:
    with pytest.raises(DocumentError, match="its ending is none of"):
        save_upload(folder, name, RULES, Form())
    assert not folder.exists()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.md", b"", "a.md has no text"),
        ("a.md", "Gebühr".encode("latin-1"), "Save it as UTF-8"),
        ("a.md", b"---\nowner: me\n---\ntext", "field 'owner'"),
        ("a.md", b"---\n[\n---\ntext", "not YAML"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        ("a.csv", b"title,text\n", "no text"),
        ("a.txt", b"x" * 20_000_001, "at most 20 are taken"),
    ],
)
def test_what_cannot_be_taken_is_refused_at_once_and_not_kept(
    folder: Path, name: str, data: bytes, reason: str
) -> None:
    with pytest.raises(DocumentError, match=reason):
        save_upload(folder, name, data, Form())
    assert list_uploads(folder) == []


def test_another_document_of_that_name_is_replaced_only_when_asked(folder: Path) -> None:
    path = save_upload(folder, "rules.md", RULES, Form())
    assert save_upload(folder, "rules.md", RULES, Form()) == path
    for name, form in (("rules.md", Form()), ("x/RULES.md", Form())):
        with pytest.raises(DocumentError, match=r"another document named rules\.md"):
            save_upload(folder, name, b"other text", form)
    with pytest.raises(DocumentError, match="another document"):
        save_upload(folder, "rules.md", RULES, POLICY)
    assert load(path, folder).text.startswith("# Our rules")
    assert save_upload(folder, "RULES.md", b"other text", Form(), replace=True) == path
    assert load(path, folder).text == "other text"
    assert names(folder) == ["rules.md"]


def test_a_replaced_forms_fields_do_not_linger(folder: Path) -> None:
    data = b"title,text\na,b\n"
    path = save_upload(folder, "m.csv", data, POLICY)
    save_upload(folder, "m.csv", data, Form(kind="guide"), replace=True)
    assert load(path, folder).meta.pool == "guide" and load(path, folder).meta.expires is None


def test_of_two_at_once_one_is_kept(folder: Path) -> None:
    outcomes: list[str] = []

    def upload(number: int) -> None:
        try:
            save_upload(folder, "a.md", f"text {number}".encode(), Form())
            outcomes.append("kept")
        except DocumentError:
            outcomes.append("refused")

    threads = [threading.Thread(target=upload, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", *["refused"] * 7]
    assert names(folder) == ["a.md"]


def test_uploads_are_listed_with_size_and_form(folder: Path) -> None:
    assert list_uploads(folder) == []
    save_upload(folder, "b.md", RULES, POLICY)
    save_upload(folder, "a.csv", b"title,text\na,b\n", Form(kind="policy", set="shop"))
    first, second = list_uploads(folder)
    assert (first.path.name, first.size, first.form.set) == ("a.csv", 15, "shop")
    assert (second.path.name, second.form) == ("b.md", POLICY)
    second.path.write_bytes(b"---\n[\n---\n")
    (folder / "a.csv.meta.yaml").write_text("kind: recipe")
    assert [upload.form for upload in list_uploads(folder)] == [Form(), Form()]


@pytest.mark.parametrize("name", ["nothing.md", "../secret.md", "a.csv.meta.yaml", "", ".", "/etc/passwd"])
def test_only_an_upload_can_be_removed(folder: Path, name: str) -> None:
    (folder.parent / "secret.md").write_text("private")
    save_upload(folder, "a.csv", b"title,text\na,b\n", Form())
    with pytest.raises(DocumentError, match="no uploaded document"):
        remove_upload(folder, name)
    assert (folder.parent / "secret.md").exists() and names(folder) == ["a.csv", "a.csv.meta.yaml"]
    remove_upload(folder, "a.csv")
    assert names(folder) == []


def test_the_screen_leaves_what_is_not_chosen_as_the_document_says(folder: Path) -> None:
    form = _form("", "", "", "", "")
    assert isinstance(form, Form)
    own = b"---\ntitle: Refunds\nkind: policy\nset: shop\naudience: internal\n---\n## Refunds\n\nThirty days.\n"
    meta = load(save_upload(folder, "refunds.md", own, form), folder).meta
    assert (meta.kind, meta.set, meta.audience) == ("policy", "shop", "internal")


def test_a_document_that_names_a_heading_that_there_is_not_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="is no heading"):
        save_upload(tmp_path, "a.md", b"---\nasked: {Refunds: [money back]}\n---\n## Returns\n\nText.", Form())
    assert list_uploads(tmp_path) == []
