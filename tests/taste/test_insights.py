"""What a profile says about a person: personas, counts, habits and rating style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from worlds import (
    DAY,
    NOON,
    make_event,
    make_item,
    make_learner,
    make_statement,
    taste_of,
    taste_with,
)

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import load_bundled_schema
from penchant.domain.record import Record, StatementAction
from penchant.taste.insights import PreferenceLearner
from penchant.taste.learner import Learner

SCHEMA = load_bundled_schema()
GENRES = ["Medical", "Romance", "Life", "Thriller", "Drama"]
CATALOGUE = Catalogue(SCHEMA, [make_item(g.lower(), genre=[g]) for g in GENRES])


@pytest.fixture(scope="module")
def learner() -> Learner:
    """Thirty dramas that everybody rates 7.0, of 10 to 39 episodes, from 1990 to 2019."""
    items = [make_item(f"d{n:02}", genre=["Medical"]) for n in range(30)]
    return make_learner(
        [
            replace(item, rating=7.0, year=1990 + n, numbers={"episodes": 10.0 + n})
            for n, item in enumerate(items)
        ]
    )


def personas(likes: dict[str, float], catalogue: Catalogue = CATALOGUE) -> list[str]:
    """The personas of somebody with one verdict and exactly these genre preferences."""
    learner = make_learner([make_item("seen")])
    seen = learner.fold("mina", [make_event("click", "seen")])
    reading = taste_with(catalogue, {"genre": likes})
    profile = replace(reading.profile, verdicts=seen.verdicts)
    return PreferenceLearner(replace(reading, profile=profile)).personas()


def insights(learner: Learner, *records: Record) -> PreferenceLearner:
    return PreferenceLearner(taste_of(learner, *records))


# Personas


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.0, "Medical Drama Enthusiast"),
        (0.8, "Medical Drama Enthusiast"),
        (0.79, "Medical Fan"),
        (0.6, "Medical Fan"),
        (0.59, "Diverse Viewer"),
        (0.5, "Diverse Viewer"),
        (0.1, "Diverse Viewer"),
    ],
)
def test_a_persona_says_how_strong_the_strongest_taste_is(value: float, expected: str) -> None:
    assert personas({"Medical": value}) == [expected]


def test_three_personas_at_most_strongest_first() -> None:
    likes = {"Thriller": 0.65, "Medical": 0.9, "Life": 0.62, "Romance": 0.85}
    assert personas(likes) == [
        "Medical Drama Enthusiast",
        "Romance Drama Enthusiast",
        "Thriller Fan",
    ]


def test_somebody_of_whom_nothing_is_known_is_new(learner: Learner) -> None:
    assert insights(learner).personas() == ["New Viewer"]


def test_somebody_who_liked_nothing_in_particular_is_diverse(learner: Learner) -> None:
    assert insights(learner, make_event("click", "d00")).personas() == ["Diverse Viewer"]


def test_one_watched_drama_makes_a_fan_also_a_moment_later(learner: Learner) -> None:
    """.6 is still a fan's after the minute in which the page loads."""
    reading = taste_of(learner, make_event("watched", "d00"), now=NOON + 60.0)
    assert PreferenceLearner(reading).personas() == ["Medical Fan"]


def test_a_stated_taste_is_a_persona_before_any_event(learner: Learner) -> None:
    said = make_statement(StatementAction.PIN, "genre", "Medical")
    assert insights(learner, said).personas() == ["Medical Drama Enthusiast"]


def test_the_genre_named_like_the_noun_is_not_said_twice() -> None:
    assert personas({"Drama": 0.9}) == ["Drama Enthusiast"]
    assert personas({"Drama": 0.7}) == ["Drama Fan"]


def test_the_words_are_the_domains_own() -> None:
    schema = replace(SCHEMA, noun="movie", audience="cinephile")
    movies = Catalogue(schema, CATALOGUE.items)
    assert personas({"Thriller": 0.9}, movies) == ["Thriller Movie Enthusiast"]
    assert personas({}, movies) == ["Diverse Cinephile"]
    assert PreferenceLearner(taste_with(movies, {})).personas() == ["New Cinephile"]


# Top values


def test_top_values_are_above_neutral_and_fall() -> None:
    likes = {"Medical": 0.6, "Romance": 0.9, "Life": 0.5, "Thriller": 0.2, "Drama": 0.7}
    top = PreferenceLearner(taste_with(CATALOGUE, {"genre": likes})).top("genre")
    assert [(p.name, p.value) for p in top] == [("Romance", 0.9), ("Drama", 0.7), ("Medical", 0.6)]


def test_top_gives_no_more_than_asked_for() -> None:
    likes = {"theme": {f"Theme {n}": 0.6 for n in range(30)}}
    taste = PreferenceLearner(taste_with(CATALOGUE, likes))
    assert len(taste.top("theme")) == 10
    assert len(taste.top("theme", 3)) == 3
    assert taste.top("actor") == []


# Counts


def test_counts_say_how_things_stand(learner: Learner) -> None:
    records = [
        make_event("watched", "d00", position=1),
        make_event("watched", "d01", position=2),
        make_event("watchlist_add", "d02", position=3),
        make_event("watchlist_add", "d03", position=4),
        make_event("watchlist_remove", "d03", position=5),
        make_event("click", "d04", position=6),
        make_event("click", "d04", position=7),
        make_event("view", "d05", position=8),
        make_event("dismiss", "d06", position=9),
        make_event("rating", "d07", 8.0, position=10),
        make_event("rating", "d07", 9.0, position=11),
    ]
    counts = insights(learner, *records).counts()
    assert counts["watchlist"] == 1
    assert counts["clicks"] == 3
    assert counts["dismissed"] == 1
    assert counts["ratings"] == 1
    assert counts["events"] == 11


