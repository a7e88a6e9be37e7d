"""popularity-batch: what most people met, the same list for everybody."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penchant.datasets.log import EventColumns
from penchant.evaluation.events import leading
from penchant.evaluation.problem import Problem

__all__ = ["Popularity"]


class Popularity:
    """Counts of events by item, without any fading; dismiss, skip and removal do not count."""

    name = "popularity-batch"
    online = True

    def __init__(self, problem: Problem) -> None:
        self._counts = np.zeros(len(problem.item_ids))

    def learn(self, log: EventColumns) -> None:
        """Count further events."""
        self._counts += np.bincount(log.item[leading(log)], minlength=len(self._counts))

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        """The counts, whoever asks."""
        del user, at
        return self._counts

    def shares(self) -> NDArray[np.float64]:
        """The counts over the largest one, in [0, 1]; zeros before the first event."""
        return self._counts / max(float(self._counts.max(initial=0.0)), 1.0)
