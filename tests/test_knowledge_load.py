from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge import DocumentError, Meta, front_matter
from knowledge.load import MAX_BYTES, digest, files_under, load, slug

FULL = """---
id: gym-bookings
title: Bookings
kind: policy
set: gym
audience: internal
effective: 2026-01-01
expires: 2026-12-31
sources: [seed-000, 1999]
summary: What holds.
---
# Another heading

Text.
"""


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(folder: Path, text: str | bytes, name: str = "page.md") -> str:
    with pytest.raises(DocumentError) as caught:
        load(write(folder, name, text), folder)
    return str(caught.value)


def test_front_matter_is_read_whole(tmp_path: Path) -> None:
    document = load(write(tmp_path, "any-name.md", FULL), tmp_path)
    assert document.meta == Meta(
        id="gym-bookings",
        title="Bookings",
        kind="policy",
        set="gym",
        audience="internal",
        effective=date(2026, 1, 1),
        expires=date(2026, 12, 31),
        sources=("seed-000", "1999"),
        summary="What holds.",
    )
    assert document.text == "# Another heading\n\nText."


def test_digest_tells_the_files_bytes_and_how_they_were_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "a.md", FULL)
    first = load(path, tmp_path).digest
    assert first == digest(path, tmp_path) == digest(write(tmp_path, "b.md", FULL), tmp_path)
    assert first != digest(write(tmp_path, "c.md", f"{FULL} "), tmp_path)
    monkeypatch.setattr(front_matter, "VERSION", "next")
    assert first != digest(path, tmp_path)


def test_without_front_matter_it_is_a_public_guide_named_after_path_and_first_heading(tmp_path: Path) -> None:
    meta = load(write(tmp_path, "Sub Folder/My Page.md", "intro\n\n# What to do \n\ntext"), tmp_path).meta
    assert (meta.id, meta.title, meta.kind, meta.set, meta.audience) == (
        "sub-folder-my-page",
        "What to do",
        "guide",
        "",
        "public",
    )


def test_without_any_heading_the_title_is_the_file_name(tmp_path: Path) -> None:
    assert load(write(tmp_path, "notes.txt", "just text"), tmp_path).meta.title == "notes"


def test_front_matter_may_name_only_some_fields(tmp_path: Path) -> None:
    meta = load(write(tmp_path, "page.md", "---\nset: gym\n---\n# Head\ntext"), tmp_path).meta
    assert (meta.id, meta.title, meta.set) == ("page", "Head", "gym")


