import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge.asked import phrasings
from knowledge.terms import Analyze, Terms, letters, words, words_of

SIGNS = r"[a-z']+|\d+|[?!$£€]"
LIKE = [
    (words, 1, {"ngram_range": (1, 2)}),
    (words_of(SIGNS), 2, {"ngram_range": (1, 2), "min_df": 2, "token_pattern": SIGNS}),
    (letters, 1, {"analyzer": "char_wb", "ngram_range": (3, 5)}),
    (letters, 2, {"analyzer": "char_wb", "ngram_range": (3, 5), "min_df": 2}),
]
TEXTS = [line for lines in list(phrasings().values())[::20] for line in lines]


@pytest.mark.parametrize(("analyze", "least", "options"), LIKE)
def test_texts_are_weighed_as_by_scikit_learn(analyze: Analyze, least: int, options: dict[str, object]) -> None:
    theirs = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **options).fit(TEXTS)
    ours, rows = Terms.fit(analyze, TEXTS, least)
    assert list(ours.terms) == list(theirs.get_feature_names_out())
    assert np.abs(rows - theirs.transform(TEXTS)).max() < 1e-5
    others = ["", *TEXTS[:3], "my slot was GIVEN to someone!!  else", "I'm I a 5 £5 café", ""]
    assert np.abs(ours.rows(others) - theirs.transform(others)).max() < 1e-5


@given(st.text())
def test_any_text_is_taken_apart_as_by_scikit_learn(text: str) -> None:
    assert sorted(letters(text)) == sorted(TfidfVectorizer(**LIKE[2][2]).build_analyzer()(text))
    assert sorted(words(text)) == sorted(TfidfVectorizer(**LIKE[0][2]).build_analyzer()(text))
