"""Reasons that must not mislead: each case once named the wrong cause, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from ranking.small_worlds import BLEND
from worlds import (
    make_event,
    make_item,
    make_learner,
    make_placed_learner,
    make_statement,
    taste_of,
    taste_with,
)

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import load_bundled_schema
from penchant.domain.record import Record, StatementAction
from penchant.domain.result import Explanation
from penchant.ranking.blend import Sides
from penchant.ranking.boosts import PersonalizationEngine
from penchant.ranking.evidence import Evidence
from penchant.ranking.explain import Explainer
from penchant.taste.learner import Learner


def blended(
    learner: Learner, records: Sequence[Record], item_id: str
) -> tuple[dict[str, float], tuple[Explanation, ...]]:
    """An item's terms and reasons in the list without a query, popularity being even."""
    catalogue, vectors = learner.catalogue, learner.vectors.centred
    reading = taste_of(learner, *records)
    row = catalogue.row_of[item_id]
    rows = np.arange(len(catalogue), dtype=np.int64)
    scores = BLEND.scores(reading, vectors, rows, Sides({"popularity": np.ones(len(rows))}))
    terms = {name: float(column[row]) for name, column in scores.terms.items()}
    boosts = {facet: float(column[row]) for facet, column in scores.boosts.items()}
    schema = catalogue.schema
    explainer = Explainer(
        schema.facets,
        schema.noun,
        schema.verb_past,
        schema.rating_scale[1],
        Evidence(reading, vectors, catalogue, vectors),
    )
    return terms, explainer.explain(catalogue.items[row], row, terms, boosts)


def evidence_of(found: Sequence[Explanation], kind: str) -> set[str]:
    (only,) = [r for r in found if r.type == kind]
    return set(only.evidence)


def test_two_genres_that_pull_alike_are_both_named() -> None:
    """Each watched once: taking one of them back leaves the boost as it was: one is no reason."""
    learner = make_learner(
        [
            make_item("medical", genre=["Medical"]),
            make_item("life", genre=["Life"]),
            make_item("both", genre=["Medical", "Life"]),
        ]
    )
    records = [make_event("watched", "medical"), make_event("watched", "life", position=2)]
    terms, found = blended(learner, records, "both")
    named = evidence_of(found, "genre_match")
    kept = [r for r in records if f"event:{r.event_id}" not in named]
    left = PersonalizationEngine().boosts(
        taste_of(learner, *kept), learner.catalogue.rows(["both"])
    )
    assert terms["genre"] > 0.0
    assert left.facets["genre"][0] == pytest.approx(0.0)


def test_taking_back_the_evidence_of_a_theme_reason_lowers_the_theme_boost() -> None:
    """Three shared themes, two of them from one broad item: the third's event is evidence too.

    Without the broad item the taste is narrower and its cosine with the candidate greater.
    """
    elsewhere = [f"Elsewhere {n}" for n in range(18)]
    learner = make_learner(
        [
            make_item("broad", theme=["A", "B", *elsewhere]),
            make_item("narrow", theme=["C"]),
            make_item("candidate", theme=["A", "B", "C"]),
        ]
    )
    records = [make_event("love", "broad"), make_event("like", "narrow", position=2)]
    _, found = blended(learner, records, "candidate")
    named = evidence_of(found, "theme_match")
    kept = [r for r in records if f"event:{r.event_id}" not in named]
    engine, rows = PersonalizationEngine(), learner.catalogue.rows(["candidate"])
    before = engine.boosts(taste_of(learner, *records), rows).facets["theme"][0]
    after = engine.boosts(taste_of(learner, *kept), rows).facets["theme"][0]
    assert after < before


def test_an_event_that_taught_nothing_about_an_actor_is_no_evidence() -> None:
    """Only the first five of a cast are learned from: the sixth name's item is not named."""
    learner = make_learner(
        [
            make_item("lead", actor=["Yu Na"]),
            make_item("sixth", actor=["A", "B", "C", "D", "E", "Yu Na"]),
            make_item("candidate", actor=["Yu Na"]),
        ]
    )
    records = [make_event("watched", "lead"), make_event("watched", "sixth", position=2)]
    _, found = blended(learner, records, "candidate")
    assert evidence_of(found, "actor_match") == {"event:e1"}


