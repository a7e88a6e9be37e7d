"""Keeping the best of a list."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penchant.search.hits import Hits


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(0, 12))
def test_the_best_are_those_of_a_full_sort(points: list[int], n: int) -> None:
    """However long the list and however many ties: falling scores, then rising rows."""
    rows = np.arange(len(points), dtype=np.int64)
    scores = np.array(points, dtype=np.float64)
    expected = sorted(range(len(points)), key=lambda row: (-points[row], row))[:n]
    assert Hits.best(rows, scores, n).rows.tolist() == expected


def test_scores_of_rows_that_are_not_there_are_unknown() -> None:
    """A row outside the list has no score, which is not a score of 0."""
    hits = Hits(np.array([7, 2]), np.array([0.9, 0.4]))
    found = hits.scores_of(np.array([2, 3, 7]))
    assert found[[0, 2]].tolist() == [0.4, 0.9]
    assert np.isnan(found[1])
