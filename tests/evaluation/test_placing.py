"""Where a target stands when several items score alike, and which items head a list."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from penchant.evaluation.placing import expected_ranks, leading_columns

SCORES = st.lists(st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0]), min_size=1, max_size=30)


def ranks(scores: list[float], *targets: int) -> list[float]:
    """The ranks of some columns."""
    return expected_ranks(np.array(scores), np.array(targets)).tolist()


def test_the_best_is_first() -> None:
    """Without ties the rank is the place."""
    assert ranks([3.0, 1.0, 2.0], 0, 1, 2) == [1.0, 3.0, 2.0]


def test_a_tie_is_the_middle_of_its_places() -> None:
    """Second and third alike: 2.5; five alike: 3, not 1."""
    assert ranks([3.0, 1.0, 2.0, 2.0], 2) == [2.5]
    assert ranks([0.0] * 5, 4) == [3.0]


def test_never_is_nowhere() -> None:
    """-inf stands at no rank, however many share it."""
    assert ranks([-np.inf, 1.0, -np.inf], 0) == [np.inf]


@given(SCORES)
def test_many_targets_are_ranked_like_few(scores: list[float]) -> None:
    """Counting and sorting agree."""
    columns = list(range(len(scores)))
    singly = [ranks(scores, column)[0] for column in columns]
    assert ranks(scores, *columns) == singly


@given(SCORES)
def test_the_ranks_of_everything_sum_to_those_of_an_order(scores: list[float]) -> None:
    """Ties share their places: nothing is gained or lost by them."""
    listed = [rank for rank in ranks(scores, *range(len(scores))) if rank != np.inf]
    assert sum(listed) == len(listed) * (len(listed) + 1) / 2


@given(SCORES, st.integers(1, 12))
def test_the_head_of_a_list_is_that_of_a_full_sort(scores: list[float], k: int) -> None:
    """Best first, ties by column, -1 where only `never` is left."""
    values: NDArray[np.float64] = np.array(scores)
    order = np.lexsort((np.arange(len(values)), -values))
    wanted = [column for column in order.tolist() if values[column] != -np.inf][:k]
    assert leading_columns(values, k).tolist() == wanted + [-1] * (k - len(wanted))
