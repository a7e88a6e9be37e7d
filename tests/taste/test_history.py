"""History: which verdicts insights are made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from taste.histories import drama, shelf, watched
from worlds import NOON, make_event, make_learner

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import load_bundled_schema
from penchant.domain.profile import UserProfile
from penchant.taste.history import History

ITEMS = [drama("a", "Medical", "Life"), drama("b", "Romance"), drama("c", "Medical"), drama("d")]


def test_verdicts_come_in_the_order_of_time_with_their_worth() -> None:
    learner = make_learner(ITEMS)
    records = [
        make_event("rating", "b", 4.0, position=1, at=NOON + 20.0),
        make_event("click", "a", position=2, at=NOON + 10.0),
        make_event("watched", "c", position=3, at=NOON + 10.0),
    ]
    history = History.of(learner.fold("mina", records), learner.catalogue)
    assert [learner.catalogue.items[row].id for row in history.rows] == ["a", "c", "b"]
    assert history.target.tolist() == [1.0, 1.0, 0.4]
    assert history.strength.tolist() == [0.3, 1.0, 1.0]
    assert history.rating.tolist()[2] == 4.0
    assert np.isnan(history.rating[:2]).all()
    assert len(history.positive) == 2
    assert len(history.rated) == 1


def test_hidden_items_and_items_that_are_gone_are_left_out() -> None:
    learner = make_learner(ITEMS)
    profile = learner.fold(
        "mina", [make_event("like", i, position=n) for n, i in enumerate("abc", start=1)]
    )
    kept = [replace(ITEMS[0], hidden=True), ITEMS[2]]
    smaller = Catalogue(learner.catalogue.schema, kept)
    history = History.of(profile, smaller)
    assert [smaller.items[row].id for row in history.rows] == ["c"]


def test_progress_has_a_value_that_is_no_rating() -> None:
    learner = make_learner(ITEMS)
    profile = learner.fold("mina", [make_event("watch_progress", "a", 0.9)])
    assert len(History.of(profile, learner.catalogue).rated) == 0


def test_the_newest_of_several_verdicts_on_an_item_is_kept() -> None:
    """In a catalogue of things consumed again and again each time is a verdict."""
    catalogue = shelf({"Medical": 2})
    again = watched(
        catalogue,
        ["Medical-000", "Medical-001", "Medical-000"],
        targets=[0.2, 0.9, 0.8],
    )
    assert again.once_per_item.target.tolist() == [0.9, 0.8]


def test_mass_is_one_for_each_item_in_equal_parts() -> None:
    catalogue = Catalogue(load_bundled_schema(), ITEMS)
    spread = watched(catalogue, ["d", "a", "c"]).mass("genre")
    assert spread.verdicts.tolist() == [1, 2]
    by_name = dict(zip(spread.names, spread.mass.T.tolist(), strict=True))
    assert by_name == {"Medical": [0.5, 1.0], "Life": [0.5, 0.0]}


@pytest.mark.parametrize("facet", ["genre", "theme", "no-such-facet"])
def test_nobody_and_nothing_have_a_history_too(facet: str) -> None:
    for items in ([], ITEMS):
        catalogue = Catalogue(load_bundled_schema(), items)
        history = History.of(UserProfile("nobody"), catalogue)
        assert len(history) == len(history.positive) == len(history.once_per_item) == 0
        assert history.mass(facet).names == ()
