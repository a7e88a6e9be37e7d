"""What may be listed for a person, how a query becomes theirs, and a caller's own candidates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from crowd.portraits import LogBook
from hypothesis import given
from hypothesis import strategies as st
from ranking.crowd_moments import paths
from worlds import DAY, LATER, NOON, make_item, open_engine, say, teach

from penchant.candidates import (
    given_items,
    given_scores,
    listable_rows,
    own_snapshot,
    personal_query,
    sought_now,
    without_muted,
)
from penchant.crowd.crowd import Crowd
from penchant.domain.query import Filters, Query
from penchant.engine import Engine
from penchant.errors import InvalidInput, InvalidItem, UnknownItem
from penchant.ranking.boosts import PersonalizationEngine
from penchant.taste.reading import TasteReading

ITEMS = [
    make_item("a", genre=["Medical"], theme=["Hospital"]),
    make_item("b", genre=["Medical", "Horror"], theme=["Hospital"]),
    make_item("c", genre=["Comedy"], theme=["Office"]),
    make_item("d", genre=["Romance"], theme=["Office"]),
]


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_engine(items=ITEMS)
    yield opened
    opened.close()


def reading_of(engine: Engine, user_id: str) -> TasteReading:
    profile = engine.journal.profile(user_id)
    return TasteReading(profile, engine.snapshot.catalogue, LATER)


def listed(engine: Engine, reading: TasteReading | None, filters: Filters | None = None) -> str:
    rows = listable_rows(engine.snapshot, reading, filters or Filters())
    return "".join(engine.snapshot.catalogue.items[row].id for row in rows.tolist())


# --- what may be listed -------------------------------------------------------------------------


def test_everything_may_be_listed_for_nobody(engine: Engine) -> None:
    """But what is hidden."""
    assert listed(engine, None) == "abcd"
    engine.hide_item("b")
    assert listed(engine, None) == "acd"


def test_what_a_person_is_done_with_or_muted_is_left_out(engine: Engine) -> None:
    """Watched, rated and sent away items go, those only looked at stay; muted values go, too."""
    teach(engine, "mina", ("watched", "a"), ("click", "c"))
    assert listed(engine, reading_of(engine, "mina")) == "bcd"
    teach(engine, "jun", ("dismiss", "d"))
    say(engine, "jun", "mute", "genre", "Horror")
    assert listed(engine, reading_of(engine, "jun")) == "ac"


def test_filters_and_taste_leave_out_together(engine: Engine) -> None:
    """A filter's own exclusions stay when a person's are added."""
    teach(engine, "mina", ("watched", "a"))
    filters = Filters(exclude_items=frozenset({"d"}))
    assert listed(engine, reading_of(engine, "mina"), filters) == "bc"
    assert listed(engine, reading_of(engine, "mina"), Filters(facets={"genre": ("Comedy",)})) == "c"


def test_muting_adds_to_what_a_filter_excludes(engine: Engine) -> None:
    """Neither replaces the other, and who muted nothing keeps the filters as they are."""
    say(engine, "mina", "mute", "genre", "Horror")
    filters = Filters(exclude_facets={"genre": ("Comedy",), "theme": ("Office",)})
    excluded = without_muted(filters, reading_of(engine, "mina")).exclude_facets
    assert {name.casefold() for name in excluded["genre"]} == {"comedy", "horror"}
    assert tuple(excluded["theme"]) == ("Office",)
    teach(engine, "jun", ("love", "a"))
    assert without_muted(filters, reading_of(engine, "jun")) is filters


# --- a query, asked by one person ---------------------------------------------------------------


def test_without_a_taste_a_query_is_anybodys() -> None:
    """No word, filter or share of its own."""
    query = Query("drama", filters=Filters(exclude_items=frozenset({"a"})))
    asked = personal_query(query, 0.5, None, PersonalizationEngine())
    assert (asked.alpha, asked.filters, asked.terms) == (0.5, query.filters, ())


def test_a_persons_query_has_their_alpha_words_and_exclusions(engine: Engine) -> None:
    """`personalize` scales how far alpha moves: at 0 not at all, at 1/2 half the way."""
    teach(engine, "mina", ("love", "a"), ("love", "b"))
    say(engine, "mina", "mute", "genre", "Horror")
    reading = reading_of(engine, "mina")
    personalization = PersonalizationEngine()
    asked = {
        strength: personal_query(
            Query("drama", personalize=strength), 0.5, reading, personalization
        )
        for strength in (0.0, 0.5, 1.0)
    }
    moved = asked[1.0].alpha - 0.5
    assert moved != 0.0
    assert asked[0.0].alpha == 0.5
    assert asked[0.5].alpha == pytest.approx(0.5 + moved / 2)
    assert asked[1.0].terms == ("Hospital",)
    assert "genre" in asked[1.0].filters.exclude_facets


# --- what is sought now -------------------------------------------------------------------------


def crowd_after(engine: Engine, *told: str, at: float = NOON) -> Crowd:
    crowd = Crowd(engine.snapshot.learner.signals)
    return LogBook(paths(*told, at=at)).taught(crowd)


def test_an_empty_crowd_leaves_what_is_popular(engine: Engine) -> None:
    """Nothing of it comes from now."""
    found = sought_now(engine.snapshot, Crowd(engine.snapshot.learner.signals), NOON)
    assert found.score == pytest.approx(engine.snapshot.catalogue.popularity)
    assert not found.trend_part.any()


def test_what_is_sought_is_a_share_of_the_most_sought(engine: Engine) -> None:
    """Three people today against one, on a log scale; whom nobody turned to is 0.

    Four visits in all count by 4 / (4 + 5); the rest is popularity, the same for all items here.
    """
    crowd = crowd_after(engine, "c", "c", "ca")
    found = sought_now(engine.snapshot, crowd, NOON)
    trend = np.array([np.log1p(1.0) / np.log1p(3.0), 0.0, 1.0, 0.0])
    assert found.score == pytest.approx(4 / 9 * trend + 5 / 9)
    assert found.score * found.trend_part == pytest.approx(4 / 9 * trend)


def test_last_weeks_visitors_count_half(engine: Engine) -> None:
    """The half-life of a trend is seven days; what is to come is not known yet."""
    crowd = crowd_after(engine, "c", "c", "ca", at=NOON - 7 * DAY)
    LogBook(paths("a", "a", at=NOON, first_position=2_000)).taught(crowd)
    found = sought_now(engine.snapshot, crowd, NOON + 60)
    trend = found.score * found.trend_part
    assert trend[2] / trend[0] == pytest.approx(np.log1p(1.5) / np.log1p(2.5))
    assert not sought_now(engine.snapshot, crowd, NOON - 30 * DAY).trend_part.any()


# --- a caller's own candidates ------------------------------------------------------------------


def test_candidates_are_ids_or_items(engine: Engine) -> None:
    """In the order given; an id that is not there is named."""
    own = make_item("mine", genre=["Comedy"])
    held = given_items(engine.snapshot, ["c", own, "a"])
    assert [item.id for item in held] == ["c", "mine", "a"]
    with pytest.raises(UnknownItem, match="zz"):
        given_items(engine.snapshot, ["a", "zz"])


def test_no_candidate_stands_twice(engine: Engine) -> None:
    """Not even once as an id and once as an item."""
    with pytest.raises(InvalidInput, match="twice"):
        given_items(engine.snapshot, ["a", make_item("a")])


def test_an_unusable_item_is_refused(engine: Engine) -> None:
    with pytest.raises(InvalidItem):
        given_items(engine.snapshot, [make_item("", "No id")])


def test_scores_go_with_their_items(engine: Engine) -> None:
    """One each, finite; none given is none, not zero."""
    items = given_items(engine.snapshot, ["c", "a"])
    assert given_scores(items, [3.0, -1.0]) == {"c": 3.0, "a": -1.0}
    assert given_scores(items, None) == {}
    with pytest.raises(InvalidInput, match="2 items but 1"):
        given_scores(items, [1.0])


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -float("inf")])
def test_scores_must_be_finite(engine: Engine, score: float) -> None:
    with pytest.raises(InvalidInput, match="finite"):
        given_scores(given_items(engine.snapshot, ["c"]), [score])


def test_the_catalogues_own_items_need_no_snapshot_of_their_own(engine: Engine) -> None:
    """Any of the catalogue's: the indexes and vectors are those that serve."""
    snapshot = engine.snapshot
    assert own_snapshot(snapshot, given_items(snapshot, ["d", "a"])) is snapshot


