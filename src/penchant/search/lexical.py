"""LexicalIndex: BM25 over the words of titles, people, facets and texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import tantivy
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.domain.item import Item
from penchant.search.hits import Hits
from penchant.search.words import clean, split_hangul, terms, word_analyzer

__all__ = ["FIELD_WEIGHTS", "STORY_WEIGHTS", "LexicalIndex", "LexicalQuery"]

FIELD_WEIGHTS: Final[Mapping[str, float]] = {
    "title": 3.0,
    "alternates": 2.0,
    "people": 2.0,
    "facets": 1.5,
    "text": 1.0,
}
# A query that tells what happens names nothing: there a word of a title is no more than a word.
STORY_WEIGHTS: Final[Mapping[str, float]] = {
    "title": 1.0,
    "alternates": 0.5,
    "people": 0.5,
    "facets": 1.0,
    "text": 1.0,
}
# Below this a changed catalogue is indexed anew (20,000 items: about a second), which keeps word
# statistics exact; above, changed items are replaced in place and dropped ones count until merged.
REBUILD_LIMIT = 20_000
# So many allowed rows are asked for by number; more of them by asking for more hits.
LISTED_ROWS = 2_000

_KEY = "key"
_TOKENIZER = "words"
_WRITER_BYTES = 256_000_000


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """Terms with their weights, ready to be searched."""

    weights: Mapping[str, float]
    clauses: tantivy.Query


class _SharedIndex:
    """A tantivy index that successive snapshots write to; only the newest of them may."""

    def __init__(self, person_facets: frozenset[str]) -> None:
        self.person_facets = person_facets
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field(_KEY, indexed=True, fast=True)
        for field in FIELD_WEIGHTS:
            builder.add_text_field(field, tokenizer_name=_TOKENIZER, index_option="freq")
        self.schema = builder.build()
        self.index = tantivy.Index(self.schema)
        self.index.register_tokenizer(_TOKENIZER, word_analyzer())
        self.newest: LexicalIndex | None = None
        self.next_key = 0
        self.dropped = 0

    def write(self, dropped: Iterable[int], added: Sequence[tuple[int, Item]]) -> None:
        # One thread, so that documents stand in the order of rows and ties are the same everywhere.
        writer = self.index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        gone = list(dropped)
        if gone:
            # By query: deleting by the term of an unsigned field removes nothing (seen).
            writer.delete_documents_by_query(tantivy.Query.term_set_query(self.schema, _KEY, gone))
        for key, item in added:
            writer.add_document(_document(key, item, self.person_facets))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()


class LexicalIndex:
    """BM25 (k1 1.2, b .75) of the visible items of one catalogue snapshot."""

    def __init__(self, catalogue: Catalogue) -> None:
        visible = np.flatnonzero(catalogue.visible)
        shared = _SharedIndex(frozenset(f.name for f in catalogue.schema.facets if f.person))
        keyed = [(key, catalogue.items[row]) for key, row in enumerate(visible.tolist())]
        shared.write((), keyed)
        shared.next_key = len(keyed)
        self._take(shared, catalogue, {item.id: key for key, item in keyed})

    def _take(self, shared: _SharedIndex, catalogue: Catalogue, key_of: dict[str, int]) -> None:
        self._shared = shared
        self._catalogue = catalogue
        self._key_of = key_of
        self._row_of_key = np.full(shared.next_key, -1, dtype=np.int64)
        for item_id, key in key_of.items():
            self._row_of_key[key] = catalogue.row_of[item_id]
        self._key_of_row = np.full(len(catalogue), -1, dtype=np.int64)
        held = np.flatnonzero(self._row_of_key >= 0)
        self._key_of_row[self._row_of_key[held]] = held
        self._searcher = shared.index.searcher()
        shared.newest = self

    def updated(self, catalogue: Catalogue) -> LexicalIndex:
        """The index of a changed catalogue; this one keeps answering for its own snapshot."""
        shared = self._shared
        # Two successors of one snapshot would write over each other: only the newest is continued.
        stale = shared.newest is not self or shared.dropped * 10 > len(catalogue)
        if len(catalogue) <= REBUILD_LIMIT or stale:
            return LexicalIndex(catalogue)
        before = {item.id: item for item in self._catalogue.items if not item.hidden}
        after = {item.id: item for item in catalogue.items if not item.hidden}
        gone = [i for i, item in before.items() if i not in after or not _same(after[i], item)]
        come = [i for i, item in after.items() if i not in before or not _same(before[i], item)]
        key_of = {i: key for i, key in self._key_of.items() if i in after}
        added = list(enumerate((after[i] for i in come), start=shared.next_key))
        shared.next_key += len(added)
        shared.dropped += len(gone)
        key_of.update((item.id, key) for key, item in added)
        shared.write((self._key_of[i] for i in gone), added)
        successor = object.__new__(LexicalIndex)
        successor._take(shared, catalogue, key_of)
        return successor

    def query(
        self,
        text: str,
        extra: Mapping[str, float] | None = None,
        field_weights: Mapping[str, float] = FIELD_WEIGHTS,
    ) -> LexicalQuery | None:
        """The terms of a text, plus `extra` texts at the given weights; None without any term.

        A term that the text has already is not doubled by an extra one. `field_weights` says what
        a term counts in each field.
        """
        weights: dict[str, float] = {}
        for term in terms(text):
            weights[term] = weights.get(term, 0.0) + 1.0
        asked = frozenset(weights)
        for phrase, weight in (extra or {}).items():
            for term in terms(phrase):
                if term not in asked:
                    weights[term] = max(weights.get(term, 0.0), weight)
        if not weights:
            return None
        clauses = [
            (tantivy.Occur.Should, self._clause(field, term, weight * field_weight))
            for term, weight in weights.items()
            for field, field_weight in field_weights.items()
        ]
        return LexicalQuery(weights, tantivy.Query.boolean_query(clauses))

    def search(
        self, query: LexicalQuery | None, n: int, allowed: NDArray[np.bool_] | None = None
    ) -> Hits:
        """The `n` best rows with any of the terms; only `allowed` ones, bool (items,), if given."""
        if query is None or n <= 0:
            return Hits.none()
        if allowed is None:
            return self._run(query.clauses, n)
        rows = np.flatnonzero(allowed & (self._key_of_row >= 0))
        if len(rows) <= LISTED_ROWS:
            return self._run(self._among(rows, query, optional=False), min(n, len(rows)))
        # Ask for more hits until enough of them are allowed: this cannot miss any.
        limit = 2 * n * max(1, len(self._key_of_row) // len(rows))
        while True:
            found = self._run(query.clauses, limit)
            kept = allowed[found.rows]
            if kept.sum() >= n or len(found) < limit:
                return Hits(found.rows[kept][:n], found.scores[kept][:n])
            limit *= 4

    def score(self, query: LexicalQuery | None, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """BM25 of exactly these rows, 0 where no term occurs, float64 (len(rows),)."""
        if query is None or len(rows) == 0:
            return np.zeros(len(rows))
        indexed = rows[self._key_of_row[rows] >= 0]
        if len(indexed) == 0:
            return np.zeros(len(rows))
        found = self._run(self._among(indexed, query, optional=True), len(indexed))
        return np.nan_to_num(found.scores_of(rows))

    def rarest(self, text: str, n: int) -> list[str]:
        """The `n` terms of a text that the fewest items hold (but some do), rarest first."""
        counted = {
            term: max(self._searcher.doc_freq(field, term) for field in FIELD_WEIGHTS)
            for term in dict.fromkeys(terms(text))
        }
        held = [term for term, count in counted.items() if count > 1]
        return sorted(held, key=lambda term: counted[term])[:n]

    def knows(self, term: str) -> bool:
        """Whether any visible item holds the (stemmed) term."""
        return any(self._searcher.doc_freq(field, term) > 0 for field in FIELD_WEIGHTS)

    def is_common(self, term: str) -> bool:
        """Whether the texts use the (stemmed) term so often that it hardly names one item."""
        return self._searcher.doc_freq("text", term) >= max(4, len(self._key_of) // 100)

    def is_rare(self, term: str) -> bool:
        """Whether at most one text or facet value has the (stemmed) term: then names have it."""
        return self._searcher.doc_freq("text", term) + self._searcher.doc_freq("facets", term) <= 1

    def _clause(self, field: str, term: str, weight: float) -> tantivy.Query:
        clause = tantivy.Query.term_query(self._shared.schema, field, term, index_option="freq")
        return tantivy.Query.boost_query(clause, weight)

    def _among(
        self, rows: NDArray[np.int64], query: LexicalQuery, *, optional: bool
    ) -> tantivy.Query:
        # One clause a row: a term set walks the dictionary of all keys (four times as slow for 100
        # rows of 100,000).
        chosen = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.term_query(self._shared.schema, _KEY, key))
                for key in self._key_of_row[rows].tolist()
            ]
        )
        occur = tantivy.Occur.Should if optional else tantivy.Occur.Must
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, tantivy.Query.const_score_query(chosen, 0.0)),
                (occur, query.clauses),
            ]
        )

    def _run(self, query: tantivy.Query, limit: int) -> Hits:
        if limit <= 0:
            return Hits.none()
        hits = self._searcher.search(query, limit, count=False).hits
        if not hits:
            return Hits.none()
        keys = self._searcher.fast_field_values(_KEY, [address for _, address in hits])
        rows = self._row_of_key[np.array(keys, dtype=np.int64)]
        scores = np.array([score for score, _ in hits], dtype=np.float64)
        return Hits.best(rows, scores, limit)


def _document(key: int, item: Item, person_facets: frozenset[str]) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned(_KEY, key)
    names = [*item.alternate_titles, *([item.native_title] if item.native_title else [])]
    people: list[str] = []
    values: list[str] = []
    for facet, held in item.facets.items():
        (people if facet in person_facets else values).extend(held)
    for field, text in (
        ("title", item.title),
        ("alternates", " . ".join(names)),
        ("people", " . ".join(people)),
        ("facets", " . ".join(values)),
        ("text", item.text),
    ):
        document.add_text(field, split_hangul(clean(text)))
    return document


def _same(one: Item, other: Item) -> bool:
    return one is other or one == other
