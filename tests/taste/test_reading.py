"""Reading a taste: fading at the read, and what the person stated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import DAY, NOON, make_event, make_item, make_learner, make_statement, taste_of

from penchant.domain.profile import Preference, PreferenceSource
from penchant.domain.record import Record, StatementAction
from penchant.storage.codec import taste_bytes
from penchant.taste.learner import Learner
from penchant.taste.reading import TasteReading

LIKE, PIN, CAP = StatementAction.LIKE, StatementAction.PIN, StatementAction.CAP
MUTE, CLEAR, FORGET = StatementAction.MUTE, StatementAction.CLEAR, StatementAction.FORGET


@pytest.fixture(scope="module")
def learner() -> Learner:
    items = [make_item(f"m{n}", genre=["Medical"], actor=["Park Seo-joon"]) for n in range(20)]
    return make_learner(
        [*items, make_item("t", genre=["Thriller"]), make_item("l", genre=["Life"])]
    )


def medical(reading: TasteReading) -> Preference:
    return reading.preferences["genre"]["medical"]


def watched(count: int) -> list[Record]:
    return [make_event("watched", f"m{n}", position=n + 1) for n in range(count)]


def said(action: StatementAction, value: float | None = None, position: int = 100) -> Record:
    return make_statement(action, "genre", "medical", value, position=position)


# Fading at the read


def test_a_preference_is_read_as_it_has_faded(learner: Learner) -> None:
    """Two watched: .68 and confidence 1/2; a half-life later .59 and 1/3."""
    now = medical(taste_of(learner, *watched(2)))
    later = medical(taste_of(learner, *watched(2), now=NOON + 90 * DAY))
    assert (now.value, now.confidence, now.evidence) == pytest.approx((0.68, 0.5, 2.0))
    assert (later.value, later.confidence, later.evidence) == pytest.approx((0.59, 1 / 3, 1.0))
    assert now.source is PreferenceSource.IMPLICIT
    assert now.name == "Medical"


def test_an_implicit_preference_is_read_as_fading_faster(learner: Learner) -> None:
    clicked = taste_of(learner, make_event("click", "t"), now=NOON + 30 * DAY)
    assert clicked.preferences["genre"]["thriller"].value == pytest.approx(0.515)
    saved = taste_of(learner, make_event("save", "t"), now=NOON + 30 * DAY)
    kept = 0.5 ** (1 / 3)
    assert saved.preferences["genre"]["thriller"].value == pytest.approx(0.5 + 0.07 * kept)


@given(days=st.lists(st.floats(0.0, 2_000.0), min_size=1, max_size=4))
def test_reading_never_changes_what_is_stored(learner: Learner, days: list[float]) -> None:
    """Whoever looks, whenever, the profile's bytes stay and the next reader sees the same."""
    profile = learner.fold("mina", [*watched(3), said(CAP, 0.6)])
    before = taste_bytes(profile)
    first = TasteReading(profile, learner.catalogue, NOON).preferences
    for day in days:
        reading = TasteReading(profile, learner.catalogue, NOON + day * DAY)
        assert reading.columns("genre")[0].shape == (3,)
        assert reading.liked("genre") == reading.liked("genre")
        assert reading.muted == {}
        assert reading.genre_diversity[0] == 0.0
    assert taste_bytes(profile) == before
    assert TasteReading(profile, learner.catalogue, NOON).preferences == first


def test_values_line_up_with_the_columns_of_the_catalogue(learner: Learner) -> None:
    """Unseen values are neutral and carry no confidence; unknown ones are left out."""
    strange = make_statement(PIN, "genre", "Western", position=50)
    values, confidences = taste_of(learner, *watched(2), strange).columns("genre")
    by_key = dict(zip(learner.catalogue.facets["genre"].keys, values.tolist(), strict=True))
    assert by_key == {"medical": pytest.approx(0.68), "thriller": 0.5, "life": 0.5}
    assert sorted(confidences.tolist()) == pytest.approx([0.0, 0.0, 0.5])
    assert np.all(np.isfinite(values))


# Statements


@pytest.mark.parametrize(
    ("action", "argument", "count", "expected"),
    [
        (LIKE, None, 0, 0.7),
        (LIKE, None, 1, 0.7),
        (LIKE, None, 10, 1 - 0.5 * 0.8**10),
        (PIN, None, 0, 0.9),
        (PIN, None, 1, 0.9),
        (PIN, None, 10, 1 - 0.5 * 0.8**10),
        (CAP, 0.6, 10, 0.6),
        (CAP, 0.9, 1, 0.6),
        (CAP, 0.3, 0, 0.3),
        (CAP, 0.8, 0, 0.5),
        (MUTE, None, 10, 0.0),
    ],
)
def test_a_statement_applies_when_a_preference_is_read(
    learner: Learner,
    action: StatementAction,
    argument: float | None,
    count: int,
    expected: float,
) -> None:
    """Like at least .7, pin at least .9, cap at most its value, mute nought."""
    reading = taste_of(learner, *watched(count), said(action, argument))
    assert medical(reading).value == pytest.approx(expected)
    assert medical(reading).source is PreferenceSource.EXPLICIT


def test_a_statement_is_said_in_any_spelling(learner: Learner) -> None:
    pin = make_statement(PIN, "actor", "PARK SEO JOON", position=50)
    reading = taste_of(learner, *watched(1), pin)
    actors = reading.preferences["actor"]
    assert set(actors) == {"parkseojoon"}
    assert actors["parkseojoon"].value == pytest.approx(0.9)
    assert actors["parkseojoon"].name == "Park Seo-joon"


