"""Reasons as people read them: what they say, how sure they are, and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from worlds import NOON, make_event, make_item, make_learner, make_statement, taste_of

from penchant.domain.item import Item
from penchant.domain.profile import Verdict
from penchant.domain.query import Analysis, Intent
from penchant.domain.record import Record, StatementAction
from penchant.domain.result import Explanation
from penchant.ranking.boosts import PersonalizationEngine
from penchant.ranking.evidence import Evidence, said_of
from penchant.ranking.explain import Explainer, MatchedQuery
from penchant.taste.learner import Learner

ITEMS = [
    make_item("medical-1", "First Aid", genre=["Medical"], actor=["Jo Jung-suk"]),
    make_item("medical-2", "Second Opinion", genre=["Medical"]),
    make_item("candidate", "Third Ward", genre=["Medical"], actor=["Jo Jung Suk"]),
    make_item("thriller-1", "Night Bus", genre=["Thriller"], theme=["Revenge", "Family"]),
    make_item("thriller-2", "Day Bus", genre=["Thriller"], theme=["Revenge", "Family", "Food"]),
    make_item("drama-1", "Plain One", genre=["Drama"]),
    make_item("drama-2", "Plain Two", genre=["Drama"]),
]


@pytest.fixture(scope="module")
def learner() -> Learner:
    return make_learner(ITEMS)


def explainer(
    learner: Learner, records: Sequence[Record] = (), query: MatchedQuery | None = None
) -> Explainer:
    """The explainer of somebody's page; without records, of nobody's."""
    schema, vectors = learner.catalogue.schema, learner.vectors.centred
    evidence = None
    if records:
        reading = taste_of(learner, *records)
        evidence = Evidence(reading, vectors, learner.catalogue, vectors)
    return Explainer(
        schema.facets, schema.noun, schema.verb_past, schema.rating_scale[1], evidence, query
    )


def reasons_for(
    learner: Learner,
    records: Sequence[Record],
    item_id: str,
    terms: Mapping[str, float] | None = None,
) -> tuple[Explanation, ...]:
    """The reasons for an item of base score 1 under what the person did."""
    row = learner.catalogue.row_of[item_id]
    boosts = PersonalizationEngine().boosts(
        taste_of(learner, *records), learner.catalogue.rows([item_id])
    )
    details = {facet: float(column[0]) for facet, column in boosts.facets.items()}
    whole = {"lexical": 1.0, **details} if terms is None else terms
    item = learner.catalogue.items[row]
    return explainer(learner, records).explain(item, row, whole, details)


def reason(found: Sequence[Explanation], kind: str) -> Explanation:
    (only,) = [r for r in found if r.type == kind]
    return only


def matched(title_item: str | None = None, seed: str | None = None) -> MatchedQuery:
    analysis = Analysis(Intent.OTHER, 1.0, 0.5, "hospital", title_item=title_item)
    return MatchedQuery("hospital", analysis, seed)


RATED = [
    make_event("rating", "medical-1", 10.0, position=1),
    make_event("rating", "medical-2", 10.0, position=2),
]


def test_a_genre_reason_names_the_place_the_confidence_and_the_events(learner: Learner) -> None:
    """Two full ratings: boost .34 of .5, confidence 2/4: .68 * .5 = .34, a medium match."""
    genre = reason(reasons_for(learner, RATED, "candidate"), "genre_match")
    assert genre.text == "Matches your interest in Medical dramas (your #1 genre)"
    assert genre.contribution == pytest.approx(0.34)
    assert genre.confidence == pytest.approx(0.34)
    assert genre.strength == "medium"
    assert genre.terms == ("genre",)
    assert set(genre.evidence) == {"event:e1", "event:e2"}


def test_an_actor_reason_rests_on_the_item_the_actor_was_in(learner: Learner) -> None:
    """Spelled differently in the candidate; one rating, g(.6) = .6 with confidence 1/3."""
    actor = reason(reasons_for(learner, RATED, "candidate"), "actor_match")
    assert "Jo Jung-suk" in actor.text
    assert "#1 actor" in actor.text
    assert actor.confidence == pytest.approx(0.6 / 3)
    assert actor.strength == "weak"
    assert actor.evidence == ("event:e1",)


def test_the_largest_reason_comes_first(learner: Learner) -> None:
    kinds = [r.type for r in reasons_for(learner, RATED, "candidate")]
    assert kinds.index("genre_match") < kinds.index("actor_match")


def test_a_turned_down_genre_is_said_with_the_event(learner: Learner) -> None:
    disliked = [make_event("hate", "medical-1")]
    genre = reason(reasons_for(learner, disliked, "candidate"), "genre_mismatch")
    assert "Medical" in genre.text
    assert genre.contribution < 0.0
    assert genre.evidence == ("event:e1",)


def test_shared_themes_are_named(learner: Learner) -> None:
    theme = reason(
        reasons_for(learner, [make_event("love", "thriller-1")], "thriller-2"), "theme_match"
    )
    assert "Revenge" in theme.text
    assert "Family" in theme.text
    assert "Food" not in theme.text
    assert theme.evidence == ("event:e1",)


def test_the_genre_drama_of_dramas_is_not_said_twice(learner: Learner) -> None:
    genre = reason(
        reasons_for(learner, [make_event("watched", "drama-1")], "drama-2"), "genre_match"
    )
    assert "drama drama" not in genre.text.casefold()


def test_a_stated_preference_is_its_own_evidence(learner: Learner) -> None:
    said = [make_statement(StatementAction.PIN, "genre", "Medical")]
    genre = reason(reasons_for(learner, said, "candidate"), "genre_match")
    assert genre.evidence == ("event:s1",)
    assert genre.strength == "strong"


def test_the_second_genre_is_called_the_second(learner: Learner) -> None:
    records = [*RATED, make_event("like", "thriller-1", position=3)]
    genre = reason(reasons_for(learner, records, "thriller-2"), "genre_match")
    assert "#2 genre" in genre.text


def test_likeness_names_the_nearest_liked_item_and_what_was_said_of_it(learner: Learner) -> None:
    """A share of .5 of the score behind a full rating: a strong reason."""
    records = [make_event("rating", "medical-1", 9.0)]
    similar = reason(
        reasons_for(learner, records, "medical-1", {"embedding": 0.5, "popularity": 0.5}),
        "similar_to",
    )
    assert similar.text == "Similar to First Aid, which you rated 9/10"
    assert similar.confidence == pytest.approx(0.5)
    assert similar.evidence == ("event:e1", "item:medical-1")


def test_an_interest_is_named_by_the_items_that_made_it(learner: Learner) -> None:
    records = [make_event("love", "medical-1"), make_event("love", "thriller-1", position=2)]
    interest = reason(
        reasons_for(learner, records, "thriller-1", {"interests": 0.4}), "interest_match"
    )
    assert "Night Bus" in interest.text
    assert "First Aid" not in interest.text
    assert interest.evidence == ("item:thriller-1",)


def test_public_reasons_carry_their_figures(learner: Learner) -> None:
    """12,000 raters stand firmly behind a mean: 12000 / 12050 of the share."""
    item = Item("x", "X", rating=9.1, rating_count=12_000)
    found = explainer(learner).explain(item, 0, {"quality": 0.3, "popularity": 0.1}, {})
    rated, popular = reason(found, "highly_rated"), reason(found, "popular")
    assert "9.1" in rated.text
    assert "12,000 people" in rated.text
    assert "12,000 people" in popular.text
    assert rated.confidence == pytest.approx(0.75 * 12_000 / 12_050)


def test_an_item_without_ratings_is_not_said_to_be_highly_rated(learner: Learner) -> None:
    found = explainer(learner).explain(Item("x", "X"), 0, {"quality": 0.3}, {})
    assert "ithout ratings" in reason(found, "highly_rated").text
    assert reason(found, "highly_rated").confidence == 0.0


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (matched(), "hospital"),
        (matched(title_item="candidate"), "Third Ward is the title you asked for"),
        (matched(seed="Night Bus"), "Resembles Night Bus"),
    ],
)
def test_a_match_quotes_the_query(learner: Learner, query: MatchedQuery, expected: str) -> None:
    """All terms of the query are one reason."""
    item = learner.catalogue.get("candidate")
    terms = {"lexical": 0.3, "semantic": 0.5, "rerank": -0.1}
    (match,) = explainer(learner, query=query).explain(item, 0, terms, {})
    assert match.type == "query_match"
    assert expected in match.text
    assert match.contribution == pytest.approx(0.7)
    assert match.terms == ("lexical", "semantic", "rerank")


def test_terms_that_nobody_explains_are_still_accounted_for(learner: Learner) -> None:
    """A caller's own scorer is one reason, so that nothing is hidden."""
    item = learner.catalogue.get("candidate")
    (other,) = explainer(learner).explain(item, 0, {"base": 0.8}, {})
    assert other.terms == ("base",)
    assert other.contribution == 0.8


