"""The scorers that ship, worked by hand on a few items."""

from __future__ import annotations

from math import exp, log, log1p

import numpy as np
import pytest
from ranking.crowd_moments import item, moment_of, paths
from worlds import DAY, NOON, make_event, make_statement

from penchant.domain.record import StatementAction
from penchant.ranking.scorers import (
    DEFAULT_SCORERS,
    FreshnessScorer,
    PopularityScorer,
    QualityScorer,
    RecentScorer,
    TransitionScorer,
    TrendScorer,
)

ITEMS = [item("a"), item("b"), item("c"), item("d")]
RATED = [item("a", raters=99), item("b", raters=9), item("c"), item("d", raters=9_999)]


# --- popularity ---------------------------------------------------------------------------------


def test_popularity_without_a_crowd_is_the_catalogues_own() -> None:
    """100, 10, 1 and 10,000 on a log scale: one half, a quarter, nothing, all."""
    for moment in (moment_of(RATED), moment_of(RATED, others=[])):
        scored = PopularityScorer().scores(moment)
        assert scored.column == pytest.approx([0.5, 0.25, 0.0, 1.0])
        assert scored.confidence == 1.0


def test_popularity_is_of_the_crowd_where_the_catalogue_counts_nobody() -> None:
    """Three people of today turned to b and one to a: log 2 over log 4 is one half."""
    moment = moment_of(ITEMS, paths("b", "b", "ba"))
    assert PopularityScorer().scores(moment).column == pytest.approx([0.5, 1.0, 0.0, 0.0])


def test_the_crowd_takes_over_from_the_catalogue_as_it_grows() -> None:
    """Four people beside a prior of 1,000, or of 4: a share of 4 / 1004, or of one half."""
    moment = moment_of(RATED, paths("b", "b", "ba"))
    prior, counted = np.array([0.5, 0.25, 0.0, 1.0]), np.array([0.5, 1.0, 0.0, 0.0])
    share = 4.0 / 1_004.0
    assert PopularityScorer().scores(moment).column == pytest.approx(
        share * counted + (1.0 - share) * prior
    )
    even = PopularityScorer(prior_people=4.0).scores(moment).column
    assert even == pytest.approx((counted + prior) / 2.0)


def test_popularity_fades_with_a_half_life_of_a_month() -> None:
    """Three of a month ago are 1.5 people, one of today is one; tomorrow's are not known yet."""
    log_of_others = [
        *paths("b", "b", "b", at=NOON - 30 * DAY),
        *paths("a", at=NOON, first_position=2_000),
        *paths("c", "c", "c", "c", at=NOON + DAY, first_position=3_000),
    ]
    column = PopularityScorer().scores(moment_of(ITEMS, log_of_others)).column
    assert column == pytest.approx([log(2.0) / log(2.5), 1.0, 0.0, 0.0])


# --- trend --------------------------------------------------------------------------------------


def test_the_trend_is_of_this_week() -> None:
    """Four of two weeks ago are one person, as is one of today; trust is 2 / (2 + 50)."""
    others = [
        *paths("b", "b", "b", "b", at=NOON - 14 * DAY),
        *paths("a", first_position=2_000),
        *paths("c", at=NOON + DAY, first_position=3_000),
    ]
    scored = TrendScorer().scores(moment_of(ITEMS, others, rows=[2, 1, 0]))
    assert scored is not None
    assert scored.column == pytest.approx([0.0, log1p(1.0), log1p(1.0)])
    assert scored.confidence == pytest.approx(2.0 / 52.0)


def test_without_people_there_is_no_trend() -> None:
    """Nobody at all, or nobody for half a year: the scorer says nothing."""
    assert TrendScorer().scores(moment_of(ITEMS)) is None
    assert TrendScorer().scores(moment_of(ITEMS, [])) is None
    assert TrendScorer().scores(moment_of(ITEMS, paths("a", at=NOON - 200 * DAY))) is None


# --- transitions --------------------------------------------------------------------------------


def test_what_others_went_on_to() -> None:
    """49 went from a to b, one from a to c: b is 1, c less, what nobody went on to 0.

    50 people's first item, each at decay .5, is 50 transitions: trusted by one half, times 52
    people of 102 (these, who has d, and the one who is asked about).
    """
    others = paths(*["ab"] * 49, "ac", "d")
    moment = moment_of(ITEMS, others, [make_event("watched", "a", at=NOON + 60)], rows=[3, 2, 1])
    scored = TransitionScorer().scores(moment)
    assert scored is not None
    assert scored.column[0] == 0.0
    assert 0.0 < scored.column[1] < scored.column[2] == 1.0
    assert moment.crowd is not None
    assert len(moment.crowd.people) == 52
    assert scored.confidence == pytest.approx(0.5 * 52 / 102)
    # The three scales agree in a share s of c against b: each row and column sum is a plain count.
    s = (1 / 49) * ((49 + 20) / (1 + 20)) ** 0.3
    least, there = 1.5 * log(0.1 / 1.1), 1.5 * log((s + 0.1) / 1.1)
    expected = (exp(there / 4) - exp(least / 4)) / (1 - exp(least / 4))
    assert scored.column[1] == pytest.approx(expected, rel=1e-3)


