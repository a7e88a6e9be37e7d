"""Search quality: is the known item found, and how well are graded documents ordered.

Two tests. The *known-item* test asks for one item in many ways (its title, another name, a typo,
who plays in it, what happens) and looks where it comes. The *graded* test ranks the documents of a
published collection and compares with what its assessors said.

Protocol of Cranfield, fixed by the collection's own readme and by what evaluation tools do, not by
the scores that come of it:

- Judgements run from code 1, "a complete answer", to 4, "of minimum interest": gain 5 - code. Taken
  as gains the codes would reward the least relevant documents most.
- Code -1 is not in the readme's scale. Tools in the manner of trec_eval count what is below 1 as no
  gain, and so does this. (It stands at the end of every query's list, once, and plain BM25 finds
  that document at a median rank of 2, better than any other code: it is more likely the paper that
  the question came from than one of no interest. Every system loses its first places to it.)
- `cranqrel` numbers queries by their place in `cran.qry` (1 to 225); the numbers written in
  `cran.qry` run to 365 and are those of a larger set.
- ndcg@10 with linear gains and log2 discount, as trec_eval has it, averaged over all queries; the
  ideal order is over all judged documents.
- A document is its title and its text (which repeats the title); authors and sources stay out.
  Stemming, no stop words, k1 1.2, b .75: the engine's own index.

`READINGS` names the other readings, so that figures published under them can be compared.

Cranfield is text without people, genres or titles to be named. The scorers are therefore measured
by themselves (`bm25`, `vectors`, `fusion`), and the whole Retriever beside them, whose reading of
queries is made for catalogues.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import CatalogueSchema
from penchant.catalogue.vectors import ItemVectors, build_vectors
from penchant.domain.item import Item
from penchant.domain.protocols import Encoder
from penchant.errors import InvalidInput
from penchant.evaluation.bootstrap import Interval, ratio_intervals, resampled_ratios
from penchant.search.fusion import fuse
from penchant.search.hits import Hits
from penchant.search.lexical import LexicalIndex
from penchant.search.retriever import LIST_LENGTH, Retriever
from penchant.search.semantic import SemanticIndex

__all__ = [
    "READINGS",
    "Collection",
    "KnownItem",
    "Ranker",
    "collection_rankers",
    "fusion_rankers",
    "graded_report",
    "known_item_report",
    "ndcg",
    "rank_by_retriever",
    "read_cranfield",
    "read_known_items",
]

# A text to the ids of what was found, best first.
Ranker = Callable[[str], Sequence[str]]

CUT = 10
# Reciprocal ranks beyond this count as 0.
DEPTH = 100
FIXED_ALPHAS: Final = (0.2, 0.3, 0.4, 0.5, 0.7)

# Gain of each judgement code, by the name of the reading; a code that is not there gains nothing.
READINGS: Final[Mapping[str, Mapping[int, float]]] = MappingProxyType(
    {
        "readme": {1: 4.0, 2: 3.0, 3: 2.0, 4: 1.0},
        "exponential": {1: 15.0, 2: 7.0, 3: 3.0, 4: 1.0},
        "binary": {1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0},
        "codes-as-gains": {1: 1.0, 2: 2.0, 3: 3.0, 4: 4.0},
        "binary-with-minus-1": {-1: 1.0, 1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0},
        "minus-1-as-best": {-1: 5.0, 1: 4.0, 2: 3.0, 3: 2.0, 4: 1.0},
    }
)


# --- known items ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownItem:
    """A query of somebody who knows what they look for: any of `items` is it."""

    query: str
    kind: str
    items: frozenset[str]


def read_known_items(path: Path) -> tuple[KnownItem, ...]:
    """Queries of a JSONL file: `query`, `kind`, and `item` or `items`, by line.

    Raises InvalidInput for a file that cannot be read and for a line that lacks one of these.
    """
    lines = _text(path).splitlines()
    return tuple(
        _known_item(line, f"{path.name} line {number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    )


def known_item_report(
    rank: Ranker, questions: Sequence[KnownItem], rng: np.random.Generator
) -> dict[str, dict[str, int | Interval]]:
    """By kind, in order of first appearance: `n`, `hit@1`, `hit@10` and `mrr` (within the 100)."""
    places: dict[str, list[float]] = {}
    for question in questions:
        place = _place(rank(question.query)[:DEPTH], question.items)
        places.setdefault(question.kind, []).append(place)
    return {kind: _found(np.array(found), rng) for kind, found in places.items()}


def rank_by_retriever(retriever: Retriever) -> Ranker:
    """Search as nobody in particular sees it: the retriever with the alpha of each intent."""

    def rank(text: str) -> Sequence[str]:
        analysis = retriever.analyse(text)
        rows = retriever.retrieve(analysis, analysis.alpha).candidates.rows[:DEPTH]
        return [retriever.catalogue.items[row].id for row in rows.tolist()]

    return rank


def _known_item(line: str, where: str) -> KnownItem:
    try:
        row: Any = msgspec.json.decode(line)
        items = row["items"] if "items" in row else [row["item"]]
        known = KnownItem(str(row["query"]), str(row["kind"]), frozenset(map(str, items)))
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise InvalidInput(
            f'{where} is not {{"query": ..., "kind": ..., "item": ...}}: {line[:60]!r}'
        ) from error
    if not known.items:
        raise InvalidInput(f"{where} names no item that would be right; give it one")
    return known


def _place(found: Sequence[str], wanted: frozenset[str]) -> float:
    """The rank of the first right item, from 1; infinite when none was found."""
    return next((float(p) for p, held in enumerate(found, start=1) if held in wanted), np.inf)


def _found(places: NDArray[np.float64], rng: np.random.Generator) -> dict[str, int | Interval]:
    measured = {
        "hit@1": (places <= 1).astype(np.float64),
        f"hit@{CUT}": (places <= CUT).astype(np.float64),
        "mrr": 1.0 / places,
    }
    return {"n": len(places), **_means(measured, rng)}


def _means(
    columns: Mapping[str, NDArray[np.float64]], rng: np.random.Generator
) -> dict[str, Interval]:
    """The mean of each column over queries, with its 95% bootstrap interval.

    Where every query gives the same value the interval is that point and says nothing of the rest.
    """
    values = np.column_stack(list(columns.values()))
    ones = np.ones_like(values)
    intervals = ratio_intervals(values, ones, resampled_ratios(values, ones, rng))
    return dict(zip(columns, intervals, strict=True))


# --- graded documents -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, queries and judgement codes: `judged[q]` maps document id to code for query q."""

    name: str
    items: tuple[Item, ...]
    queries: tuple[str, ...]
    judged: tuple[Mapping[str, int], ...]

    def catalogue(self) -> Catalogue:
        """The documents as a catalogue of titles and texts, without facets."""
        return Catalogue(_SCHEMA, self.items)

    def flat(self) -> Catalogue:
        """The same with no titles: BM25 over it has one field, as published baselines mostly do."""
        return Catalogue(_SCHEMA, (replace(item, title="") for item in self.items))


