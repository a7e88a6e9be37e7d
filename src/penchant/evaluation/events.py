"""Which events of a log lead to something, are welcome, or are first meetings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penchant.crowd.people import SILENT_KINDS
from penchant.datasets.log import EventColumns
from penchant.taste.signals import Signals

__all__ = [
    "first_meetings",
    "has_times",
    "leading",
    "places",
    "positive",
    "share_of_ties",
]

POSITIVE_ABOVE = 0.5


def leading(log: EventColumns) -> NDArray[np.bool_]:
    """Every event but dismiss, skip and removal, bool (events,): consumption, liked or not."""
    kinds = np.array([kind not in SILENT_KINDS for kind in log.kinds], dtype=np.bool_)
    return np.asarray(kinds[log.kind], dtype=np.bool_)


def positive(log: EventColumns, signals: Signals) -> NDArray[np.bool_]:
    """Events whose target is above .5, bool (events,); a rating by its share of the scale's top.

    Raises InvalidFeedback for a kind that the table of signals does not have.
    """
    found = np.zeros(len(log), dtype=np.bool_)
    for code, kind in enumerate(log.kinds):
        rows = log.kind == code
        if signals.rule(kind).value == "rating":
            found[rows] = log.value[rows] / signals.scale_top > POSITIVE_ABOVE
        else:
            found[rows] = signals.rule(kind).target > POSITIVE_ABOVE
    return found


def first_meetings(log: EventColumns) -> NDArray[np.bool_]:
    """Events about an item that the user had no event about before, bool (events,)."""
    pairs = log.user.astype(np.int64) * len(log.item_ids) + log.item
    first = np.zeros(len(log), dtype=np.bool_)
    first[np.unique(pairs, return_index=True)[1]] = True
    return first


def places(log: EventColumns) -> NDArray[np.int64]:
    """The place of each event among its user's, from 0, int64 (events,)."""
    order = np.argsort(log.user, kind="stable")
    counts = np.bincount(log.user, minlength=len(log.user_ids))
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    place = np.empty(len(log), dtype=np.int64)
    place[order] = np.arange(len(log)) - starts
    return place


def has_times(log: EventColumns) -> bool:
    """Whether events differ in time; files without times share one."""
    return len(log) > 0 and bool(log.at[0] != log.at[-1])


def share_of_ties(log: EventColumns) -> float:
    """The share of a user's neighbouring events that have the same time."""
    order = np.argsort(log.user, kind="stable")
    user, at = log.user[order], log.at[order]
    neighbours = user[1:] == user[:-1]
    tied = neighbours & (at[1:] == at[:-1])
    return float(tied.sum() / max(int(neighbours.sum()), 1))
