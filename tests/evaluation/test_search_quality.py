"""Measures of search, by hand; the reader of Cranfield; the command."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from math import log2
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from penchant.apps.cli.main import app
from penchant.catalogue.encoder import WordLlamaEncoder
from penchant.errors import InvalidInput
from penchant.evaluation.bootstrap import Interval
from penchant.evaluation.search_quality import (
    READINGS,
    Collection,
    KnownItem,
    collection_rankers,
    graded_report,
    known_item_report,
    ndcg,
    read_cranfield,
    read_known_items,
)

DOCUMENTS = """\
.I 1
.T
wings in a
slipstream .
.A
somebody
.B
a journal, 1958 .
.W
wings in a slipstream .
lift of wings behind a propeller .
.I 2
.T
heat of a plate .
.A
.B
.W
heat of a plate .
heat flows through slabs .
.I 3
.T
.A
.B
.W
"""
QUERIES = ".I 001\n.W\nlift of wings .\n.I 365\n.W\nheat in slabs\nand plates .\n"
JUDGEMENTS = "1 1 1\n1 2 4\n1 3 -1\n2 2 2 \n2 1 -1\n"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder in Cranfield's layout: three documents, two queries."""
    (tmp_path / "cran.all.1400").write_text(DOCUMENTS, encoding="utf-8")
    (tmp_path / "cran.qry").write_text(QUERIES, encoding="utf-8")
    (tmp_path / "cranqrel").write_text(JUDGEMENTS, encoding="utf-8")
    return tmp_path


def test_ndcg_by_hand() -> None:
    """Gains 4 and 1 in the wrong order, with a stranger between."""
    reached = 1 / log2(2) + 4 / log2(4)
    ideal = 4 / log2(2) + 1 / log2(3)
    assert ndcg(["c", "x", "a"], {"a": 4.0, "c": 1.0}) == pytest.approx(reached / ideal)
    assert ndcg(["a", "c"], {"a": 4.0, "c": 1.0}) == pytest.approx(1.0)
    assert ndcg(["x"], {"a": 4.0}) == 0.0


def test_ndcg_looks_no_further_than_its_cut() -> None:
    """What stands at place 11 counts for nothing; the ideal has ten places, too."""
    strangers = [f"x{place}" for place in range(10)]
    assert ndcg([*strangers, "a"], {"a": 1.0}) == 0.0
    gains = {f"a{place}": 1.0 for place in range(30)}
    assert ndcg(list(gains), gains) == pytest.approx(1.0)


def test_what_is_judged_worse_than_nothing_counts_as_nothing() -> None:
    """A negative gain neither lowers a score nor counts in the ideal."""
    assert ndcg(["bad", "a"], {"bad": -1.0, "a": 2.0}) == pytest.approx(1 / log2(3))
    assert ndcg(["bad"], {"bad": -1.0}) == 0.0


@given(st.permutations(["a", "b", "c", "d"]))
def test_no_order_beats_the_best(order: list[str]) -> None:
    """The order by gain has ndcg 1, any other at most that."""
    gains = {"a": 4.0, "b": 3.0, "c": 1.0}
    assert 0.0 < ndcg(order, gains) <= ndcg(["a", "b", "c", "d"], gains) == 1.0


def test_known_items_by_hand() -> None:
    """First, third of two that are right, eleventh, and never found."""
    found = {
        "one": ["a", "b"],
        "two": ["x", "y", "b", "a"],
        "late": [*"0123456789", "a"],
        "lost": ["x"],
    }
    asked = [
        KnownItem("one", "title", frozenset({"a"})),
        KnownItem("two", "plot", frozenset({"a", "b"})),
        KnownItem("late", "plot", frozenset({"a"})),
        KnownItem("lost", "plot", frozenset({"a"})),
    ]
    report = known_item_report(lambda text: found[text], asked, np.random.default_rng(1))
    assert list(report) == ["title", "plot"]
    assert report["title"] == {name: _certain(name, 1) for name in ("n", "hit@1", "hit@10", "mrr")}
    plot = report["plot"]
    assert plot["n"] == 3
    assert _value(plot["hit@1"]) == 0.0
    assert _value(plot["hit@10"]) == pytest.approx(1 / 3)
    assert _value(plot["mrr"]) == pytest.approx((1 / 3 + 1 / 11) / 3)


