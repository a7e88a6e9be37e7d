"""Fusion, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from penchant.search.fusion import fuse


def test_a_worked_example() -> None:
    """Each side is divided by its maximum; alpha .7 gives .3 lexical and .7 semantic."""
    terms = fuse(np.array([8.0, 4.0, 0.0]), np.array([0.2, 0.4, -0.1]), 0.7)
    assert terms["lexical"] == pytest.approx([0.3, 0.15, 0.0])
    assert terms["semantic"] == pytest.approx([0.35, 0.7, 0.0])


def test_a_side_without_matches_adds_nothing() -> None:
    """Nothing to divide by is no error."""
    terms = fuse(np.zeros(2), np.array([-0.2, -0.1]), 0.5)
    assert not terms["lexical"].any()
    assert not terms["semantic"].any()


@given(
    arrays(float, 6, elements=st.floats(0, 1e3)),
    arrays(float, 6, elements=st.floats(-1, 1)),
    st.floats(0, 1),
)
def test_scores_stay_in_range(lexical: np.ndarray, semantic: np.ndarray, alpha: float) -> None:
    """The terms sum to a score in [0, 1]."""
    score = sum(fuse(lexical, semantic, alpha).values())
    assert np.all((score >= 0.0) & (score <= 1.0 + 1e-12))
