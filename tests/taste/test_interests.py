"""Several interests side by side: how they open, grow, make room, and score."""

from __future__ import annotations

from itertools import pairwise
from math import cos, sin, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.domain.profile import Interest
from penchant.taste.interests import InterestDraft, InterestModel

MODEL = InterestModel()
AXES = np.eye(12)
Vector = np.ndarray


def learned(*steps: tuple[str, Vector, float, float]) -> tuple[Interest, ...]:
    """The interests after (item id, vector, strength, target) steps, a second apart."""
    draft = InterestDraft(MODEL, len(AXES))
    for at, (item_id, vector, strength, target) in enumerate(steps):
        draft.learn(item_id, vector, strength, target, float(at))
    return draft.frozen()


def liked(name: str, vector: Vector, strength: float = 1.0) -> tuple[str, Vector, float, float]:
    return name, vector, strength, 1.0


def at_cosine(cosine: float) -> Vector:
    """A unit vector at that cosine to the first axis."""
    return cosine * AXES[0] + sqrt(1.0 - cosine**2) * AXES[1]


@pytest.mark.parametrize(("cosine", "count"), [(0.5, 1), (0.11, 1), (0.09, 2), (0.0, 2), (-0.9, 2)])
def test_a_liked_item_joins_from_a_cosine_of_a_tenth_on(cosine: float, count: int) -> None:
    interests = learned(liked("a", AXES[0]), liked("b", at_cosine(cosine)))
    assert len(interests) == count


def test_it_joins_the_nearest_of_those_it_could_join() -> None:
    first, second = AXES[0], AXES[1]
    between = np.cos(1.0) * first + np.sin(1.0) * second
    interests = learned(liked("a", first), liked("b", second), liked("c", between))
    assert [i.item_ids for i in interests] == [("a",), ("c", "b")]


def test_a_grown_interest_lies_between_its_items_by_their_strength() -> None:
    """Strengths 1 and .5 at an angle: the centroid is their weighted mean, of length one."""
    interests = learned(liked("a", AXES[0]), liked("b", at_cosine(0.6), 0.5))
    expected = AXES[0] + 0.5 * at_cosine(0.6)
    assert interests[0].centroid == pytest.approx(expected / np.linalg.norm(expected))
    assert interests[0].strength == pytest.approx(1.5)
    assert interests[0].confidence == pytest.approx(1.5 / 3.5)
    assert interests[0].last_at == 1.0
    assert interests[0].item_ids == ("b", "a")


def test_there_are_at_most_eight_and_the_weakest_makes_room() -> None:
    strengths = [1.0, 0.9, 0.2, 0.8, 0.7, 0.6, 0.5, 0.4]
    eight = [liked(f"i{n}", AXES[n], s) for n, s in enumerate(strengths)]
    assert len(learned(*eight)) == 8
    kept = learned(*eight, liked("new", AXES[9], 0.1))
    assert [i.item_ids[0] for i in kept] == ["i0", "i1", "i3", "i4", "i5", "i6", "i7", "new"]
    assert [int(i.centroid.argmax()) for i in kept] == [0, 1, 3, 4, 5, 6, 7, 9]


def test_disliking_weakens_the_interest_it_belongs_to_and_no_other() -> None:
    interests = learned(
        liked("a", AXES[0]), liked("a2", AXES[0]), liked("b", AXES[1]), ("c", AXES[0], 0.5, 0.0)
    )
    assert [i.strength for i in interests] == pytest.approx([1.5, 1.0])


def test_an_interest_that_is_disliked_away_is_gone() -> None:
    interests = learned(liked("a", AXES[0], 0.5), liked("b", AXES[1]), ("c", AXES[0], 1.0, 0.0))
    assert [i.item_ids for i in interests] == [("b",)]


def test_a_dislike_opens_no_interest() -> None:
    assert learned(("a", AXES[0], 1.0, 0.0)) == ()


def test_what_says_nothing_changes_nothing() -> None:
    """No strength, or an item whose text the encoder cannot place."""
    assert learned(liked("a", AXES[0], 0.0), liked("b", np.zeros(12))) == ()


def test_the_score_is_the_best_interest_not_the_average() -> None:
    """Two unrelated tastes: an item of one loses nothing for having nothing of the other."""
    one = learned(liked("a", AXES[0]))
    two = learned(liked("a", AXES[0]), liked("b", AXES[1]))
    middle = (AXES[0] + AXES[1]) / sqrt(2)
    vectors = np.stack([AXES[0], AXES[1], middle, AXES[5]]).astype(np.float32)
    assert MODEL.scores(one, vectors)[0] == pytest.approx(1 / 3)
    assert MODEL.scores(two, vectors) == pytest.approx(
        [1 / 3, 1 / 3, 1 / 3 / sqrt(2), 0.0], abs=1e-6
    )


def test_a_confident_interest_counts_for_more() -> None:
    """Strengths 2 and 1 at cosine 1: 2/4 and 1/3."""
    interests = learned(liked("a", AXES[0]), liked("a2", AXES[0]), liked("b", AXES[1]))
    vectors = np.stack([AXES[0], AXES[1]]).astype(np.float32)
    assert MODEL.scores(interests, vectors) == pytest.approx([0.5, 1 / 3], abs=1e-6)


def test_without_interests_every_score_is_nought() -> None:
    assert MODEL.scores((), AXES[:3].astype(np.float32)).tolist() == [0.0] * 3


