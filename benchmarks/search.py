"""How much search costs beside the bare index calls, and beside a plain loop.

Run `python benchmarks/search.py [sizes...]`. In one run, for each catalogue size, the same queries:

- `search`: Retriever.analyse + Retriever.retrieve, everything included;
- `raw`: one tantivy query over the same fields for 100 hits + one FAISS scan for 100 hits;
- `loop`: rank_bm25 over the same words + numpy cosines, blended in Python (needs rank_bm25).

Catalogues are synthetic and seeded: words by Zipf's law, as in real texts. Vectors are random; the
query's own encoding is part of `search` and not of `raw`.
"""

from __future__ import annotations

import importlib.util
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import faiss
import numpy as np
import tantivy

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.encoder import WordLlamaEncoder, unit_rows
from penchant.catalogue.schema import load_bundled_schema
from penchant.catalogue.source import read_bundled_items
from penchant.catalogue.vectors import ItemVectors
from penchant.domain.item import Item
from penchant.search.lexical import FIELD_WEIGHTS
from penchant.search.retriever import Retriever
from penchant.search.words import terms

SIZES = (400, 20_000, 100_000)
QUERIES_A_KIND = 15
LOOP_QUERIES = 5
WARM = 5


def main(sizes: Sequence[int]) -> None:
    print(f"search: {platform.machine()}, Python {platform.python_version()}, medians in ms")
    header = (
        "items",
        "build s",
        "search",
        "p95",
        "raw",
        "ratio",
        "cpu ratio",
        "search-raw",
        "loop",
        "loop/search",
    )
    print("".join(f"{name:>12}" for name in header))
    for size in sizes:
        _measure(size)


def _measure(size: int) -> None:
    catalogue = _catalogue(size)
    encoder = WordLlamaEncoder()
    encoder.encode(["warm"])
    rng = np.random.default_rng(3)
    places = rng.standard_normal((size, encoder.dimension)).astype(np.float32)
    vectors = ItemVectors(encoder, np.zeros(encoder.dimension, np.float32), unit_rows(places))
    started = time.perf_counter()
    retriever = Retriever(catalogue, vectors)
    build_s = time.perf_counter() - started
    queries = _queries(catalogue)

    def search(text: str) -> None:
        analysis = retriever.analyse(text)
        retriever.retrieve(analysis, analysis.alpha)

    raw = _raw(catalogue, vectors)
    residuals = [retriever.analyse(text).residual or text for text in queries]
    # In turn, query by query: what else the machine does then slows both alike.
    for text, residual in zip(queries[:WARM], residuals[:WARM], strict=True):
        search(text)
        raw(residual)
    searched, bare = [], []
    for text, residual in zip(queries, residuals, strict=True):
        searched.append(_times_ms(search, text))
        bare.append(_times_ms(raw, residual))
    looped = _loop_ms(catalogue, vectors, queries)
    took, took_cpu = np.median(searched, axis=0)
    reference, reference_cpu = np.median(bare, axis=0)
    cells = (
        f"{size:,}",
        f"{build_s:.2f}",
        f"{took:.3f}",
        f"{np.quantile(searched, 0.95, axis=0)[0]:.3f}",
        f"{reference:.3f}",
        f"{took / reference:.2f}",
        f"{took_cpu / reference_cpu:.2f}",
        f"{took - reference:.3f}",
        "-" if looped is None else f"{looped:.1f}",
        "-" if looped is None else f"{looped / took:.1f}",
    )
    print("".join(f"{cell:>12}" for cell in cells), flush=True)