def test_items_of_ones_own_are_encoded_on_the_same_scale(engine: Engine) -> None:
    """Known items keep their vectors bit for bit, new ones are centred by the same mean."""
    snapshot = engine.snapshot
    twin = make_item("twin", "A", genre=["Medical"], theme=["Hospital"])
    own = own_snapshot(snapshot, given_items(snapshot, ["d", twin]))
    assert [item.id for item in own.catalogue.items] != [i.id for i in snapshot.catalogue.items]
    held, kept = own.catalogue.row_of["d"], snapshot.catalogue.row_of["d"]
    assert np.array_equal(own.vectors.centred[held], snapshot.vectors.centred[kept])
    assert np.array_equal(own.vectors.mean, snapshot.vectors.mean)
    same = own.vectors.centred[own.catalogue.row_of["twin"]]
    assert same == pytest.approx(snapshot.vectors.centred[snapshot.catalogue.row_of["a"]])


def test_an_item_of_ones_own_stands_for_the_one_with_its_id(engine: Engine) -> None:
    """A caller's version of an item is the one that is ranked."""
    changed = make_item("a", "Another A", genre=["Comedy"])
    own = own_snapshot(engine.snapshot, given_items(engine.snapshot, [changed, "b"]))
    assert own.catalogue.get("a").values("genre") == ("Comedy",)
    assert engine.snapshot.catalogue.get("a").values("genre") == ("Medical",)


@given(scores=st.lists(st.floats(-1e9, 1e9), min_size=4, max_size=4))
def test_every_finite_score_comes_back(scores: list[float]) -> None:
    """Bit for bit, in the place of its item."""
    assert list(given_scores(ITEMS, scores).values()) == scores
