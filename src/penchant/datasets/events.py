"""What came of reading a file of events: the events as columns, and each row that is none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from penchant.datasets.log import EventColumns
from penchant.domain.feedback import Feedback

__all__ = ["EventProblem", "EventReading", "EventReport", "content_id"]


class EventProblem(NamedTuple):
    """Why one row is not an event; `row` is the line of the file, its header being line 1.

    In a Parquet file `row` counts the rows from 1. User and item are as the file has them, None
    where that much cannot be read.
    """

    row: int
    user_id: str | None
    item_id: str | None
    reason: str

    def __str__(self) -> str:
        who = f" (user {self.user_id}, item {self.item_id})" if self.user_id is not None else ""
        return f"row {self.row}{who}: {self.reason}"


@dataclass(frozen=True, slots=True)
class EventReport:
    """Every row of `path` is either one of `accepted_count` events or in `rejected`, by row."""

    path: Path
    row_count: int = 0
    accepted_count: int = 0
    rejected: tuple[EventProblem, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class EventReading:
    """The events of one file, and the report of the reading.

    `source_rows`: int64 (events,), the row of the file by an event's number. `given_ids`: the ids
    that the file gives its events, by number, "" where it gives none; empty when it has no such
    column. `timed` is False where the file knows no times: then all events share one `at`, 0.
    """

    columns: EventColumns
    source_rows: NDArray[np.int64]
    given_ids: tuple[str, ...]
    timed: bool
    report: EventReport

    def feedback(self, rows: NDArray[np.int64], untimed_at: float) -> Iterator[Feedback]:
        """The events of some rows, with ids that are the same whenever the file is read.

        The id is the file's own or else made of what the event says, so that rows may be added to
        a file and moved in it. Events without a time get `untimed_at`.
        """
        columns = self.columns
        for row in rows.tolist():
            user = columns.user_ids[columns.user[row]]
            item = columns.item_ids[columns.item[row]]
            kind = columns.kinds[columns.kind[row]]
            number = float(columns.value[row])
            value = None if np.isnan(number) else number
            at = float(columns.at[row])
            given = self.given_ids[columns.number[row]] if self.given_ids else ""
            yield Feedback(
                event_id=given or content_id(user, item, kind, value, at if self.timed else None),
                user_id=user,
                item_id=item,
                kind=kind,
                at=at if self.timed else untimed_at,
                value=value,
            )


def content_id(user: str, item: str, kind: str, value: float | None, at: float | None) -> str:
    """An event id made of the event itself: the same event has the same id in every file."""
    # No id holds a control character, so nothing can be written in two ways.
    content = f"{user}\x1f{item}\x1f{kind}\x1f{value!r}\x1f{at!r}"
    return f"import-{hashlib.blake2b(content.encode(), digest_size=12).hexdigest()}"
