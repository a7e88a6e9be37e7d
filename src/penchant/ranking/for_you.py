"""ForYou: the ranking without a query, from one moment to named terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penchant.errors import InvalidInput
from penchant.ranking.blend import Blend, BlendedScores, Sides
from penchant.ranking.closed_form_scorer import CLOSED_FORM
from penchant.ranking.moment import Moment, Scored, Scorer
from penchant.ranking.scorers import DEFAULT_SCORERS
from penchant.ranking.weights import BlendWeights

__all__ = ["ForYou"]

FROM_HISTORY = frozenset({"transitions", CLOSED_FORM})


@dataclass(frozen=True)
class ForYou:
    """Asks every scorer and blends what they say; serves people and evaluations alike."""

    blend: Blend
    scorers: Sequence[Scorer] = DEFAULT_SCORERS

    def scores(
        self, moment: Moment, strength: float = 1.0, own: BlendWeights | None = None
    ) -> BlendedScores:
        """The terms of the moment's rows; see Blend.scores for `strength` and `own`."""
        sides = self.sides(moment, strength)
        return self.blend.scores(moment.reading, moment.vectors, moment.rows, sides, strength, own)

    def sides(self, moment: Moment, strength: float = 1.0) -> Sides:
        """What the scorers say of the moment's rows.

        `strength` scales the trust in what starts from the person's own history. Raises
        InvalidInput, with its name, for a scorer whose column cannot be used.
        """
        said: dict[str, tuple[Scorer, Scored]] = {}
        for scorer in self.scorers:
            scored = scorer.scores(moment)
            if scored is not None:
                _check(scorer, scored, len(moment.rows))
                said[scorer.name] = (scorer, scored)
        confidence = {name: scored.confidence for name, (_, scored) in said.items()}
        for name in FROM_HISTORY & confidence.keys():
            confidence[name] *= strength
        if "popularity" in confidence:
            # What everybody takes is for those of whom the crowd knows nothing better.
            confidence["popularity"] *= 1.0 - confidence.get("transitions", 0.0)
        return Sides(
            model={n: s.column for n, (by, s) in said.items() if by.side == "model"},
            personal={n: s.column for n, (by, s) in said.items() if by.side == "personal"},
            confidence=confidence,
        )


def _check(scorer: Scorer, scored: Scored, row_count: int) -> None:
    """Refuse what one of one's own scorers should not say, rather than let it spoil a list."""
    fits = scored.column.shape == (row_count,) and bool(np.isfinite(scored.column).all())
    if not (fits and 0.0 <= scored.confidence <= 1.0):
        raise InvalidInput(
            f"the scorer {scorer.name!r} must give {row_count} finite scores and a confidence from "
            f"0 to 1; it gave {scored.column.shape} and {scored.confidence!r}"
        )