def test_windows_line_ends_and_byte_order_mark_are_taken(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbf---\r\nid: x\r\n---\r\n# Head\r\ntext"
    document = load(write(tmp_path, "page.md", text), tmp_path)
    assert (document.meta.id, document.meta.title) == ("x", "Head")
    assert document.text.startswith("# Head")


@pytest.mark.parametrize("before", ["\n", " \r\n\n", "\ufeff\n", "\n\ufeff"])
@pytest.mark.parametrize(("opening", "closing"), [("---", "---"), ("--- ", "---\t"), ("---\r", "--- \r")])
def test_front_matter_is_read_whatever_blanks_stand_around_its_dashes(
    tmp_path: Path, before: str, opening: str, closing: str
) -> None:
    text = f"{before}{opening}\nkind: policy\nset: gym\naudience: internal\n{closing}\n# Head\n\ntext"
    document = load(write(tmp_path, "page.md", text), tmp_path)
    assert (document.meta.pool, document.meta.audience) == ("policy-gym", "internal")
    assert document.text == "# Head\n\ntext"


@pytest.mark.parametrize(
    "head",
    [
        "---\nid: x\naudience: internal",
        "----\nid: x\naudience: internal",
        "--\nkind: policy\naudience: internal\n--",
        "---\n# staff only\nkind: policy\naudience: internal",
        "kind: policy\naudience: internal\n---",
        "---\nKind: policy\nAudience: internal",
    ],
)
def test_front_matter_that_is_not_fenced_is_refused_and_never_a_public_guide(tmp_path: Path, head: str) -> None:
    message = refusal(tmp_path, f"{head}\n\n## Thresholds\n\nUp to £90.")
    assert message.startswith("page.md: Its front matter does not stand between two lines of three dashes")


@pytest.mark.parametrize(
    "text",
    [
        "---\nAttention: the desk closes at six.\n",
        "---\nnote: Shipping is free.\n\nMore text.",
        "-----\nfrom: the manager\n",
    ],
)
def test_a_line_of_dashes_above_text_is_no_front_matter(tmp_path: Path, text: str) -> None:
    assert load(write(tmp_path, "page.md", text), tmp_path).text == text.strip()


def test_empty_front_matter_is_no_text(tmp_path: Path) -> None:
    document = load(write(tmp_path, "page.md", "---\n---\n# Head"), tmp_path)
    assert (document.meta.kind, document.meta.title, document.text) == ("guide", "Head", "# Head")


@pytest.mark.parametrize(
    ("front", "named"),
    [
        ("id: Not An Id", "'id'"),
        ("kind: recipe", "'kind'"),
        ("audience: everybody", "'audience'"),
        ("effective: soon", "'effective'"),
        ("effective: 31.12.2026", "'effective': is no date like 2026-12-31"),
        ("effective: 2026-02-01\nexpires: 2026-01-01", "'expires': it ends on 2026-01-01, before it begins"),
        ("set: Gym!", "'set'"),
        ("owner: me", "'owner'"),
        ("title: ''", "'title'"),
    ],
)
def test_a_field_that_breaks_the_schema_is_named_with_its_file(tmp_path: Path, front: str, named: str) -> None:
    message = refusal(tmp_path, f"---\n{front}\n---\ntext")
    assert message.startswith("page.md") and named in message


@pytest.mark.parametrize("front", ["kind: policy", "kind: policy\nset:", "kind: policy\nset: ''"])
def test_a_policy_of_nobody_is_refused_with_what_to_add(tmp_path: Path, front: str) -> None:
    message = refusal(tmp_path, f"---\n{front}\n---\ntext")
    assert (
        message
        == "page.md is a policy. Say whose policy it is, in a short name such as shop ('set' in front matter)."
    )


@pytest.mark.parametrize("field", ["set", "sources", "title", "kind", "expires", "id", "summary"])
def test_a_field_without_a_value_means_its_default(tmp_path: Path, field: str) -> None:
    page = "# Head\ntext"
    bare = load(write(tmp_path, "page.md", page), tmp_path).meta
    assert load(write(tmp_path, "page.md", f"---\n{field}:\n---\n{page}"), tmp_path).meta == bare


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ("[yes, no]", ("yes", "no")),
        ("[24, 1.5, 2026-01-01]", ("24", "1.5", "2026-01-01")),
        ("", ()),
        ("where is it", ("where is it",)),
        ("['', '  ', '?!', ~, ' where is it ']", ("where is it",)),
        ("['where is my order: it never came']", ("where is my order: it never came",)),
    ],
)
def test_how_people_ask_is_text_however_yaml_reads_it_and_empty_lines_are_none(
    tmp_path: Path, given: str, lines: tuple[str, ...]
) -> None:
    page = write(tmp_path, "page.md", f"---\nasked:\n  Late: {given}\n---\ntext")
    assert load(page, tmp_path).meta.asked == {"Late": lines}


def test_a_line_with_a_colon_is_refused_with_what_to_do(tmp_path: Path) -> None:
    message = refusal(tmp_path, "---\nasked:\n  Late: [where is my order: it never came]\n---\ntext")
    assert "a line under “Late” is no plain text: put a line with a colon in quotes." in message


def test_front_matter_that_grows_when_read_is_refused(tmp_path: Path) -> None:
    bomb = "\n".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}' if n else 'lol'] * 10)}]" for n in range(12))
    assert "page.md: front matter, field" in refusal(tmp_path, f"---\n{bomb}\nsources: [*x11]\n---\ntext")
    assert "at most 60000" in refusal(tmp_path, f"---\nsummary: {'x' * 61_000}\n---\ntext")


def test_what_calls_itself_text_and_is_not_is_told(tmp_path: Path) -> None:
    assert (
        refusal(tmp_path, b"%PDF-1.4\n\xff") == "page.md is a PDF, not text. Give it the ending .pdf and sync again."
    )
    assert "page.txt is a PNG picture, not text." in refusal(tmp_path, b"\x89PNG\r\n\x1a\n", "page.txt")


def test_front_matter_that_is_not_yaml_is_said(tmp_path: Path) -> None:
    assert "page.md: its front matter is not YAML" in refusal(tmp_path, "---\nid: [\n---\ntext")


def test_front_matter_that_is_a_list_is_said(tmp_path: Path) -> None:
    assert "not 'key: value' lines" in refusal(tmp_path, "---\n- id\n- title\n---\ntext")


@pytest.mark.parametrize("text", ["", " \n\t\n", "---\nid: x\n---\n", "---\nid: x\n---\n   \n"])
def test_a_file_without_text_is_refused(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, text) == "page.md has no text."


def test_other_encodings_are_refused_with_advice(tmp_path: Path) -> None:
    assert "Save it as UTF-8" in refusal(tmp_path, "Gebühr".encode("latin-1"))


def test_binary_that_happens_to_decode_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"abc\x00def").startswith("page.md is binary, not text.")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 5_000_000)
    with pytest.raises(DocumentError, match=r"page\.md has 25 MB; at most 20 are taken"):
        load(path, tmp_path)


def test_a_vanished_file_is_a_document_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"gone\.md cannot be read"):
        load(tmp_path / "gone.md", tmp_path)


