"""The own format: events beside items, as CSV, JSON Lines and Parquet."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from penchant.datasets import open_dataset
from penchant.datasets.events import EventReading
from penchant.errors import InvalidItem, InvalidSettings

Folder = Callable[[Mapping[str, str | bytes]], Path]

SCHEMA = (
    '[catalogue]\nname = "games"\nnoun = "game"\nrating_scale = [0, 10]\n'
    '[facets.genre]\ncolumn = "genre"\n'
)
ITEMS = "id,title,genre\nazul,Azul,Abstract\ngo,Go,Abstract\n"
NOON = datetime(2024, 5, 31, 12, tzinfo=UTC).timestamp()
NAMES = ("user_id", "item_id", "kind", "value", "at")
ROWS = [
    ("mina", "azul", "rating", 8, "2024-05-31T12:00:00Z"),
    ("joon", "go", "click", None, str(NOON - 60)),
    ("mina", "go", "watch_progress", 0.5, "2024-05-31T21:30:00+09:00"),
]
EVENTS: list[dict[str, object]] = [dict(zip(NAMES, row, strict=True)) for row in ROWS]


def as_csv(events: list[dict[str, object]]) -> str:
    names = list(events[0])
    rows = [",".join("" if e.get(n) is None else str(e[n]) for n in names) for e in events]
    return "\n".join([",".join(names), *rows]) + "\n"


def as_jsonl(events: list[dict[str, object]]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def reading(folder: Folder, name: str, content: str | bytes) -> EventReading:
    path = folder({"schema.toml": SCHEMA, "items.csv": ITEMS, name: content})
    found = open_dataset(path).read_events()
    assert found is not None
    return found


def told(found: EventReading) -> list[tuple[object, ...]]:
    log = found.columns
    return [
        (log.user_ids[u], log.item_ids[i], log.kinds[k], v if v == v else None, at)  # noqa: PLR0124
        for u, i, k, v, at in zip(
            log.user, log.item, log.kind, log.value.tolist(), log.at.tolist(), strict=True
        )
    ]


EXPECTED = [
    ("joon", "go", "click", None, NOON - 60),
    ("mina", "azul", "rating", 8.0, NOON),
    ("mina", "go", "watch_progress", 0.5, NOON + 1_800),
]


def test_events_in_csv_and_json_lines_are_the_same(folder: Folder, tmp_path: Path) -> None:
    """ISO 8601 with any offset and Unix seconds are the same times, whatever the file."""
    assert told(reading(folder, "events.csv", as_csv(EVENTS))) == EXPECTED
    (tmp_path / "set" / "events.csv").unlink()
    assert told(reading(folder, "events.jsonl", as_jsonl(EVENTS))) == EXPECTED


def test_events_in_parquet(folder: Folder, tmp_path: Path) -> None:
    """Columns of numbers and of timestamps are read; an id of numbers keeps no decimal point."""
    table = pa.table(
        {
            "user_id": pa.array([7.0, None, 8.0]),
            "item_id": ["azul", "go", "go"],
            "kind": pa.array(["rating", "click", "click"]).dictionary_encode(),
            "value": pa.array([8.0, None, None]),
            "at": pa.array([int(NOON * 1_000)] * 3, pa.timestamp("ms", tz="UTC")),
        }
    )
    (tmp_path / "set").mkdir()
    parquet.write_table(table, tmp_path / "set" / "events.parquet")
    found = reading(folder, "items.csv", ITEMS)
    assert told(found) == [
        ("7", "azul", "rating", 8.0, NOON),
        ("8", "go", "click", None, NOON),
    ]
    assert [problem.row for problem in found.report.rejected] == [2]


def test_each_wrong_event_has_its_reason(folder: Folder) -> None:
    """Unknown items and kinds, values that do not suit, times before 1970: nothing is silent."""
    header = "user_id;item_id;kind;value;at\n"
    rows = [
        ("a;azul;rating;8;100", None),
        ("a;chess;rating;8;100", "item 'chess' is not among the items"),
        ("a;azul;rated;8;100", "kind 'rated' is unknown"),
        ("a;azul;rating;11;100", "rating needs a value from 0 to 10, got 11"),
        ("a;azul;rating;;100", "rating needs a value from 0 to 10, got none"),
        ("a;azul;click;1;100", "click takes no value, got 1"),
        ("a;azul;watch_progress;1.5;100", "watch_progress needs a value from 0 to 1"),
        ("a;azul;rating;many;100", "value 'many' is not a number"),
        ("a;azul;rating;nan;100", "value 'nan' is not finite"),
        ("a;azul;click;;-5", "time -5 lies outside"),
        ("a;azul;click;;", "has no time"),
        (";azul;click;;100", "user_id is blank"),
        ("a/b;azul;click;;100", "holds a slash"),
        ("a;azul;click;;100;x", "has 6 fields where 5 belong"),
        ("a;Azul;click;;100", "item 'Azul' is not among the items"),
        ("a;azul;CLICK;;100", None),
    ]
    found = reading(folder, "events.csv", header + "\n".join(row for row, _ in rows))
    reasons = {problem.row: problem.reason for problem in found.report.rejected}
    assert list(reasons) == [n for n, (_, reason) in enumerate(rows, start=2) if reason]
    for number, (_, reason) in enumerate(rows, start=2):
        assert reason is None or reason in reasons[number]
    assert len(found.columns) == 2
    assert found.report.row_count == len(rows) == 2 + len(reasons)


def test_ids_of_the_file_are_kept_and_stand_once(folder: Folder) -> None:
    """An event id that comes again is refused; events without one get an id of their content."""
    rows = (
        "user_id,item_id,kind,value,at,event_id\n"
        "a,azul,click,,300,one\na,go,click,,200,\na,go,click,,100,one\na,go,click,,100,two\n"
        "a,go,click,,100,three\na,go,click,,200,\n"
    )
    found = reading(folder, "events.csv", rows)
    reasons = {p.row: p.reason for p in found.report.rejected}
    assert reasons == {4: "event_id 'one' stands in row 2 already", 7: "repeats row 3"}
    feedback = list(found.feedback(found.columns.number, 0.0))
    assert [event.event_id for event in feedback[:2]] == ["two", "three"]
    assert feedback[2].event_id.startswith("import-")
    assert feedback[3].event_id == "one"


def test_the_same_event_has_the_same_id_in_another_file(folder: Folder) -> None:
    """Rows may be added and moved: an id is made of what its event says, and of nothing else."""
    first = reading(folder, "events.csv", as_csv(EVENTS))
    more: list[dict[str, object]] = [
        {"user_id": "new", "item_id": "go", "kind": "click", "value": None, "at": "5"},
        *reversed(EVENTS),
    ]
    second = reading(folder, "events.csv", as_csv(more))
    ids = [{e.event_id for e in r.feedback(r.columns.number, 0.0)} for r in (first, second)]
    assert len(ids[0]) == 3
    assert ids[0] < ids[1]
    assert len(ids[1]) == 4


def test_a_log_without_times_happens_when_it_is_told(folder: Folder) -> None:
    """No column of times, or an empty one: one time for all, and ids that do not depend on it."""
    rows = "user_id,item_id,kind,at\na,azul,click,\nb,go,love,\n"
    found = reading(folder, "events.csv", rows)
    assert not found.timed
    early, late = (list(found.feedback(found.columns.number, at)) for at in (10.0, 20.0))
    assert {event.at for event in early} == {10.0}
    assert [e.event_id for e in early] == [e.event_id for e in late]


def test_events_that_cannot_be_read_are_refused(folder: Folder) -> None:
    """A missing column, two files of events, a file that is not what its name says."""
    base = {"schema.toml": SCHEMA, "items.csv": ITEMS}
    path = folder({**base, "events.csv": "user,item_id,kind\na,azul,click\n"})
    with pytest.raises(InvalidSettings, match="no column 'user_id'"):
        open_dataset(path).events()
    folder({"events.parquet": b"PAR1"})
    with pytest.raises(InvalidSettings, match=r"events\.csv, events\.parquet; leave one"):
        open_dataset(path)
    (path / "events.csv").unlink()
    with pytest.raises(InvalidItem, match=r"events\.parquet cannot be read"):
        open_dataset(path).events()


def test_a_folder_of_items_and_a_file_of_items_have_no_log(folder: Folder) -> None:
    """What `penchant import` read before is read as before, with no events."""
    path = folder({"schema.toml": SCHEMA, "items.csv": ITEMS})
    for source in (path, path / "items.csv"):
        dataset = open_dataset(source)
        assert len(list(dataset.items)) == 2
        assert dataset.items.report.accepted_count == 2
        assert dataset.events() is None


def test_an_empty_log_is_a_log(folder: Folder) -> None:
    """A header and nothing else: no events, no error."""
    found = reading(folder, "events.csv", "user_id,item_id,kind,value,at\n")
    assert (len(found.columns), found.report.row_count) == (0, 0)


def test_events_in_latin_1_are_read_and_said(folder: Folder) -> None:
    """A log in an old encoding is not lost."""
    rows = "user_id,item_id,kind,at\nJosé,azul,click,5\n".encode("latin-1")
    found = reading(folder, "events.csv", rows)
    assert found.columns.user_ids == ("José",)
    assert "not UTF-8" in found.report.warnings[0]
