"""From ranked columns to the page that people see: objects exist only for what is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from penchant.domain.impression import Impression
from penchant.domain.query import Query
from penchant.domain.result import Personalization, Recommendation
from penchant.ranking.blend import BlendedScores
from penchant.ranking.crowd_reasons import CrowdReasons
from penchant.ranking.engine import Ranked
from penchant.ranking.evidence import MOST_EVENTS, Evidence
from penchant.ranking.explain import Explainer, MatchedQuery
from penchant.ranking.moment import Moment
from penchant.snapshot import Snapshot
from penchant.taste.insights import PreferenceLearner
from penchant.taste.reading import TasteReading

__all__ = ["PageBuilder", "matched", "personalization_of", "shown_impression"]

MOST_TOP_GENRES = 5


@dataclass(frozen=True)
class PageBuilder:
    """Turns rows of one snapshot into recommendations with their reasons.

    `moment` is what a list without a query was scored from. `history` is the snapshot that the
    person's past items are in, where it is another one. `given_scores` are a caller's own base
    scores by item id. `most_events` bounds the events that a reason names.
    """

    snapshot: Snapshot
    reading: TasteReading | None
    query: MatchedQuery | None = None
    moment: Moment | None = None
    history: Snapshot | None = None
    most_events: int = MOST_EVENTS
    given_scores: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def from_search(self, ranked: Ranked) -> tuple[Recommendation, ...]:
        """The page of a search."""
        return self._page(ranked.rows, ranked.terms, ranked.boosts, ranked.base, ranked.score)

    def from_blend(
        self, rows: NDArray[np.int64], scores: BlendedScores, order: NDArray[np.int64]
    ) -> tuple[Recommendation, ...]:
        """The page of a list without a query; `order` picks from the scored rows."""
        terms = {name: column[order] for name, column in scores.terms.items()}
        boosts = {name: column[order] for name, column in scores.boosts.items()}
        return self._page(
            rows[order], terms, boosts, scores.model_score[order], scores.score[order]
        )

    def _page(
        self,
        rows: NDArray[np.int64],
        terms: Mapping[str, NDArray[np.float64]],
        boosts: Mapping[str, NDArray[np.float64]],
        base: NDArray[np.float64],
        scores: NDArray[np.float64],
    ) -> tuple[Recommendation, ...]:
        explainer = self._explainer()
        facets = [spec.name for spec in self.snapshot.catalogue.schema.facets if spec.boost > 0.0]
        page = []
        for place, row in enumerate(rows.tolist()):
            item = self.snapshot.catalogue.items[row]
            item_terms = {name: float(column[place]) for name, column in terms.items()}
            details = {f: float(boosts[f][place]) if f in boosts else 0.0 for f in facets}
            base_score, score = float(base[place]), float(scores[place])
            page.append(
                Recommendation(
                    item=item,
                    base_score=base_score,
                    personalized_score=score,
                    boost_multiplier=score / base_score if base_score > 0.0 else 1.0,
                    boost_details=details,
                    terms=item_terms,
                    explanations=explainer.explain(item, row, item_terms, details),
                )
            )
        return tuple(page)

    def _explainer(self) -> Explainer:
        schema = self.snapshot.catalogue.schema
        history = self.history or self.snapshot
        evidence = None
        if self.reading is not None:
            evidence = Evidence(
                self.reading,
                self.snapshot.vectors.centred,
                history.catalogue,
                history.vectors.centred,
                self.most_events,
            )
        return Explainer(
            facets=schema.facets,
            noun=schema.noun,
            verb_past=schema.verb_past,
            scale_top=schema.rating_scale[1],
            evidence=evidence,
            query=self.query,
            given_scores=self.given_scores,
            crowd=None
            if self.moment is None
            else CrowdReasons(
                self.moment, history.catalogue, schema.verb_past, schema.rating_scale[1]
            ),
        )


def shown_impression(
    page: Sequence[Recommendation],
    ranks: Mapping[str, tuple[int, ...]],
    user_id: str | None,
    at: float,
) -> Impression:
    """A For You page as it is remembered: what stood where, and where each scorer had it."""
    items = tuple(recommendation.item.id for recommendation in page)
    return Impression(f"i-{uuid4().hex}", user_id or "", at, "for_you", items, ranks)


def personalization_of(
    reading: TasteReading | None,
    *,
    original_alpha: float | None = None,
    personalized_alpha: float | None = None,
    held: Sequence[str] = (),
) -> Personalization:
    """The block of an answer that says what personalization did."""
    if reading is None:
        return Personalization(
            applied=False, original_alpha=original_alpha, personalized_alpha=original_alpha
        )
    learner = PreferenceLearner(reading)
    moved = original_alpha is not None and personalized_alpha != original_alpha
    return Personalization(
        applied=True,
        alpha_adjusted=moved,
        original_alpha=original_alpha,
        personalized_alpha=personalized_alpha,
        top_genres={p.name: p.value for p in learner.top("genre", MOST_TOP_GENRES)},
        persona=tuple(learner.personas()),
        profile_version=reading.profile.version,
        position=reading.profile.position,
        guarded=tuple(held),
    )


def matched(query: Query, snapshot: Snapshot) -> MatchedQuery:
    """The query as reasons quote it."""
    analysis = snapshot.retriever.analyse(query.text)
    seed = analysis.seed_item
    title = snapshot.catalogue.get(seed).title if seed is not None else None
    return MatchedQuery(query.text, analysis, title)
