"""Retriever: what matches a query, for nobody in particular."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.titles import TitleIndex
from penchant.catalogue.vectors import ItemVectors, embedding_text
from penchant.domain.item import Item
from penchant.domain.protocols import Reranker
from penchant.domain.query import Analysis, Filters, Intent
from penchant.domain.result import Candidates
from penchant.search.analysis import QueryAnalyzer
from penchant.search.expansion import QueryExpander
from penchant.search.filters import ContentFilter
from penchant.search.fusion import fuse
from penchant.search.hits import Hits
from penchant.search.lexical import (
    FIELD_WEIGHTS,
    STORY_WEIGHTS,
    LexicalIndex,
    LexicalQuery,
)
from penchant.search.likeness import Likeness
from penchant.search.priors import PRIORS
from penchant.search.rerank import RERANKED, blend
from penchant.search.semantic import SemanticIndex

__all__ = ["Retrieval", "Retriever"]

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]

LIST_LENGTH = 100
BROWSED = 200
# Items that meet everything a query names come first when there are so many of them.
ENOUGH_TO_COME_FIRST = 5
# Where no word of a query occurs anywhere, its nearest item must be at least so near in meaning:
# 99% of 610 nonsense strings stay below on the bundled catalogue, and real words that are nearer to
# nothing than this (about half of those that no text holds) found unrelated items.
LEAST_COSINE = 0.37
# So many words that name nothing tell what happens in an item.
STORY_WORDS = 5
SEED_TERMS = 24
# How much the words beside an example ("like Goblin but funnier") turn the search.
RESIDUAL_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Candidates with their score terms, and how they were found.

    `expanded_terms` are all words added to the query. `pipeline` is plain data for the answer.
    No candidates at all means "no good match".
    """

    candidates: Candidates
    expanded_terms: tuple[str, ...] = ()
    pipeline: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class _Sought:
    """A query as both scorers take it; `has_text` is false when neither has anything to go by."""

    lexical: LexicalQuery | None
    vector: NDArray[np.float32]
    expanded_terms: tuple[str, ...]

    @property
    def has_text(self) -> bool:
        return self.lexical is not None or bool(self.vector.any())


