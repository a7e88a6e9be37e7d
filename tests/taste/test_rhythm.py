"""Rhythm: other things at other times, in the person's own time zone, and only where it is so."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from taste.histories import drama, shelf, watched
from worlds import DAY

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import load_bundled_schema
from penchant.taste.history import History
from penchant.taste.rhythm import Rhythm, rhythm_of

SHELF = shelf({"Thriller": 200, "Romance": 200})
HOUR = 3_600.0
# A Monday, at midnight UTC.
MONDAY = datetime(2024, 3, 4, tzinfo=UTC).timestamp()
SATURDAY = MONDAY + 5 * DAY


def moments(*told: tuple[str, float]) -> History:
    """(Genre, time) each, of items all different."""
    ids = [f"{genre}-{n:03}" for n, (genre, _) in enumerate(told)]
    return watched(SHELF, ids, at=[at for _, at in told])


def night_owl(days: int = 20) -> History:
    """A thriller every evening at nine, a romance every morning at eight."""
    evenings = [("Thriller", MONDAY + d * DAY + 21 * HOUR) for d in range(days)]
    return moments(*evenings, *[("Romance", MONDAY + d * DAY + 8 * HOUR) for d in range(days)])


def rhythm(history: History, zone: str | None = None) -> Rhythm:
    found = rhythm_of(history, UTC if zone is None else ZoneInfo(zone))
    assert found is not None
    return found


def test_thrillers_in_the_evening_romance_in_the_morning() -> None:
    """Twenty moments each, half and half: (20 + 10 * .5) / 30 of the evening's are thrillers.

    The day's leaning is 5/6 - 1/2 = 1/3; the week has none; their mean is 1/6.
    """
    found = rhythm(night_owl())
    day = found.tables()["day"]
    assert day.counts.tolist() == [0, 20, 0, 20]
    thriller = day.keys.index("thriller")
    assert day.overall[thriller] == pytest.approx(0.5)
    assert day.shares[3, thriller] == pytest.approx(5 / 6)
    assert day.p(np.random.default_rng(1)) == 0.001
    evening = found.leaning("genre", MONDAY + 100 * DAY + 22 * HOUR)
    morning = found.leaning("genre", MONDAY + 100 * DAY + 9 * HOUR)
    assert evening == pytest.approx({"thriller": 1 / 6, "romance": -1 / 6}, abs=0.02)
    assert morning == pytest.approx({"thriller": -1 / 6, "romance": 1 / 6}, abs=0.02)


def test_at_a_time_without_moments_nothing_leans() -> None:
    """Nobody knows what a night owl of evenings and mornings likes at three in the afternoon."""
    day = rhythm(night_owl()).tables()["day"]
    assert day.shares[2] == pytest.approx(day.overall)


def test_evening_is_where_the_person_lives() -> None:
    """Nine in the evening UTC is six in the morning in Seoul."""
    found = rhythm(night_owl(), "Asia/Seoul")
    day = found.tables()["day"]
    thriller = day.keys.index("thriller")
    assert day.counts.tolist() == [0, 20, 20, 0]
    assert day.shares[1, thriller] > 0.8
    six_in_seoul = datetime(2024, 9, 2, 6, 30, tzinfo=ZoneInfo("Asia/Seoul")).timestamp()
    assert found.leaning("genre", six_in_seoul)["thriller"] > 0.1


def test_weekends_may_be_for_something_else() -> None:
    weekday = [("Thriller", MONDAY + 7 * DAY * w + 12 * HOUR + w) for w in range(20)]
    weekend = [("Romance", SATURDAY + 7 * DAY * w + 12 * HOUR + w) for w in range(20)]
    found = rhythm(moments(*weekday, *weekend))
    assert found.tables()["week"].counts.tolist() == [20, 20]
    assert found.leaning("genre", SATURDAY + 12 * HOUR)["romance"] > 0.1
    assert found.leaning("genre", MONDAY + 12 * HOUR)["thriller"] > 0.1


def test_off_until_thirty_moments() -> None:
    told = [("Thriller", MONDAY + n * 5 * HOUR) for n in range(30)]
    assert rhythm_of(moments(*told[:29])) is None
    assert rhythm_of(moments(*told)) is not None


def test_an_import_is_one_moment() -> None:
    """A hundred verdicts of the same instant say nothing about when somebody watches."""
    imported = [("Thriller", MONDAY)] * 100
    assert rhythm_of(moments(*imported)) is None
    own = [("Romance", MONDAY + DAY + n * 5 * HOUR) for n in range(30)]
    table = rhythm(moments(*imported, *own)).tables()["day"]
    assert table.counts.sum() == 31
    assert table.overall[table.keys.index("thriller")] == pytest.approx(1 / 31)


def test_dates_without_a_time_of_day_have_no_day_table() -> None:
    """A list of dates says on which days, not at which hours, wherever the person lives."""
    dates = moments(*[("Thriller", MONDAY + n * DAY) for n in range(40)])
    for zone in (None, "Asia/Seoul"):
        assert set(rhythm(dates, zone).tables()) == {"week"}
    assert rhythm(dates).leaning("genre", MONDAY) == pytest.approx({"thriller": 0.0})


def test_what_is_disliked_has_no_time() -> None:
    history = watched(
        SHELF,
        [f"Thriller-{n:03}" for n in range(60)],
        at=[MONDAY + n * 5 * HOUR for n in range(60)],
        targets=[1.0] * 29 + [0.1] * 31,
    )
    assert rhythm_of(history) is None


def test_a_former_habit_makes_room_for_the_latest_five_hundred() -> None:
    catalogue = shelf({"Thriller": 400, "Romance": 500})
    ids = [item.id for item in sorted(catalogue.items, key=lambda i: (i.id[0] == "R", i.id))]
    history = watched(catalogue, ids, at=[MONDAY + n * 5 * HOUR for n in range(900)])
    assert rhythm(history).tables()["day"].keys == ("romance",)


def test_somebody_who_watches_anything_at_any_time_has_no_habit() -> None:
    """In about 95% of worlds, and the leanings are small in all of them."""
    rng = np.random.default_rng(9)
    habits, strongest = [], []
    for _ in range(100):
        told = [
            (str(rng.choice(["Thriller", "Romance"])), MONDAY + float(rng.random()) * 200 * DAY)
            for _ in range(60)
        ]
        found = rhythm(moments(*told))
        habits.append(found.tables()["day"].p(rng) < 0.05)
        strongest.append(max(abs(x) for x in found.leaning("genre", MONDAY).values()))
    assert np.mean(habits) <= 0.12
    assert np.mean(strongest) <= 0.06


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0.0, 60.0)), min_size=30, max_size=60,
             unique_by=lambda pair: pair[1]),
    st.floats(-1_000.0, 1_000.0),
)  # fmt: skip
def test_leanings_sum_to_nothing_and_stay_within_bounds(
    told: list[tuple[bool, float]], later: float
) -> None:
    history = moments(
        *[("Thriller" if thrill else "Romance", MONDAY + days * DAY) for thrill, days in told]
    )
    found = rhythm_of(history)
    if found is None:  # days that differ by less than a clock can tell
        return
    leaning = found.leaning("genre", MONDAY + later * DAY)
    assert sum(leaning.values()) == pytest.approx(0.0, abs=1e-12)
    assert all(-1.0 <= value <= 1.0 for value in leaning.values())


def test_a_facet_that_no_item_has_leans_nowhere() -> None:
    found = rhythm(night_owl())
    assert found.leaning("theme", MONDAY) == {}
    assert found.leaning("no-such-facet", MONDAY) == {}


def test_nobody_has_no_rhythm() -> None:
    assert rhythm_of(moments()) is None
    plain = Catalogue(load_bundled_schema(), [drama(f"a{n:02}") for n in range(40)])
    history = watched(plain, [item.id for item in plain.items])
    assert rhythm(history).tables() == {}
