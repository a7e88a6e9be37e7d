"""Items and events into a store, batch by batch, each event once however often it is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.source import Progress
from penchant.datasets.events import EventProblem, EventReading
from penchant.domain.feedback import Feedback
from penchant.domain.item import Item
from penchant.domain.protocols import Storage, Transaction
from penchant.domain.result import Receipt

__all__ = ["RecordMany", "Recorded", "record_events", "record_list", "write_items"]

RecordMany = Callable[[Sequence[Feedback]], Sequence[Receipt]]

ITEMS_PER_BATCH = 5_000
EVENTS_PER_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of events: new ones, those that were there, and those that were refused."""

    recorded: int = 0
    duplicates: int = 0
    rejected: tuple[EventProblem, ...] = ()


def write_items(
    storage: Storage, items: Iterable[Item], event_id: Callable[[], str], now: float
) -> int:
    """Write items in batches; what an item lacks is kept from the stored one. Returns how many."""
    stream = iter(items)
    written = 0
    while batch := list(islice(stream, ITEMS_PER_BATCH)):
        _write_batch(storage, batch, event_id(), now)
        written += len(batch)
    return written


def record_events(
    record_many: RecordMany,
    reading: EventReading,
    now: float,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Recorded:
    """Record the first `limit` events of a log by time, or all of them.

    They are recorded person by person, because a profile is brought up to date once for each batch
    that names its owner. A log without times happened `now`.
    """
    total = len(reading.columns) if limit is None else min(limit, len(reading.columns))
    recorded = duplicates = done = 0
    rejected: list[EventProblem] = []
    for rows in _batches(reading, total):
        receipts = record_many(tuple(reading.feedback(rows, now)))
        for row, receipt in zip(rows.tolist(), receipts, strict=True):
            recorded += receipt.status == "recorded"
            duplicates += receipt.status == "duplicate"
            if receipt.status == "rejected":
                rejected.append(_problem(reading, row, receipt))
        done += len(rows)
        if progress is not None:
            progress(done, total)
    return Recorded(recorded, duplicates, tuple(sorted(rejected, key=lambda p: p.row)))


def record_list(record_many: RecordMany, events: Sequence[Feedback]) -> Recorded:
    """Record the events of one person's list; a rejected one has its place among them as row."""
    receipts = record_many(events) if events else ()
    statuses = [receipt.status for receipt in receipts]
    rejected = tuple(
        EventProblem(place, event.user_id, event.item_id, receipt.detail or "")
        for place, (event, receipt) in enumerate(zip(events, receipts, strict=True), start=1)
        if receipt.status == "rejected"
    )
    return Recorded(statuses.count("recorded"), statuses.count("duplicate"), rejected)


def _batches(reading: EventReading, total: int) -> Iterator[NDArray[np.int64]]:
    """Rows of whole people, at least EVENTS_PER_BATCH at a time but for the last."""
    chosen = reading.columns.pick(np.arange(total, dtype=np.int64))
    gathered: list[NDArray[np.int64]] = []
    size = 0
    for rows in chosen.rows_by_user:
        gathered.append(rows)
        size += len(rows)
        if size >= EVENTS_PER_BATCH:
            yield np.concatenate(gathered)
            gathered, size = [], 0
    if size:
        yield np.concatenate(gathered)


def _problem(reading: EventReading, row: int, receipt: Receipt) -> EventProblem:
    columns = reading.columns
    return EventProblem(
        int(reading.source_rows[columns.number[row]]),
        columns.user_ids[columns.user[row]],
        columns.item_ids[columns.item[row]],
        receipt.detail or "",
    )


def _write_batch(storage: Storage, batch: Sequence[Item], event_id: str, now: float) -> int:
    def work(tx: Transaction) -> int:
        completed = [_completed(item, tx.item(item.id)) for item in batch]
        return tx.put_items(completed, event_id, now)

    return storage.write(work)


def _completed(item: Item, held: Item | None) -> Item:
    """An imported item with what only the stored one knows: a source may lack some columns."""
    if held is None:
        return item
    known = {title.casefold() for title in (item.title, *item.alternate_titles)}
    older = tuple(title for title in held.alternate_titles if title.casefold() not in known)
    return replace(
        item,
        alternate_titles=(*item.alternate_titles, *older),
        native_title=item.native_title or held.native_title,
        text=item.text or held.text,
        year=held.year if item.year is None else item.year,
        facets={**held.facets, **item.facets},
        numbers={**held.numbers, **item.numbers},
        rating=held.rating if item.rating is None else item.rating,
        rating_count=item.rating_count or held.rating_count,
        hidden=held.hidden,
    )
