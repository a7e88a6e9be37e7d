"""The ranking without a query: a blend of what suits the person and what suits everybody.

`score = w * personal + (1 - w) * model`. Personal scorers read one taste, model scorers read the
catalogue (later also the crowd). Each scorer is divided by its largest absolute value over the
candidates, so that shares are comparable and terms stay additive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from penchant.domain.record import StatementAction
from penchant.domain.result import column_sum
from penchant.ranking.boosts import PersonalizationEngine
from penchant.taste.interests import InterestModel
from penchant.taste.reading import TasteReading

__all__ = ["Blend", "BlendConfig", "BlendedScores", "Scores", "personal_share"]

Column = NDArray[np.float64]
Scores = Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class BlendConfig:
    """Shares of the scorers within their side, used relative to their sum."""

    most_personal: float = 0.6
    half_evidence: float = 2.0
    personal: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType(
            {"facets": 0.5, "embedding": 0.25, "interests": 0.25}
        )
    )
    model: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType({"popularity": 0.6, "quality": 0.4})
    )


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

    @property
    def model_score(self) -> Column:
        """The sum of the model side's terms, float64 (rows,)."""
        return column_sum((self.terms[name] for name in self.model_terms), self.row_count)


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
        model: Scores,
        strength: float = 1.0,
    ) -> BlendedScores:
        """The terms of each row; `vectors` are the centred unit vectors of the whole catalogue.

        `model` are the scorers of the model side over the same rows, on any scale; one without a
        share of its own counts as 1. Facet terms carry the facet's name. `strength` in [0, 1]
        scales the personal side.
        """
        share = strength * personal_share(reading, self.config)
        terms = _side(model, self.config.model, 1.0 - share)
        boosts: Scores = {}
        if reading is not None and share > 0.0:
            boosts = self.personalization.boosts(reading, rows).facets
            terms.update(self._facet_terms(boosts, share, len(rows)))
            terms.update(self._vector_terms(reading, vectors[rows], share))
        return BlendedScores(terms, tuple(model), boosts, self.weights(model, share), len(rows))

    def weights(self, model: Scores, share: float) -> dict[str, float]:
        """The part of each scorer when the personal side has `share`; they sum to 1."""
        personal = _relative(self.config.personal)
        weights = {name: (1.0 - share) * part for name, part in _parts(model, self.config).items()}
        return weights | {name: share * part for name, part in personal.items()}

    def _facet_terms(self, facets: Scores, share: float, row_count: int) -> dict[str, Column]:
        weight = share * _relative(self.config.personal)["facets"]
        scale = _largest(column_sum(facets.values(), row_count))
        return {name: weight * column / scale for name, column in facets.items()}

    def _vector_terms(
        self, reading: TasteReading, vectors: NDArray[np.float32], share: float
    ) -> dict[str, Column]:
        user = reading.profile.vector
        embedding = np.zeros(len(vectors)) if user is None else vectors @ user.astype(np.float32)
        scored = {
            "embedding": np.asarray(embedding, dtype=np.float64),
            "interests": self.interests.scores(reading.profile.interests, vectors),
        }
        parts = _relative(self.config.personal)
        return {n: share * parts[n] * column / _largest(column) for n, column in scored.items()}


def _parts(model: Scores, config: BlendConfig) -> dict[str, float]:
    return _relative({name: config.model.get(name, 1.0) for name in model})


def _side(scores: Scores, shares: Mapping[str, float], weight: float) -> dict[str, Column]:
    parts = _relative({name: shares.get(name, 1.0) for name in scores})
    return {n: weight * parts[n] * column / _largest(column) for n, column in scores.items()}


def _relative(shares: Mapping[str, float]) -> dict[str, float]:
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()} if total > 0.0 else dict(shares)


def _largest(column: Column) -> float:
    largest = float(np.abs(column).max()) if len(column) else 0.0
    return largest if largest > 0.0 else 1.0
