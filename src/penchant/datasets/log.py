"""EventColumns: the events of many users as arrays, in the order in which they happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from penchant.domain.feedback import Feedback, FeedbackContext
from penchant.domain.record import Record, RecordType

__all__ = ["EventColumns"]


@dataclass(frozen=True)
class EventColumns:
    """Events as columns, one row per event, ordered by (time, order in the file).

    `user` and `item` index `user_ids` and `item_ids`, int32 (events,). `kind` indexes `kinds`,
    int8 (events,). `value` is float64 (events,), NaN where the kind takes none. `at` is Unix
    seconds, float64 (events,). `number` is the event's place in the whole log, int64 (events,); it
    stays when events are picked, so that a picked event keeps its id.
    """

    user_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    kinds: tuple[str, ...]
    user: NDArray[np.int32]
    item: NDArray[np.int32]
    kind: NDArray[np.int8]
    value: NDArray[np.float64]
    at: NDArray[np.float64]
    number: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        users: Sequence[str],
        items: Sequence[str],
        kinds: Sequence[str],
        values: Sequence[float | None],
        times: Sequence[float],
    ) -> EventColumns:
        """Columns of events given in the order of their file, brought into the order of time."""
        user_ids, user = _coded(users)
        item_ids, item = _coded(items)
        kind_ids, kind = _coded(kinds)
        at = np.array(times, dtype=np.float64)
        order = np.argsort(at, kind="stable")
        value = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
        return cls(
            user_ids,
            item_ids,
            kind_ids,
            user[order],
            item[order],
            kind[order].astype(np.int8),
            value[order],
            at[order],
            np.arange(len(at), dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.user)

    def pick(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> EventColumns:
        """The events of some rows (indexes in ascending order, or a mask); ids stay as they are."""
        return replace(
            self,
            user=self.user[rows],
            item=self.item[rows],
            kind=self.kind[rows],
            value=self.value[rows],
            at=self.at[rows],
            number=self.number[rows],
        )

    @cached_property
    def rows_by_user(self) -> tuple[NDArray[np.int64], ...]:
        """For each user the rows of their events in order of time."""
        order = np.argsort(self.user, kind="stable")
        counts = np.bincount(self.user, minlength=len(self.user_ids))
        return tuple(np.split(order, np.cumsum(counts)[:-1]))

    def by_user(self) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Each user who has events here, with the rows of them in order of time."""
        order = np.argsort(self.user, kind="stable")
        starts = np.flatnonzero(np.diff(self.user[order], prepend=-1))
        for rows in np.split(order, starts[1:]) if len(order) else ():
            yield int(self.user[rows[0]]), rows

    def records(self, rows: NDArray[np.int64]) -> Iterator[Record]:
        """The events of some rows as records of a log; position is number + 1."""
        columns = (self.number, self.user, self.item, self.kind, self.at, self.value)
        context = FeedbackContext()
        for number, user, item, kind, at, value in zip(
            *(column[rows].tolist() for column in columns), strict=True
        ):
            event_id, user_id = f"log-{number + 1}", self.user_ids[user]
            feedback = Feedback(
                event_id,
                user_id,
                self.item_ids[item],
                self.kinds[kind],
                at,
                None if value != value else value,  # noqa: PLR0124 (only NaN differs from itself)
                context,
            )
            yield Record(RecordType.FEEDBACK, event_id, user_id, at, number + 1, feedback)


def _coded(names: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    code_of: dict[str, int] = {}
    codes = [code_of.setdefault(name, len(code_of)) for name in names]
    return tuple(code_of), np.array(codes, dtype=np.int32)