def test_intervals_hold_their_mean_and_narrow_with_more_queries() -> None:
    """Half of the queries find their item: the interval is about .5 and shrinks with many."""
    widths = []
    for count in (20, 2_000):
        asked = [KnownItem(str(n), "title", frozenset({"a"})) for n in range(count)]
        report = known_item_report(_every_second, asked, np.random.default_rng(1))
        found = report["title"]["hit@1"]
        assert isinstance(found, Interval)
        assert found.low < 0.5 < found.high
        widths.append(found.high - found.low)
    assert widths[1] < widths[0] / 5


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"query": "a", "kind": "title"}', '{"query": "a", "kind": "b", "items": []}'],
)
def test_an_unusable_line_says_which(tmp_path: Path, line: str) -> None:
    """The error names the file and the line, and what a line holds."""
    path = tmp_path / "known.jsonl"
    path.write_text(f'{{"query": "q", "kind": "title", "item": "a"}}\n\n{line}\n')
    with pytest.raises(InvalidInput, match=r"known\.jsonl line 3"):
        read_known_items(path)


def test_several_items_may_be_right(tmp_path: Path) -> None:
    """`items` lists all of them, `item` is one."""
    path = tmp_path / "known.jsonl"
    path.write_text(
        '{"query": "q", "kind": "plot", "items": ["a", "b"]}\n'
        '{"query": "r", "kind": "title", "item": "c"}\n'
    )
    known = read_known_items(path)
    assert [row.items for row in known] == [frozenset({"a", "b"}), frozenset({"c"})]


def test_a_collection_is_read_as_its_readme_says(small: Path) -> None:
    """Authors stay out, lines are joined, queries go by place, documents may be empty."""
    read = read_cranfield(small)
    assert [item.title for item in read.items] == [
        "wings in a slipstream .",
        "heat of a plate .",
        "3",
    ]
    assert read.items[0].text == "wings in a slipstream . lift of wings behind a propeller ."
    assert read.items[2].text == ""
    assert read.queries == ("lift of wings .", "heat in slabs and plates .")
    assert read.judged == ({"1": 1, "2": 4, "3": -1}, {"2": 2, "1": -1})


def test_the_best_answer_gains_most(small: Path) -> None:
    """Code 1 first is worth 1, code 4 first is worth less, and -1 nothing at all."""
    read = read_cranfield(small)
    orders = {"best": ["1", "2"], "turned": ["2", "1"], "unscaled": ["3"]}
    first = Collection(read.name, read.items, read.queries[:1], read.judged[:1])
    rankers = {name: _always(ids) for name, ids in orders.items()}
    report = graded_report(first, rankers, np.random.default_rng(1))
    turned = (1 / log2(2) + 4 / log2(3)) / (4 / log2(2) + 1 / log2(3))
    assert report["best"]["readme"].value == pytest.approx(1.0)
    assert report["turned"]["readme"].value == pytest.approx(turned)
    assert report["unscaled"]["readme"].value == 0.0
    assert report["turned"]["codes-as-gains"].value == pytest.approx(1.0)
    assert report["unscaled"]["minus-1-as-best"].value > 0.5


def test_the_protocol_comes_first() -> None:
    """The first reading is the readme's: 4, 3, 2, 1 and nothing for -1."""
    name, gains = next(iter(READINGS.items()))
    assert name == "readme"
    assert gains == {1: 4.0, 2: 3.0, 3: 2.0, 4: 1.0}


def test_each_ranker_finds_the_document_that_is_about_it(small: Path) -> None:
    """BM25, vectors, fusion and the whole Retriever put the wing first for wings."""
    read = read_cranfield(small)
    rankers = collection_rankers(read, WordLlamaEncoder())
    assert {"bm25", "bm25 one field", "vectors", "fusion 0.5", "retriever"} <= rankers.keys()
    for name, rank in rankers.items():
        assert next(iter(rank(read.queries[0]))) == "1", name
        assert next(iter(rank(read.queries[1]))) == "2", name


