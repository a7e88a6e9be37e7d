"""The user vector: steps, signs, and what a rating means from this person."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.domain.profile import RatingStatistics, UserProfile, Verdict
from penchant.taste.embedding import EmbeddingConfig, RatingStyle, updated_taste_sum

CONFIG = EmbeddingConfig()
STYLE = RatingStyle()
AXES = np.eye(30)
Vector = np.ndarray


def taste_after(*steps: tuple[str, float, float, Vector], mean: float = 0.7) -> UserProfile:
    """A profile with nothing but the vector that (kind, strength, target, vector) steps leave."""
    taste_sum = None
    for count, (kind, strength, target, vector) in enumerate(steps):
        verdict = Verdict(f"i{count}", f"e{count}", kind, strength, target, 1, 0.0, count)
        taste_sum = updated_taste_sum(taste_sum, vector, verdict, target, count, mean, CONFIG)
    return UserProfile("mina", taste_sum=taste_sum)


def user_after(*steps: tuple[str, float, float, Vector], mean: float = 0.7) -> Vector:
    """The user vector after (kind, strength, target, item vector) steps."""
    user = taste_after(*steps, mean=mean).vector
    assert user is not None
    return user


def like(vector: Vector) -> tuple[str, float, float, Vector]:
    return "like", 0.9, 1.0, vector


def hate(vector: Vector) -> tuple[str, float, float, Vector]:
    return "hate", 1.0, 0.0, vector


def rated(target: float, vector: Vector) -> tuple[str, float, float, Vector]:
    return "rating", 1.0, target, vector


def test_nobody_has_no_vector() -> None:
    assert UserProfile("mina").vector is None
    assert UserProfile("mina", taste_sum=np.zeros(3)).vector is None


def test_two_likes_count_alike_and_a_hate_pushes_away() -> None:
    """Like a, like b: cos(u, a) = cos(u, b); hate c: cos(u, c) < 0."""
    two = user_after(like(AXES[0]), like(AXES[1]))
    assert two[0] == pytest.approx(two[1])
    assert two[0] == pytest.approx(1 / sqrt(2))
    three = user_after(like(AXES[0]), like(AXES[1]), hate(AXES[2]))
    assert three[2] < 0.0
    assert three[0] == pytest.approx(three[1])
    assert three[0] > 0.0


@pytest.mark.parametrize("count", range(1, 6))
def test_the_first_five_count_alike(count: int) -> None:
    user = user_after(*(like(AXES[n]) for n in range(count)))
    assert user[:count] == pytest.approx([1 / sqrt(count)] * count)


def test_the_twentieth_still_moves_the_vector() -> None:
    """Its share is a tenth, twice the twentieth that a plain mean would leave it."""
    user = user_after(*(like(AXES[n]) for n in range(20)))
    plain = 1 / sqrt(20)
    assert user[19] > plain


@pytest.mark.parametrize("strong", [("love", 1.0, 1.0), ("rating", 1.0, 1.0)])
def test_love_and_full_marks_move_it_further(strong: tuple[str, float, float]) -> None:
    """.15 against .1 once there are many."""
    before = [like(AXES[n]) for n in range(15)]
    usual = user_after(*before, ("watched", 1.0, 1.0, AXES[20]))
    more = user_after(*before, (*strong, AXES[20]))
    assert more[20] > usual[20] > 0.0
    # Shares of the newest: .15 / .85 against .1 / .9 of what was there before.
    assert (more[20] / more[0]) / (usual[20] / usual[0]) == pytest.approx(
        (0.15 / 0.85) / (0.1 / 0.9)
    )


def test_hate_pushes_further_than_dislike_later_on() -> None:
    before = [like(AXES[n]) for n in range(15)]
    hated = user_after(*before, hate(AXES[20]))
    disliked = user_after(*before, ("dislike", 0.9, 0.0, AXES[20]))
    assert hated[20] < disliked[20] < 0.0


def test_a_rating_close_to_the_persons_mean_hardly_counts() -> None:
    """Within a tenth of the mean it counts for a fifth."""
    usual = user_after(like(AXES[0]), rated(0.9, AXES[1]), mean=0.7)
    nearly = user_after(like(AXES[0]), rated(0.75, AXES[1]), mean=0.7)
    assert (nearly[1] / nearly[0]) / (usual[1] / usual[0]) == pytest.approx(0.2)


def test_a_poor_rating_pushes_away() -> None:
    assert user_after(like(AXES[0]), rated(0.1, AXES[1]))[1] < 0.0


def test_a_weak_signal_moves_less() -> None:
    """A click is a third of a watched item."""
    watched = user_after(like(AXES[0]), ("watched", 1.0, 1.0, AXES[1]))
    clicked = user_after(like(AXES[0]), ("click", 0.3, 1.0, AXES[1]))
    assert (clicked[1] / clicked[0]) / (watched[1] / watched[0]) == pytest.approx(0.3)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["love", "hate", "like", "rating", "click"]),
        st.floats(0.05, 1.0),
        st.floats(0.0, 1.0),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=40,
)


@given(steps=STEPS)
def test_the_vector_stays_on_the_unit_sphere(
    steps: list[tuple[str, float, float, int]],
) -> None:
    """Or nowhere, where likes and dislikes cancel out exactly."""
    profile = taste_after(*((k, s, t, AXES[n]) for k, s, t, n in steps))
    user = profile.vector
    if user is None:
        assert profile.taste_sum is not None
        assert not profile.taste_sum.any()
    else:
        assert float(np.linalg.norm(user)) == pytest.approx(1.0)


@given(steps=STEPS, axis=st.integers(0, 9))
def test_loving_an_item_brings_the_user_nearer_to_it(
    steps: list[tuple[str, float, float, int]], axis: int
) -> None:
    placed = [(k, s, t, AXES[n]) for k, s, t, n in steps]
    loved = ("love", 1.0, 1.0, AXES[axis])
    # A love that cancels a hate of the very same leaves nothing known, which is nearness 0.
    before, after = (
        0.0 if user is None else user[axis]
        for user in (taste_after(*placed).vector, taste_after(*placed, loved).vector)
    )
    assert after >= before - 1e-9


# The rating style of a person


def ratings(*shares: float) -> RatingStatistics:
    return RatingStatistics(len(shares), sum(shares), sum(s**2 for s in shares))


def test_a_mean_is_shrunk_while_ratings_are_few() -> None:
    """No rating: the prior .7; five nines: half-way, .8; many nines: nearly .9."""
    assert STYLE.mean(ratings()) == pytest.approx(0.7)
    assert STYLE.mean(ratings(*[0.9] * 5)) == pytest.approx(0.8)
    assert STYLE.mean(ratings(*[0.9] * 95)) == pytest.approx(0.89)


@pytest.mark.parametrize(
    ("earlier", "rating", "expected"),
    [
        ([0.9] * 4, 0.6, 0.6),
        ([0.9] * 5, 0.6, 0.4),
        ([0.9] * 5, 0.69, 0.4),
        ([0.9] * 5, 0.71, 0.71),
        ([0.9] * 5, 0.2, 0.2),
        ([0.9] * 5, 1.0, 1.0),
        ([0.3] * 5, 0.5, 0.5),
        # Shrunk mean 11/15, deviation .25: the line lies at .4833.
        ([0.5, 1.0] * 5, 0.48, 0.4),
        ([0.5, 1.0] * 5, 0.49, 0.49),
    ],
)
def test_a_rating_far_below_a_persons_mean_says_not_for_me(
    earlier: list[float], rating: float, expected: float
) -> None:
    """From five ratings on, a deviation (at least .1) or more below the shrunk mean: at most .4."""
    assert STYLE.target(rating, ratings(*earlier)) == pytest.approx(expected)


@given(
    earlier=st.lists(st.floats(0.0, 1.0), max_size=30),
    low=st.floats(0.0, 1.0),
    high=st.floats(0.0, 1.0),
)
def test_style_never_turns_two_ratings_round(earlier: list[float], low: float, high: float) -> None:
    low, high = sorted([low, high])
    held = ratings(*earlier)
    assert STYLE.target(low, held) <= STYLE.target(high, held)
    assert STYLE.target(high, held) <= high


def test_statistics_of_ratings() -> None:
    """Of .5 and .9: mean .7, deviation .2; of none: no mean."""
    assert ratings(0.5, 0.9).mean == pytest.approx(0.7)
    assert ratings(0.5, 0.9).deviation == pytest.approx(0.2)
    assert ratings().mean is None
    assert ratings().deviation == 0.0
    assert ratings(0.9, 0.9, 0.9).deviation == pytest.approx(0.0, abs=1e-7)
