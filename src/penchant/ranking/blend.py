"""The ranking without a query: a blend of what suits the person and what suits everybody.

`score = model + w / (1 - w) * personal`: the order of `w * personal + (1 - w) * model`, on the
scale of what is popular and good. Learning more of a person raises w and so what taste adds, and a
crowd that knows more adds more. Neither takes anything from the rest, so that taking evidence back
cannot lift an item by making others count; popularity alone steps back, see ForYou.sides. Each
scorer is divided by its largest absolute value over the candidates, so that weights are comparable
and terms stay additive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from penchant.domain.record import StatementAction
from penchant.domain.result import column_sum
from penchant.ranking.boosts import PersonalizationEngine
from penchant.ranking.ensemble import rank_of
from penchant.ranking.moment import Column, Scores, over_rows
from penchant.ranking.weights import DEFAULT_WEIGHTS, BlendWeights
from penchant.taste.interests import InterestModel
from penchant.taste.reading import TasteReading

__all__ = ["Blend", "BlendConfig", "BlendedScores", "Parts", "Sides", "personal_share"]


@dataclass(frozen=True, slots=True)
class BlendConfig:
    """How much the personal side weighs at most, and how fast evidence gets it there."""

    most_personal: float = 0.6
    half_evidence: float = 2.0
    weights: BlendWeights = DEFAULT_WEIGHTS


@dataclass(frozen=True, slots=True)
class Sides:
    """Columns of the scorers over the same rows, on any scale.

    `model` reads everybody, `personal` one person (beside the facets, the embedding and the
    interests, which the blend reads itself). `confidence` in [0, 1] says how far a scorer can be
    trusted, 1 where nothing is said.
    """

    model: Scores
    personal: Scores = field(default_factory=lambda: MappingProxyType({}))
    confidence: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


def personal_share(reading: TasteReading | None, config: BlendConfig) -> float:
    """The weight of the personal side: 0 for a stranger, rising to `most_personal` with evidence.

    Evidence is the sum of the strengths of the person's verdicts; a stated like or pin counts as
    one verdict, so that stating a taste works before the first click.
    """
    if reading is None:
        return 0.0
    stated = (StatementAction.LIKE, StatementAction.PIN)
    said = sum(statement.action in stated for statement in reading.profile.statements)
    evidence = reading.profile.evidence + said
    return config.most_personal * evidence / (evidence + config.half_evidence)


@dataclass(frozen=True, slots=True)
class BlendedScores:
    """Named terms of each row, float64 (rows,); their sum is the score.

    `model_terms` names the terms of the model side. `boosts` are the facets' shares before they
    were scaled into terms.
    """

    terms: Scores
    model_terms: tuple[str, ...]
    boosts: Scores
    weights: Mapping[str, float]
    row_count: int

    @property
    def score(self) -> Column:
        """The sum of all terms, float64 (rows,)."""
        return column_sum(self.terms.values(), self.row_count)

    def best_first(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Places in falling order of score; of equals the lower row comes first."""
        return np.lexsort((rows, -self.score))

    def ranks(self, places: NDArray[np.int64]) -> dict[str, tuple[int, ...]]:
        """The rank (from 1) that each scorer alone gives the rows at these places.

        The facets count as one scorer, as they do in the weights.
        """
        columns = {n: column for n, column in self.terms.items() if n not in self.boosts}
        if self.boosts:
            facets = (self.terms[name] for name in self.boosts)
            columns["facets"] = column_sum(facets, self.row_count)
        return {
            name: tuple(rank_of(column, place) for place in places.tolist())
            for name, column in columns.items()
        }

    @property
    def model_score(self) -> Column:
        """The sum of the model side's terms, float64 (rows,)."""
        return column_sum((self.terms[name] for name in self.model_terms), self.row_count)


@dataclass(frozen=True, slots=True)
class Parts:
    """What each scorer's column is multiplied by, by side, and its share of the whole."""

    model: Mapping[str, float]
    personal: Mapping[str, float]
    shares: Mapping[str, float]


