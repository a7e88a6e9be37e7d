"""Interests have names that say what they are about, and no two the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from taste.histories import drama
from worlds import NOON, make_event, make_placed_learner

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import load_bundled_schema
from penchant.domain.item import Item
from penchant.domain.profile import Interest, UserProfile
from penchant.taste.insights import PreferenceLearner
from penchant.taste.interest_names import named_interests
from penchant.taste.reading import TasteReading

# Everything is a Drama: a value that all items have says nothing.
COMMON = [drama(f"x{n:02}", "Drama", theme=["Love"]) for n in range(60)]
CLINIC = [drama(f"m{n}", "Medical", "Drama", theme=["Friendship", f"Only {n}"]) for n in range(3)]
COURT = [drama(f"l{n}", "Law", "Drama", theme=["Revenge"]) for n in range(3)]


def named(items: Sequence[Item], *groups: Sequence[str]) -> list[str]:
    """The names of interests that hold these items, the first the strongest."""
    catalogue = Catalogue(load_bundled_schema(), items)
    interests = tuple(
        Interest(np.ones(4), float(10 - n), NOON + n, tuple(ids)) for n, ids in enumerate(groups)
    )
    return [i.name for i in named_interests(UserProfile("mina", interests=interests), catalogue)]


def test_an_interest_is_named_after_what_its_items_share_and_others_lack() -> None:
    found = named([*COMMON, *CLINIC, *COURT], ["m0", "m1", "m2"], ["l0", "l1", "l2"])
    assert found == ["Medical & Friendship", "Law & Revenge"]


def test_interests_alike_are_told_apart_by_their_next_value() -> None:
    found = named([*COMMON, *CLINIC], ["m0"], ["m1"], ["m2"])
    assert found[0] == "Medical & Friendship"
    assert len({frozenset(name.split(" & ")) for name in found}) == 3


def test_even_items_that_are_all_alike_give_names_that_are_not() -> None:
    alike = [drama(f"a{n:02}", "Medical") for n in range(8)]
    found = named(alike, *[[item.id] for item in alike])
    assert len(set(found)) == 8
    assert found[0] == "Medical"
    assert found[1] == "Like A01"
    bare = [replace(drama(f"b{n}"), title="Same") for n in range(3)]
    assert named(bare, ["b0"], ["b1"], ["b2"]) == ["Like Same", "Like Same (2)", "Like Same (3)"]


def test_people_and_networks_name_no_interest() -> None:
    item = drama("a", "Medical", actor=["IU"], director=["Kim"], publisher=["tvN"])
    assert named([item, *COMMON], ["a"]) == ["Medical"]


def test_what_is_hidden_or_gone_names_nothing() -> None:
    items = [*COMMON, replace(CLINIC[0], hidden=True), *COURT]
    assert named(items, ["m0", "gone"], ["l0", "m0"]) == ["Law & Revenge"]
    catalogue = Catalogue(load_bundled_schema(), items)
    profile = UserProfile("mina", interests=(Interest(np.ones(4), 1.0, NOON, ("l0", "m0")),))
    assert [item.id for item in named_interests(profile, catalogue)[0].items] == ["l0"]


def test_the_strongest_comes_first_with_its_evidence() -> None:
    """Two medical dramas (strength 2) and one about law (1), in vectors at right angles."""
    items = [*CLINIC[:2], COURT[0]]
    directions = {"m0": (1.0, 0.0), "m1": (1.0, 0.1), "l0": (0.0, 1.0)}
    learner = make_placed_learner(items, directions)
    records = [
        make_event("watched", i, position=n, at=NOON + n) for n, i in enumerate(directions, 1)
    ]
    profile = learner.fold("mina", records)
    found = PreferenceLearner(TasteReading(profile, learner.catalogue, NOON)).interests()
    assert [interest.strength for interest in found] == pytest.approx([2.0, 1.0])
    assert [interest.confidence for interest in found] == pytest.approx([0.5, 1 / 3])
    assert [interest.last_at for interest in found] == [NOON + 2, NOON + 3]
    assert [[item.id for item in interest.items] for interest in found] == [["m1", "m0"], ["l0"]]


def test_nobody_has_no_interests() -> None:
    assert named(COMMON) == []