def _catalogue(size: int) -> Catalogue:
    rng = np.random.default_rng(1)
    real = read_bundled_items()
    words = np.array(sorted({w for item in real for w in terms(item.text + " " + item.title)}))
    # Invented words are made of syllables: letters as varied as in real names, or typos would all
    # look alike.
    onsets, vowels = np.array(list("bcdfghjklmnprstvwyz")), np.array(list("aeiou"))
    syllables = np.char.add(rng.choice(onsets, (60_000, 4)), rng.choice(vowels, (60_000, 4)))
    invented = np.unique(["".join(row[: 2 + n % 3]) for n, row in enumerate(syllables)])[:40_000]
    invented = rng.permutation(invented)
    words = np.concatenate([rng.permutation(words), invented])
    shares = 1.0 / np.arange(1, len(words) + 1)
    shares /= shares.sum()
    texts = words[rng.choice(len(words), p=shares, size=(size, 45))]
    names = words[rng.integers(200, len(words), size=(size, 3))]
    people = np.array([f"Name{n // 300} Given{n % 300}" for n in range(max(300, size // 4))])
    casts = people[rng.integers(0, len(people), size=(size, 6))]
    items = []
    for n in range(size):
        model = real[int(rng.integers(len(real)))]
        facets = {**model.facets, "actor": tuple(casts[n]), "director": (), "writer": ()}
        items.append(
            Item(
                f"item-{n:06d}",
                " ".join(names[n]).title(),
                text=" ".join(texts[n]),
                year=model.year,
                facets=facets,
                numbers=model.numbers,
                rating=model.rating,
                rating_count=int(rng.integers(1, 100_000)),
            )
        )
    return Catalogue(load_bundled_schema(), items)


def _queries(catalogue: Catalogue) -> list[str]:
    """Titles, people, facets with years, free words, and titles with a typo, in turn."""
    rng = np.random.default_rng(2)
    found: list[str] = []
    for n in rng.integers(0, len(catalogue), QUERIES_A_KIND):
        item = catalogue.items[int(n)]
        said = item.text.split()
        found += [
            item.title,
            f"{item.values('actor')[0]} drama",
            f"best {item.year} {item.values('genre')[0].lower()}",
            " ".join(said[:4]),
            item.title[:4] + item.title[5:],
        ]
    return found


def _raw(catalogue: Catalogue, vectors: ItemVectors) -> Callable[[str], None]:
    builder = tantivy.SchemaBuilder()
    for field in FIELD_WEIGHTS:
        builder.add_text_field(field, tokenizer_name="en_stem", index_option="freq")
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(heap_size=256_000_000, num_threads=1)
    for item in catalogue.items:
        document = tantivy.Document()
        document.add_text("title", item.title)
        document.add_text("people", " . ".join(item.values("actor")))
        document.add_text("facets", " . ".join([*item.values("genre"), *item.values("theme")]))
        document.add_text("text", item.text)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    faiss.omp_set_num_threads(1)
    flat = faiss.IndexScalarQuantizer(
        vectors.centred.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    flat.train(vectors.centred)
    flat.add(vectors.centred)
    vector = vectors.centred[:1]

    def raw(text: str) -> None:
        clauses = [
            (
                tantivy.Occur.Should,
                tantivy.Query.boost_query(
                    tantivy.Query.term_query(schema, field, term, index_option="freq"), weight
                ),
            )
            for term in terms(text)
            for field, weight in FIELD_WEIGHTS.items()
        ]
        searcher.search(tantivy.Query.boolean_query(clauses), 100, count=False)
        flat.search(vector, 100)

    return raw


def _loop_ms(catalogue: Catalogue, vectors: ItemVectors, queries: Sequence[str]) -> float | None:
    if importlib.util.find_spec("rank_bm25") is None:
        return None
    from rank_bm25 import BM25Plus  # noqa: PLC0415 (an optional peer)

    documents = [
        " ".join([i.title, *(v for held in i.facets.values() for v in held), i.text])
        .lower()
        .split()
        for i in catalogue.items
    ]
    peer = BM25Plus(documents)
    vector = vectors.centred[0]

    def loop(text: str) -> None:
        lexical = peer.get_scores(text.lower().split())
        semantic = vectors.centred @ vector
        highest = lexical.max() or 1.0
        blended = [
            0.5 * lex / highest + 0.5 * sem
            for lex, sem in zip(lexical.tolist(), semantic.tolist(), strict=True)
        ]
        sorted(range(len(blended)), key=blended.__getitem__, reverse=True)[:100]

    loop(queries[0])
    return statistics.median(_times_ms(loop, text)[0] for text in queries[:LOOP_QUERIES])


def _times_ms(call: Callable[[str], None], text: str) -> tuple[float, float]:
    """Wall and processor time of a call; the second is the same on a busy machine."""
    started, started_cpu = time.perf_counter(), time.thread_time()
    call(text)
    stopped, stopped_cpu = time.perf_counter(), time.thread_time()
    return (stopped - started) * 1_000, (stopped_cpu - started_cpu) * 1_000


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
