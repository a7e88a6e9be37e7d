"""How many people turned to each item on each day, faded when it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.crowd.popularity import DailyCounts

DAY = 86_400.0
TODAY = 20_000
NOW = TODAY * DAY + 3_600.0

additions = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(TODAY - 200, TODAY + 5), st.sampled_from([1, 1, 2, -1])
    ),
    max_size=30,
)


@pytest.mark.parametrize("half_life_days", [7.0, 30.0])
def test_half_lives_by_hand(half_life_days: float) -> None:
    """4 people of today count 4, of a half-life ago 2, of two half-lives 1, of three a half."""
    counts = DailyCounts()
    for half_lives in range(4):
        day = TODAY - round(half_lives * half_life_days)
        counts.add(half_lives, day, 4)
    assert counts.faded(half_life_days, NOW, 4).tolist() == [4.0, 2.0, 1.0, 0.5]


def test_a_week_and_a_month_of_fading() -> None:
    """Seen for the trend, ten people of a month ago are one half; for popularity they are five."""
    counts = DailyCounts()
    counts.add(0, TODAY - 30, 10)
    assert counts.faded(7.0, NOW, 1)[0] == pytest.approx(10 * 0.5 ** (30 / 7))
    assert counts.faded(30.0, NOW, 1)[0] == 5.0


def test_days_add_up() -> None:
    """Of one item: 2 today and 8 of fourteen days ago are 2 + 2 at seven days."""
    counts = DailyCounts()
    counts.add(1, TODAY, 2)
    counts.add(1, TODAY - 14, 8)
    assert counts.faded(7.0, NOW, 3).tolist() == [0.0, 4.0, 0.0]


def test_what_comes_later_is_not_known_yet() -> None:
    """Days after `now` do not count; the day of `now` does, from its first second to its last."""
    counts = DailyCounts()
    counts.add(0, TODAY + 1, 5)
    counts.add(0, TODAY, 3)
    for second in (0.0, 1.0, DAY - 1.0):
        assert counts.faded(7.0, TODAY * DAY + second, 1).tolist() == [3.0]
    assert counts.faded(7.0, TODAY * DAY - 1.0, 1).tolist() == [0.0]
    assert counts.faded(7.0, (TODAY + 1) * DAY, 1).tolist() == [5.0 + 3.0 * 0.5 ** (1 / 7)]


def test_an_answer_follows_every_change() -> None:
    """What was read once is read anew after more people came, or more items, or were taken out."""
    counts = DailyCounts()
    counts.add(0, TODAY)
    assert counts.faded(7.0, NOW, 1).tolist() == [1.0]
    counts.add(0, TODAY)
    assert counts.faded(7.0, NOW, 1).tolist() == [2.0]
    counts.add(1, TODAY)
    assert counts.faded(7.0, NOW, 2).tolist() == [2.0, 1.0]
    counts.add(0, TODAY, -2)
    assert counts.faded(7.0, NOW, 2).tolist() == [0.0, 1.0]
    assert counts.faded(7.0, NOW + 7 * DAY, 2).tolist() == [0.0, 0.5]


@given(additions)
def test_fading_is_a_sum_over_days(added: list[tuple[int, int, int]]) -> None:
    """In whatever order they came: people times .5 ** (age / half-life), nothing of tomorrow."""
    counts = DailyCounts()
    expected = [0.0] * 4
    for column, day, people in added:
        counts.add(column, day, people)
        if day <= TODAY:
            expected[column] += people * 0.5 ** ((TODAY - day) / 30.0)
    assert counts.faded(30.0, NOW, 4) == pytest.approx(expected, abs=1e-9)


@given(additions)
def test_what_is_taken_back_leaves_nothing(added: list[tuple[int, int, int]]) -> None:
    """Adding and taking back in any order leaves not even a zero behind."""
    counts = DailyCounts()
    for column, day, people in added:
        counts.add(column, day, people)
    for column, day, people in sorted(added):
        counts.add(column, day, -people)
    assert not counts.faded(30.0, NOW + 10 * DAY, 4).any()
    assert counts._days == {}