_PARTS = frozenset([".T", ".A", ".B", ".W"])
_SCHEMA = CatalogueSchema(name="collection", noun="document", facets=(), columns={}, numbers={})


def read_cranfield(folder: Path) -> Collection:
    """Cranfield from `cran.all.1400`, `cran.qry` and `cranqrel`; raises InvalidInput."""
    items = tuple(
        Item(number, _joined(parts.get(".T", ())) or number, text=_joined(parts.get(".W", ())))
        for number, parts in _records(folder / "cran.all.1400")
    )
    # The place in the file, not the number written there, is what judgements refer to.
    queries = tuple(_joined(parts[".W"]) for _, parts in _records(folder / "cran.qry"))
    judged: dict[int, dict[str, int]] = {place: {} for place in range(1, len(queries) + 1)}
    for line in _text(folder / "cranqrel").splitlines():
        try:
            query, document, code = line.split()
            judged[int(query)].setdefault(document, int(code))
        except (ValueError, KeyError) as error:
            raise InvalidInput(f"cranqrel: {line!r} is not a judged query of cran.qry") from error
    return Collection("cranfield", items, queries, tuple(judged.values()))


def graded_report(
    collection: Collection, rankers: Mapping[str, Ranker], rng: np.random.Generator
) -> dict[str, dict[str, Interval]]:
    """ndcg@10 of each ranker under each of `READINGS`: ranker -> reading -> estimate."""
    report: dict[str, dict[str, Interval]] = {}
    for name, rank in rankers.items():
        found = [rank(query)[:CUT] for query in collection.queries]
        measured = {
            reading: _ndcgs(collection, found, gain_of_code)
            for reading, gain_of_code in READINGS.items()
        }
        report[name] = _means(measured, rng)
    return report


