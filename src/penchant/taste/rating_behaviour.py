"""How a person rates: against others, how far apart, and which genres they favour or punish."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penchant.taste.history import History

__all__ = ["RatingBehaviour", "RatingBias", "rating_behaviour"]

LEAST_RATINGS = 3
STYLE_MARGIN = 0.05
LEAST_FOR_SPREAD = 5
PRIOR_RATINGS = 5.0
# Shares of the scale's span. Half of MovieLens' raters deviate by .22 to .28 of it, one in ten by
# more than .32.
PRIOR_DEVIATION = 0.22
LENIENT_BELOW = 0.15
PICKY_FROM = 0.3


@dataclass(frozen=True, slots=True)
class RatingBias:
    """How much more somebody gives the items of one value than others do, beyond their own style.

    `bias` is on the catalogue's scale, the mean over `number` ratings shrunk toward none by five.
    """

    name: str
    number: int
    bias: float


@dataclass(frozen=True, slots=True)
class RatingBehaviour:
    """How somebody rates; figures on the catalogue's scale, None while there are none.

    `style` is `generous`, `harsh` or `balanced`: their `gap` to what others gave the same items,
    of which there are `compared`; `unknown` before three of them. `selectivity` is `picky` (good
    and bad far apart), `lenient` (all much alike) or `moderate`: from the standard `deviation`,
    shrunk toward the usual one; `unknown` before five ratings. `biases` fall.
    """

    number: int
    mean: float | None
    deviation: float | None
    style: str
    gap: float | None
    compared: int
    selectivity: str
    biases: tuple[RatingBias, ...]


def rating_behaviour(history: History, facet: str = "genre") -> RatingBehaviour:
    """How the person rates; `balanced` is within a twentieth of the scale's top of the others."""
    rated = history.rated
    others = history.catalogue.numbers("rating")[rated.rows]
    known = ~np.isnan(others)
    gaps = (rated.rating - others)[known]
    return RatingBehaviour(
        number=len(rated),
        mean=float(rated.rating.mean()) if len(rated) else None,
        deviation=float(rated.rating.std()) if len(rated) else None,
        style=_style(gaps, history.catalogue.schema.rating_scale[1]),
        gap=float(gaps.mean()) if len(gaps) else None,
        compared=len(gaps),
        selectivity=_selectivity(rated),
        biases=_biases(rated.where(known), gaps, facet) if len(gaps) else (),
    )


def _style(gaps: NDArray[np.float64], top: float) -> str:
    if len(gaps) < LEAST_RATINGS:
        return "unknown"
    gap = float((gaps / top).mean())
    if gap > STYLE_MARGIN:
        return "generous"
    return "harsh" if gap < -STYLE_MARGIN else "balanced"


def _selectivity(rated: History) -> str:
    if len(rated) < LEAST_FOR_SPREAD:
        return "unknown"
    low, top = rated.catalogue.schema.rating_scale
    squares = float((((rated.rating - rated.rating.mean()) / (top - low)) ** 2).sum())
    squares += PRIOR_RATINGS * PRIOR_DEVIATION**2
    deviation = (squares / (len(rated) + PRIOR_RATINGS)) ** 0.5
    if deviation >= PICKY_FROM:
        return "picky"
    return "lenient" if deviation < LENIENT_BELOW else "moderate"


def _biases(rated: History, gaps: NDArray[np.float64], facet: str) -> tuple[RatingBias, ...]:
    has = rated.has(facet)
    if has.nnz == 0:
        return ()
    numbers = np.bincount(has.indices, minlength=has.shape[1])
    biases = (has.T @ (gaps - gaps.mean())) / (numbers + PRIOR_RATINGS)
    names = rated.catalogue.facets[facet].names
    found = [
        RatingBias(names[column], int(numbers[column]), float(biases[column]))
        for column in np.flatnonzero(numbers).tolist()
    ]
    return tuple(sorted(found, key=lambda b: (-b.bias, b.name)))
