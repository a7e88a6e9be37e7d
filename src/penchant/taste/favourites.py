"""Favourites: what a person chooses or rates above expectation, and what may be chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penchant.taste.embedding import RatingStyle
from penchant.taste.expectation import expected_shares
from penchant.taste.history import History
from penchant.taste.significance import binomial_tail, discoveries, hypergeometric_tail

__all__ = ["Favourite", "RatedHigher", "favourites"]

# One or two items are a coincidence, however rare the value.
LEAST_ITEMS = 3
LEAST_FOR_TENDENCY = 2
PRIOR_RATINGS = 5.0


@dataclass(frozen=True, slots=True)
class RatedHigher:
    """Whether a person rates items with one value above what they rate otherwise.

    `number` ratings; `mean` on the catalogue's scale, shrunk toward the person's own mean by five
    ratings' worth, `lift` above that mean. `p` is the chance that as many of them lie above the
    person's shrunk mean; `significant` when that stands among all values looked at.
    """

    number: int
    mean: float
    lift: float
    p: float
    significant: bool


@dataclass(frozen=True, slots=True)
class Favourite:
    """What one facet value means to a person, in counts that can be checked.

    `count` of `out_of` positive verdicts have it: `share`, against the `expected_share` of somebody
    who watches what everybody watches. `p` is the chance that such a person has as many;
    `significant` when that stands among all values looked at. `rating` is None before the first
    rating of such an item.
    """

    name: str
    count: int
    out_of: int
    share: float
    expected_share: float
    p: float
    significant: bool
    rating: RatedHigher | None

    @property
    def is_tendency(self) -> bool:
        """Whether two or more have it and more than expected, yet no more than chance may give."""
        more = self.count >= LEAST_FOR_TENDENCY and self.share > self.expected_share
        return more and not self.significant


def favourites(history: History, facet: str = "genre") -> tuple[Favourite, ...]:
    """Every value among the positive verdicts: the significant ones first, then by chance.

    Shares count distinct items that have the facet at all: one-sided exact binomial,
    Benjamini-Hochberg at .1 over the person's values. Ratings above the person's shrunk mean:
    one-sided exact hypergeometric, corrected alike. Nothing is claimed of fewer than three items.
    """
    seen = history.once_per_item
    seen = seen.where(np.diff(seen.has(facet).indptr) > 0)
    liked = seen.positive
    if len(liked) == 0:
        return ()
    index = history.catalogue.facets[facet]
    counts = np.bincount(liked.has(facet).indices)
    columns = np.flatnonzero(counts)
    counts = counts[columns]
    expected = expected_shares(history.catalogue, facet, len(seen))[columns]
    chances = binomial_tail(counts, len(liked), expected)
    stands = discoveries(chances) & (counts >= LEAST_ITEMS)
    ratings = _rated_higher(seen.rated, facet, columns)
    found = [
        Favourite(
            name=index.names[column],
            count=int(counts[place]),
            out_of=len(liked),
            share=int(counts[place]) / len(liked),
            expected_share=float(expected[place]),
            p=float(chances[place]),
            significant=bool(stands[place]),
            rating=ratings.get(column),
        )
        for place, column in enumerate(columns.tolist())
    ]
    return tuple(sorted(found, key=lambda f: (not f.significant, f.p, -f.count, f.name)))


def _rated_higher(rated: History, facet: str, columns: NDArray[np.int64]) -> dict[int, RatedHigher]:
    """By column, for the columns that have a rating."""
    if len(rated) == 0:
        return {}
    has = rated.has(facet)[:, columns]
    numbers = np.bincount(has.indices, minlength=len(columns))
    top, style = rated.catalogue.schema.rating_scale[1], RatingStyle()
    prior = style.prior_mean * top * style.prior_ratings
    bar = (float(rated.rating.sum()) + prior) / (len(rated) + style.prior_ratings)
    above = rated.rating > bar
    hits = has.T @ above.astype(np.float64)
    mean = float(rated.rating.mean())
    lifts = (has.T @ (rated.rating - mean)) / (numbers + PRIOR_RATINGS)
    known = np.flatnonzero(numbers)
    chances = [
        hypergeometric_tail(int(hits[c]), int(numbers[c]), int(above.sum()), len(rated))
        for c in known
    ]
    stands = discoveries(chances) & (numbers[known] >= LEAST_ITEMS)
    return {
        int(columns[c]): RatedHigher(
            number=int(numbers[c]),
            mean=mean + float(lifts[c]),
            lift=float(lifts[c]),
            p=chance,
            significant=bool(stand),
        )
        for c, chance, stand in zip(known, chances, stands, strict=True)
    }
