import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from evals.agreement import against, alternative_annotator, among, corrected, kappa
from evals.stats import detectable, holm, paired, pass_hat, share


def test_no_difference_has_p_one_and_a_whole_one_is_found() -> None:
    same = paired([1, 0, 1], [1, 0, 1])
    assert (same.p, same.figure.value) == (1.0, 0.0)
    clear = paired([0.0] * 10, [1.0] * 10)
    assert clear.figure.value == 1.0 and clear.p == pytest.approx(2 / 2**10)


def test_cases_of_one_cluster_count_as_one() -> None:
    a, b = [0.0] * 10, [1.0] * 10
    assert paired(a, b, ["one"] * 10).p == 1.0
    assert paired(a, b, ["one"] * 5 + ["two"] * 5).p == 0.5


def test_a_chance_difference_is_called_significant_about_one_time_in_twenty() -> None:
    dice = np.random.default_rng(1)
    found = [paired(list(dice.normal(size=40)), list(dice.normal(size=40))).p < 0.05 for _ in range(60)]
    assert np.mean(found) <= 0.12


def test_holm_is_at_least_each_p_and_keeps_their_order() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == {"a": 0.03, "c": 0.06, "b": 0.06}


@given(st.dictionaries(st.text(min_size=1), st.floats(0, 1), min_size=1, max_size=8))
def test_a_corrected_p_is_never_smaller_and_never_above_one(ps: dict[str, float]) -> None:
    corrected_ps = holm(ps)
    assert all(ps[k] <= corrected_ps[k] <= 1 for k in ps)


def test_more_cases_show_smaller_changes_and_fewer_clusters_larger_ones() -> None:
    assert detectable(400, 400) < detectable(100, 100) < 0.2
    assert detectable(400, 4) > detectable(400, 40) > detectable(400, 400)


def test_pass_hat_counts_only_cases_that_always_succeed() -> None:
    assert pass_hat([4, 4, 2, 0], 4, 1) == pytest.approx(10 / 16)
    assert pass_hat([4, 4, 2, 0], 4, 4) == 0.5
    assert pass_hat([2], 4, 2) == pytest.approx(1 / 6)
    assert pass_hat([], 4, 1) == 0.0


def test_kappa_is_what_the_textbook_says() -> None:
    assert kappa([1, 1, 0, 0], [1, 1, 0, 0]) == 1.0
    assert kappa([1, 0, 1, 0], [1, 1, 0, 0]) == 0.0
    assert kappa([2, 2], [2, 2]) == 1.0
    assert kappa([1, 2, 3, 5], [1, 2, 3, 4], quadratic=True) > kappa([1, 2, 3, 5], [1, 2, 3, 4])
    assert among([[1, 1, 0], [0, 0, 1]]) == pytest.approx((1 - 1 - 1) / 3)


def test_against_people_gives_each_side_its_own_rate() -> None:
    found = against([True, True, True, False], [True, True, False, False])
    assert (found.sensitivity, found.specificity, found.balanced, found.bias) == (1.0, 0.5, 0.75, 0.25)
    assert against([True], [True]).specificity is None


def test_correction_gives_people_s_mean_and_spread_from_other_conversations() -> None:
    people = [1.0, 2, 3, 4, 5] * 8
    harsh = np.array([[p / 2, p / 2 + 0.1] for p in people])
    mended = corrected(harsh, people, [str(i // 2) for i in range(40)])
    assert np.abs(mended - people).max() < 0.2
    flat = corrected(np.ones((10, 1)), people[:10], [str(i) for i in range(10)])
    assert np.ptp(flat) < 1.0


def test_a_judge_that_says_what_people_say_could_replace_them_and_a_contrary_one_could_not() -> None:
    dice = np.random.default_rng(0)
    truth = dice.integers(1, 6, size=60)
    rows = [[t + e for e in dice.integers(-1, 2, size=3)] for t in truth]
    assert alternative_annotator([float(t) for t in truth], rows).passed
    assert not alternative_annotator([6.0 - t for t in truth], rows).passed


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2), st.booleans())
def test_kappa_is_what_scikit_learn_gives(pairs: list[tuple[int, int]], quadratic: bool) -> None:
    one, other = zip(*pairs, strict=True)
    if len({*one, *other}) > 1:
        theirs = cohen_kappa_score(one, other, labels=range(5), weights="quadratic" if quadratic else None)
        assert kappa(one, other, quadratic) == pytest.approx(theirs)


def test_near_repeats_of_a_few_cases_do_not_narrow_an_interval() -> None:
    once, again = share([True] * 8), share([True] * 200, [str(n % 8) for n in range(200)])
    assert (again.low, again.high, again.n) == (once.low, once.high, 200)
    assert again.low < 0.7 < share([True] * 200).low