ANGLES = st.lists(
    st.tuples(st.floats(0.0, 6.28), st.floats(0.0, 1.0), st.sampled_from([0.0, 0.4, 0.5, 1.0])),
    max_size=40,
)


@given(steps=ANGLES)
def test_interests_stay_few_sound_and_apart(steps: list[tuple[float, float, float]]) -> None:
    """However many verdicts: at most eight unit centroids, strong ones, scores in [-1, 1]."""
    interests: tuple[Interest, ...] = ()
    for n, (angle, strength, target) in enumerate(steps):
        vector = np.array([cos(angle), sin(angle), 0.0])
        draft = InterestDraft(MODEL, 3, interests)
        draft.learn(f"i{n}", vector, strength, target, float(n))
        interests = draft.frozen()
        assert len(interests) <= 8
        for interest in interests:
            assert float(np.linalg.norm(interest.centroid)) == pytest.approx(1.0)
            assert interest.strength > 0.0
            assert 0.0 <= interest.confidence < 1.0
            assert 1 <= len(interest.item_ids) <= 5
    scores = MODEL.scores(interests, np.eye(3, dtype=np.float32))
    assert np.all(np.abs(scores) <= 1.0)


# Directions of a few axes: many cosines are equal or lie within rounding of one another.
PLACES = st.lists(st.sampled_from([-1.0, 0.0, 0.1, 0.5, 1.0]), min_size=6, max_size=6)


def unit(place: list[float]) -> Vector:
    length = float(np.linalg.norm(place))
    return np.array(place) / (length or 1.0)


@given(
    steps=st.lists(
        st.tuples(PLACES.map(unit), st.sampled_from([0.3, 1.0]), st.sampled_from([0.0, 1.0])),
        max_size=40,
    )
)
def test_interests_are_the_same_learned_in_one_go_or_one_by_one(
    steps: list[tuple[Vector, float, float]],
) -> None:
    """Bit for bit, and each verdict joins the first of the nearest by a plain dot product."""
    draft = InterestDraft(MODEL, 6)
    interests: tuple[Interest, ...] = ()
    for n, (vector, strength, target) in enumerate(steps):
        cosines = [float(interest.centroid.dot(vector)) for interest in interests]
        single = InterestDraft(MODEL, 6, interests)
        for one in (draft, single):
            one.learn(f"i{n}", vector, strength, target, float(n))
        before, interests = interests, single.frozen()
        if target > 0.5 and cosines and max(cosines) >= MODEL.joining_cosine:
            joined = cosines.index(max(cosines))
            assert interests[joined].item_ids[0] == f"i{n}"
            assert len(interests) == len(before)
        assert bits(draft.frozen()) == bits(interests)


def bits(interests: tuple[Interest, ...]) -> list[tuple[bytes, float, float, tuple[str, ...]]]:
    return [(i.centroid.tobytes(), i.strength, i.last_at, i.item_ids) for i in interests]


def test_a_draft_leaves_alone_what_it_starts_from_and_what_it_gave() -> None:
    start = learned(liked("a", AXES[0]), liked("b", AXES[1]))
    before = bits(start)
    draft = InterestDraft(MODEL, len(AXES), start)
    given = draft.frozen()
    draft.learn("c", at_cosine(0.6), 1.0, 1.0, 9.0)
    assert bits(draft.frozen()) != before
    assert bits(start) == bits(given) == before


@pytest.mark.parametrize("rows", range(2, 9))
def test_of_interests_that_are_equally_near_the_rounding_of_one_product_decides(rows: int) -> None:
    """A vector of two equal halves is as near to a centroid as to that one with halves swapped.

    Which of the two wins must not depend on how many interests are compared at once.
    """
    rng = np.random.default_rng(rows)
    for _ in range(40):
        half = rng.standard_normal(128)
        vector = unit([*half, *half])
        centroid = np.array(unit(list(vector + 0.1 * rng.standard_normal(256))))
        others = [np.array(unit(list(rng.standard_normal(256)))) for _ in range(rows - 2)]
        centroids = [*others, centroid, np.roll(centroid, 128)]
        products = [float(one.dot(vector)) for one in centroids]
        start = [Interest(one, 1.0, 0.0, (f"i{n}",)) for n, one in enumerate(centroids)]
        draft = InterestDraft(MODEL, 256, start)
        draft.learn("new", vector, 1.0, 1.0, 1.0)
        joined = draft.frozen()[products.index(max(products))]
        assert joined.item_ids[0] == "new"


def test_zeros_join_nothing_even_where_everything_else_would() -> None:
    start = learned(liked("a", AXES[0]))
    draft = InterestDraft(InterestModel(joining_cosine=-0.5), len(AXES), start)
    draft.learn("zeros", np.zeros(len(AXES)), 1.0, 1.0, 1.0)
    assert bits(draft.frozen()) == bits(start)


def test_a_like_never_lowers_the_score_of_the_item_itself() -> None:
    vector = at_cosine(0.7)
    row = vector[None, :].astype(np.float32)
    steps = [liked("a", AXES[0])]
    scores = []
    for n in range(6):
        scores.append(float(MODEL.scores(learned(*steps), row)[0]))
        steps.append(liked(f"again-{n}", vector))
    assert all(later > earlier for earlier, later in pairwise(scores))
