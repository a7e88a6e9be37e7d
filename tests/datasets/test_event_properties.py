"""What holds for any log: no row is lost, and the order of the file does not change the events."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.datasets.event_checks import checked_events
from penchant.datasets.event_files import Layout, read_raw_events
from penchant.datasets.events import EventReading

CELL = st.sampled_from(
    ["a", "b", "", "x/y", "rating", "click", "3", "11", "-1", "nan", "2024-05-31"]
)
ROW = st.tuples(CELL, CELL, st.sampled_from(["rating", "click", "rated"]), CELL, CELL)
GOOD = st.tuples(
    st.sampled_from("ab"), st.sampled_from("ab"), st.just("rating"),
    st.sampled_from(["1", "2", "3"]), st.sampled_from(["5", "6", "7"]),
)  # fmt: skip
LAYOUT = Layout(",", 5, {"user": 0, "item": 1, "kind": 2, "value": 3, "at": 4}, header=False)


def read(rows: list[tuple[str, ...]]) -> EventReading:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "events.csv"
        path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
        return checked_events(read_raw_events(path, LAYOUT), (0.0, 10.0), {"a": "a", "b": "b"})


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(ROW, GOOD), min_size=1, max_size=20))
def test_every_row_is_an_event_or_has_a_reason(rows: list[tuple[str, ...]]) -> None:
    """Accepted rows and rejected rows together are all rows, each once."""
    found = read(rows)
    named = [*found.source_rows.tolist(), *(problem.row for problem in found.report.rejected)]
    assert sorted(named) == list(range(1, len(rows) + 1))
    assert found.report.row_count == len(rows)
    assert all(problem.reason for problem in found.report.rejected)
    assert found.columns.at.tolist() == sorted(found.columns.at.tolist())


@settings(deadline=None, max_examples=60)
@given(st.lists(GOOD, min_size=1, max_size=15), st.randoms(use_true_random=False))
def test_a_shuffled_file_holds_the_same_events(rows: list[tuple[str, ...]], order: Random) -> None:
    """Ids are made of contents, so moving rows records nothing new."""
    moved = list(rows)
    order.shuffle(moved)
    first, second = read(rows), read(moved)
    ids = [{e.event_id for e in r.feedback(r.columns.number, 0.0)} for r in (first, second)]
    assert ids[0] == ids[1]
    assert len(ids[0]) == len(set(rows)) == len(first.columns)
