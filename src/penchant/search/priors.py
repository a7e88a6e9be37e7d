"""How much quality and popularity count beside the match, by intent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from penchant.domain.query import Intent

__all__ = ["PRIORS", "Prior"]


@dataclass(frozen=True, slots=True)
class Prior:
    """Shares of the base score, in [0, 1] together; the rest is the match with the query's text.

    `browses`: items are asked for by what they are, so those that meet the query are candidates
    whether or not its words find them.
    """

    quality: float = 0.0
    popularity: float = 0.0
    browses: bool = False

    @property
    def text(self) -> float:
        """The share of the match."""
        return 1.0 - self.quality - self.popularity

    def alone(self) -> Prior:
        """The shares when there is no text to match: quality and popularity fill the score."""
        total = self.quality + self.popularity
        if total == 0.0:
            return Prior(0.5, 0.5, self.browses)
        return Prior(self.quality / total, self.popularity / total, self.browses)


PRIORS: Final[Mapping[Intent, Prior]] = {
    Intent.SPECIFIC_TITLE: Prior(),
    Intent.SIMILAR_TO: Prior(),
    Intent.EMOTION: Prior(),
    Intent.OTHER: Prior(),
    Intent.PERSON: Prior(quality=0.4, browses=True),
    Intent.GENRE: Prior(quality=0.3, browses=True),
    Intent.YEAR: Prior(quality=0.3, browses=True),
    Intent.CONSTRAINT: Prior(quality=0.3, browses=True),
    Intent.TOP_RATED: Prior(quality=0.7, browses=True),
    Intent.TRENDING: Prior(popularity=0.7, browses=True),
    Intent.VAGUE: Prior(quality=0.35, popularity=0.35, browses=True),
}
