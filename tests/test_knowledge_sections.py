import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge import DocumentError, Meta, Section
from knowledge.load import Document
from knowledge.sections import CHILD_CHARACTERS, check_asked, children, cut


def document(text: str, title: str = "Returns") -> Document:
    return Document(meta=Meta(id="doc", title=title), path="doc.md", digest="", text=text)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def test_each_heading_of_the_second_level_is_a_section() -> None:
    sections = cut(document("# Returns\n\nIntro.\n\n## What to do\n\nOne.\n\n## When not to\n\nTwo."))
    assert [(s.id, s.heading, s.breadcrumb, s.text) for s in sections] == [
        ("doc#returns", "Returns", "Returns", "Intro."),
        ("doc#what-to-do", "What to do", "Returns > What to do", "One."),
        ("doc#when-not-to", "When not to", "Returns > When not to", "Two."),
    ]
    assert {s.document for s in sections} == {"doc"}


def test_text_without_any_heading_is_one_section_of_the_titles_name() -> None:
    assert [(s.id, s.text) for s in cut(document("One.\nTwo."))] == [("doc#returns", "One.\nTwo.")]


def test_a_heading_directly_below_the_title_leaves_no_empty_section() -> None:
    assert [s.id for s in cut(document("# Returns\n\n## Only\ntext"))] == ["doc#only"]


def test_deeper_headings_stay_inside_their_section() -> None:
    (section,) = cut(document("## Top\nbefore\n### Deeper\ninside\n#### Deepest\nend"))
    assert section.heading == "Top" and section.text == "before\n### Deeper\ninside\n#### Deepest\nend"


def test_closing_hashes_do_not_belong_to_a_heading() -> None:
    assert cut(document("## Closed ##\ntext"))[0].heading == "Closed"


def test_a_hash_without_a_space_is_text() -> None:
    assert cut(document("## Tags\n##refund is a tag"))[0].text == "##refund is a tag"


def test_repeated_headings_get_ids_of_their_own() -> None:
    ids = [s.id for s in cut(document("## Step\na\n## Step\nb\n## STEP!\nc"))]
    assert ids == ["doc#step", "doc#step-2", "doc#step-3"]


def test_headings_in_fenced_code_are_code() -> None:
    (section,) = cut(document("## Example\n```md\n## Not a heading\n```\nafter"))
    assert section.text == "```md\n## Not a heading\n```\nafter"


def test_headings_after_fenced_code_count_again() -> None:
    assert [s.heading for s in cut(document("## A\n```\n## x\n```\n## B\ntext"))] == ["A", "B"]


def test_sections_of_other_scripts_have_ids_too() -> None:
    sections = cut(document("## 返品\nあ\n## 返金\nい"))
    assert [s.heading for s in sections] == ["返品", "返金"] and len({s.id for s in sections}) == 2


def section(text: str) -> Section:
    return Section("doc#head", "doc", "Head", "Title > Head", text)


def test_a_short_section_is_one_child_under_its_breadcrumb() -> None:
    (child,) = children(section("Bring a towel."))
    assert (child.id, child.section, child.text) == ("doc#head/0", "doc#head", "Title > Head\nBring a towel.")


def test_a_long_section_is_cut_into_numbered_children() -> None:
    kids = children(section("\n\n".join(f"Paragraph {n} " + "word " * 60 for n in range(8))))
    assert [k.id for k in kids] == [f"doc#head/{n}" for n in range(len(kids))] and len(kids) > 3
    assert all(k.text.startswith("Title > Head\n") for k in kids)
    assert all(len(k.text) <= CHILD_CHARACTERS + len("Title > Head\n") for k in kids)


def test_a_childs_digest_follows_its_text_and_nothing_else() -> None:
    here, there = children(section("Same."))[0], children(section("Same."))[0]
    other = children(section("Other."))[0]
    assert here.digest == there.digest != other.digest


