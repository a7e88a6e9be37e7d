"""A log made ready for a protocol."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation.small_logs import log_of, logs
from hypothesis import given
from hypothesis import strategies as st

from penchant.datasets.log import EventColumns
from penchant.errors import InvalidInput
from penchant.evaluation.events import has_times, leading, places, positive, share_of_ties
from penchant.evaluation.preparation import core_of, prepared, ties_shuffled
from penchant.taste.signals import DEFAULT_SIGNALS


def told(log: EventColumns) -> list[tuple[str, str]]:
    """(user, item) by event."""
    return [
        (log.user_ids[u], log.item_ids[i])
        for u, i in zip(log.user.tolist(), log.item.tolist(), strict=True)
    ]


def test_items_that_nobody_met_are_candidates() -> None:
    """The catalogue's further items follow those of the log, each once."""
    log = log_of(("u", "b", 1), ("u", "a", 2))
    ready = prepared(log, ["a", "c", "b", "d"])
    assert ready.log.item_ids == ("b", "a", "c", "d")
    assert told(ready.log) == told(log)


def test_with_a_core_only_what_is_left_is_a_candidate() -> None:
    """Taking away goes on until everybody left has enough: c falls, so w does, so d does."""
    log = log_of(
        *((user, item, n) for n, (user, item) in enumerate(
            [("u", "a"), ("u", "b"), ("v", "a"), ("v", "b"), ("w", "c"), ("w", "d"), ("u", "d")]
        ))
    )  # fmt: skip
    ready = prepared(log, ["a", "b", "c", "d", "never"], core=2)
    assert ready.log.user_ids == ("u", "v")
    assert ready.log.item_ids == ("a", "b")
    assert told(ready.log) == [("u", "a"), ("u", "b"), ("v", "a"), ("v", "b")]
    assert (ready.users_dropped, ready.items_dropped, ready.events_dropped) == (1, 2, 3)
    assert ready.log.number.tolist() == [0, 1, 2, 3]


@given(logs(), st.integers(1, 4))
def test_a_core_is_a_core(log: EventColumns, least: int) -> None:
    """Everybody and everything left has enough events."""
    left = core_of(log, least)
    assert len(left) == 0 or np.bincount(left.user).min() >= least
    assert len(left) == 0 or np.bincount(left.item).min() >= least
    assert len(left.user_ids) == len(np.unique(left.user))


def test_a_core_of_nothing_is_an_error() -> None:
    """The message says what to change."""
    with pytest.raises(InvalidInput, match="--core"):
        prepared(log_of(("u", "a", 1)), ["a"], core=2)


def test_shuffling_moves_only_events_of_one_time() -> None:
    """Times stay in order, every event stays, and ties come in another order by another seed."""
    log = log_of(*(("u", f"i{n}", n // 10) for n in range(40)))
    shuffled = prepared(log, [], shuffle_seed=1).log
    assert told(shuffled) != told(log)
    assert sorted(told(shuffled)[:10]) == sorted(told(log)[:10])
    assert shuffled.at.tolist() == log.at.tolist()
    assert told(prepared(log, [], shuffle_seed=1).log) == told(shuffled)
    assert told(prepared(log, [], shuffle_seed=2).log) != told(shuffled)


def test_a_shuffled_log_is_numbered_in_its_new_order() -> None:
    """A fold orders by (time, number): old numbers would quietly undo the shuffle."""
    log = log_of(*(("u", f"i{n}", 0) for n in range(40)))
    shuffled = ties_shuffled(log, np.random.default_rng(1))
    assert shuffled.number.tolist() == list(range(40))


def test_what_leads_and_what_is_welcome() -> None:
    """Dismissal, skip and removal lead nowhere; a 3 of 10 leads and is not welcome."""
    log = log_of(
        ("u", "a", 0, "watched"),
        ("u", "b", 1, "rating", 3.0),
        ("u", "c", 2, "rating", 6.0),
        ("u", "d", 3, "dismiss"),
        ("u", "e", 4, "skip"),
        ("u", "f", 5, "watchlist_remove"),
        ("u", "g", 6, "hate"),
        ("u", "h", 7, "click"),
    )
    assert leading(log).tolist() == [True, True, True, False, False, False, True, True]
    welcome = positive(log, DEFAULT_SIGNALS.on_scale(0.0, 10.0)).tolist()
    assert welcome == [True, False, True, False, False, False, False, True]


def test_a_rating_is_judged_on_its_scale() -> None:
    """A 3 is welcome of 5 and not of 10."""
    log = log_of(("u", "a", 0, "rating", 3.0))
    assert positive(log, DEFAULT_SIGNALS.on_scale(1.0, 5.0)).tolist() == [True]
    assert positive(log, DEFAULT_SIGNALS.on_scale(0.0, 10.0)).tolist() == [False]


def test_places_ties_and_times() -> None:
    """Places count within a user; u's two neighbours and v's one share 1 of 3 pairs."""
    log = log_of(("u", "a", 0), ("v", "a", 0), ("u", "b", 0), ("u", "c", 1), ("v", "b", 2))
    assert places(log).tolist() == [0, 0, 1, 2, 1]
    assert share_of_ties(log) == pytest.approx(1 / 3)
    assert has_times(log)
    assert not has_times(log_of(("u", "a", 0), ("v", "b", 0)))
