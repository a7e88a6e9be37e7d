"""ForYou: the ranking without a query, from one moment to named terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penchant.ranking.blend import Blend, BlendedScores, Sides
from penchant.ranking.moment import Moment, Scored, Scorer
from penchant.ranking.scorers import DEFAULT_SCORERS
from penchant.ranking.weights import BlendWeights

__all__ = ["ForYou"]


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

        `strength` scales the trust in transitions, which start from the person's own history.
        """
        said: dict[str, tuple[Scorer, Scored]] = {}
        for scorer in self.scorers:
            scored = scorer.scores(moment)
            if scored is not None:
                said[scorer.name] = (scorer, scored)
        confidence = {name: scored.confidence for name, (_, scored) in said.items()}
        if "transitions" in confidence:
            confidence["transitions"] *= strength
        if "popularity" in confidence:
            # What everybody takes is for those of whom the crowd knows nothing better.
            confidence["popularity"] *= 1.0 - confidence.get("transitions", 0.0)
        return Sides(
            model={n: s.column for n, (by, s) in said.items() if by.side == "model"},
            personal={n: s.column for n, (by, s) in said.items() if by.side == "personal"},
            confidence=confidence,
        )
