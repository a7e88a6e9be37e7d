"""Intervals that hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from penchant.evaluation import bootstrap
from penchant.evaluation.bootstrap import Interval, ratio_intervals, resampled_ratios


def interval(values: NDArray[np.float64], seed: int = 0) -> Interval:
    """The interval of a plain mean."""
    above, below = values[:, None], np.ones((len(values), 1))
    drawn = resampled_ratios(above, below, np.random.default_rng(seed))
    return ratio_intervals(above, below, drawn)[0]


def test_a_known_mean_is_inside_about_nineteen_times_in_twenty() -> None:
    """300 samples of 150 from an exponential distribution with mean 1: .91 to .98 cover it."""
    rng = np.random.default_rng(11)
    found = [interval(rng.exponential(size=150), seed) for seed in range(300)]
    covered = np.mean([low <= 1.0 <= high for _, low, high in found])
    assert 0.91 <= covered <= 0.98


def test_the_width_is_that_of_the_normal_theory() -> None:
    """About 2 * 1.96 * deviation / sqrt(n) for a large sample."""
    values = np.random.default_rng(3).normal(5.0, 2.0, size=2_000)
    value, low, high = interval(values)
    assert value == pytest.approx(values.mean())
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 2_000**0.5, rel=0.1)


def test_the_same_seed_gives_the_same_interval() -> None:
    """An evaluation can be repeated to the last digit."""
    values = np.random.default_rng(5).random(40)
    assert interval(values, 1) == interval(values, 1)
    assert interval(values, 1) != interval(values, 2)


def test_drawing_in_parts_draws_the_same_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few people at once or all: 1,000 resamples."""
    values = np.random.default_rng(5).random((40, 1))
    monkeypatch.setattr(bootstrap, "DRAWS_AT_ONCE", 130)
    drawn = resampled_ratios(values, np.ones((40, 1)), np.random.default_rng(0))
    assert drawn.shape == (1_000, 1)
    assert drawn.mean() == pytest.approx(values.mean(), abs=0.01)


def test_people_who_do_not_count_do_not_pull_the_mean_down() -> None:
    """Zeros above and below leave a person out; nobody at all is not a number."""
    above = np.array([[2.0, 0.0], [4.0, 0.0], [0.0, 0.0]])
    below = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    drawn = resampled_ratios(above, below, np.random.default_rng(0))
    of_two, of_none = ratio_intervals(above, below, drawn)
    assert of_two.value == 3.0
    assert (of_two.low, of_two.high) == (2.0, 4.0)
    assert np.isnan(of_none).all()


def test_columns_share_their_resamples() -> None:
    """Equal columns stay equal in every resample: pairs are compared over the same people."""
    values = np.random.default_rng(5).random((60, 1))
    drawn = resampled_ratios(
        np.hstack([values, values]), np.ones((60, 2)), np.random.default_rng(0)
    )
    assert (drawn[:, 0] == drawn[:, 1]).all()