@pytest.mark.parametrize("unexplained", ["base", "actor", "crowd"])
def test_a_small_term_without_words_of_its_own_is_not_left_out(
    learner: Learner, unexplained: str
) -> None:
    """Whatever no reason stands for, however little, makes the sum come out."""
    item = learner.catalogue.get("candidate")
    terms = {"lexical": 0.7, unexplained: 1e-4}
    found = explainer(learner, query=matched()).explain(item, 0, terms, {})
    assert {name for r in found for name in r.terms} == set(terms)
    assert sum(r.contribution for r in found) == pytest.approx(0.7001, abs=1e-9)


def test_an_item_with_a_score_of_nought_still_has_a_reason(learner: Learner) -> None:
    item = learner.catalogue.get("candidate")
    (only,) = explainer(learner).explain(item, 0, {"lexical": 0.0}, {})
    assert only.contribution == 0.0
    assert only.confidence == 0.0


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("rating", 9.0, "which you rated 9/10"),
        ("rating", 8.5, "which you rated 8.5/10"),
        ("love", None, "which you loved"),
        ("like", None, "which you liked"),
        ("watched", None, "which you watched"),
        ("watch_progress", 0.4, "which you started"),
        ("watchlist_add", None, "which is on your list"),
        ("click", None, "which you looked at"),
        ("a kind of one's own", None, "which you watched"),
    ],
)
def test_a_verdict_is_put_in_plain_words(kind: str, value: float | None, expected: str) -> None:
    verdict = Verdict("a", "e1", kind, 1.0, 1.0, 1, 0.0, 1, value)
    assert said_of(verdict, "watched", 10.0) == expected


def test_only_events_that_point_the_same_way_are_named(learner: Learner) -> None:
    """A liking is not supported by a dislike, nor the other way round."""
    records = [
        make_event("love", "medical-1", position=1),
        make_event("dislike", "medical-2", position=2),
    ]
    evidence = explainer(learner, records).evidence
    assert evidence is not None
    assert evidence.events("genre", "Medical", liked=True) == ("event:e1",)
    assert evidence.events("genre", "medical", liked=False) == ("event:e2",)


def test_the_newest_five_events_are_named() -> None:
    items = [make_item(f"m{n}", genre=["Medical"]) for n in range(9)]
    learner = make_learner(items)
    records = [make_event("watched", f"m{n}", position=n + 1, at=NOON + n) for n in range(8)]
    genre = reason(reasons_for(learner, records, "m8"), "genre_match")
    assert genre.evidence == ("event:e8", "event:e7", "event:e6", "event:e5", "event:e4")