def test_only_documents_are_found_sorted_and_readmes_hidden_and_lock_files_left_out(tmp_path: Path) -> None:
    for name in ("b.md", "a/z.txt", "a/c.MARKDOWN", "README.md", "a/readme.txt", "x.PDF", "y.py", "noext"):
        write(tmp_path, name, "text")
    for name in (".hidden.md", ".git/x.md", "~$x.docx", "x.PDF.meta.yaml", "m.csv", "w.docx", "p.html", "p.htm"):
        write(tmp_path, name, "text")
    found = [str(p.relative_to(tmp_path)) for p in files_under(tmp_path)]
    assert found == ["a/c.MARKDOWN", "a/z.txt", "b.md", "m.csv", "p.htm", "p.html", "w.docx", "x.PDF"]


def test_a_single_file_is_its_own_folder(tmp_path: Path) -> None:
    path = write(tmp_path, "README.md", "text")
    assert files_under(path) == [path]


def test_a_missing_folder_has_no_files(tmp_path: Path) -> None:
    assert files_under(tmp_path / "nowhere") == []


def test_links_out_of_the_folder_are_found_and_refused_and_links_within_kept(tmp_path: Path) -> None:
    secret = write(tmp_path, "outside/secret.md", "private")
    root = tmp_path / "root"
    inside = write(root, "inside.md", "text")
    (root / "out.md").symlink_to(secret)
    (root / "in.md").symlink_to(inside)
    (root / "folder").symlink_to(secret.parent, target_is_directory=True)
    (root / "broken.md").symlink_to(tmp_path / "nothing.md")
    (root / "loop.md").symlink_to(root / "loop.md")
    (root / "picture.png").symlink_to(tmp_path / "nothing.png")
    found = files_under(root)
    assert [p.name for p in found] == ["broken.md", "folder", "in.md", "inside.md", "loop.md", "out.md"]
    for path in found:
        if path.name in ("in.md", "inside.md"):
            assert load(path, root).text == "text"
        else:
            with pytest.raises(DocumentError, match=path.name):
                load(path, root)
            with pytest.raises(DocumentError, match=path.name):
                digest(path, root)


def test_a_folder_named_like_a_document_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    assert files_under(tmp_path) == []


@pytest.mark.parametrize(
    ("fields", "pool"),
    [
        ({"kind": "guide"}, "guide"),
        ({"kind": "guide", "set": "gym"}, "guide"),
        ({"kind": "policy", "set": "gym"}, "policy-gym"),
    ],
)
def test_pools_keep_guides_and_each_set_of_policies_apart(fields: dict[str, str], pool: str) -> None:
    assert Meta.model_validate({"id": "x", "title": "X"} | fields).pool == pool


def test_a_policy_holds_from_its_first_day_through_its_last() -> None:
    meta = Meta(id="x", title="X", effective=date(2026, 1, 1), expires=date(2026, 1, 31))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1)]
    assert [meta.holds(day) for day in days] == [False, True, True, False]


def test_without_dates_it_holds_for_good() -> None:
    assert Meta(id="x", title="X").holds(date.min) and Meta(id="x", title="X").holds(date.max)


@settings(deadline=None)
@given(st.text())
def test_every_slug_is_a_valid_id(text: str) -> None:
    made = slug(text)
    assert Meta(id=made[:80].rstrip("-"), title="X").id
    assert slug(made) == made


def test_slugs_are_readable() -> None:
    assert slug("  What to do? (E-mail) ") == "what-to-do-e-mail"


def test_a_date_that_does_not_exist_is_a_document_error(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("---\neffective: 2026-13-45\n---\ntext")
    with pytest.raises(DocumentError, match=r"page\.md"):
        load(tmp_path / "page.md", tmp_path)


def test_a_long_path_without_front_matter_is_taken(tmp_path: Path) -> None:
    (tmp_path / f"{'long name ' * 10}.md").write_text("text")
    assert len(load(next(tmp_path.iterdir()), tmp_path).meta.id) <= 80


@pytest.mark.parametrize(
    "before",
    [
        "asked:\n# how they ask\n  Towels:\n    - old\n",
        "asked: {\nTowels: [old]\n}\n",
        "asked:\n  Towels: [old]\n\n# what follows\nset: club\n",
        "title: House\nasked: {}\n",
        "",
        "{title: House, asked: {Towels: [old]}}\n",
    ],
)
def test_a_field_is_set_in_the_place_of_what_it_was_and_the_rest_stays(before: str) -> None:
    text = front_matter.with_field(f"---\n{before}---\n## Towels\n", "asked", {"Towels": ["new"]})
    front, body = front_matter.split(text)
    assert body == "## Towels\n" and "old" not in front
    others = {key: value for key, value in front_matter.parse(before, "x.md").items() if key != "asked"}
    assert front_matter.parse(front, "x.md") == others | {"asked": {"Towels": ["new"]}}
    assert ("# what follows" in front) == ("# what follows" in before)