class Retriever:
    """Search over one catalogue snapshot. Immutable: a changed catalogue has a new Retriever."""

    def __init__(
        self, catalogue: Catalogue, vectors: ItemVectors, reranker: Reranker | None = None
    ) -> None:
        self._build(catalogue, vectors, reranker, LexicalIndex(catalogue))

    def updated(self, catalogue: Catalogue, vectors: ItemVectors) -> Retriever:
        """The Retriever of a changed catalogue; this one keeps answering for its own snapshot."""
        successor = object.__new__(Retriever)
        successor._build(catalogue, vectors, self._reranker, self._lexical.updated(catalogue))
        return successor

    def _build(
        self,
        catalogue: Catalogue,
        vectors: ItemVectors,
        reranker: Reranker | None,
        lexical: LexicalIndex,
    ) -> None:
        self._catalogue = catalogue
        self._vectors = vectors
        self._reranker = reranker
        self._lexical = lexical
        self._semantic = SemanticIndex(catalogue, vectors)
        self._filter = ContentFilter(catalogue)
        self._titles = TitleIndex(catalogue)
        self._analyzer = QueryAnalyzer(catalogue, self._titles, lexical)
        self._expander = QueryExpander(catalogue.schema.vocabulary, vectors)
        self._likeness = Likeness(catalogue, vectors, self._semantic)

    @property
    def catalogue(self) -> Catalogue:
        """The snapshot that is searched."""
        return self._catalogue

    @property
    def titles(self) -> TitleIndex:
        """Titles of the same snapshot: completion, and the nearest titles of an unknown one."""
        return self._titles

    def analyse(self, text: str) -> Analysis:
        """What a query asks for, with the synonyms that go with it; any text is answered."""
        analysis = self._analyzer.analyse(text)
        if analysis.intent is Intent.SPECIFIC_TITLE:
            return analysis
        return replace(analysis, expanded_terms=self._expander.synonyms(analysis.residual))

    def retrieve(
        self,
        analysis: Analysis,
        alpha: float,
        filters: Filters | None = None,
        user_terms: Sequence[str] = (),
        popularity: NDArray[np.float64] | None = None,
    ) -> Retrieval:
        """Candidates for an analysed query, best first.

        `alpha` in [0, 1] is the semantic share. `user_terms` are the user's own words, of which the
        near ones are added. `popularity` in [0, 1], float64 (items,), is the catalogue's own prior
        unless given. Terms: `lexical`, `semantic`, `quality`, `popularity` and, where a reranker
        read the item, `rerank`; each base score is in [0, 1]. Raises InvalidQuery for a filter by
        something that the catalogue does not have.
        """
        sought = self._sought(analysis, user_terms)
        allowed = self._allowed(analysis, filters)
        meeting = self._meeting(analysis, allowed)
        lexical = self._lexical.search(sought.lexical, LIST_LENGTH, allowed)
        semantic = self._semantic.search(sought.vector, LIST_LENGTH, allowed)
        if self._is_no_match(analysis, lexical, semantic):
            rows = np.zeros(0, dtype=np.int64)
        else:
            browsed = self._browsed(analysis, meeting, allowed, popularity)
            rows = self._union(analysis, allowed, lexical.rows, semantic.rows, browsed)
        terms = self._terms(analysis, alpha, sought, rows, lexical, popularity)
        candidates = Candidates(rows, terms, self._tiers(analysis, rows, meeting)).best_first()
        candidates = self._reranked(analysis, candidates)
        pipeline = {
            "alpha": alpha,
            "lexical_hits": len(lexical),
            "semantic_hits": len(semantic),
            "candidates": len(candidates),
            "meeting_every_entity": None if meeting is None else int(meeting.sum()),
            "filtered_to": None if allowed is None else int(allowed.sum()),
            "expanded_terms": list(sought.expanded_terms),
            "reranker": None if self._reranker is None else self._reranker.id,
        }
        return Retrieval(candidates, sought.expanded_terms, MappingProxyType(pipeline))

    def similar(self, item_id: str, n: int = 10) -> tuple[tuple[Item, float, str], ...]:
        """The `n` visible items most like an item: (item, similarity in [-1, 1], what is shared).

        What is shared is a short phrase such as "Medical, Friendship" or "with Jo Jung Suk".
        Raises UnknownItem.
        """
        return self._likeness.nearest(item_id, n)

    # --- what is sought -----------------------------------------------------------------------

    def _sought(self, analysis: Analysis, user_terms: Sequence[str]) -> _Sought:
        text = analysis.residual
        # Vectors know nothing of people: a name would be near to chance.
        meaning = _without(text, analysis.wanted.people)
        vector = self._vectors.encode_query(meaning) if meaning else self._no_vector()
        if analysis.seed_item is not None:
            return self._sought_like(analysis, vector)
        near = self._expander.near_terms(text, user_terms)
        added = self._expander.weights(analysis.expanded_terms, near)
        weights = STORY_WEIGHTS if _tells_a_story(analysis) else FIELD_WEIGHTS
        query = self._lexical.query(text, added, weights) if text else None
        return _Sought(query, vector, tuple(dict.fromkeys([*analysis.expanded_terms, *near])))

    def _sought_like(self, analysis: Analysis, residual: NDArray[np.float32]) -> _Sought:
        """The example's own vector and its rarest words stand for the query."""
        seed = self._catalogue.get(analysis.seed_item or "")
        values = [
            value
            for spec in self._catalogue.schema.facets
            if not spec.person
            for value in seed.values(spec.name)
        ]
        text = " ".join([seed.text, *values, analysis.residual])
        words = self._lexical.rarest(text, SEED_TERMS)
        vector = self._vectors.centred[self._catalogue.row_of[seed.id]] + RESIDUAL_SHARE * residual
        length = float(np.linalg.norm(vector))
        query = self._lexical.query(" ".join(words))
        return _Sought(query, vector / length if length else self._no_vector(), ())

    def _no_vector(self) -> NDArray[np.float32]:
        return np.zeros(self._vectors.encoder.dimension, dtype=np.float32)

    # --- which items --------------------------------------------------------------------------

    def _allowed(self, analysis: Analysis, filters: Filters | None) -> Mask | None:
        """Which rows may be answered; None when every visible one may."""
        seed = analysis.seed_item
        if (filters is None or filters.is_empty) and seed is None:
            return None
        allowed = self._filter.mask(filters if filters is not None else Filters())
        if seed is not None:
            allowed[self._catalogue.row_of[seed]] = False
        return allowed

    def _meeting(self, analysis: Analysis, allowed: Mask | None) -> Mask | None:
        """Which rows have everything that the query names; None when it names nothing."""
        if analysis.wanted.is_empty:
            return None
        meeting = self._filter.mask_of_all(analysis.wanted)
        return meeting if allowed is None else meeting & allowed

    def _browsed(
        self,
        analysis: Analysis,
        meeting: Mask | None,
        allowed: Mask | None,
        popularity: NDArray[np.float64] | None,
    ) -> Rows:
        """The best items that are what the query names, whether or not its words find them."""
        if meeting is not None and meeting.any():
            rows = np.flatnonzero(meeting)
        elif PRIORS[analysis.intent].browses:
            rows = np.flatnonzero(self._catalogue.visible if allowed is None else allowed)
        else:
            rows = np.zeros(0, dtype=np.int64)
        return Hits.best(rows, self._prior(analysis, rows, popularity), BROWSED).rows

    def _union(self, analysis: Analysis, allowed: Mask | None, *lists: Rows) -> Rows:
        titled = self._title_row(analysis)
        if titled is not None and (allowed is None or allowed[titled]):
            lists = (*lists, np.array([titled], dtype=np.int64))
        return np.unique(np.concatenate(lists))

    def _title_row(self, analysis: Analysis) -> int | None:
        row = self._catalogue.row_of.get(analysis.title_item or "")
        return row if row is not None and self._catalogue.visible[row] else None

    def _is_no_match(self, analysis: Analysis, lexical: Hits, semantic: Hits) -> bool:
        """Whether no word of the query occurs anywhere and nothing is near it in meaning."""
        if analysis.intent is not Intent.OTHER or analysis.title_item or analysis.entities:
            return False
        nearest = float(semantic.scores[0]) if len(semantic) else 0.0
        return len(lexical) == 0 and nearest < LEAST_COSINE

    # --- what they score ----------------------------------------------------------------------

    def _prior(
        self, analysis: Analysis, rows: Rows, popularity: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        """How good rows are before the query's words are looked at, float64 (len(rows),)."""
        shares = PRIORS[analysis.intent].alone()
        quality = shares.quality * self._catalogue.quality[rows]
        return quality + shares.popularity * self._popularity(popularity)[rows]

    def _popularity(self, popularity: NDArray[np.float64] | None) -> NDArray[np.float64]:
        return self._catalogue.popularity if popularity is None else popularity

    def _terms(
        self,
        analysis: Analysis,
        alpha: float,
        sought: _Sought,
        rows: Rows,
        lexical: Hits,
        popularity: NDArray[np.float64] | None,
    ) -> dict[str, NDArray[np.float64]]:
        shares = PRIORS[analysis.intent]
        if not sought.has_text:
            shares = shares.alone()
        fused = fuse(
            self._lexical_scores(sought, rows, lexical),
            self._semantic.score(sought.vector, rows),
            alpha,
        )
        terms = {name: shares.text * column for name, column in fused.items()}
        if shares.quality:
            terms["quality"] = shares.quality * self._catalogue.quality[rows]
        if shares.popularity:
            terms["popularity"] = shares.popularity * self._popularity(popularity)[rows]
        return terms

    def _lexical_scores(self, sought: _Sought, rows: Rows, lexical: Hits) -> NDArray[np.float64]:
        """Every row's BM25; a list that is not full has every row that scores above 0."""
        scores = lexical.scores_of(rows)
        unknown = np.isnan(scores)
        if unknown.any():
            complete = len(lexical) < LIST_LENGTH
            others = rows[unknown]
            scores[unknown] = 0.0 if complete else self._lexical.score(sought.lexical, others)
        return scores

    def _tiers(self, analysis: Analysis, rows: Rows, meeting: Mask | None) -> NDArray[np.int8]:
        tier = np.zeros(len(rows), dtype=np.int8)
        if meeting is not None and int(meeting.sum()) >= _enough(analysis):
            tier[meeting[rows]] = 1
        titled = self._title_row(analysis)
        if titled is not None:
            tier[rows == titled] = 2
        return tier

    def _reranked(self, analysis: Analysis, candidates: Candidates) -> Candidates:
        if self._reranker is None or not analysis.residual or len(candidates) == 0:
            return candidates
        texts = [embedding_text(self._catalogue.items[row]) for row in candidates.rows[:RERANKED]]
        return blend(candidates, self._reranker.score(analysis.residual, texts))


def _enough(analysis: Analysis) -> int:
    """How many items must meet a query to come first: with a person named, one is what is meant."""
    return 1 if analysis.wanted.people else ENOUGH_TO_COME_FIRST


def _tells_a_story(analysis: Analysis) -> bool:
    return analysis.intent is Intent.OTHER and len(analysis.residual.split()) >= STORY_WORDS


def _without(text: str, names: Sequence[str]) -> str:
    for name in names:
        text = text.replace(name, " ")
    return text.strip()
