"""What a model may know before it learns, and what a model is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import CatalogueSchema
from penchant.datasets.log import EventColumns
from penchant.domain.item import Item
from penchant.taste.signals import DEFAULT_SIGNALS, Signals

__all__ = ["Model", "ModelFactory", "Problem"]

T = TypeVar("T")


class Model(Protocol):
    """What is evaluated. Users and items are the columns `user` and `item` of the log."""

    @property
    def name(self) -> str:
        """The name under which it is asked for and reported."""

    @property
    def online(self) -> bool:
        """Whether `learn` may be called again with later events; if not, it is called once."""

    def learn(self, log: EventColumns) -> None:
        """Learn from events that come after all those learned so far."""

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        """How well each item suits the user at that time, float64 (items,); -inf means never.

        In replay the first lists are asked for before anything was learned.
        """


@dataclass(frozen=True, eq=False)
class Problem:
    """One evaluation's people and items, the same for all of its models.

    `items` follows `item_ids`. `vectors` are item vectors in the same order, (items, dimension),
    None where nobody encodes. `weights` is the file of global weights that the caller chose;
    without one, `fits` says that models may fit theirs to the first events they learn.
    """

    schema: CatalogueSchema
    items: tuple[Item, ...]
    user_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    kinds: tuple[str, ...]
    seed: int = 0
    weights: Path | None = None
    vectors: NDArray[np.float32] | None = None
    fits: bool = False
    _made: dict[object, object] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        log: EventColumns,
        schema: CatalogueSchema,
        items: Iterable[Item],
        *,
        seed: int = 0,
        weights: Path | None = None,
        vectors: NDArray[np.float32] | None = None,
        fits: bool = False,
    ) -> Problem:
        """The problem of a log; an item that the catalogue lacks is known by its id alone."""
        known = {item.id: item for item in items}
        aligned = tuple(known.get(i) or Item(id=i, title=i) for i in log.item_ids)
        return cls(
            schema, aligned, log.user_ids, log.item_ids, log.kinds, seed, weights, vectors, fits
        )

    @cached_property
    def catalogue(self) -> Catalogue:
        """The items as a catalogue snapshot; its rows are in the order of the ids."""
        return Catalogue(self.schema, self.items)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The catalogue row of each item of the log, int64 (items,)."""
        return self.catalogue.rows(self.item_ids)

    @property
    def signals(self) -> Signals:
        """What each kind of feedback is worth on this catalogue's rating scale."""
        return DEFAULT_SIGNALS.on_scale(*self.schema.rating_scale)

    def shared(self, make: Callable[[Problem], T]) -> T:
        """What `make` gives for this problem, made once: models that share a learned state."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("T", self._made[make])


ModelFactory = Callable[[Problem], Model]