def test_transitions_have_nothing_to_say() -> None:
    """No crowd, no history, a history that leads nowhere, or to none of the candidates."""
    others = paths("ab", "c")
    watched = [make_event("watched", "a", at=NOON + 60)]
    assert TransitionScorer().scores(moment_of(ITEMS, None, watched)) is None
    assert TransitionScorer().scores(moment_of(ITEMS, others)) is None
    lonely = [make_event("watched", "c", at=NOON + 60)]
    assert TransitionScorer().scores(moment_of(ITEMS, others, lonely)) is None
    assert TransitionScorer().scores(moment_of(ITEMS, others, watched, rows=[0, 2, 3])) is None


def test_dismissed_items_do_not_lead_but_bad_ratings_do() -> None:
    """After dismissing a nothing follows from it; after rating it 1 of 10, b does."""
    others = paths("ab", "cd")
    dismissed = moment_of(ITEMS, others, [make_event("dismiss", "a", at=NOON + 60)])
    assert dismissed.history == []
    assert TransitionScorer().scores(dismissed) is None
    rated = moment_of(ITEMS, others, [make_event("rating", "a", 1.0, at=NOON + 60)])
    scored = TransitionScorer().scores(rated)
    assert scored is not None
    assert scored.column[1] == 1.0
    assert scored.column[3] == 0.0


def test_the_newest_item_leads_most() -> None:
    """The history is newest first: its last item's continuation comes before the earlier one's."""
    others = paths("ab", "cd")
    own = [
        make_event("watched", "a", position=1, at=NOON + 60),
        make_event("watched", "c", position=2, at=NOON + 120),
    ]
    for events, best in ((own, 3), ([own[0], make_event("love", "a", position=3, at=1.8e9)], 1)):
        moment = moment_of(ITEMS, others, [*events, own[1]] if best == 1 else events)
        assert moment.history == (["c", "a"] if best == 3 else ["a", "c"])
        scored = TransitionScorer().scores(moment)
        assert scored is not None
        assert int(np.argmax(scored.column)) == best


# --- the rest -----------------------------------------------------------------------------------


def test_freshness_halves_every_three_years() -> None:
    """In the middle of 2025 (2025.46): .46 years, 3.46, 6.46; a coming one 1, an unknown one 0."""
    years = [2025, 2022, 2019, 2030, None]
    items = [item(name, year=year) for name, year in zip("abcde", years, strict=True)]
    scored = FreshnessScorer().scores(moment_of(items))
    age = 1970.0 + NOON / (365.2425 * DAY) - 2025.0
    assert age == pytest.approx(0.455, abs=0.01)
    newest = 0.5 ** (age / 3.0)
    assert scored.column == pytest.approx([newest, newest / 2, newest / 4, 1.0, 0.0])


def test_quality_is_the_catalogues_rating() -> None:
    """Scaled over the catalogue; where nobody rated anything there is nothing to say."""
    moment = moment_of(RATED, rows=[0, 3])
    scored = QualityScorer().scores(moment)
    assert scored is not None
    assert scored.column == pytest.approx(moment.catalogue.quality[[0, 3]])
    assert QualityScorer().scores(moment_of(ITEMS)) is None


def test_recent_items_count_by_their_age() -> None:
    """After c (newest) and a, at right angles: each item's likeness to 1 / 1.9 c + .9 / 1.9 a."""
    directions = {"a": (1, 0), "b": (-1, 0), "c": (0, 1), "d": (0, -1)}
    own = [
        make_event("watched", "a", position=1),
        make_event("rating", "c", 1.0, position=2, at=NOON + 60),
        make_event("dismiss", "b", position=3, at=NOON + 120),
    ]
    scored = RecentScorer().scores(moment_of(ITEMS, None, own, directions=directions))
    assert scored is not None
    near, nearer = 0.9 / 1.9, 1.0 / 1.9
    assert scored.column == pytest.approx([near, -near, nearer, -nearer], abs=1e-6)
    assert RecentScorer().scores(moment_of(ITEMS)) is None
    said = [make_statement(StatementAction.PIN, "genre", "Medical")]
    assert RecentScorer().scores(moment_of(ITEMS, None, said)) is None


def test_scorers_answer_for_the_rows_that_were_asked() -> None:
    """Every column is as long as the rows and follows their order."""
    others = paths("ab", "abc", "cd", "da")
    own = [make_event("watched", "a", at=NOON + 60)]
    whole = moment_of(RATED, others, own)
    some = moment_of(RATED, others, own, rows=[3, 1])
    for scorer in DEFAULT_SCORERS:
        all_rows, two = scorer.scores(whole), scorer.scores(some)
        if all_rows is None or two is None or scorer.name == "transitions":
            assert (all_rows is None) == (two is None)
            continue
        assert two.column == pytest.approx(all_rows.column[[3, 1]]), scorer.name
        assert np.isfinite(all_rows.column).all()
        assert 0.0 <= all_rows.confidence <= 1.0