@pytest.mark.parametrize("action", [LIKE, PIN])
def test_what_was_stated_is_trusted_before_any_event(
    learner: Learner, action: StatementAction
) -> None:
    confidence = medical(taste_of(learner, said(action))).confidence
    assert confidence is not None
    assert confidence >= 0.5


def test_what_was_stated_does_not_fade(learner: Learner) -> None:
    reading = taste_of(learner, *watched(3), said(PIN), now=NOON + 3_000 * DAY)
    assert medical(reading).value == pytest.approx(0.9)


def test_a_cap_holds_against_later_events_and_lets_go_when_cleared(learner: Learner) -> None:
    capped = said(CAP, 0.55, position=1)
    later = [replace(r, position=r.position + 1) for r in watched(3)]
    assert medical(taste_of(learner, capped, *later)).value == pytest.approx(0.55)
    freed = taste_of(learner, capped, *later, said(CLEAR))
    assert medical(freed).value == pytest.approx(1 - 0.5 * 0.8**3)
    assert medical(freed).source is PreferenceSource.IMPLICIT


def test_clearing_takes_back_what_was_said_and_nothing_else(learner: Learner) -> None:
    other = make_statement(PIN, "genre", "Thriller", position=98)
    reading = taste_of(learner, *watched(2), other, said(PIN, position=99), said(CLEAR))
    assert medical(reading).value == pytest.approx(0.68)
    assert reading.preferences["genre"]["thriller"].value == pytest.approx(0.9)


def test_the_last_statement_about_a_value_stands(learner: Learner) -> None:
    reading = taste_of(learner, *watched(1), said(MUTE, position=99), said(LIKE))
    assert medical(reading).value == pytest.approx(0.7)
    assert reading.muted == {}


def test_forgetting_leaves_what_was_stated(learner: Learner) -> None:
    reading = taste_of(learner, *watched(3), said(PIN, position=99), said(FORGET))
    assert medical(reading).value == pytest.approx(0.9)
    assert medical(reading).evidence == 0.0


def test_muted_values_are_listed_by_facet(learner: Learner) -> None:
    mutes = [
        make_statement(MUTE, "genre", "Medical", position=1),
        make_statement(MUTE, "genre", "Thriller", position=2),
        make_statement(MUTE, "actor", "Park Seo-joon", position=3),
        make_statement(PIN, "genre", "Life", position=4),
    ]
    muted = {f: set(names) for f, names in taste_of(learner, *mutes).muted.items()}
    assert muted == {"genre": {"Medical", "Thriller"}, "actor": {"Park Seo-joon"}}


def test_a_retracted_statement_was_never_made(learner: Learner) -> None:
    undone = replace(said(MUTE), retracted=True)
    assert medical(taste_of(learner, *watched(2), undone)).value == pytest.approx(0.68)


# What else a reading answers


def test_done_with_means_consumed_judged_or_sent_away(learner: Learner) -> None:
    kinds = ["watched", "love", "hate", "dislike", "dismiss", "click", "save", "watchlist_add"]
    records = [make_event(kind, f"m{n}", position=n + 1) for n, kind in enumerate(kinds)]
    rated = make_event("rating", "m10", 5.0, position=20)
    started = make_event("watch_progress", "m11", 0.5, position=21)
    reading = taste_of(learner, *records, rated, started)
    assert reading.seen_items == {"m0", "m1", "m2", "m3", "m4", "m10"}


def test_the_rank_of_a_value_counts_likes_only(learner: Learner) -> None:
    records = [
        *watched(2),
        make_event("like", "l", position=10),
        make_event("hate", "t", position=11),
    ]
    reading = taste_of(learner, *records)
    assert reading.rank_of("genre", "MEDICAL") == 1
    assert reading.rank_of("genre", "Life") == 2
    assert reading.rank_of("genre", "Thriller") is None
    assert reading.rank_of("genre", "Western") is None
    assert reading.rank_of("theme", "Revenge") is None


def test_likes_are_listed_highest_first_and_dislikes_not_at_all(learner: Learner) -> None:
    records = [*watched(2), make_event("hate", "t", position=11)]
    pinned = make_statement(PIN, "genre", "Life", position=12)
    reading = taste_of(learner, *records, pinned)
    assert [p.name for p in reading.liked("genre")] == ["Life", "Medical"]
    assert reading.liked("theme") == []


def test_of_equal_likes_the_better_founded_comes_first_then_the_rarer() -> None:
    """Three genres at .6: two share one item and its evidence; the rarer says more of a person."""
    learner = make_learner(
        [
            make_item("a", genre=["Common", "Rare"]),
            make_item("b", genre=["Common"]),
            make_item("c", genre=["Founded"]),
            make_item("d", genre=["Founded"]),
        ]
    )
    held = make_statement(CAP, "genre", "Founded", 0.6, position=9)
    records = [make_event("watched", item, position=n) for n, item in enumerate("acd", start=1)]
    liked = taste_of(learner, *records, held).liked("genre")
    assert [p.value for p in liked] == pytest.approx([0.6] * 3)
    assert [p.name for p in liked] == ["Founded", "Rare", "Common"]


def test_a_stranger_reads_as_neutral_everywhere(learner: Learner) -> None:
    reading = taste_of(learner)
    assert reading.preferences == {}
    assert set(reading.columns("genre")[0].tolist()) == {0.5}
    assert reading.genre_diversity == (0.0, 0.0)
    assert reading.profile.is_new
    assert reading.seen_items == frozenset()
