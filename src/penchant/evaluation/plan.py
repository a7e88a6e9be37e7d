"""Plan: what is learned and what is asked, in which order; every protocol becomes one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from penchant.datasets.log import EventColumns

__all__ = ["Asks", "Plan", "asks_of"]


@dataclass(frozen=True)
class Asks:
    """Lists that are asked for, one row each, in the order of asking.

    `user` int32, `at` float64, `before` int64 (the number of the user's events before the ask) and
    `learned` int64 (how many rows of the plan are learned by then) are all (asks,). The items that
    should come first are `targets[starts[i]:starts[i + 1]]`, item columns, at least one an ask.
    """

    user: NDArray[np.int32]
    at: NDArray[np.float64]
    before: NDArray[np.int64]
    learned: NDArray[np.int64]
    targets: NDArray[np.int64]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.user)

    def targets_of(self, ask: int) -> NDArray[np.int64]:
        """The item columns that should come first in one list."""
        return self.targets[self.starts[ask] : self.starts[ask + 1]]


@dataclass(frozen=True)
class Plan:
    """A protocol on one log.

    `rows` are the events of `log` that are ever learned, in the order of learning. `withholds_seen`
    says whether items that the user had events about are left out of the lists. `by_history` asks
    for the curve over the number of a user's events. `left_out` names groups of users that are not
    asked about, with their number.
    """

    protocol: str
    log: EventColumns
    rows: NDArray[np.int64]
    asks: Asks
    withholds_seen: bool = True
    by_history: bool = False
    left_out: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def slice_of(self, start: int, stop: int) -> EventColumns:
        """The events learned between two points of the plan, in the order of the log."""
        return self.log.pick(np.sort(self.rows[start:stop]))


def asks_of(
    log: EventColumns,
    target_rows: NDArray[np.int64],
    before: NDArray[np.int64],
    learned: NDArray[np.int64],
) -> Asks:
    """One ask for each target event, at the time of that event."""
    return Asks(
        user=log.user[target_rows],
        at=log.at[target_rows],
        before=before,
        learned=learned,
        targets=log.item[target_rows].astype(np.int64),
        starts=np.arange(len(target_rows) + 1, dtype=np.int64),
    )
