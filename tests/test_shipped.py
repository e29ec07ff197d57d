"""The project's own YAML files: a mistake in one is told by file, and line or field, and never as a traceback."""

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from assistant.__main__ import main
from assistant.roleplay import script
from knowledge import ShippedError, shipped

READ_BY = [
    ("assistant.roleplay.acts", "FILE", "codebook"),
    ("assistant.roleplay.authoring", "FILE", "_rude"),
    ("assistant.roleplay.coach", "FILE", "book"),
    ("assistant.roleplay.guards", "FILE", "_banned"),
    ("assistant.roleplay.levels", "FILE", "shifts"),
    ("assistant.act_words", "FILE", "_known"),
    ("assistant.roleplay.script", "FILE", "directions"),
    ("assistant.reply.echo", "FILE", "_data"),
    ("assistant.reply.redact", "FILE", "_data"),
    ("assistant.reply.situation", "FILE", "_data"),
    ("assistant.reply.speakers", "FILE", "thread_words"),
    ("assistant.reply.thanks", "FILE", "_data"),
    ("assistant.reply.wording", "FILE", "_data"),
    ("assistant.roleplay.weights", "FILE", "weights"),
    ("ui.ending", "FILE", "endings"),
]
WRONG_INDENT = "one: 1\ntwo:\n  a: 1\n b: 2\n"


class Point(BaseModel):
    x: int


def broken(folder: Path, text: str) -> Path:
    path = folder / "file.yaml"
    path.write_text(text)
    return path


def unread(monkeypatch: pytest.MonkeyPatch, module: str, name: str, reader: str, path: Path) -> Callable[..., object]:
    """The reader of a file, which is another one until the test is over."""
    home = importlib.import_module(module)
    monkeypatch.setattr(home, name, path)
    kept = getattr(home, reader)
    fresh: Callable[..., object] = kept.__wrapped__
    monkeypatch.setattr(home, reader, fresh)
    return fresh


@pytest.mark.parametrize(("module", "name", "reader"), READ_BY)
@pytest.mark.parametrize(
    ("text", "says"), [(WRONG_INDENT, "^file.yaml is not YAML: line 4: "), ("what: [is, this]", "^file.yaml, .*: .*")]
)
def test_a_file_that_is_broken_is_named_with_the_line_or_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str, reader: str, text: str, says: str
) -> None:
    read = unread(monkeypatch, module, name, reader, broken(tmp_path, text))
    with pytest.raises(ShippedError, match=says):
        read(*(["staff"] if reader == "_banned" else []))


def test_a_schema_is_told_by_its_field(tmp_path: Path) -> None:
    assert shipped.read_as(broken(tmp_path, "a: {x: 1}"), dict[str, Point]) == {"a": Point(x=1)}
    with pytest.raises(ShippedError, match=r"^file.yaml, a.x: Input should be a valid integer"):
        shipped.read_as(broken(tmp_path, "a: {x: much}"), dict[str, Point])
    with pytest.raises(ShippedError, match=r"^none.yaml cannot be read"):
        shipped.read(tmp_path / "none.yaml")


def test_a_pattern_that_is_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = broken(tmp_path, "insult: {any: ['(you']}")
    read = unread(monkeypatch, "assistant.act_words", "FILE", "_known", path)
    with pytest.raises(ShippedError, match=r"insult.any.0: '\(you' is no regular expression"):
        read()


def test_a_channel_without_its_place_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = script.FILE.read_text(encoding="utf-8").replace("  phone: on the telephone\n", "")
    read = unread(monkeypatch, "assistant.roleplay.script", "FILE", "directions", broken(tmp_path, text))
    with pytest.raises(ShippedError, match=r"^file.yaml, .*'phone' is missing"):
        read()


def test_checking_a_scenario_tells_a_wrong_indent_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unread(monkeypatch, "assistant.roleplay.coach", "FILE", "book", broken(tmp_path, WRONG_INDENT))
    assert main(["scenario", "check", "late-parcel"]) == 1
    assert capsys.readouterr().err.startswith("file.yaml is not YAML: line 4: ")
