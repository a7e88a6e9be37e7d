"""Moments for tests: a few items, what others did with them, and mina's own history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from crowd.portraits import LogBook
from worlds import NOON, make_event, make_placed_learner

from penchant.crowd.crowd import Crowd
from penchant.domain.item import Item
from penchant.domain.record import Record
from penchant.ranking.moment import Moment
from penchant.taste.reading import TasteReading

__all__ = ["item", "moment_of", "paths"]


def item(item_id: str, *, raters: int = 0, year: int | None = 2020) -> Item:
    """An item with so many raters (without a rating when there are none)."""
    return Item(
        item_id, item_id.title(), year=year, rating=8.0 if raters else None, rating_count=raters
    )


def paths(*told: Sequence[str], at: float = NOON, first_position: int = 1_000) -> list[Record]:
    """Each path is watched by a person of its own, one second after the other."""
    records = []
    for number, path in enumerate(told):
        for step, item_id in enumerate(path):
            position = first_position + len(records)
            record = make_event("watched", item_id, position=position, at=at + step)
            assert record.feedback is not None
            name = f"other-{first_position}-{number}"
            feedback = replace(record.feedback, user_id=name)
            records.append(replace(record, user_id=name, feedback=feedback))
    return records


def moment_of(
    items: Sequence[Item],
    others: Sequence[Record] | None = None,
    own: Sequence[Record] = (),
    *,
    now: float = NOON,
    directions: Mapping[str, Sequence[float]] | None = None,
    rows: Sequence[int] | None = None,
) -> Moment:
    """All items (or some rows) for mina, who did `own`, or for nobody; no crowd without others."""
    placed = directions or {one.id: (1.0, float(n)) for n, one in enumerate(items)}
    learner = make_placed_learner(items, placed)
    crowd: Crowd | None = None
    if others is not None:
        crowd = LogBook([*others, *own]).taught(Crowd(learner.signals))
    reading = None
    if own:
        reading = TasteReading(learner.fold("mina", own), learner.catalogue, now)
    chosen = np.array(range(len(items)) if rows is None else rows, dtype=np.int64)
    return Moment(learner.catalogue, learner.vectors.centred, chosen, reading, crowd, now)
