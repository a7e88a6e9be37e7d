"""The tests behind insights: exact, corrected for many looks, and honest under the null."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import binomtest, false_discovery_control, hypergeom

from penchant.taste.significance import (
    binomial_tail,
    discoveries,
    hypergeometric_tail,
    jensen_shannon,
    permutation_test,
)

HALVES = np.array([0.5, 0.5])


def test_three_heads_of_three_are_one_in_eight() -> None:
    assert binomial_tail([3], 3, [0.5]) == pytest.approx([0.125])
    assert binomial_tail([2], 3, [0.5]) == pytest.approx([0.5])
    assert binomial_tail([0], 3, [0.5]) == pytest.approx([1.0])


@given(st.data())
def test_the_tail_is_that_of_the_exact_binomial_test(data: st.DataObject) -> None:
    trials = data.draw(st.integers(1, 300))
    hits = data.draw(st.integers(0, trials))
    chance = data.draw(st.floats(0.001, 0.999))
    exact = binomtest(hits, trials, chance, alternative="greater").pvalue
    assert float(binomial_tail(hits, trials, chance)) == pytest.approx(exact, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_the_tail_of_what_never_or_always_happens(chance: float) -> None:
    assert binomial_tail([0, 1, 5], 5, chance).tolist() == [1.0, chance, chance]


@given(st.data())
def test_the_hypergeometric_tail_is_the_exact_one(data: st.DataObject) -> None:
    population = data.draw(st.integers(1, 200))
    marked = data.draw(st.integers(0, population))
    draws = data.draw(st.integers(0, population))
    hits = data.draw(st.integers(0, draws))
    exact = float(hypergeom.sf(hits - 1, population, marked, draws))
    assert hypergeometric_tail(hits, draws, marked, population) == pytest.approx(exact, abs=1e-9)


def test_of_five_looks_two_stand() -> None:
    """Bounds are .02, .04, .06, .08, .1: .045 is above .04, yet .05 within .06 lets both stand."""
    assert discoveries([0.9, 0.045, 0.05, 0.4, 0.001]).tolist() == [False, True, True, False, True]
    assert discoveries([0.03, 0.9, 0.9, 0.9, 0.9]).tolist() == [False] * 5
    assert discoveries([]).tolist() == []


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30))
def test_what_stands_is_what_the_corrected_values_say(p: list[float]) -> None:
    corrected = false_discovery_control(p)
    clear = np.abs(corrected - 0.1) > 1e-9
    assert (discoveries(p) == (corrected <= 0.1))[clear].all()


@given(st.lists(st.tuples(st.floats(0.01, 1.0), st.floats(0.01, 1.0)), min_size=2, max_size=10))
def test_divergence_is_that_of_jensen_and_shannon(pairs: list[tuple[float, float]]) -> None:
    shares = np.array(pairs).T
    shares /= shares.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):  # of shares alike, scipy takes the root of a rounding error
        expected = float(np.nan_to_num(jensenshannon(*shares, base=2.0))) ** 2
    assert float(jensen_shannon(shares, HALVES)) == pytest.approx(expected, abs=1e-9)


def test_divergence_goes_from_alike_to_nothing_in_common() -> None:
    assert float(jensen_shannon(np.array([[0.3, 0.7], [0.3, 0.7]]), HALVES)) == pytest.approx(0.0)
    assert float(jensen_shannon(np.eye(2), HALVES)) == pytest.approx(1.0)


def test_rows_that_are_all_alike_never_diverge() -> None:
    rng = np.random.default_rng(1)
    told, p = permutation_test(np.ones((20, 1)), np.arange(20) % 2, HALVES, rng)
    assert (told, p) == (0.0, 1.0)


def test_five_against_five_split_clean_is_two_in_252() -> None:
    """Of the 252 ways to split ten rows, two are as clean as this one."""
    mass = np.eye(2)[np.repeat([0, 1], 5)]
    told, p = permutation_test(mass, np.repeat([0, 1], 5), HALVES, np.random.default_rng(1))
    assert told == pytest.approx(1.0)
    assert p == pytest.approx(2 / 252, abs=0.01)


def test_shuffled_rows_are_called_different_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(7)
    found = []
    for _ in range(200):
        mass = np.eye(4)[rng.integers(4, size=60)]
        found.append(permutation_test(mass, np.arange(60) // 40, HALVES, rng)[1] < 0.05)
    assert 0.01 <= np.mean(found) <= 0.1
