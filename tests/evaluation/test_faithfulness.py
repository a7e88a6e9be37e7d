"""Are reasons true? On small worlds where that is known by construction, honest and lying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from ranking.small_worlds import any_retriever
from worlds import NOON, make_event, make_item, make_placed_learner

from penchant.answers import PageBuilder
from penchant.crowd.crowd import Crowd
from penchant.domain.record import Record
from penchant.domain.result import Recommendation
from penchant.evaluation.faithfulness import (
    FaithfulnessReport,
    KindReport,
    measure_faithfulness,
)
from penchant.ranking.blend import Blend, BlendConfig
from penchant.ranking.boosts import PersonalizationEngine
from penchant.ranking.for_you import ForYou
from penchant.ranking.moment import Moment, Scored, Scorer
from penchant.ranking.scorers import PopularityScorer, QualityScorer, RecentScorer
from penchant.ranking.weights import BlendWeights
from penchant.snapshot import Snapshot
from penchant.taste.interests import InterestModel

# Two wards of a hospital and two comedy clubs, at right angles to each other and to the rest.
KINDS = {
    "medical": (1, 0, 0, 0),
    "comedy": (0, 1, 0, 0),
    "crime": (0, 0, 1, 0),
    "war": (0, 0, 0, 1),
}
ITEMS = [
    replace(make_item(f"{kind}-{n}", genre=[kind.title()]), rating_count=1_000 - n)
    for kind in KINDS
    for n in range(6)
]
DIRECTIONS = {item.id: KINDS[item.id.split("-")[0]] for item in ITEMS}
LEARNER = make_placed_learner(ITEMS, DIRECTIONS)
SNAPSHOT = Snapshot(LEARNER.catalogue, LEARNER.vectors, any_retriever(), LEARNER)
PUBLIC: tuple[Scorer, ...] = (PopularityScorer(), QualityScorer())


def for_you(*more: Scorer, personal: Mapping[str, float] | None = None) -> ForYou:
    """The facets, what is popular and good, and whatever else a test needs."""
    weights = BlendWeights(
        personal or {"facets": 1.0, "embedding": 0.0, "interests": 0.0},
        {"popularity": 0.6, "quality": 0.4},
    )
    blend = Blend(PersonalizationEngine(), InterestModel(), BlendConfig(weights=weights))
    return ForYou(blend, (*PUBLIC, *more))


def history(user: str, *told: tuple[str, str]) -> list[Record]:
    """What one person did, a minute apart."""
    records = []
    for n, (kind, item_id) in enumerate(told, start=1):
        name = f"{user}-{n}"
        record = make_event(kind, item_id, position=n, at=NOON + 60 * n, event_id=name)
        assert record.feedback is not None
        feedback = replace(record.feedback, user_id=user)
        records.append(replace(record, user_id=user, feedback=feedback))
    return records


PEOPLE: Mapping[str, Sequence[Record]] = {
    "doctor": history("doctor", ("love", "medical-0"), ("watched", "medical-1")),
    "joker": history("joker", ("love", "comedy-0")),
    "both": history("both", ("watched", "crime-0"), ("love", "war-0"), ("watched", "crime-1")),
}


def measure(
    ranking: ForYou,
    people: Mapping[str, Sequence[Record]] = PEOPLE,
    *,
    samples: int = 500,
    page: int = 10,
    seed: int = 0,
) -> FaithfulnessReport:
    crowd = Crowd(LEARNER.signals)
    rng = np.random.default_rng(seed)
    now = NOON + 3_600.0
    return measure_faithfulness(
        SNAPSHOT, ranking, crowd, people, now, rng, samples=samples, page=page
    )


# --- true by construction -----------------------------------------------------------------------


def test_reasons_that_are_true_are_found_true() -> None:
    """Who loved a genre gets more of it because of that: without the love, term and score fall."""
    report = measure(for_you())
    assert set(report.kinds) == {"genre_match"}
    genre = report.kinds["genre_match"]
    # Four medical, five comedy, and of the third's ten items the nine of crime and war.
    assert genre.reasons == 4 + 5 + 9
    assert genre.term_fell == genre.score_fell == genre.reasons
    assert genre.rank_asked > 0
    assert genre.rank_fell == genre.rank_asked
    assert report.sums == 30
    assert report.largest_error < 1e-12


def test_reasons_that_name_items_are_followed_to_their_events() -> None:
    """An interest names the items it was made of; without them it is gone."""
    personal = {"facets": 0.0, "embedding": 0.0, "interests": 1.0}
    report = measure(for_you(personal=personal))
    interest = report.kinds["interest_match"]
    assert interest.reasons > 0
    assert interest.term_fell == interest.score_fell == interest.reasons


def test_likeness_to_the_latest_item_is_true_where_the_latest_is_all_there_is() -> None:
    """`recent` names the item it is close to; without that event nothing lifts the rest."""
    personal = {"facets": 0.0, "embedding": 0.0, "interests": 0.0, "recent": 1.0}
    people = {"joker": PEOPLE["joker"]}
    recent = measure(for_you(RecentScorer(), personal=personal), people).kinds["recent"]
    assert recent.reasons == 5
    assert recent.term_fell == recent.score_fell == 5


def test_what_nobody_did_is_not_taken_away() -> None:
    """Popularity, quality, and reasons that lower an item take no part; strangers have none."""
    people = {"grumpy": history("grumpy", ("hate", "war-0")), "nobody": []}
    report = measure(for_you(), people)
    assert report.total.reasons == 0
    assert report.sums == 20


# --- lies ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stubborn:
    """Says it goes by the latest items of a person, and goes by the title of the item."""

    name: str = "recent"
    side: str = "personal"

    def scores(self, moment: Moment) -> Scored:
        """The same for everybody who has done anything."""
        return Scored(np.linspace(1.0, 0.5, len(moment.catalogue))[moment.rows])


def test_a_scorer_that_does_not_do_what_its_reason_says_is_caught() -> None:
    """The page says "close to what you watched"; without that, nothing moves in the order.

    Term and score do fall, whatever a personal scorer goes by: less evidence is less taste in all.
    """
    personal = {"facets": 0.0, "embedding": 0.0, "interests": 0.0, "recent": 1.0}
    people = {"both": history("both", ("watched", "medical-0"), ("watched", "comedy-0"))}
    honest = measure(for_you(RecentScorer(), personal=personal), people).kinds["recent"]
    assert (honest.rank_asked, honest.rank_fell) == (10, 10)
    lying = for_you(Stubborn(), personal=personal)  # type: ignore[arg-type]
    lied = measure(lying, people).kinds["recent"]
    # Where nothing recent is on the reason's side, none is named: the other half of the list.
    assert (lied.rank_asked, lied.rank_fell) == (5, 0)


class Liar(PageBuilder):
    """Gives each reason the evidence of another: always the person's first event."""

    def from_blend(self, *arguments: object) -> tuple[Recommendation, ...]:
        """The true page with made-up evidence."""
        page = PageBuilder.from_blend(self, *arguments)  # type: ignore[arg-type]
        assert self.reading is not None
        first = min(v.event_id for v in self.reading.profile.verdicts.values())
        return tuple(
            replace(
                shown,
                explanations=tuple(
                    replace(reason, evidence=(f"event:{first}",)) if reason.evidence else reason
                    for reason in shown.explanations
                ),
            )
            for shown in page
        )