def test_the_same_words_under_another_heading_are_another_vector() -> None:
    moved = Section("doc#x", "doc", "X", "Title > X", "Same.")
    assert children(moved)[0].digest != children(section("Same."))[0].digest


WORD = st.from_regex(r"[a-zåß0-9]{1,12}", fullmatch=True)
LINE = st.lists(WORD, min_size=1, max_size=12).map(" ".join)
BODY = st.lists(st.one_of(LINE, st.just(""), LINE.map("- {}".format), LINE.map("### {}".format)), max_size=12)
CODE = LINE.map("```\n## {}\n```".format)
HEADING = LINE.map("## {}".format)


@settings(deadline=None)
@given(st.lists(st.one_of(HEADING, CODE, BODY.map("\n".join), st.just("# Returns")), max_size=8))
def test_every_word_below_a_heading_stands_in_some_section_and_some_child(blocks: list[str]) -> None:
    sections = cut(document("\n".join(blocks)))
    expected = Counter(w for b in blocks if not re.match(r"##? ", b) for w in words(b))
    kept = Counter(w for s in sections for w in words(s.text))
    assert not expected - kept
    assert not kept - Counter(w for b in blocks for w in words(b))
    for found in sections:
        assert set(words(found.text)) <= {w for k in children(found) for w in words(k.text)}


@settings(deadline=None)
@given(st.lists(st.tuples(LINE, LINE), min_size=1, max_size=6))
def test_every_heading_with_a_text_names_a_section_of_that_text(pairs: list[tuple[str, str]]) -> None:
    sections = cut(document("\n\n".join(f"## {heading}\n\n{text}" for heading, text in pairs)))
    assert [(s.heading, s.text) for s in sections] == pairs


def test_an_id_of_a_repeated_heading_is_not_that_of_a_third() -> None:
    ids_ = [s.id for s in cut(document("## Step\na\n## Step\nb\n## Step 2\nc"))]
    assert len(set(ids_)) == 3


def test_a_title_unlike_the_front_matters_is_no_section_to_rest_on() -> None:
    (section,) = cut(document("# Kestrel Mobile: contracts and bills\n\n## Roaming\n\nA bill is halved once."))
    assert section.heading == "Roaming"


def test_the_words_of_a_heading_without_text_and_of_a_second_title_are_kept() -> None:
    sections = cut(document("# Returns\nx\n## Empty heading\n## Next\ny\n# Second part\nz"))
    kept = " ".join(f"{s.heading} {s.text}" for s in sections)
    assert "Empty heading" in kept and "Second part" in kept


def test_inline_code_of_three_backticks_opens_no_fence() -> None:
    assert [s.heading for s in cut(document("## A\n```x``` is code\n## B\ntext"))] == ["A", "B"]


HEADINGS = [f"H{n}" for n in range(12)]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"H0": ("where is it",) * 101}, "has 101 lines for “H0”; at most 100 are taken"),
        (dict.fromkeys(HEADINGS, ("where is it",) * 100), "has 1200 lines; at most 1000 a document are taken"),
        ({"H0": ("x" * 301,)}, "has a line of 301 characters"),
        ({"Twice": ("where is it",)}, "“Twice”, a heading that stands more than once. Give each of them a name"),
    ],
)
def test_more_lines_than_help_and_a_heading_that_stands_twice_are_refused_with_what_to_do(
    asked: dict[str, tuple[str, ...]], why: str
) -> None:
    text = "\n\n".join(f"## {heading}\n\nText." for heading in [*HEADINGS, "Twice", "Twice"])
    with pytest.raises(DocumentError, match=why):
        check_asked(Document(meta=Meta(id="doc", title="Doc", asked=asked), path="doc.md", digest="", text=text))


def test_as_many_lines_as_are_taken_are_taken() -> None:
    text = "\n\n".join(f"## {heading}\n\nText." for heading in HEADINGS)
    asked = dict.fromkeys(HEADINGS[:10], ("x" * 300,) * 100)
    check_asked(Document(meta=Meta(id="doc", title="Doc", asked=asked), path="doc.md", digest="", text=text))
