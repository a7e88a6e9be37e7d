"""`penchant evaluate-search`: how well search finds known items and orders graded documents."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich import box
from rich.table import Table

from penchant.apps.cli.operations import write_document
from penchant.apps.cli.output import Output, failures_explained
from penchant.assembly import build_engine, ensure_catalogue
from penchant.engine import Engine
from penchant.errors import InvalidInput
from penchant.evaluation.bootstrap import Interval
from penchant.evaluation.search_quality import (
    READINGS,
    KnownItem,
    collection_rankers,
    graded_report,
    known_item_report,
    rank_by_retriever,
    read_cranfield,
    read_known_items,
)
from penchant.settings import load_settings

__all__ = ["evaluate_search"]

WIDTH = 80
# Beside the protocol; the report in the file has all readings.
SHOWN_READINGS = ("exponential", "binary", "minus-1-as-best")


class SearchTest(StrEnum):
    """What the path holds."""

    CRANFIELD = "cranfield"
    KNOWN_ITEMS = "known-items"


def evaluate_search(
    path: Annotated[Path, typer.Argument(help="A folder of a collection, or a JSONL of queries.")],
    test: Annotated[
        SearchTest | None, typer.Option("--format", help="Told from the path when left out.")
    ] = None,
    database: Annotated[
        str, typer.Option(help="Whose items known-item queries look for; else the bundled ones.")
    ] = "memory://",
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 7,
    json: Annotated[Path | None, typer.Option(help="Write the report to this file, too.")] = None,
) -> None:
    """Measure search on queries whose answers are known."""
    output = Output.of(json=False)
    chosen = test or (SearchTest.CRANFIELD if path.is_dir() else SearchTest.KNOWN_ITEMS)
    rng = np.random.default_rng(seed)
    with failures_explained(output):
        engine = build_engine(load_settings(database_url=database))
        try:
            if chosen is SearchTest.CRANFIELD:
                body = _graded(engine, path, rng, output)
            else:
                body = _known(engine, path, rng, output)
        finally:
            engine.close()
        if json is not None:
            write_document(json, body)


def _known(engine: Engine, path: Path, rng: np.random.Generator, output: Output) -> dict[str, Any]:
    questions = read_known_items(path)
    ensure_catalogue(engine)
    retriever = engine.snapshot.retriever
    _check_items(questions, retriever.catalogue.row_of)
    report = known_item_report(rank_by_retriever(retriever), questions, rng)
    table = _table("Known items", f"{len(questions)} queries, {len(retriever.catalogue)} items")
    for name in ("Kind", "n", "hit@1", "hit@10", "mrr"):
        table.add_column(name, justify="left" if name == "Kind" else "right")
    for kind, measured in report.items():
        table.add_row(kind, *(_cell(value) for value in measured.values()))
    output.console.print(table)
    kinds = [{"kind": kind, **_plain(measured)} for kind, measured in report.items()]
    return {"test": SearchTest.KNOWN_ITEMS.value, "queries": len(questions), "kinds": kinds}


def _graded(engine: Engine, path: Path, rng: np.random.Generator, output: Output) -> dict[str, Any]:
    collection = read_cranfield(path)
    encoder = engine.snapshot.vectors.encoder
    report = graded_report(collection, collection_rankers(collection, encoder), rng)
    counts = f"{len(collection.items):,} documents, {len(collection.queries)} queries"
    table = _table(f"{collection.name}: ndcg@10", f"{counts}, {encoder.id}; readme is the protocol")
    table.add_column("Ranker")
    protocol = next(iter(READINGS))
    for name in (protocol, *SHOWN_READINGS):
        table.add_column(name, justify="right")
    for ranker, measured in report.items():
        shown = (f"{measured[reading].value:.3f}" for reading in SHOWN_READINGS)
        table.add_row(ranker, _cell(measured[protocol]), *shown)
    output.console.print(table)
    return {
        "test": SearchTest.CRANFIELD.value,
        "protocol": protocol,
        "documents": len(collection.items),
        "queries": len(collection.queries),
        "encoder": encoder.id,
        "rankers": [
            {"name": ranker, "ndcg@10": _plain(measured)} for ranker, measured in report.items()
        ],
    }


def _check_items(questions: tuple[KnownItem, ...], known: Mapping[str, int]) -> None:
    for question in questions:
        missing = sorted(question.items - known.keys())
        if missing:
            raise InvalidInput(
                f"{question.query!r} looks for {missing[0]!r}, which the catalogue does not have; "
                "mend the file, or name the --database that has it"
            )


def _table(title: str, caption: str) -> Table:
    return Table(
        title=title, caption=caption, box=box.SIMPLE_HEAD, pad_edge=False, width=WIDTH,
        title_justify="left", caption_justify="left",
    )  # fmt: skip


def _cell(value: int | Interval) -> str:
    if isinstance(value, int):
        return str(value)
    return f"{value.value:.3f} ({value.low:.2f}-{value.high:.2f})"


def _plain(measured: Mapping[str, int | Interval] | Mapping[str, Interval]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in measured.items():
        if isinstance(value, Interval):
            plain[name] = value.value
            plain[f"{name}_ci95"] = [value.low, value.high]
        else:
            plain[name] = value
    return plain