def test_a_judgement_of_an_unknown_query_is_refused(small: Path) -> None:
    """A number beyond the queries would be counted for another one."""
    (small / "cranqrel").write_text("9 1 1\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="9 1 1"):
        read_cranfield(small)
    (small / "cranqrel").write_text("0 1 1\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="0 1 1"):
        read_cranfield(small)


def test_the_whole_collection_is_read() -> None:
    """1,400 documents, 225 queries, 1,837 judgements, one -1 in each query."""
    read = read_cranfield(_cranfield())
    assert (len(read.items), len(read.queries)) == (1_400, 225)
    assert sum(map(len, read.judged)) == 1_837
    assert all(list(codes.values()).count(-1) == 1 for codes in read.judged)
    assert read.queries[-1].startswith("what design factors")


def test_cranfield_does_not_fall() -> None:
    """Fused scorers are better than either, and the whole Retriever stays above .36."""
    read = read_cranfield(_cranfield())
    rankers = collection_rankers(read, WordLlamaEncoder())
    report = graded_report(read, rankers, np.random.default_rng(7))
    score = {name: measured["readme"].value for name, measured in report.items()}
    assert score["fusion 0.5"] > max(score["bm25"], score["vectors"])
    assert score["retriever"] >= 0.36


def test_the_command_reports_known_items(tmp_path: Path) -> None:
    """A table for people, and the same figures in the file."""
    queries = tmp_path / "known.jsonl"
    queries.write_text('{"query": "goblin", "kind": "alternate", '
                       '"item": "guardian-the-lonely-and-great-god-2016"}\n')  # fmt: skip
    report = tmp_path / "report.json"
    done = CliRunner().invoke(app, ["evaluate-search", str(queries), "--json", str(report)])
    assert done.exit_code == 0
    assert "alternate" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100
    kinds = json.loads(report.read_text())["kinds"]
    assert kinds[0] == {
        "kind": "alternate", "n": 1, "hit@1": 1.0, "hit@1_ci95": [1.0, 1.0], "hit@10": 1.0,
        "hit@10_ci95": [1.0, 1.0], "mrr": 1.0, "mrr_ci95": [1.0, 1.0],
    }  # fmt: skip


def test_the_command_reports_a_collection(small: Path, tmp_path: Path) -> None:
    """A folder is a collection; every ranker has every reading with its interval."""
    report = tmp_path / "report.json"
    done = CliRunner().invoke(app, ["evaluate-search", str(small), "--json", str(report)])
    assert done.exit_code == 0
    body = json.loads(report.read_text())
    assert (body["protocol"], body["documents"], body["queries"]) == ("readme", 3, 2)
    for ranker in body["rankers"]:
        assert {*READINGS} | {f"{name}_ci95" for name in READINGS} == set(ranker["ndcg@10"])


def test_the_command_refuses_an_item_that_is_not_there(tmp_path: Path) -> None:
    """It would be counted as never found; and the command is not among those for newcomers."""
    queries = tmp_path / "known.jsonl"
    queries.write_text('{"query": "goblin", "kind": "title", "item": "no-such-drama"}\n')
    done = CliRunner().invoke(app, ["evaluate-search", str(queries)])
    assert done.exit_code == 2
    assert "no-such-drama" in done.stderr
    assert "evaluate-search" not in CliRunner().invoke(app, ["--help"]).stdout


def _certain(name: str, queries: int) -> int | Interval:
    return queries if name == "n" else Interval(1.0, 1.0, 1.0)


def _value(measured: int | Interval) -> float:
    assert isinstance(measured, Interval)
    return measured.value


def _every_second(text: str) -> Sequence[str]:
    return ["a"] if int(text) % 2 else []


def _always(ids: list[str]) -> object:
    return lambda _: ids


def _cranfield() -> Path:
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("PENCHANT_DATA") or beside) / "ir_cranfield"
    if not folder.is_dir():
        pytest.skip(f"no Cranfield at {folder}; set PENCHANT_DATA to the folder of data sets")
    return folder
