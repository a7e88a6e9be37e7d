"""What people turn to now among the items that share a facet value: trending in Medical."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penchant.domain.item import facet_key
from penchant.ranking.moment import Moment

__all__ = ["trending_within"]


def trending_within(moment: Moment, facet: str, value: str) -> NDArray[np.int64]:
    """Rows of the items with a value that people turn to now, most sought first, int64.

    By visits of the last days as the crowd fades them; an item that nobody turned to is not in it,
    and of equals the lower row comes first. Empty for a value that no item has.
    """
    index = moment.catalogue.facets.get(facet)
    column = None if index is None else index.column_of.get(facet_key(value))
    if moment.crowd is None or index is None or column is None:
        return np.zeros(0, dtype=np.int64)
    columns = moment.crowd.columns_of(moment.catalogue)
    visits = moment.crowd.trending(moment.now)[columns]
    rows = index.matrix[:, [column]].nonzero()[0].astype(np.int64)
    sought = rows[visits[rows] > 0.0]
    return sought[np.lexsort((sought, -visits[sought]))]