@dataclass(frozen=True)
class Blend:
    """Scores rows of a catalogue for a person by named terms."""

    personalization: PersonalizationEngine
    interests: InterestModel
    config: BlendConfig = BlendConfig()

    def scores(
        self,
        reading: TasteReading | None,
        vectors: NDArray[np.float32],
        rows: NDArray[np.int64],
        sides: Sides,
        strength: float = 1.0,
        own: BlendWeights | None = None,
    ) -> BlendedScores:
        """The terms of each row; `vectors` are the centred unit vectors of the whole catalogue.

        Facet terms carry the facet's name. `strength` in [0, 1] scales the personal side. `own` are
        the person's own weights in place of the global ones. A scorer without a weight counts as 1.
        """
        columns = {} if reading is None else self._own_columns(reading, vectors, rows)
        personal = {**columns, **sides.personal} if reading is not None else {}
        w = strength * personal_share(reading, self.config)
        parts = self.parts(w, sides, ("facets", *personal), own)
        terms = {n: parts.model[n] * column / _largest(column) for n, column in sides.model.items()}
        boosts: Scores = {}
        if reading is not None and w > 0.0:
            boosts = self.personalization.boosts(reading, rows).facets
            scale = parts.personal["facets"] / _largest(column_sum(boosts.values(), len(rows)))
            terms.update({name: scale * column for name, column in boosts.items()})
            terms.update(
                {n: parts.personal[n] * column / _largest(column) for n, column in personal.items()}
            )
        return BlendedScores(terms, tuple(sides.model), boosts, parts.shares, len(rows))

    def parts(
        self, w: float, sides: Sides, personal: Sequence[str], own: BlendWeights | None = None
    ) -> Parts:
        """What each scorer's normalised column is multiplied by when the personal side weighs w.

        What is popular and good adds up to 1, taste to `w / (1 - w)` of that, and what else the
        model side knows to its weight. No part takes from another: less evidence for one of them
        lifts nothing. Own weights change both how a side is divided and what it weighs.
        """
        known, weights = self.config.weights, own or self.config.weights
        trust = {n: sides.confidence.get(n, 1.0) for n in (*sides.model, *personal)}
        base = known.base if known.base > 0.0 else 1.0
        model = {n: weights.model(n) * trust[n] / base for n in sides.model}
        lift = w / (1.0 - w)
        if own is not None:
            usual = sum(known.personal(n) for n in personal)
            lift *= sum(own.personal(n) for n in personal) / usual if usual > 0.0 else 1.0
        within = _relative({n: weights.personal(n) * trust[n] for n in personal})
        added = {n: lift * part for n, part in within.items()} if w > 0.0 else {}
        whole = sum(model.values()) + sum(added.values())
        shares = {n: part / whole for n, part in (model | added).items()} if whole > 0.0 else {}
        return Parts(model, added, shares)

    def personal_columns(
        self, reading: TasteReading, vectors: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> dict[str, Column]:
        """What the facets together, the embedding and the interests say, each on its own scale."""
        facets = self.personalization.boosts(reading, rows).facets
        own = self._own_columns(reading, vectors, rows)
        return {"facets": column_sum(facets.values(), len(rows)), **own}

    def _own_columns(
        self, reading: TasteReading, vectors: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> dict[str, Column]:
        user, interests = reading.profile.vector, reading.profile.interests
        known = np.zeros(vectors.shape[1]) if user is None else user
        direction = known.astype(np.float32)
        return {
            "embedding": over_rows(vectors, rows, lambda held: held @ direction),
            "interests": over_rows(
                vectors, rows, lambda held: self.interests.scores(interests, held)
            ),
        }


def _relative(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {n: weight / total for n, weight in weights.items()} if total > 0.0 else dict(weights)


def _largest(column: Column) -> float:
    largest = float(np.abs(column).max()) if len(column) else 0.0
    return largest if largest > 0.0 else 1.0
