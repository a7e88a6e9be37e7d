"""Answers: sums of named columns, and reasons with a strength."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.domain.result import Candidates, Explanation


def of_terms(**terms: list[float]) -> Candidates:
    columns = {name: np.array(column, dtype=np.float64) for name, column in terms.items()}
    count = len(next(iter(columns.values()), []))
    return Candidates(np.arange(count), columns, np.zeros(count, dtype=np.int8))


def test_a_score_is_the_sum_of_its_terms() -> None:
    found = of_terms(lexical=[0.5, 0.2], semantic=[0.25, 0.0], rerank=[-0.1, 0.3])
    assert found.score == pytest.approx([0.65, 0.5])
    assert len(found) == 2


def test_candidates_without_terms_or_rows_score_nothing() -> None:
    assert of_terms().score.tolist() == []
    three = Candidates(np.arange(3), {}, np.zeros(3, dtype=np.int8))
    assert three.score.tolist() == [0.0] * 3


@given(columns=st.lists(st.lists(st.floats(-10, 10), min_size=3, max_size=3), max_size=6))
def test_asking_for_the_score_changes_no_term(columns: list[list[float]]) -> None:
    """Reading the sum twice gives the same, and the terms stay what they were."""
    arrays = {f"t{n}": np.array(column) for n, column in enumerate(columns)}
    found = Candidates(np.arange(3), arrays, np.zeros(3, dtype=np.int8))
    first = found.score
    assert found.score.tolist() == first.tolist()
    assert [column.tolist() for column in arrays.values()] == columns
    assert first == pytest.approx([sum(column[n] for column in columns) for n in range(3)])


@pytest.mark.parametrize(
    ("confidence", "strength"),
    [
        (1.0, "strong"),
        (0.5, "strong"),
        (0.4999, "medium"),
        (0.25, "medium"),
        (0.2499, "weak"),
        (0.0, "weak"),
    ],
)
def test_strength_is_read_from_confidence(confidence: float, strength: str) -> None:
    """Strong from .5, medium from .25, weak below."""
    assert Explanation("genre_match", "text", confidence, 0.1, ("genre",)).strength == strength


def test_an_answer_cannot_be_changed_after_it_was_given() -> None:
    reason = Explanation("genre_match", "text", 0.5, 0.1, ("genre",))
    with pytest.raises(FrozenInstanceError):
        reason.confidence = 1.0  # type: ignore[misc]
