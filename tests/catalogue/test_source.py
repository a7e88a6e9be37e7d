"""Each format with a small file, all holding the same games."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet

from penchant.catalogue.schema import CatalogueSchema
from penchant.catalogue.source import ItemStream, read_items
from penchant.domain.item import Item

COLUMNS = (
    *("gameid", "title", "aka", "original", "blurb", "notes"),
    *("released", "score", "votes", "genre", "author", "playtime", "shelf"),
)
ROWS: list[list[object]] = [
    [
        *("azul", "Azul", "Blue, Azulejo", None, "Tiles for a palace.", "Quick."),
        *(datetime(2017, 10, 5), 7.8, 1335, "Abstract, Family", "Michael K.", "45 min.", "A"),  # noqa: DTZ001
    ],
    [
        *("baduk", "Baduk", None, "바둑", 'Stones, and "life".', None),
        *(None, None, None, "Abstract", None, "1 hr. 30 min.", "B"),
    ],
]
AZUL = Item(
    id="azul",
    title="Azul",
    alternate_titles=("Blue", "Azulejo"),
    text="Tiles for a palace.\nQuick.",
    year=2017,
    facets={"genre": ("Abstract", "Family"), "author": ("Michael K.",)},
    numbers={"minutes": 45.0},
    rating=7.8,
    rating_count=1335,
)
BADUK = Item(
    id="baduk",
    title="Baduk",
    native_title="바둑",
    text='Stones, and "life".',
    facets={"genre": ("Abstract",)},
    numbers={"minutes": 90.0},
)


def _texts() -> list[dict[str, object]]:
    return [
        {name: str(cell) if isinstance(cell, datetime) else cell for name, cell in row}
        for row in (zip(COLUMNS, row, strict=True) for row in ROWS)
    ]


def _csv(path: Path, delimiter: str = ",", encoding: str = "utf-8", end: str = "\n") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
        writer.writerow(COLUMNS)
        writer.writerows([row.values() for row in _texts()])


def _jsonl(path: Path) -> None:
    path.write_text("\n".join(json.dumps(row) for row in _texts()) + "\n\n", encoding="utf-8")


def _json(path: Path) -> None:
    path.write_text(json.dumps(_texts(), indent=2), encoding="utf-8")


def _parquet(path: Path) -> None:
    rows = [
        {**row, "released": raw[6], "genre": str(row["genre"]).split(", ")}
        for row, raw in zip(_texts(), ROWS, strict=True)
    ]
    table = pa.Table.from_pylist(rows)
    place = table.schema.get_field_index("released")
    # Nanoseconds are what data frames write.
    times = table.column("released").cast(pa.timestamp("ns"))
    parquet.write_table(table.set_column(place, "released", times), path, version="2.6")


def _xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    for row in ROWS:
        book.active.append(row)
    book.save(path)
    book.close()


WRITERS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "csv": ("games.csv", _csv),
    "csv with semicolons": ("games.csv", lambda path: _csv(path, delimiter=";")),
    "csv from Windows": ("games.CSV", lambda path: _csv(path, encoding="utf-8-sig", end="\r\n")),
    "csv in UTF-16": ("games.csv", lambda path: _csv(path, encoding="utf-16")),
    "tsv": ("games.tsv", lambda path: _csv(path, delimiter="\t")),
    "json lines": ("games.jsonl", _jsonl),
    "json": ("games.json", _json),
    "parquet": ("games.parquet", _parquet),
    "xlsx": ("games.xlsx", _xlsx),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_format_gives_the_same_items(
    kind: str, tmp_path: Path, games: CatalogueSchema
) -> None:
    """The same two games read alike from every kind of file, and the report counts them."""
    name, write = WRITERS[kind]
    write(tmp_path / name)
    report = read_items(tmp_path / name, games)
    assert report.rejected == ()
    assert report.remarks == ()
    assert report.items == (AZUL, BADUK)
    assert (report.row_count, report.accepted_count) == (2, 2)
    assert report.ignored == ("shelf",)
    assert report.understood["playtime"] == "minutes"
    assert report.understood["released"] == "year"


def test_old_windows_files_are_read_with_a_warning(tmp_path: Path, games: CatalogueSchema) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes("gameid,title\n1,Caf\xe9 \x80\n".encode("latin-1"))
    report = read_items(path, games)
    assert report.items[0].title == "Café €"
    assert any("not UTF-8" in warning for warning in report.warnings)


def test_bytes_without_meaning_on_windows_fall_back_to_latin_1(
    tmp_path: Path, games: CatalogueSchema
) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(b"gameid,title\n1,Caf\xe9 \x81x\n")
    report = read_items(path, games)
    assert report.items[0].title == "Café x"
    assert any("latin-1" in warning for warning in report.warnings)


def test_utf_8_is_recognised_across_the_pieces_in_which_a_file_is_read(
    tmp_path: Path, games: CatalogueSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter of several bytes may lie on the border of two pieces."""
    monkeypatch.setattr("penchant.catalogue.text_files.SCAN_BYTES", 2)
    path = tmp_path / "games.csv"
    path.write_text("gameid,title\n1,바둑 é é é\n", encoding="utf-8")
    report = read_items(path, games)
    assert report.items[0].title == "바둑 é é é"
    assert not any("UTF-8" in warning for warning in report.warnings)


