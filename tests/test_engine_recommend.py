"""Recommending without a query: useful from event zero, different with the very next event."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import an_event, bundled_engine, items_where, open_bundled_engine, say, teach

from penchant.domain.item import Item
from penchant.domain.result import RecommendAnswer
from penchant.engine import Engine
from penchant.errors import InvalidQuery


@pytest.fixture
def engine() -> Engine:
    """The shared engine: each test has people of its own."""
    return bundled_engine()


def ids(answer: RecommendAnswer) -> list[str]:
    """The item ids of a list, best first."""
    return [result.item.id for result in answer.recommendations]


def known(genre: str, most: int = 6) -> list[Item]:
    """Well-known items of a genre."""
    return items_where(bundled_engine(), lambda item: genre in item.values("genre"))[:most]


def test_a_stranger_gets_what_is_popular_and_good() -> None:
    """Scores are .6 popularity + .4 quality and a little for what is new, the best first."""
    engine = open_bundled_engine()
    anonymous = engine.recommend(None, 50)
    assert not anonymous.personalization.applied
    assert repr(engine.recommend("rec-nobody", 50).recommendations) == repr(
        anonymous.recommendations
    )
    catalogue = engine.snapshot.catalogue
    score = 0.6 * catalogue.popularity / catalogue.popularity.max()
    score += 0.4 * catalogue.quality / catalogue.quality.max()
    fresh = 0.5 ** (np.maximum(2025.45 - catalogue.numbers("year"), 0.0) / 3.0)
    score = score + 0.05 * fresh / fresh.max()
    assert ids(anonymous)[0] == catalogue.items[int(np.argmax(score))].id
    best = {catalogue.items[row].id for row in np.argsort(-score)[:250]}
    assert set(ids(anonymous)) <= best
    for result in anonymous.recommendations:
        row = catalogue.row_of[result.item.id]
        assert result.personalized_score == pytest.approx(score[row], abs=1e-3)
        assert result.base_score == result.personalized_score
        assert {reason.type for reason in result.explanations} <= {"popular", "highly_rated", "new"}
    assert dict(anonymous.weights) == pytest.approx(
        {"popularity": 0.6 / 1.05, "quality": 0.4 / 1.05, "freshness": 0.05 / 1.05}
    )
    engine.close()


def test_one_event_already_changes_the_list(engine: Engine) -> None:
    """A single love turns the list toward its kind, with a reason that names it."""
    before = ids(engine.recommend("rec-first", 10))
    loved = known("Medical")[0]
    engine.record(an_event("rec-first", "love", loved.id, event_id="rec-first-0"))
    answer = engine.recommend("rec-first", 10)
    assert answer.personalization.applied
    assert answer.personalization.profile_version == 1
    assert ids(answer) != before
    told = " ".join(r.text for result in answer.recommendations for r in result.explanations)
    assert loved.title in told


def test_the_personal_weight_rises_with_evidence() -> None:
    """Against what is popular and good .6 * e / (e + 2): one watched drama .2, ten .5."""
    engine = open_bundled_engine()
    shares = []
    for n, item in enumerate(known("Romance", 10)):
        event = an_event("rec-ramp", "watched", item.id, event_id=f"rec-ramp-{n}")
        engine.record(event)
        weights = engine.recommend("rec-ramp", 1).weights
        assert sum(weights.values()) == pytest.approx(1.0)
        personal = sum(weights[name] for name in ("facets", "embedding", "interests", "recent"))
        shares.append(personal / (personal + weights["popularity"] + weights["quality"]))
    assert shares[0] == pytest.approx(0.2)
    assert shares[9] == pytest.approx(0.5)
    assert shares == sorted(shares)
    engine.close()


def test_a_pin_works_before_the_first_event(engine: Engine) -> None:
    """Stating a genre changes the list at once, with more of that genre, and the reason says so."""

    def medical(user: str | None) -> int:
        found = engine.recommend(user, 20).recommendations
        return sum("Medical" in result.item.values("genre") for result in found)

    plain = medical(None)
    event_id = say(engine, "rec-pin", "pin", "genre", "Medical")
    assert medical("rec-pin") > plain
    first = engine.recommend("rec-pin", 20).recommendations[0]
    assert "Medical" in first.item.values("genre")
    reason = next(r for r in first.explanations if r.type == "genre_match")
    assert f"event:{event_id}" in reason.evidence
    engine.undo(event_id)
    assert repr(engine.recommend("rec-pin", 20).recommendations) == repr(
        engine.recommend(None, 20).recommendations
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("watched", None),
        ("rating", 9.0),
        ("love", None),
        ("hate", None),
        ("like", None),
        ("dislike", None),
        ("dismiss", None),
    ],
)
def test_what_a_person_is_done_with_is_left_out(
    engine: Engine, kind: str, value: float | None
) -> None:
    """An item watched, rated or sent away is not recommended; undo brings it back."""
    user = f"rec-done-{kind}"
    item_id = ids(engine.recommend(None, 5))[2]
    engine.record(an_event(user, kind, item_id, value, event_id=user))
    assert item_id not in ids(engine.recommend(user, 200))
    engine.undo(user)
    assert item_id in ids(engine.recommend(user, 5))


@pytest.mark.parametrize("kind", ["click", "view", "watchlist_add", "save"])
def test_what_was_only_looked_at_may_come_again(engine: Engine, kind: str) -> None:
    """A click, a view or a place on the list does not end an item."""
    user = f"rec-open-{kind}"
    item_id = ids(engine.recommend(None, 5))[2]
    engine.record(an_event(user, kind, item_id, event_id=user))
    assert item_id in ids(engine.recommend(user, 200))


def test_two_opposite_people_get_different_lists() -> None:
    """Lovers of one genre who hate the other's share hardly anything among the first ten."""
    engine = open_bundled_engine()
    lists = []
    for user, loved, hated in [
        ("rec-scare", "Horror", "Romance"),
        ("rec-sweet", "Romance", "Horror"),
    ]:
        teach(
            engine,
            user,
            *[("love", item.id) for item in known(loved)],
            *[("hate", item.id) for item in known(hated) if loved not in item.values("genre")],
        )
        lists.append(engine.recommend(user, 10))
    scare, sweet = lists
    assert len(set(ids(scare)) & set(ids(sweet))) <= 2
    for answer, loved in zip(lists, ("Horror", "Romance"), strict=True):
        found = [r for r in answer.recommendations if loved in r.item.values("genre")]
        assert len(found) >= 5
    engine.close()