def test_watching_a_drama_twice_is_one_watched_drama(learner: Learner) -> None:
    twice = [make_event("watched", "d00", position=n) for n in (1, 2)]
    assert insights(learner, *twice).counts()["watched"] == 1


def test_a_stranger_counts_nought(learner: Learner) -> None:
    assert set(insights(learner).counts().values()) == {0}


# Viewing patterns


def watched(days: Sequence[float]) -> list[Record]:
    return [
        make_event("watched", f"d{n:02}", position=n + 1, at=NOON + day * DAY)
        for n, day in enumerate(days)
    ]


@pytest.mark.parametrize(
    ("days", "binges"),
    [
        ([0, 3, 7], True),
        ([0, 0, 0], True),
        ([0, 4, 8], False),
        ([0, 1], False),
        ([0, 30, 60, 62, 64], True),
        ([0, 8, 16, 24, 32], False),
        ([8.0 * n for n in range(19)], False),
        ([8.0 * n for n in range(20)], True),
        ([], False),
    ],
)
def test_a_binge_is_three_completions_in_a_week_or_twenty_at_all(
    learner: Learner,
    days: list[float],
    binges: bool,  # noqa: FBT001 (a table column)
) -> None:
    assert insights(learner, *watched(days)).viewing_patterns().binge_watcher is binges


def test_looking_around_is_no_binge(learner: Learner) -> None:
    clicks = [make_event("click", f"d{n:02}", position=n + 1) for n in range(25)]
    assert insights(learner, *clicks).viewing_patterns().binge_watcher is False


def test_the_typical_length_is_the_median_of_what_was_liked(learner: Learner) -> None:
    """10, 12 and 20 episodes; the hated one of 39 does not count."""
    liked = [make_event("like", f"d{n}", position=i) for i, n in enumerate(["00", "02", "10"], 1)]
    patterns = insights(learner, *liked, make_event("hate", "d29", position=9)).viewing_patterns()
    assert patterns.preferred_episode_count == 12


def test_the_typical_years_leave_out_the_extremes(learner: Learner) -> None:
    """Of 1990 to 2000, one each, the middle 80% are 1991 to 1999."""
    liked = [make_event("like", f"d{n:02}", position=n + 1) for n in range(11)]
    assert insights(learner, *liked).viewing_patterns().preferred_years == (1991, 1999)


def test_nothing_is_typical_of_a_stranger(learner: Learner) -> None:
    patterns = insights(learner).viewing_patterns()
    assert patterns.preferred_episode_count is None
    assert patterns.preferred_years is None
    assert patterns.mean_rating is None
    assert patterns.rating_style == "unknown"


# Rating style


def rated(*values: float) -> list[Record]:
    return [
        make_event("rating", f"d{n:02}", value, position=n + 1) for n, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("values", "style"),
    [
        ([9.0, 8.0, 10.0], "generous"),
        ([5.0, 6.0, 4.0], "harsh"),
        ([7.0, 7.0, 7.0], "balanced"),
        ([5.0, 9.0, 7.0], "balanced"),
        ([7.4, 7.4, 7.4], "balanced"),
        ([7.6, 7.6, 7.6], "generous"),
        ([6.4, 6.4, 6.4], "harsh"),
        ([10.0, 10.0], "unknown"),
        ([], "unknown"),
    ],
)
def test_style_compares_with_what_others_gave_the_same_dramas(
    learner: Learner, values: list[float], style: str
) -> None:
    """Everybody else gives these a 7; half a point is the margin, three ratings the least."""
    assert insights(learner, *rated(*values)).viewing_patterns().rating_style == style


def test_the_same_ratings_are_harsh_for_dramas_that_others_love(learner: Learner) -> None:
    loved = make_learner([replace(item, rating=9.2) for item in learner.catalogue.items])
    assert insights(loved, *rated(8.0, 8.0, 8.0)).rating_style() == "harsh"
    assert insights(learner, *rated(8.0, 8.0, 8.0)).rating_style() == "generous"


def test_dramas_that_nobody_rated_say_nothing_about_style(learner: Learner) -> None:
    unrated = make_learner(
        [replace(item, rating=None, rating_count=0) for item in learner.catalogue.items]
    )
    assert insights(unrated, *rated(9.0, 9.0, 9.0)).rating_style() == "unknown"


def test_the_mean_rating_is_on_the_catalogues_scale(learner: Learner) -> None:
    assert insights(learner, *rated(9.0, 6.0)).viewing_patterns().mean_rating == pytest.approx(7.5)


# A verdict replaces what was watched in taste; it does not make it unwatched


def test_a_drama_stays_watched_when_it_is_liked_afterwards(learner: Learner) -> None:
    """Watching and then giving a thumb is still one watched drama."""
    for kind in ("like", "love", "thumbs_down"):
        records = [make_event("watched", "d00"), make_event(kind, "d00", position=2)]
        assert insights(learner, *records).counts()["watched"] == 1


def test_liking_what_was_watched_does_not_end_a_binge(learner: Learner) -> None:
    likes = [
        make_event("like", f"d{n:02}", position=n + 10, at=NOON + (n + 1) * DAY) for n in range(3)
    ]
    records = [*watched([0, 1, 2]), *likes]
    assert insights(learner, *records).viewing_patterns().binge_watcher is True


def test_somebody_who_only_asked_to_forget_something_is_still_new(learner: Learner) -> None:
    """Nothing is known of them: there was nothing to forget."""
    said = make_statement(StatementAction.FORGET, "genre", "Medical")
    assert insights(learner, said).personas() == ["New Viewer"]
