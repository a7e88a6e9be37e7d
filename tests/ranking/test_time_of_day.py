"""The scorer that goes by the hour: what a person turns to at such a time, once that is known."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from worlds import DAY, make_event, make_item, make_learner, taste_of

from penchant.domain.item import Item
from penchant.ranking.moment import Moment, Scored
from penchant.ranking.scorers import TimeOfDayScorer

HOUR = 3_600.0
# A Monday, at midnight UTC.
MONDAY = datetime(2024, 3, 4, tzinfo=UTC).timestamp()

NEW: list[tuple[str, tuple[str, ...]]] = [
    ("dark", ("Thriller",)),
    ("sweet", ("Romance",)),
    ("both", ("Thriller", "Horror")),
    ("neither", ("Horror",)),
    ("bare", ()),
]


def at_hour(hour: float, days: int = 20, rows: int | None = None) -> Scored | None:
    """What the scorer says at an hour, weeks after a thriller each evening, a romance each morning.

    The rows are the five new items in their order.
    """
    items: list[Item] = [make_item(name, genre=genres) for name, genres in NEW]
    records = []
    for genre, when in (("Thriller", 21), ("Romance", 8)):
        for day in range(days):
            items.append(make_item(f"{genre}-{day}", genre=[genre]))
            at = MONDAY + day * DAY + when * HOUR
            records.append(make_event("watched", items[-1].id, position=len(records) + 1, at=at))
    learner = make_learner(items)
    now = MONDAY + 35 * DAY + hour * HOUR
    reading = taste_of(learner, *records, now=now)
    wanted = learner.catalogue.rows([name for name, _ in NEW][:rows])
    moment = Moment(learner.catalogue, learner.vectors.centred, wanted, reading, None, now)
    return TimeOfDayScorer().scores(moment)


def test_evenings_lean_to_thrillers_and_mornings_to_romance() -> None:
    """Of 20 evenings, shrunk by ten: 25/30 thrillers against 1/2, halved by a week without habit.

    What was never watched leans nowhere; an item leans as its genres do on average.
    """
    evening, morning = at_hour(22), at_hour(9)
    assert evening is not None
    assert morning is not None
    assert evening.column == pytest.approx([1 / 6, -1 / 6, 1 / 12, 0.0, 0.0], abs=0.02)
    assert morning.column == pytest.approx([-1 / 6, 1 / 6, -1 / 12, 0.0, 0.0], abs=0.02)


def test_at_an_hour_without_a_habit_nothing_leans() -> None:
    """Nobody knows what the person takes at three in the night."""
    night = at_hour(3)
    assert night is not None
    assert night.column == pytest.approx(np.zeros(5), abs=0.02)


def test_nothing_is_said_before_thirty_moments() -> None:
    """Twenty-eight events are too few for a habit, thirty are enough."""
    assert at_hour(22, days=14) is None
    assert at_hour(22, days=15) is not None


def test_nothing_is_said_of_strangers_or_of_a_facet_that_is_not_there() -> None:
    """Neither is an error."""
    learner = make_learner([make_item("a", genre=["Thriller"])])
    rows = np.zeros(1, dtype=np.int64)
    moment = Moment(learner.catalogue, learner.vectors.centred, rows, None, None, MONDAY)
    assert TimeOfDayScorer().scores(moment) is None
    reading = taste_of(learner, make_event("watched", "a"))
    taught = Moment(learner.catalogue, learner.vectors.centred, rows, reading, None, MONDAY)
    assert TimeOfDayScorer(facet="mood").scores(taught) is None


def test_only_the_rows_that_were_asked_are_answered() -> None:
    """In their order."""
    some, whole = at_hour(22, rows=2), at_hour(22)
    assert some is not None
    assert whole is not None
    assert some.column.tolist() == whole.column[:2].tolist()