def test_boilerplate_that_the_schema_names_is_cut(tmp_path: Path, games: CatalogueSchema) -> None:
    """From each text column by itself: the next one stays whole."""
    path = tmp_path / "games.jsonl"
    row = {"gameid": "1", "title": "A", "blurb": "Good. [advert] Buy\nnow", "notes": "Kept."}
    path.write_text(json.dumps(row), encoding="utf-8")
    assert read_items(path, games).items[0].text == "Good.\nKept."


def test_without_ids_title_and_year_make_them(tmp_path: Path) -> None:
    """One title of two years is two items; the report says how ids came about."""
    path = tmp_path / "games.csv"
    path.write_text("title,year\nTrap,2015\nTrap,2019\n", encoding="utf-8")
    schema = CatalogueSchema("g", "game", (), {}, {}, year="year")
    report = read_items(path, schema)
    assert [item.id for item in report.items] == ["trap-2015", "trap-2019"]
    assert any("no column 'id'" in warning for warning in report.warnings)


def test_progress_is_told_with_the_total_when_it_is_known(
    tmp_path: Path, games: CatalogueSchema
) -> None:
    path = tmp_path / "games.csv"
    lines = [f"{n},Game {n}" for n in range(2_500)]
    path.write_text("\n".join(["gameid,title", *lines]), encoding="utf-8")
    told: list[tuple[int, int | None]] = []
    read_items(path, games, lambda done, total: told.append((done, total)))
    assert told == [(1_000, 2_500), (2_000, 2_500), (2_500, 2_500)]


def test_progress_of_a_file_with_quotes_has_no_total_before_the_end(
    tmp_path: Path, games: CatalogueSchema
) -> None:
    """A quoted cell may hold line ends, so lines are not rows."""
    path = tmp_path / "games.csv"
    lines = [f'{n},"Game\n{n}"' for n in range(1_001)]
    path.write_text("\n".join(["gameid,title", *lines]), encoding="utf-8")
    told: list[tuple[int, int | None]] = []
    read_items(path, games, lambda done, total: told.append((done, total)))
    assert told == [(1_000, None), (1_001, 1_001)]


def test_a_stream_reads_no_further_than_it_is_asked(tmp_path: Path, games: CatalogueSchema) -> None:
    """The first items of a file come without its end being read; walking again starts anew."""
    path = tmp_path / "games.jsonl"
    lines = [json.dumps({"gameid": str(n), "title": f"Game {n}"}) for n in range(500)]
    path.write_text("\n".join(lines), encoding="utf-8")
    stream = ItemStream(path, games)
    assert [item.id for item in islice(stream, 3)] == ["0", "1", "2"]
    assert stream.report.row_count == 3
    assert sum(1 for _ in stream) == 500
    assert stream.report.accepted_count == 500
    assert stream.report.rejected == ()


def test_times_finer_than_pythons_own_do_not_stop_a_parquet_file(
    tmp_path: Path, games: CatalogueSchema
) -> None:
    """A nanosecond too many is dropped; the year is what counts."""
    path = tmp_path / "games.parquet"
    released = pa.array([1_507_161_600_000_000_001], pa.timestamp("ns", tz="UTC"))
    parquet.write_table(pa.table({"gameid": [1], "title": ["Azul"], "released": released}), path)
    assert [(item.id, item.year) for item in read_items(path, games).items] == [("1", 2017)]


def test_a_sheet_is_read_whole_whatever_size_it_claims(
    tmp_path: Path, games: CatalogueSchema
) -> None:
    """Some programs write that a sheet is one cell large; rows and progress do not believe it."""
    honest, lying = tmp_path / "honest.xlsx", tmp_path / "lying.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["gameid", "title"])
    for number in range(1_200):
        book.active.append([number, f"Game {number}"])
    book.save(honest)
    book.close()
    with zipfile.ZipFile(honest) as source, zipfile.ZipFile(lying, "w") as target:
        for name in source.namelist():
            content = source.read(name).replace(
                b'<dimension ref="A1:B1201"', b'<dimension ref="A1"'
            )
            target.writestr(name, content)
    told: list[tuple[int, int | None]] = []
    report = read_items(lying, games, lambda done, total: told.append((done, total)))
    assert report.accepted_count == 1_200
    assert told == [(1_000, None), (1_200, 1_200)]


def test_only_the_first_sheet_is_read_and_that_is_said(
    tmp_path: Path, games: CatalogueSchema
) -> None:
    path = tmp_path / "games.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["gameid", "title"])
    book.active.append([7, "Seven"])
    book.create_sheet("more").append(["gameid", "title"])
    book.save(path)
    book.close()
    report = read_items(path, games)
    assert [(item.id, item.title) for item in report.items] == [("7", "Seven")]
    assert any("first sheet" in warning for warning in report.warnings)
