"""A log made ready: ties shuffled, the k-core taken, every item of the catalogue a candidate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from penchant.datasets.log import EventColumns
from penchant.errors import InvalidInput

__all__ = ["Prepared", "core_of", "prepared", "ties_shuffled"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A log ready for a protocol, and how much the core filter took away."""

    log: EventColumns
    users_dropped: int = 0
    items_dropped: int = 0
    events_dropped: int = 0


def prepared(
    log: EventColumns,
    catalogue_ids: Iterable[str],
    *,
    core: int = 0,
    shuffle_seed: int | None = None,
) -> Prepared:
    """The log as the protocols take it.

    Without a core every item of the catalogue is a candidate, whether somebody met it or not; with
    one the candidates are the items that are left, as in the literature. Raises InvalidInput for a
    log of which nothing is left.
    """
    if shuffle_seed is not None:
        log = ties_shuffled(log, np.random.default_rng(shuffle_seed))
    if core <= 0:
        unmet = dict.fromkeys(catalogue_ids)
        for known in log.item_ids:
            unmet.pop(known, None)
        ready = Prepared(replace(log, item_ids=(*log.item_ids, *unmet)))
    else:
        kept = core_of(log, core)
        ready = Prepared(
            kept,
            len(log.user_ids) - len(kept.user_ids),
            len(log.item_ids) - len(kept.item_ids),
            len(log) - len(kept),
        )
    if len(ready.log) == 0:
        raise InvalidInput(
            "no events are left to evaluate on; give a log with events, or a smaller --core"
        )
    return ready


def ties_shuffled(log: EventColumns, rng: np.random.Generator) -> EventColumns:
    """The log with events of one time in random order; events are numbered anew."""
    order = np.lexsort((rng.random(len(log)), log.at))
    return replace(log.pick(order), number=np.arange(len(log), dtype=np.int64))


def core_of(log: EventColumns, least: int) -> EventColumns:
    """The largest part in which each user and each item has `least` events, coded anew."""
    kept = np.ones(len(log), dtype=np.bool_)
    while True:
        of_user = np.bincount(log.user[kept], minlength=len(log.user_ids))
        of_item = np.bincount(log.item[kept], minlength=len(log.item_ids))
        fewer = kept & (of_user[log.user] >= least) & (of_item[log.item] >= least)
        if fewer.sum() == kept.sum():
            return _recoded(log.pick(kept))
        kept = fewer


def _recoded(log: EventColumns) -> EventColumns:
    """The log with only those users and items that have events, in their former order."""
    user_ids, user = _coded(log.user_ids, log.user)
    item_ids, item = _coded(log.item_ids, log.item)
    return replace(log, user_ids=user_ids, user=user, item_ids=item_ids, item=item)


def _coded(
    names: tuple[str, ...], codes: NDArray[np.int32]
) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    used, new = np.unique(codes, return_inverse=True)
    return tuple(names[code] for code in used.tolist()), new.astype(np.int32)
