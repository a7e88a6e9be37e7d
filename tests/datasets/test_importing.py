"""Recording a log through a real engine: each event once, each person's taste as if live."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from worlds import make_item, open_engine

from penchant.datasets import importing, open_dataset
from penchant.datasets.events import EventReading
from penchant.datasets.importing import record_events
from penchant.domain.feedback import Feedback
from penchant.domain.result import Receipt
from penchant.engine import Engine

Folder = Callable[[Mapping[str, str | bytes]], Path]

SCHEMA = '[catalogue]\nname = "games"\n[facets.genre]\ncolumn = "genre"\n'
ITEMS = "id,title,genre\na,A,Medical\nb,B,Crime\nc,C,Crime\n"
# Later rows first, people interleaved.
EVENTS = (
    "user_id,item_id,kind,value,at\n"
    "joon,b,rating,3,500\nmina,a,rating,9,400\njoon,a,click,,300\nmina,b,love,,200\nmina,c,click,,100\n"
)


@pytest.fixture
def reading(folder: Folder) -> EventReading:
    """Five events of two people, all usable."""
    path = folder({"schema.toml": SCHEMA, "items.csv": ITEMS, "events.csv": EVENTS})
    found = open_dataset(path).read_events()
    assert found is not None
    return found


def engine_with(*item_ids: str) -> Engine:
    return open_engine(items=[make_item(i, genre=["Medical"]) for i in item_ids])


def log_of(engine: Engine, user: str) -> list[tuple[str, str, float]]:
    records = engine.storage.records_of(user)
    return [(r.feedback.item_id, r.feedback.kind, r.at) for r in records if r.feedback]


def test_a_log_is_recorded_in_order_of_time_for_each_person(reading: EventReading) -> None:
    """What stands last in the file and happened first is recorded first."""
    engine = engine_with("a", "b", "c")
    done = record_events(engine.record_many, reading, 0.0)
    assert (done.recorded, done.duplicates, done.rejected) == (5, 0, ())
    assert log_of(engine, "mina") == [
        ("c", "click", 100.0),
        ("b", "love", 200.0),
        ("a", "rating", 400.0),
    ]
    assert not any(differed for _, differed in engine.rebuild())
    engine.close()


def test_a_second_import_changes_nothing(reading: EventReading) -> None:
    """All are duplicates, and the log and the profiles are as they were."""
    engine = engine_with("a", "b", "c")
    record_events(engine.record_many, reading, 0.0)
    position, version = engine.storage.latest_position(), engine.journal.profile("mina").version
    again = record_events(engine.record_many, reading, 99.0)
    assert (again.recorded, again.duplicates) == (0, 5)
    assert engine.storage.latest_position() == position
    assert engine.journal.profile("mina").version == version
    engine.close()


def test_a_limit_takes_the_first_events_by_time_and_the_rest_may_follow(
    reading: EventReading,
) -> None:
    """Importing part and then all records each event once."""
    engine = engine_with("a", "b", "c")
    part = record_events(engine.record_many, reading, 0.0, limit=3)
    assert part.recorded == 3
    assert log_of(engine, "joon") == [("a", "click", 300.0)]
    whole = record_events(engine.record_many, reading, 0.0)
    assert (whole.recorded, whole.duplicates) == (2, 3)
    engine.close()


def test_what_the_engine_refuses_is_named_by_its_row(reading: EventReading) -> None:
    """Items that are not in the store, in rows of the file and not of the sorted log."""
    engine = engine_with("a", "c")
    done = record_events(engine.record_many, reading, 0.0)
    assert done.recorded == 3
    assert [(p.row, p.user_id, p.item_id) for p in done.rejected] == [
        (2, "joon", "b"),
        (5, "mina", "b"),
    ]
    assert all("no item with id 'b'" in problem.reason for problem in done.rejected)
    engine.close()


def test_batches_hold_whole_people(reading: EventReading, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small a batch is, a person's events are folded once, and progress reaches the end."""
    monkeypatch.setattr(importing, "EVENTS_PER_BATCH", 1)
    batches: list[set[str]] = []
    seen: list[tuple[int, int | None]] = []

    def record_many(events: Sequence[Feedback]) -> list[Receipt]:
        batches.append({event.user_id for event in events})
        return [Receipt(event.event_id, "recorded") for event in events]

    record_events(
        record_many, reading, 0.0, progress=lambda done, total: seen.append((done, total))
    )
    assert sorted(map(sorted, batches)) == [["joon"], ["mina"]]
    assert seen[-1] == (5, 5)