def fusion_rankers(catalogue: Catalogue, vectors: ItemVectors) -> dict[str, Ranker]:
    """The engine's scorers without its reading of queries: each alone, and fused at fixed alphas.

    As in the engine, the union of the two lists of 100 is scored by both.
    """
    lexical = LexicalIndex(catalogue)
    semantic = SemanticIndex(catalogue, vectors)

    def fused(text: str, alpha: float) -> Sequence[str]:
        query, vector = lexical.query(text), vectors.encode_query(text)
        lists = (lexical.search(query, LIST_LENGTH), semantic.search(vector, LIST_LENGTH))
        rows = np.unique(np.concatenate([hits.rows for hits in lists]))
        terms = fuse(lexical.score(query, rows), semantic.score(vector, rows), alpha)
        return _ids(catalogue, Hits.best(rows, terms["lexical"] + terms["semantic"], CUT))

    def at(alpha: float) -> Ranker:
        return lambda text: fused(text, alpha)

    return {
        "bm25": lambda text: _ids(catalogue, lexical.search(lexical.query(text), CUT)),
        "vectors": lambda text: _ids(catalogue, semantic.search(vectors.encode_query(text), CUT)),
        **{f"fusion {alpha:.1f}": at(alpha) for alpha in FIXED_ALPHAS},
    }


def collection_rankers(collection: Collection, encoder: Encoder) -> dict[str, Ranker]:
    """All rankers of a collection: plain BM25 over one field, the scorers, the whole Retriever."""
    catalogue = collection.catalogue()
    vectors = build_vectors(catalogue, encoder)
    flat = collection.flat()
    one_field = LexicalIndex(flat)
    return {
        "bm25 one field": lambda text: _ids(flat, one_field.search(one_field.query(text), CUT)),
        **fusion_rankers(catalogue, vectors),
        "retriever": rank_by_retriever(Retriever(catalogue, vectors)),
    }


def ndcg(found: Sequence[str], gains: Mapping[str, float], cut: int = CUT) -> float:
    """Normalised discounted cumulative gain of the first `cut`: sum of gain / log2(1 + rank).

    Divided by that of the best order of all judged documents; 0 when nothing gains.
    """
    ideal = sorted((gain for gain in gains.values() if gain > 0.0), reverse=True)[:cut]
    if not ideal:
        return 0.0
    reached = np.array([max(gains.get(item, 0.0), 0.0) for item in found[:cut]])
    return _discounted(reached) / _discounted(np.array(ideal))


def _discounted(gains: NDArray[np.float64]) -> float:
    return float((gains / np.log2(np.arange(2, len(gains) + 2))).sum())


def _ndcgs(
    collection: Collection, found: Sequence[Sequence[str]], gain_of_code: Mapping[int, float]
) -> NDArray[np.float64]:
    return np.array(
        [
            ndcg(ids, {document: gain_of_code.get(code, 0.0) for document, code in codes.items()})
            for ids, codes in zip(found, collection.judged, strict=True)
        ]
    )


def _ids(catalogue: Catalogue, hits: Hits) -> list[str]:
    return [catalogue.items[row].id for row in hits.rows.tolist()]


def _records(path: Path) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Records that begin with ".I number" and hold parts that begin with ".T", ".A", ..."""
    number, part = "", ""
    parts: dict[str, list[str]] = {}
    for line in _text(path).splitlines():
        sign = line.strip()
        if line.startswith(".I "):
            if number:
                yield number, parts
            number, part, parts = line.removeprefix(".I ").strip(), "", {}
        elif sign in _PARTS and sign not in parts:
            part = sign
            parts[part] = []
        elif part:
            parts[part].append(line)
    if number:
        yield number, parts


def _joined(lines: Sequence[str]) -> str:
    return " ".join(" ".join(lines).split())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot read {path}: {error}; check the path") from error
