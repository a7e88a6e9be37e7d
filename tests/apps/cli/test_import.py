"""`penchant import`: a file into the catalogue, with every row that could not be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

BOOKS = """\
id,title,year,genres,description,rating,rating_count
tides,A Grammar of Tides,2011,Essay|Nature,A harbour pilot writes down what water taught.,8.1,900
mill,The Mill at Noon,1998,Mystery,A miller counts his sacks and finds one too many.,7.4,1200
,,2001,Mystery,Nobody knows what this one is called.,6.0,10
tides,A Grammar of Tides Again,2012,Essay,The same id once more.,8.0,5
lamp,Lamp Oil and Letters,someday,Romance,Two keepers of one lighthouse write by night.,7.9,300
"""


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """Six lines: a head, three usable rows, one without a title, one with an id that was taken."""
    path = tmp_path / "books.csv"
    path.write_text(BOOKS, encoding="utf-8")
    return path


def test_report(untaught: Command, books: Path) -> None:
    """The report counts what came in, and names each row that did not, with the reason."""
    ran = untaught("import", books)
    assert ran.code == 0
    told = " ".join(ran.out.split())
    assert "Imported 3 of 5 rows" in told
    assert "row 4" in told
    assert "row 5" in told
    assert "tides" in told


def test_report_as_json(untaught: Command, books: Path) -> None:
    """The same as one document."""
    report = untaught("import", books, "--json").document
    assert (report["rows"], report["imported"]) == (5, 3)
    assert [problem["row"] for problem in report["rejected"]] == [4, 5]
    assert all(problem["reason"] for problem in report["rejected"])
    assert [problem["row"] for problem in report["remarks"]] == [6]


def test_imported_items_are_served(untaught: Command, books: Path) -> None:
    """What was imported is the catalogue: found, rated and recommended, without the bundled one."""
    assert untaught("import", books).code == 0
    found = untaught("search", "grammar of tides", "--json").document["recommendations"]
    assert found[0]["id"] == "tides"
    assert untaught("rate", "mina", "The Mill at Noon", 9).code == 0
    listed = untaught("recommend", "--user", "mina", "--json").document["recommendations"]
    assert {item["id"] for item in listed} == {"tides", "lamp"}


def test_importing_again_changes_rather_than_doubles(untaught: Command, books: Path) -> None:
    """A corrected file replaces what it names."""
    assert untaught("import", books).code == 0
    books.write_text(
        BOOKS.replace("A Grammar of Tides,", "Grammar of All Tides,"), encoding="utf-8"
    )
    assert untaught("import", books).code == 0
    listed = untaught("recommend", "--json").document["recommendations"]
    assert sorted(item["id"] for item in listed) == ["lamp", "mill", "tides"]
    assert "Grammar of All Tides" in {item["Title"] for item in listed}


def test_another_kind_of_catalogue_is_refused(penchant: Command, tmp_path: Path) -> None:
    """Games do not go into the database of dramas; the message says where they could go."""
    games = tmp_path / "games.csv"
    games.write_text("id,title,mechanic\nx,Clockwork Orchard,Drafting\n", encoding="utf-8")
    schema = tmp_path / "games.toml"
    schema.write_text(
        '[catalogue]\nname = "games"\nnoun = "game"\nid = "id"\ntitle = "title"\n'
        '[facets.mechanic]\ncolumn = "mechanic"\nboost = 0.3\n',
        encoding="utf-8",
    )
    ran = penchant("import", games, "--schema", schema)
    assert ran.code == 2
    assert "another database" in " ".join(ran.err.split())
    assert penchant("search", "Signal", "--json").document["recommendations"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.csv", b""), ("x.csv", b"\xff\xfe\x00\x01"), ("x.jsonl", b"{not json"),
     ("x.parquet", b"PAR1"), ("x.xlsx", b"PK"), ("x.pdf", b"%PDF"),
     ("no-title.csv", b"a,b\n1,2\n")],
)  # fmt: skip
def test_files_that_hold_no_items(
    untaught: Command, tmp_path: Path, name: str, content: bytes
) -> None:
    """A file that cannot be read as items is named, with what is wrong; never a traceback."""
    (tmp_path / name).write_bytes(content)
    ran = untaught("import", tmp_path / name)
    assert ran.code in {1, 2} or "Imported 0" in ran.out
    assert (ran.out + ran.err).strip()
