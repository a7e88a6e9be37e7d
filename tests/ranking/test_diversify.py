"""Variety: the best first, then what is good and unlike what was chosen."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penchant.ranking.diversify import diversified


def pages(scores: list[float], seed: int) -> tuple[np.ndarray, np.ndarray]:
    vectors = np.random.default_rng(seed).normal(size=(len(scores), 4))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.array(sorted(scores, reverse=True)), unit.astype(np.float32)


SCORES = st.lists(st.floats(-1.0, 1.0), max_size=30)
SEEDS = st.integers(0, 1_000)


@given(scores=SCORES, seed=SEEDS, share=st.floats(0.0, 1.0))
def test_everything_is_there_once_when_all_are_asked_for(
    scores: list[float], seed: int, share: float
) -> None:
    ordered, vectors = pages(scores, seed)
    chosen = diversified(ordered, vectors, len(ordered), share).tolist()
    assert sorted(chosen) == list(range(len(ordered)))


@given(scores=SCORES, seed=SEEDS, count=st.integers(0, 40))
def test_a_shorter_page_is_the_beginning_of_the_longer_one(
    scores: list[float], seed: int, count: int
) -> None:
    ordered, vectors = pages(scores, seed)
    whole = diversified(ordered, vectors, len(ordered))
    assert diversified(ordered, vectors, count).tolist() == whole[:count].tolist()


@given(scores=SCORES.filter(bool), seed=SEEDS, share=st.floats(0.01, 1.0))
def test_the_best_item_comes_first(scores: list[float], seed: int, share: float) -> None:
    ordered, vectors = pages(scores, seed)
    first = diversified(ordered, vectors, len(ordered), share)[0]
    assert ordered[first] == ordered[0]


@given(scores=SCORES, seed=SEEDS)
def test_with_all_weight_on_relevance_the_order_is_that_of_the_scores(
    scores: list[float], seed: int
) -> None:
    ordered, vectors = pages(scores, seed)
    assert diversified(ordered, vectors, len(ordered), 1.0).tolist() == list(range(len(ordered)))


def test_near_duplicates_are_spread() -> None:
    """Of three copies of one story the second comes after another story that is nearly as good."""
    vectors = np.eye(3, dtype=np.float32)[[0, 0, 0, 1, 2]]
    scores = np.array([1.0, 0.99, 0.98, 0.97, 0.0])
    chosen = diversified(scores, vectors, 5, 0.85).tolist()
    assert chosen == [0, 3, 1, 2, 4]


def test_equal_scores_leave_the_choice_to_variety() -> None:
    vectors = np.eye(3, dtype=np.float32)[[0, 0, 1, 2]]
    assert diversified(np.full(4, 0.5), vectors, 4).tolist() == [0, 2, 3, 1]


def test_opposites_are_no_better_than_strangers() -> None:
    """A negative cosine is not rewarded: the better score decides."""
    vectors = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]], dtype=np.float32)
    assert diversified(np.array([1.0, 0.9, 0.8]), vectors, 3).tolist() == [0, 1, 2]
