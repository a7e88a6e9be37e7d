"""For You: what scorers say of a moment, from nobody's history to a person among many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from ranking.crowd_moments import item, moment_of, paths
from worlds import NOON, make_event

from penchant.ranking.blend import Blend
from penchant.ranking.boosts import PersonalizationEngine
from penchant.ranking.for_you import ForYou
from penchant.ranking.moment import Moment, Scored, Side
from penchant.ranking.scorers import DEFAULT_SCORERS, PopularityScorer, TransitionScorer
from penchant.taste.interests import InterestModel

ITEMS = [item(name, raters=10 * n) for n, name in enumerate("abcd", start=1)]
FOR_YOU = ForYou(Blend(PersonalizationEngine(), InterestModel()))
OWN = [make_event("watched", "a", at=NOON + 60)]


@dataclass(frozen=True)
class Fixed:
    """A scorer of one's own that always says the same."""

    name: str
    column: tuple[float, ...]
    side: Side = "model"
    confidence: float = 1.0

    def scores(self, moment: Moment) -> Scored | None:
        del moment
        return Scored(np.array(self.column), self.confidence) if self.column else None


def test_nobody_gets_what_is_known_of_the_items() -> None:
    """Without a person and a crowd: popularity, quality and freshness, fully trusted."""
    sides = FOR_YOU.sides(moment_of(ITEMS))
    assert set(sides.model) == {"popularity", "quality", "freshness"}
    assert not sides.personal
    assert set(sides.confidence.values()) == {1.0}
    found = FOR_YOU.scores(moment_of(ITEMS))
    assert set(found.terms) == {"popularity", "quality", "freshness"}
    assert found.score == pytest.approx(sum(found.terms.values()))


def test_a_crowd_adds_the_trend_for_nobody() -> None:
    """Zero events of one's own: popularity and what is sought now, no transitions."""
    found = FOR_YOU.scores(moment_of(ITEMS, paths("ab", "b")))
    assert set(found.terms) == {"popularity", "quality", "freshness", "trend"}
    assert int(np.argmax(found.terms["trend"])) == 1


@pytest.mark.parametrize("others", [0, 1, 10, 100, 1_000])
def test_popularity_steps_back_as_transitions_are_trusted(others: int) -> None:
    """With n transitions of n people beside this one: popularity keeps what they are not trusted.

    Transitions are trusted n / (n + 50), times (n + 1) / (n + 51) for the people.
    """
    sides = FOR_YOU.sides(moment_of(ITEMS, paths(*["ab"] * others), OWN))
    trust = others / (others + 50.0) * (others + 1) / (others + 51)
    assert sides.confidence["popularity"] == pytest.approx(1.0 - trust)
    assert sides.confidence.get("transitions", 0.0) == pytest.approx(trust)
    assert sides.confidence["quality"] == 1.0


def test_what_others_went_on_to_comes_to_lead() -> None:
    """The more people went from a to b, the more of the score is theirs."""
    shares = []
    for others in (0, 1, 10, 100, 1_000):
        found = FOR_YOU.scores(moment_of(ITEMS, paths(*["ab"] * others), OWN))
        shares.append(found.weights.get("transitions", 0.0))
        assert sum(found.weights.values()) == pytest.approx(1.0)
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] > 0.5
    assert int(np.argmax(found.score)) == 1


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_strength_scales_the_trust_in_ones_own_history(strength: float) -> None:
    """50 transitions of 51 people: .5 * 51 / 101, times the strength; the rest is popularity's."""
    moment = moment_of(ITEMS, paths(*["ab"] * 50), OWN)
    sides = FOR_YOU.sides(moment, strength)
    trust = 0.5 * 51 / 101 * strength
    assert sides.confidence["transitions"] == pytest.approx(trust)
    assert sides.confidence["popularity"] == pytest.approx(1.0 - trust)


def test_at_strength_0_nothing_of_the_person_is_in_the_score() -> None:
    """The scores are those of nobody at the same moment."""
    others = paths(*["ab"] * 50, "cd")
    own = FOR_YOU.scores(moment_of(ITEMS, others, OWN), strength=0.0)
    nobodys = FOR_YOU.scores(moment_of(ITEMS, [*others, *OWN]))
    assert own.score == pytest.approx(nobodys.score)
    assert not np.any(own.terms.get("transitions", 0.0))


def test_a_scorer_of_ones_own_takes_part() -> None:
    """It gives a term of its name on its side, by its confidence; silent ones give none."""
    mine = Fixed("mine", (0.0, 0.0, 3.0, 0.0))
    taste = Fixed("taste", (0.0, 0.0, -1.0, 5.0), "personal")
    silent = Fixed("silent", ())
    unsure = Fixed("unsure", (0.0, 9.0, 0.0, 0.0), confidence=0.0)
    for_you = ForYou(FOR_YOU.blend, (*DEFAULT_SCORERS, mine, taste, silent, unsure))
    nobody = for_you.scores(moment_of(ITEMS))
    assert "mine" in nobody.terms
    assert "taste" not in nobody.terms
    assert not nobody.terms["unsure"].any()
    found = for_you.scores(moment_of(ITEMS, None, OWN))
    assert {"mine", "taste"} <= set(found.terms)
    assert "silent" not in found.terms
    assert found.terms["mine"][2] == found.terms["mine"].max() > 0.0
    assert found.terms["taste"][3] > 0.0 > found.terms["taste"][2]
    assert "mine" in found.model_terms
    assert "taste" not in found.model_terms


def test_only_the_scorers_that_are_given_speak() -> None:
    """The list of scorers is the ensemble: nothing else is asked."""
    for_you = ForYou(FOR_YOU.blend, (PopularityScorer(), TransitionScorer()))
    sides = for_you.sides(moment_of(ITEMS, paths("ab"), OWN))
    assert set(sides.model) == {"popularity", "transitions"}
    assert not sides.personal
