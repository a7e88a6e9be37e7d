"""Reasons that speak of others: true, by name, and with the event that stands behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from ranking.crowd_moments import item, moment_of, paths
from worlds import DAY, NOON, make_event

from penchant.catalogue.catalogue import Catalogue
from penchant.domain.record import Record
from penchant.domain.result import Explanation
from penchant.ranking.crowd_reasons import CrowdReasons
from penchant.ranking.moment import Moment

ITEMS = [item(name, year=2024) for name in ("alpha", "beta", "gamma", "delta")]


def reasons_of(moment: Moment, history: Catalogue | None = None) -> CrowdReasons:
    return CrowdReasons(moment, history or moment.catalogue, "watched", 10.0)


def told(
    moment: Moment, terms: Mapping[str, float], item_id: str = "beta", score: float = 1.0
) -> list[Explanation]:
    """The reasons of one item for some terms."""
    return reasons_of(moment).explain(moment.catalogue.get(item_id), terms, score)


def watched(item_id: str, position: int, after: float = 60.0) -> Record:
    return make_event("watched", item_id, position=position, at=NOON + after)


# --- what others went on to ---------------------------------------------------------------------


def test_the_item_that_leads_most_is_named_with_its_event() -> None:
    """Thirty went from gamma to beta and three from alpha: gamma is named, though it is older."""
    others = paths(*[["gamma", "beta"]] * 30, *[["alpha", "beta"]] * 3, ["delta"])
    own = [watched("gamma", 1), watched("alpha", 2, 120.0), watched("delta", 3, 180.0)]
    (reason,) = told(moment_of(ITEMS, others, own), {"transitions": 0.4}, score=0.8)
    assert reason.type == "others_went_on"
    assert reason.text == "People who turned to Gamma went on to this"
    assert reason.evidence == ("event:e1", "item:gamma")
    assert reason.contribution == 0.4
    assert reason.confidence == pytest.approx(0.5)
    assert reason.terms == ("transitions",)


def test_of_two_that_lead_alike_the_newer_is_named() -> None:
    """Ten went from each to beta: what was watched last leads more."""
    others = paths(*[["gamma", "beta"], ["alpha", "beta"]] * 10)
    for last in ("gamma", "alpha"):
        first = "alpha" if last == "gamma" else "gamma"
        moment = moment_of(ITEMS, others, [watched(first, 1), watched(last, 2, 120.0)])
        (reason,) = told(moment, {"transitions": 0.4})
        assert reason.evidence == ("event:e2", f"item:{last}")


def test_an_item_that_left_the_catalogue_is_not_named() -> None:
    """The strongest leader is gone: the next is named, or none when no other leads."""
    others = paths(*[["gamma", "beta"]] * 9, ["alpha", "beta"])
    moment = moment_of(ITEMS, others, [watched("gamma", 1), watched("alpha", 2, 120.0)])
    schema = moment.catalogue.schema
    without = Catalogue(schema, [i for i in moment.catalogue.items if i.id != "gamma"])
    beta = moment.catalogue.get("beta")
    (reason,) = reasons_of(moment, without).explain(beta, {"transitions": 0.4}, 1.0)
    assert reason.evidence == ("event:e2", "item:alpha")
    only = Catalogue(schema, [beta])
    (reason,) = reasons_of(moment, only).explain(beta, {"transitions": 0.4}, 1.0)
    assert reason.text == "People with such a history went on to this"
    assert reason.evidence == ()


# --- trend and popularity -----------------------------------------------------------------------


def visits(*days_ago: float, item_id: str = "beta") -> list[Record]:
    """One person each, so many days before noon."""
    records: list[Record] = []
    for n, days in enumerate(days_ago):
        records += paths([item_id], at=NOON - days * DAY, first_position=1_000 + 10 * n)
    return records


@pytest.mark.parametrize(
    ("days_ago", "text"),
    [
        ((0.0,), "Trending: 1 person turned to it in 7 days"),
        ((0.0, 1.0, 6.0), "Trending: 3 people turned to it in 7 days"),
        ((0.0, 1.0, 7.4, 8.0, 30.0), "Trending: 2 people turned to it in 7 days"),
        ((0.0, -1.5, -3.0), "Trending: 1 person turned to it in 7 days"),
        ((0.0,) * 1_234, "Trending: 1,234 people turned to it in 7 days"),
    ],
)
def test_the_trend_counts_people_of_the_last_seven_days(
    days_ago: Sequence[float], text: str
) -> None:
    """Neither those before nor those of days that are yet to come."""
    (reason,) = told(moment_of(ITEMS, visits(*days_ago)), {"trend": 0.1})
    assert (reason.type, reason.text) == ("trending", text)
    assert reason.evidence == ("item:beta",)
    assert reason.contribution == 0.1


def test_somebody_who_comes_every_day_is_one_person() -> None:
    """Five days of the same person are one person, not five."""
    own = [make_event("click", "beta", position=6 - n, at=NOON - n * DAY) for n in range(5, 0, -1)]
    moment = moment_of(ITEMS, visits(2.0), own)
    (reason,) = told(moment, {"trend": 0.1})
    assert reason.text == "Trending: 2 people turned to it in 7 days"
    popular = reasons_of(moment).popular(ITEMS[1], 0.5, 1.0)
    assert popular.text == "Popular here: 2 people turned to it"


def test_a_trend_that_is_over_is_not_said_to_be_of_many() -> None:
    """One person ten days ago still counts a little; the text does not make many of one."""
    (reason,) = told(moment_of(ITEMS, visits(10.0)), {"trend": 0.1})
    assert reason.text == "Sought here in the last months"


@pytest.mark.parametrize("people", [0, 1, 50, 150])
def test_popular_here(people: int) -> None:
    """Where the catalogue counts no ratings: how many were here, trusted by n / (n + 50)."""
    moment = moment_of(ITEMS, visits(*[3.0] * people))
    reason = reasons_of(moment).popular(ITEMS[1], 0.5, 1.0)
    who = "1 person" if people == 1 else f"{people} people"
    assert reason.text == f"Popular here: {who} turned to it"
    assert reason.confidence == pytest.approx(0.5 * people / (people + 50))
    assert (reason.terms, reason.evidence) == (("popularity",), ("item:beta",))


# --- the calendar and the newest items ----------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "text"),
    [
        (2025, "Rather new: from 2025"),
        (2021, "Rather new: from 2021"),
        (2019, "From 2019"),
        (1994, "From 1994"),
    ],
)
def test_only_what_is_new_is_called_new(year: int, text: str) -> None:
    """In 2025 an item of 1994 still has a trace of freshness; nobody would call it new."""
    moment = moment_of([item("beta", year=year)])
    (reason,) = told(moment, {"freshness": 0.001})
    assert (reason.type, reason.text) == ("new", text)


def test_the_recent_item_that_is_nearest_or_farthest_is_named() -> None:
    """A lift names the likest of the newest items, a loss the unlikest, each with its event."""
    directions = {"alpha": (1, 0), "beta": (4, 3), "gamma": (-1, 0), "delta": (0, -1)}
    own = [watched("alpha", 1), make_event("rating", "gamma", 2.0, position=2, at=NOON + 120)]
    moment = moment_of(ITEMS, None, own, directions=directions)
    (lift,) = told(moment, {"recent": 0.2})
    assert lift.type == "recent"
    assert lift.text.startswith("Close to Alpha")
    assert lift.evidence == ("event:e1", "item:alpha")
    (loss,) = told(moment, {"recent": -0.2})
    assert loss.type == "recent_mismatch"
    assert loss.text.startswith("Far from Gamma")
    assert loss.evidence == ("event:e2", "item:gamma")


# --- all of them --------------------------------------------------------------------------------


def test_every_term_has_one_reason_and_nothing_else_is_told() -> None:
    """Terms of 0 and terms of others are left to whoever knows them; amounts are told in full."""
    others = paths(*[["alpha", "beta"]] * 5)
    moment = moment_of(ITEMS, others, [watched("alpha", 1)])
    terms = {"transitions": 0.5, "trend": 0.2, "freshness": 0.0, "recent": -0.1, "quality": 0.3}
    found = told(moment, terms, score=0.9)
    assert {reason.terms[0]: reason.contribution for reason in found} == {
        "transitions": 0.5,
        "trend": 0.2,
        "recent": -0.1,
    }
    assert told(moment, {"trend": 0.0}, score=0.0) == []
