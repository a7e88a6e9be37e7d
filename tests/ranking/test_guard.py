"""The intent guard: taste moves an item only so far from where the query put it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.domain.query import Intent
from penchant.ranking.guard import GuardConfig, guarded_order

# Scores from a small set make ties common.
SCORES = st.lists(st.one_of(st.floats(0.0, 3.0), st.sampled_from([0.5, 1.0])), max_size=40)
LISTS = SCORES.flatmap(
    lambda scores: st.tuples(
        st.just(np.array(scores, dtype=np.float64)),
        st.lists(st.integers(0, 2), min_size=len(scores), max_size=len(scores)).map(
            lambda tiers: np.array(sorted(tiers, reverse=True), dtype=np.int8)
        ),
    )
)
Columns = tuple[np.ndarray, np.ndarray]


def one_tier(*scores: float) -> Columns:
    return np.array(scores), np.zeros(len(scores), dtype=np.int8)


def test_a_specific_title_allows_two_places_and_other_intents_ten() -> None:
    """A vague query binds little: it says nothing that a taste could contradict."""
    places = {intent: GuardConfig().places(intent) for intent in Intent}
    assert places.pop(Intent.SPECIFIC_TITLE) == 2
    assert places.pop(Intent.VAGUE) > 10
    assert set(places.values()) == {10}


def test_a_favourite_rises_two_places_and_pushes_two_down() -> None:
    scores, tier = one_tier(1.0, 0.9, 0.8, 0.7, 9.0)
    assert guarded_order(scores, tier, 2).tolist() == [0, 1, 4, 2, 3]


def test_a_disliked_item_sinks_two_places() -> None:
    scores, tier = one_tier(0.1, 0.9, 0.8, 0.7, 0.6)
    assert guarded_order(scores, tier, 2).tolist() == [1, 2, 0, 3, 4]


def test_with_no_place_to_move_the_query_order_stays() -> None:
    scores, tier = one_tier(1.0, 2.0, 3.0)
    assert guarded_order(scores, tier, 0).tolist() == [0, 1, 2]


def test_the_title_asked_for_keeps_rank_one_however_low_its_score() -> None:
    scores = np.array([0.0, 5.0, 9.0])
    tier = np.array([2, 1, 1], dtype=np.int8)
    assert guarded_order(scores, tier, 10).tolist() == [0, 2, 1]


@given(columns=LISTS, places=st.integers(0, 12))
def test_nothing_is_lost_and_nothing_moves_further_than_allowed(
    columns: Columns, places: int
) -> None:
    scores, tier = columns
    order = guarded_order(scores, tier, places)
    assert sorted(order.tolist()) == list(range(len(scores)))
    assert np.all(np.abs(order - np.arange(len(order))) <= places)


@given(columns=LISTS, places=st.integers(0, 50))
def test_tiers_never_mix(columns: Columns, places: int) -> None:
    scores, tier = columns
    held = tier[guarded_order(scores, tier, places)].tolist()
    assert held == sorted(held, reverse=True)


@given(columns=LISTS, extra=st.integers(0, 3))
def test_a_bound_as_long_as_the_list_leaves_the_order_free(columns: Columns, extra: int) -> None:
    """Best score first within each tier, ties in the order of the query."""
    scores, tier = columns
    free = np.lexsort((np.arange(len(scores)), -scores, -tier.astype(int)))
    assert guarded_order(scores, tier, len(scores) + extra).tolist() == free.tolist()


@given(columns=LISTS, places=st.integers(0, 12), count=st.integers(0, 45))
def test_a_count_gives_the_beginning_of_the_whole_answer(
    columns: Columns, places: int, count: int
) -> None:
    scores, tier = columns
    whole = guarded_order(scores, tier, places)
    assert guarded_order(scores, tier, places, count).tolist() == whole[:count].tolist()


@given(columns=LISTS, places=st.integers(1, 12))
def test_the_guard_never_undoes_a_wish_that_was_within_bounds(
    columns: Columns, places: int
) -> None:
    """When the free order already keeps to the bound, the guard changes nothing."""
    scores, tier = columns
    free = np.lexsort((np.arange(len(scores)), -scores, -tier.astype(int)))
    if np.all(np.abs(free - np.arange(len(free))) <= places):
        assert guarded_order(scores, tier, places).tolist() == free.tolist()


@pytest.mark.parametrize("count", [None, 0, 5])
def test_an_empty_list_stays_empty(count: int | None) -> None:
    scores, tier = one_tier()
    assert guarded_order(scores, tier, 2, count).tolist() == []