def test_an_explainer_that_names_the_wrong_event_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Popularity blamed on a hated war drama: taking that away lowers nothing of it."""
    people = {
        "both": history("both", ("hate", "war-0"), ("watched", "crime-0"), ("love", "medical-0"))
    }
    honest = measure(for_you(), people).total
    assert honest.reasons > 0
    assert honest.term_fell == honest.score_fell == honest.reasons
    monkeypatch.setattr("penchant.evaluation.faithfulness.PageBuilder", Liar)
    lied = measure(for_you(), people)
    popular = lied.kinds["popular"]
    assert popular.reasons > 0
    assert popular.term_fell == 0
    assert lied.total.term_fell < lied.total.reasons


class Inflated(PageBuilder):
    """Tells of a contribution twice what it was."""

    def from_blend(self, *arguments: object) -> tuple[Recommendation, ...]:
        """The true page with too large a first reason."""
        page = PageBuilder.from_blend(self, *arguments)  # type: ignore[arg-type]
        told = []
        for shown in page:
            first, *rest = shown.explanations
            doubled = replace(first, contribution=2 * first.contribution)
            told.append(replace(shown, explanations=(doubled, *rest)))
        return tuple(told)


def test_reasons_that_do_not_sum_to_the_score_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest difference is reported."""
    monkeypatch.setattr("penchant.evaluation.faithfulness.PageBuilder", Inflated)
    assert measure(for_you()).largest_error > 0.1


# --- how many -----------------------------------------------------------------------------------


def test_no_more_reasons_than_asked_for() -> None:
    """And a person gives ten at most, so that one long history does not speak for all."""
    assert measure(for_you(), samples=3).total.reasons == 3
    report = measure(for_you(), {"both": PEOPLE["both"]}, page=20)
    assert report.total.reasons == 9
    wide = for_you(RecentScorer(), personal={"facets": 0.5, "embedding": 0.2, "interests": 0.3})
    assert measure(wide, {"both": PEOPLE["both"]}, page=20).total.reasons == 10


def test_the_same_seed_tries_the_same_reasons() -> None:
    """And nothing of what is tried is left behind for the next."""
    assert measure(for_you(), samples=7, seed=1) == measure(for_you(), samples=7, seed=1)


def test_all_kinds_together() -> None:
    """The total is the sum of the kinds."""
    report = FaithfulnessReport(
        kinds={"genre_match": KindReport(3, 2, 2, 1, 1), "recent": KindReport(4, 4, 3, 2, 0)}
    )
    assert report.total == KindReport(7, 6, 5, 3, 1)
    assert FaithfulnessReport().total == KindReport()