def test_a_low_rating_of_a_generous_rater_is_the_evidence_of_the_dislike() -> None:
    """A 6 among nines was learned as .4; the reason for the demotion names it."""
    learner = make_learner(
        [
            *(make_item(f"medical-{n}", genre=["Medical"]) for n in range(6)),
            make_item("thriller", genre=["Thriller"]),
            make_item("candidate", genre=["Thriller"]),
        ]
    )
    nines = [make_event("rating", f"medical-{n}", 9.0, position=n + 1) for n in range(6)]
    six = make_event("rating", "thriller", 6.0, position=7)
    terms, found = blended(learner, [*nines, six], "candidate")
    assert terms["genre"] < 0.0
    assert evidence_of(found, "genre_mismatch") == {"event:e7"}


def test_what_was_forgotten_is_no_evidence() -> None:
    """Only the item watched after "forget Medical" stands behind the interest in it."""
    learner = make_learner([make_item(f"m{n}", genre=["Medical"]) for n in range(3)])
    records = [
        make_event("watched", "m0", position=1),
        make_statement(StatementAction.FORGET, "genre", "Medical", position=2),
        make_event("watched", "m1", position=3),
    ]
    _, found = blended(learner, records, "m2")
    assert evidence_of(found, "genre_match") == {"event:e3"}


def test_a_cap_is_no_evidence_of_liking() -> None:
    """It holds the preference down; taking it back would lift the item."""
    learner = make_learner([make_item(f"m{n}", genre=["Medical"]) for n in range(4)])
    records = [make_event("love", f"m{n}", position=n + 1) for n in range(3)]
    cap = make_statement(StatementAction.CAP, "genre", "Medical", 0.65, position=4)
    _, found = blended(learner, [*records, cap], "m3")
    assert evidence_of(found, "genre_match") == {"event:e1", "event:e2", "event:e3"}


def test_what_lies_opposite_to_a_dislike_is_not_called_unlike_your_likes() -> None:
    """Somebody who has only turned one thing down: its opposite gains, and the reason says so."""
    learner = make_placed_learner(
        [make_item("disliked"), make_item("opposite")],
        {"disliked": (1.0, 0.0), "opposite": (-1.0, 0.0)},
    )
    terms, found = blended(learner, [make_event("hate", "disliked")], "opposite")
    (reason,) = [r for r in found if r.terms == ("embedding",)]
    assert terms["embedding"] > 0.0
    assert reason.type != "unlike_taste"
    assert "event:e1" in reason.evidence


def test_an_item_is_not_called_similar_to_one_it_has_nothing_in_common_with() -> None:
    """It gains from a dislike of its opposite only; the liked item lies at a right angle."""
    learner = make_placed_learner(
        [make_item("liked"), make_item("disliked"), make_item("candidate")],
        {"liked": (0.0, 1.0), "disliked": (1.0, 0.0), "candidate": (-1.0, 0.0)},
    )
    records = [make_event("love", "liked"), make_event("hate", "disliked", position=2)]
    terms, found = blended(learner, records, "candidate")
    (reason,) = [r for r in found if r.terms == ("embedding",)]
    assert terms["embedding"] > 0.0
    assert "event:e1" not in reason.evidence
    assert "Similar to Liked" not in reason.text


def test_likes_that_the_candidates_lack_still_widen_a_taste() -> None:
    """The theme cosine is with the whole taste, also where the candidates hold a part of it."""
    schema = replace(load_bundled_schema(), lexicon={})
    likes = {"theme": {"Revenge": 0.8, "Family": 0.8}}
    narrow = Catalogue(schema, [make_item("a", theme=["Revenge"])])
    wide = Catalogue(schema, [make_item("a", theme=["Revenge"]), make_item("b", theme=["Family"])])
    boosts = [
        PersonalizationEngine().boosts(taste_with(c, likes), c.rows(["a"])).facets["theme"][0]
        for c in (wide, narrow)
    ]
    assert boosts[0] == pytest.approx(0.4 / np.sqrt(2))
    assert boosts[1] == pytest.approx(boosts[0])


@pytest.mark.parametrize(("worse", "better"), [(5.5, 7.0), (5.0, 6.5), (5.5, 7.5)])
def test_a_better_rating_never_pulls_the_user_vector_less(worse: float, better: float) -> None:
    """Of two first ratings in different directions the better one is as near to the user."""
    learner = make_learner([make_item("worse"), make_item("better")])
    reading = taste_of(
        learner,
        make_event("rating", "worse", worse),
        make_event("rating", "better", better, position=2),
    )
    user = reading.profile.vector
    assert user is not None
    cosines = learner.vectors.centred[learner.catalogue.rows(["worse", "better"])] @ user
    assert cosines[1] >= cosines[0]
