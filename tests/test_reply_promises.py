"""What was learned of promises has its say beside the patterns: it sees more, and excuses what promises nothing."""

from pathlib import Path

import pytest

from assistant.errors import EvenKeelError
from assistant.reply.commitments import commitments
from assistant.reply.promises import DENIED, EXCUSED, Promised, load_sentences

OBLIQUE = "You were charged for the crate, and we took that off again."
PLAIN = "I can refund you £20."


def _as(likely: float) -> Promised:
    return lambda sentences: [likely] * len(sentences)  # type: ignore[return-value]


def _kinds(text: str, likely: float | None) -> set[str]:
    return {c.kind for c in commitments(text, None if likely is None else _as(likely))}


def test_what_no_pattern_knows_commits_where_it_is_likely() -> None:
    assert _kinds(OBLIQUE, None) == set()
    assert _kinds(OBLIQUE, DENIED) == {"promise"}
    assert _kinds(OBLIQUE, DENIED - 0.01) == set()


def test_what_patterns_find_stays_unless_it_is_surely_nothing() -> None:
    assert {"money", "remedy"} <= _kinds(PLAIN, EXCUSED)
    assert _kinds(PLAIN, EXCUSED - 0.01) == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("We accept full responsibility for that.", "liability"),
        ("My manager Ruth will see to it.", "person"),
        ("Wir erstatten Ihnen den Preis.", "remedy"),
        ("De boete vervalt.", "promise"),
    ],
)
def test_what_admits_names_or_is_not_english_is_never_excused(text: str, kind: str) -> None:
    assert kind in _kinds(text, 0.0)


@pytest.mark.parametrize(
    ("promise", "innocent"),
    [
        ("The fee is off your bill.", "The fee on your bill is what upset you."),
        ("Dana's Thursdays are yours until Christmas.", "You had Dana's Thursdays until Christmas."),
        ("Head office has said yes to the second bag.", "Head office has not said anything about the second bag."),
        (OBLIQUE, "You were charged for the crate."),
    ],
)
def test_a_promise_is_told_from_its_innocent_neighbour(promised: Promised, promise: str, innocent: str) -> None:
    yes, no = promised([promise, innocent])
    assert yes >= DENIED > no


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "promises.jsonl"
    file.write_text('{"text": "It is yours.", "commits": true, "hand": 1}\n{"text": "No."}\n')
    with pytest.raises(EvenKeelError, match=r"promises\.jsonl, line 2"):
        load_sentences(file)