def test_scores_are_sums_of_terms_and_reasons(engine: Engine) -> None:
    """In every list terms and contributions sum to the score, and each result has its fields."""
    teach(
        engine,
        "rec-sums",
        *[("rating", item.id, 8.5) for item in known("Fantasy", 4)],
        *[("click", item.id) for item in known("Comedy", 4)],
        *[("hate", item.id) for item in known("Melodrama", 3)],
    )
    say(engine, "rec-sums", "like", "genre", "Mystery")
    for user in (None, "rec-sums", "rec-scare", "rec-pin"):
        for result in engine.recommend(user, 200).recommendations:
            score = result.personalized_score
            assert sum(result.terms.values()) == pytest.approx(score, abs=1e-6)
            told = [reason.contribution for reason in result.explanations]
            assert len(told) >= 1
            assert sum(told) == pytest.approx(score, abs=1e-6)
            assert set(result.boost_details) == {"genre", "theme", "actor", "director"}
            if result.base_score > 0.0:
                expanded = result.base_score * result.boost_multiplier
                assert expanded == pytest.approx(score, abs=1e-6)


def test_the_best_comes_first_and_nothing_stands_twice(engine: Engine) -> None:
    """The first result has the highest score of all, and variety never doubles an item."""
    teach(engine, "rec-first2", *[("love", item.id) for item in known("Historical", 5)])
    for user in (None, "rec-first2"):
        found = engine.recommend(user, 100).recommendations
        assert found[0].personalized_score == max(r.personalized_score for r in found)
        assert len({r.item.id for r in found}) == len(found) == 100


@pytest.mark.parametrize("top_n", [0, -1, 201])
def test_an_impossible_count_is_refused(engine: Engine, top_n: int) -> None:
    """The error names the count and the bounds."""
    with pytest.raises(InvalidQuery, match=f"200, got {top_n}"):
        engine.recommend(None, top_n)
    with pytest.raises(InvalidQuery, match=f"200, got {top_n}"):
        engine.similar("crash-landing-on-you-2019", top_n)


def test_reading_later_fades_but_changes_nothing(engine: Engine) -> None:
    """A list asked for two years on leans less on taste; the stored profile stays as it was."""
    teach(engine, "rec-faded", *[("love", item.id) for item in known("Medical", 4)])
    stored = engine.storage.profiles.get("rec-faded")
    now = 1_750_000_300.0

    def genre_boost(when: float) -> float:
        found = engine.recommend("rec-faded", 50, now=when).recommendations
        return max(result.boost_details["genre"] for result in found)

    assert genre_boost(now + 730 * 86_400.0) < genre_boost(now) / 2
    assert engine.storage.profiles.get("rec-faded") == stored


def test_a_person_without_anything_left_gets_an_empty_list() -> None:
    """Someone who sent everything away gets no results and no error."""
    engine = open_bundled_engine()
    every = engine.snapshot.catalogue.items
    teach(engine, "done", *[("dismiss", item.id) for item in every])
    assert engine.recommend("done", 10).recommendations == ()
    engine.close()


def test_similar_items_share_and_exclude_themselves(engine: Engine) -> None:
    """Hospital Playlist is like other medical dramas; it is not like itself; likeness falls."""
    item = items_where(engine, lambda i: i.title == "Hospital Playlist")[0]
    answer = engine.similar(item.id, 10)
    assert answer.item.id == item.id
    assert len(answer.similar) == 10
    assert item.id not in [other.id for other, _, _ in answer.similar]
    likeness = [value for _, value, _ in answer.similar]
    assert likeness == sorted(likeness, reverse=True)
    assert all(-1.0 - 1e-6 <= value <= 1.0 + 1e-6 for value in likeness)
    assert sum("Medical" in other.values("genre") for other, _, _ in answer.similar) >= 3
    for other, _, shared in answer.similar:
        assert shared
        assert other.title not in shared
