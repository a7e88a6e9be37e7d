"""Moment: what a scorer may look at, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.crowd.crowd import Crowd
from penchant.crowd.people import SILENT_KINDS
from penchant.taste.reading import TasteReading

__all__ = ["Column", "Moment", "Scored", "Scorer", "Scores", "Side", "over_rows"]

Column = NDArray[np.float64]
Scores = Mapping[str, Column]
Side = Literal["personal", "model"]


@dataclass(frozen=True)
class Moment:
    """The rows to be scored, for whom, among what crowd, and when.

    `vectors` are the centred unit vectors of the whole catalogue, float32 (items, dimension).
    """

    catalogue: Catalogue
    vectors: NDArray[np.float32]
    rows: NDArray[np.int64]
    reading: TasteReading | None
    crowd: Crowd | None
    now: float

    @cached_property
    def columns(self) -> NDArray[np.int64]:
        """The crowd's columns of the rows, -1 where nobody has turned to an item, int64 (rows,)."""
        if self.crowd is None:
            return np.full(len(self.rows), -1, dtype=np.int64)
        return self.crowd.columns_of(self.catalogue)[self.rows]

    @cached_property
    def history(self) -> Sequence[str]:
        """The ids of the items the person turned to, newest first."""
        if self.reading is None:
            return ()
        verdicts = self.reading.profile.verdicts.values()
        led = [v for v in verdicts if v.kind not in SILENT_KINDS]
        led.sort(key=lambda verdict: (verdict.at, verdict.position), reverse=True)
        return [verdict.item_id for verdict in led]


def over_rows(
    vectors: NDArray[np.float32],
    rows: NDArray[np.int64],
    said: Callable[[NDArray[np.float32]], NDArray[np.floating]],
) -> Column:
    """What `said` finds for the vectors of some rows, float64 (rows,)."""
    # Copying most vectors of a large catalogue takes longer than multiplying all of them.
    few = 2 * len(rows) < len(vectors)
    return np.asarray(said(vectors[rows]) if few else said(vectors)[rows], dtype=np.float64)


class Scored(NamedTuple):
    """A column over the moment's rows, float64 (rows,), and how far it can be trusted, in [0, 1].

    The scale is free: a column counts relative to its largest absolute value.
    """

    column: Column
    confidence: float = 1.0


class Scorer(Protocol):
    """One opinion on the rows; register one's own by name in the settings."""

    @property
    def name(self) -> str:
        """Names the score term and its weight."""

    @property
    def side(self) -> Side:
        """Whether it reads one person's taste or what is true for everybody."""

    def scores(self, moment: Moment) -> Scored | None:
        """The column, or None where there is nothing to say."""
