"""JSON lines that grow: whatever a crash leaves of the last one, nothing finished is lost."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from evals.errors import EvalError
from evals.rows import append, kept_rows, load_rows


class Said(BaseModel):
    n: int


HALF_A_LETTER = '{"n": "é'.encode()[:-1].decode("latin-1")


@pytest.mark.parametrize("torn", ["", '{"n', '{"n": 2}', '{"n": 2}\n{"', HALF_A_LETTER])
def test_a_file_goes_on_after_a_crash_at_any_byte(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "deep" / "said.jsonl"
    append(path, Said(n=1))
    with path.open("a", encoding="latin-1") as file:
        file.write(torn)
    before = [row.n for row in kept_rows(path, Said)]
    assert before == ([1, 2] if '{"n": 2}' in torn else [1])
    append(path, Said(n=3))
    append(path, Said(n=4))
    assert [row.n for row in load_rows(path, Said)] == [*before, 3, 4]


def test_a_whole_line_that_breaks_the_schema_is_named_and_no_file_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "said.jsonl"
    assert kept_rows(path, Said) == []
    path.write_text('{"n": 1}\n{"m": 2}\n')
    with pytest.raises(EvalError, match=r"said.jsonl, line 2, n: Field required"):
        kept_rows(path, Said)
    path.write_text('{"n": 1}\n{"m": 2}')
    with pytest.raises(EvalError, match="line 2"):
        kept_rows(path, Said)
