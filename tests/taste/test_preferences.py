"""Facet preferences: the moving average, its bounds, its evidence, and fading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import DAY, NOON, make_item

from penchant.catalogue.lessons import lessons_of
from penchant.catalogue.schema import load_bundled_schema
from penchant.domain.item import Item, facet_key
from penchant.domain.profile import PreferenceState
from penchant.taste.preferences import (
    PreferenceConfig,
    PreferenceExtractor,
    confidence_of,
    faded,
)

CONFIG = PreferenceConfig()
FACETS = load_bundled_schema().facets
Preferences = dict[str, dict[str, PreferenceState]]


def learned(
    *steps: tuple[Item, float, float], at: float = NOON, deliberate: bool = True
) -> Preferences:
    """The preferences after (item, strength, target) steps at one moment."""
    extractor = PreferenceExtractor(CONFIG)
    for item, strength, target in steps:
        extractor.learn(lessons_of(item, FACETS), strength, target, at, deliberate=deliberate)
    return extractor.preferences


def learn_more(
    preferences: Preferences, item: Item, strength: float, target: float, at: float = NOON
) -> None:
    """Take one more verdict into preferences that are there already."""
    extractor = PreferenceExtractor(CONFIG, preferences)
    extractor.learn(lessons_of(item, FACETS), strength, target, at, deliberate=True)


MEDICAL = make_item("m", genre=["Medical"])


@pytest.mark.parametrize(
    ("strengths_and_targets", "expected"),
    [
        ([(1.0, 1.0)], 0.60),
        ([(1.0, 1.0)] * 2, 0.68),
        ([(1.0, 0.9)], 0.58),
        ([(1.0, 0.9)] * 2, 0.644),
        ([(1.0, 0.9)] * 3, 0.6952),
        ([(0.3, 1.0)], 0.53),
        ([(0.6, 1.0)], 0.56),
        ([(0.3, 0.0)], 0.47),
        ([(0.6, 0.0)], 0.44),
        ([(0.9, 0.0)], 0.41),
    ],
)
def test_the_worked_numbers_of_the_moving_average(
    strengths_and_targets: list[tuple[float, float]], expected: float
) -> None:
    """New = old + .2 * s * (t - old) from .5."""
    preferences = learned(*((MEDICAL, s, t) for s, t in strengths_and_targets))
    assert preferences["genre"]["medical"].value == pytest.approx(expected)


STEPS = st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)), max_size=30)


@given(steps=STEPS, strength=st.floats(0.0, 1.0), target=st.floats(0.500001, 1.0))
def test_a_target_above_neutral_never_lowers_a_preference(
    steps: list[tuple[float, float]], strength: float, target: float
) -> None:
    before = learned((MEDICAL, 1.0, 1.0), *((MEDICAL, s, t) for s, t in steps))
    old = before["genre"]["medical"].value
    learn_more(before, MEDICAL, strength, target)
    assert before["genre"]["medical"].value >= old


@given(steps=STEPS, strength=st.floats(0.01, 1.0))
def test_turning_something_down_always_lowers_it_and_never_below_nought(
    steps: list[tuple[float, float]], strength: float
) -> None:
    before = learned((MEDICAL, 1.0, 1.0), *((MEDICAL, s, t) for s, t in steps))
    old = before["genre"]["medical"].value
    learn_more(before, MEDICAL, strength, 0.0)
    assert 0.0 <= before["genre"]["medical"].value < old


@given(steps=STEPS)
def test_evidence_is_the_sum_of_strengths(steps: list[tuple[float, float]]) -> None:
    preferences = learned((MEDICAL, 1.0, 1.0), *((MEDICAL, s, t) for s, t in steps))
    state = preferences["genre"]["medical"]
    assert state.deliberate_evidence == pytest.approx(1.0 + sum(s for s, _ in steps))
    assert state.implicit_evidence == 0.0
    assert 0.0 <= state.value <= 1.0


def test_every_value_of_an_item_learns_and_other_values_do_not() -> None:
    item = make_item("x", genre=["Medical", "Life"], theme=["Food"], publisher=["tvN"])
    preferences = learned((item, 1.0, 1.0))
    values = {f: {k: s.value for k, s in states.items()} for f, states in preferences.items()}
    assert values == {
        "genre": {"medical": pytest.approx(0.6), "life": pytest.approx(0.6)},
        "theme": {"food": pytest.approx(0.6)},
        "publisher": {"tvn": pytest.approx(0.6)},
    }


def test_the_order_of_a_cast_scales_value_and_evidence() -> None:
    """The first five of a cast count 1, .8, .65, .55, .5; the sixth not at all."""
    cast = ["Ha", "Min", "Seo", "Do", "Ji", "Yu"]
    actors = learned((make_item("x", actor=cast), 0.9, 1.0))["actor"]
    weights = [1.0, 0.8, 0.65, 0.55, 0.5]
    assert [s.value for s in actors.values()] == pytest.approx(
        [0.5 + 0.1 * 0.9 * w for w in weights]
    )
    assert [s.deliberate_evidence for s in actors.values()] == pytest.approx(
        [0.9 * w for w in weights]
    )


def test_a_value_that_stands_twice_counts_once() -> None:
    themes = learned((make_item("x", theme=["Time-Travel", "time travel"]), 1.0, 1.0))["theme"]
    assert {k: s.value for k, s in themes.items()} == {"timetravel": pytest.approx(0.6)}


def test_the_first_spelling_is_the_one_shown() -> None:
    extractor = PreferenceExtractor(CONFIG)
    for spelling in ("Park Seo-joon", "Park Seo Joon"):
        lessons = lessons_of(make_item("x", actor=[spelling]), FACETS)
        extractor.learn(lessons, 1.0, 1.0, NOON, deliberate=True)
    assert extractor.names == {"actor:parkseojoon": "Park Seo-joon"}
    assert extractor.preferences["actor"]["parkseojoon"].value == pytest.approx(0.68)


def test_the_strongest_two_hundred_values_of_a_facet_are_kept() -> None:
    """A passing look at fifty themes gives way to what 200 loved items are about."""
    passing = [(make_item(f"p{n}", theme=[f"Passing {n}"]), 0.1, 1.0) for n in range(50)]
    loved = [(make_item(f"l{n}", theme=[f"Loved {n}"]), 1.0, 1.0) for n in range(200)]
    themes = learned(*passing, *loved)["theme"]
    assert set(themes) == {f"loved{n}" for n in range(200)}


def test_a_strong_dislike_is_as_worth_keeping_as_a_strong_like() -> None:
    hated = (make_item("h", theme=["Hated"]), 1.0, 0.0)
    passing = [(make_item(f"p{n}", theme=[f"Passing {n}"]), 0.1, 1.0) for n in range(250)]
    themes = learned(hated, *passing)["theme"]
    assert len(themes) == 200
    assert "hated" in themes


def test_a_value_that_is_dropped_loses_its_spelling_too() -> None:
    extractor = PreferenceExtractor(CONFIG)
    for n in range(250):
        lessons = lessons_of(make_item(f"i{n}", theme=[f"T {n}"]), FACETS)
        extractor.learn(lessons, 1.0, 1.0, NOON, deliberate=True)
    assert set(extractor.names) == {f"theme:{key}" for key in extractor.preferences["theme"]}


NAMES = [f"T{n}" for n in range(12)]


@given(
    steps=st.lists(
        st.tuples(
            st.lists(st.sampled_from(NAMES), min_size=1, max_size=5),
            st.sampled_from([0.0, 0.3, 1.0]),
            st.sampled_from([0.0, 0.5, 1.0]),
            st.sampled_from([0.0, 0.0, DAY]),
            st.none() | st.sampled_from(NAMES),
        ),
        max_size=60,
    )
)
def test_a_long_run_keeps_the_values_that_single_steps_keep(
    steps: list[tuple[list[str], float, float, float, str | None]],
) -> None:
    """What an extractor remembers of weights never changes what is dropped, whatever is forgotten.

    Single steps are weighed from nothing each time; three values of a facet are kept.
    """
    config = PreferenceConfig(most_keys_per_facet=3)
    run = PreferenceExtractor(config)
    preferences: Preferences = {}
    names: dict[str, str] = {}
    at = NOON
    for themes, strength, target, later, forgotten in steps:
        at += later
        lessons = lessons_of(make_item("x", theme=themes), FACETS)
        single = PreferenceExtractor(config, preferences, names)
        for extractor in (run, single):
            extractor.learn(lessons, strength, target, at, deliberate=True)
            if forgotten is not None:
                extractor.forget("theme", facet_key(forgotten))
        assert run.preferences == preferences
        assert run.names == names
        assert len(preferences["theme"]) <= 3


# Confidence


@pytest.mark.parametrize(("evidence", "expected"), [(1.0, 1 / 3), (2.0, 0.5), (18.0, 0.9)])
def test_confidence_is_n_over_n_plus_two(evidence: float, expected: float) -> None:
    assert confidence_of(evidence) == pytest.approx(expected)


def test_what_was_never_seen_has_no_confidence_rather_than_none_of_it() -> None:
    assert confidence_of(0.0) is None


# Fading

STATES = st.builds(
    PreferenceState,
    st.floats(0.0, 1.0),
    st.floats(0.01, 50.0),
    st.floats(0.0, 50.0),
    st.just(NOON),
)


def test_deliberate_evidence_halves_in_ninety_days() -> None:
    """Value .9, evidence 4: .7 and 2 after 90 days, .6 and 1 after 180."""
    state = PreferenceState(0.9, 4.0, 0.0, NOON)
    assert faded(state, NOON + 90 * DAY, CONFIG) == pytest.approx((0.7, 2.0, 0.0, NOON + 90 * DAY))
    assert faded(state, NOON + 180 * DAY, CONFIG) == pytest.approx(
        (0.6, 1.0, 0.0, NOON + 180 * DAY)
    )


def test_implicit_evidence_halves_in_thirty_days() -> None:
    state = PreferenceState(0.1, 0.0, 4.0, NOON)
    assert faded(state, NOON + 30 * DAY, CONFIG) == pytest.approx((0.3, 0.0, 2.0, NOON + 30 * DAY))


@given(value=st.floats(0.0, 1.0), evidence=st.floats(0.1, 20.0), days=st.floats(0.5, 1_000.0))
def test_deliberate_evidence_fades_more_slowly(value: float, evidence: float, days: float) -> None:
    at = NOON + days * DAY
    deliberate = faded(PreferenceState(value, evidence, 0.0, NOON), at, CONFIG)
    implicit = faded(PreferenceState(value, 0.0, evidence, NOON), at, CONFIG)
    assert deliberate.deliberate_evidence > implicit.implicit_evidence
    assert abs(deliberate.value - 0.5) >= abs(implicit.value - 0.5)


@given(state=STATES, first=st.floats(0.0, 400.0), second=st.floats(0.0, 400.0))
def test_fading_in_two_steps_equals_fading_in_one(
    state: PreferenceState, first: float, second: float
) -> None:
    half_way = faded(state, NOON + first * DAY, CONFIG)
    twice = faded(half_way, NOON + (first + second) * DAY, CONFIG)
    once = faded(state, NOON + (first + second) * DAY, CONFIG)
    assert twice == pytest.approx(once, rel=1e-6, abs=1e-9)


@given(state=STATES, days=st.floats(0.0, 5_000.0))
def test_fading_moves_toward_neutral_and_never_past_it(state: PreferenceState, days: float) -> None:
    later = faded(state, NOON + days * DAY, CONFIG)
    assert abs(later.value - 0.5) <= abs(state.value - 0.5) + 1e-12
    assert (later.value - 0.5) * (state.value - 0.5) >= 0.0


@given(state=STATES, days=st.floats(0.0, 100.0))
def test_an_earlier_moment_fades_nothing(state: PreferenceState, days: float) -> None:
    assert faded(state, NOON - days * DAY, CONFIG) == state


def test_an_event_meets_the_preference_as_it_had_faded_by_then() -> None:
    """.6 with evidence 1, a half-life later .55 with .5; watched again: .55 + .2 * .45 and 1.5."""
    preferences = learned((MEDICAL, 1.0, 1.0))
    later = NOON + 90 * DAY
    learn_more(preferences, MEDICAL, 1.0, 1.0, later)
    assert preferences["genre"]["medical"] == pytest.approx((0.64, 1.5, 0.0, later))
