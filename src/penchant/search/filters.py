"""ContentFilter: hard constraints as a mask over rows, made before any list is cut."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.domain.item import facet_key
from penchant.domain.query import Filters
from penchant.errors import InvalidQuery, InvalidSettings

__all__ = ["ContentFilter"]

_OWN_NUMBERS = ("year", "rating")


class ContentFilter:
    """Filters to masks over one catalogue snapshot; hidden items never pass."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._person_facets = [spec.name for spec in catalogue.schema.facets if spec.person]

    def mask(self, filters: Filters) -> NDArray[np.bool_]:
        """Which items pass, bool (items,): for each facet any of the asked values is enough.

        A value that no item has gives an empty mask. Raises InvalidQuery for a facet or a number
        that the catalogue does not have.
        """
        passing = self._common(filters)
        for facet, values in filters.facets.items():
            if values:
                passing &= self._having_any(self._facet(facet), values)
        return passing

    def mask_of_all(self, filters: Filters) -> NDArray[np.bool_]:
        """As `mask`, but every one of the asked values must be there: what a query's words mean."""
        passing = self._common(filters)
        for facet, values in filters.facets.items():
            for value in values:
                passing &= self._having_any(self._facet(facet), (value,))
        return passing

    def _common(self, filters: Filters) -> NDArray[np.bool_]:
        passing = self._catalogue.visible.copy()
        for person in filters.people:
            anywhere = np.zeros(len(passing), dtype=np.bool_)
            for facet in self._person_facets:
                anywhere |= self._having_any(facet, (person,))
            passing &= anywhere
        for name, (least, most) in filters.ranges.items():
            passing &= self._in_range(name, least, most)
        for facet, values in filters.exclude_facets.items():
            passing &= ~self._having_any(self._facet(facet), values)
        for item_id in filters.exclude_items:
            row = self._catalogue.row_of.get(item_id)
            if row is not None:
                passing[row] = False
        return passing

    def _having_any(self, facet: str, values: Iterable[str]) -> NDArray[np.bool_]:
        held = np.zeros(len(self._catalogue), dtype=np.bool_)
        starts, rows = self._rows_by_value[facet]
        column_of = self._catalogue.facets[facet].column_of
        for value in values:
            column = column_of.get(facet_key(value))
            if column is not None:
                held[rows[starts[column] : starts[column + 1]]] = True
        return held

    @cached_property
    def _rows_by_value(self) -> dict[str, tuple[NDArray[np.int32], NDArray[np.int32]]]:
        """For each facet the rows of each value: (starts (values + 1,), rows)."""
        by_value = {name: index.matrix.tocsc() for name, index in self._catalogue.facets.items()}
        return {name: (matrix.indptr, matrix.indices) for name, matrix in by_value.items()}

    def _in_range(self, name: str, least: float | None, most: float | None) -> NDArray[np.bool_]:
        numbers = self._catalogue.schema.numbers
        if name not in _OWN_NUMBERS and name not in numbers:
            known = ", ".join([*_OWN_NUMBERS, *numbers])
            raise InvalidQuery(f"no number called {name!r} to filter by; there are {known}")
        values = self._catalogue.numbers(name)
        within = ~np.isnan(values)
        if least is not None:
            within &= values >= least
        if most is not None:
            within &= values <= most
        return within

    def _facet(self, name: str) -> str:
        try:
            return self._catalogue.schema.facet(name).name
        except InvalidSettings:
            known = ", ".join(spec.name for spec in self._catalogue.schema.facets)
            raise InvalidQuery(
                f"no facet called {name!r} to filter by; there are {known}"
            ) from None
