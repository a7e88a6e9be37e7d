"""What a source may hold that cannot be used, and how that is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penchant.catalogue.schema import CatalogueSchema
from penchant.catalogue.source import ImportReport, read_items
from penchant.errors import InvalidItem, InvalidSettings


def _read(path: Path, text: str, schema: CatalogueSchema) -> ImportReport:
    path.write_text(text, encoding="utf-8")
    return read_items(path, schema)


def _read_rows(folder: Path, schema: CatalogueSchema, *rows: object) -> ImportReport:
    return _read(folder / "rows.jsonl", "\n".join(json.dumps(row) for row in rows), schema)


GOOD = {"gameid": "good", "title": "Good"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"gameid": "x"}, "no title"),
        ({"gameid": "x", "title": "  "}, "no title"),
        ({"gameid": "x", "title": {"en": "X"}}, "not text"),
        ({"title": "X"}, "no id"),
        ({"gameid": " ", "title": "X"}, "no id"),
        ({"gameid": "a\u0007b", "title": "X"}, "control character"),
        ({"gameid": "x" * 129, "title": "X"}, "128"),
        ({"gameid": "x", "title": "X", "score": 87}, "outside the schema's rating_scale 0 to 10"),
        ({"gameid": "x", "title": "X", "score": -1}, "outside"),
        ({"gameid": "x", "title": "X", "votes": -3}, "negative"),
        (["x", "X"], "not an object"),
        ({"gameid": "good", "title": "X"}, "belongs to row 1 already"),
    ],
)
def test_a_row_that_cannot_be_used_is_reported_and_the_rest_is_read(
    row: object, reason: str, tmp_path: Path, games: CatalogueSchema
) -> None:
    """The reason stands in the report with the row's number; rows before and after are kept."""
    report = _read_rows(tmp_path, games, GOOD, row, {"gameid": "last", "title": "Last"})
    assert [item.id for item in report.items] == ["good", "last"]
    (problem,) = report.rejected
    assert problem.row == 2
    assert reason in problem.reason
    assert (report.row_count, report.accepted_count) == (3, 2)


def test_a_problem_names_the_row_as_people_know_it(tmp_path: Path, games: CatalogueSchema) -> None:
    report = _read_rows(tmp_path, games, {"gameid": "x", "title": "Chess", "score": 11})
    (problem,) = report.rejected
    assert (problem.item_id, problem.title) == ("x", "Chess")
    assert str(problem).startswith("row 1 (Chess): rating 11")


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("released", "soon"),
        ("score", "great"),
        ("votes", "12.5"),
        ("playtime", "3 evenings"),
        ("genre", [{"id": 1}]),
        ("blurb", {"en": "x"}),
        ("hidden", "perhaps"),
    ],
)
def test_a_value_that_cannot_be_read_is_left_out_and_remarked(
    column: str, cell: object, tmp_path: Path, games: CatalogueSchema
) -> None:
    """The item is used without it."""
    report = _read_rows(tmp_path, games, {**GOOD, column: cell})
    assert [item.id for item in report.items] == ["good"]
    assert report.rejected == ()
    (remark,) = report.remarks
    assert remark.reason.startswith(f"{column} is left out")
    assert report.items == _read_rows(tmp_path, games, GOOD).items


def test_a_broken_line_of_json_is_one_bad_row(tmp_path: Path, games: CatalogueSchema) -> None:
    text = json.dumps(GOOD) + '\n{"gameid": \n' + "[" * 100_000 + "\n"
    report = _read(tmp_path / "rows.jsonl", text, games)
    assert report.accepted_count == 1
    assert [problem.row for problem in report.rejected] == [2, 3]
    assert all("not valid JSON" in problem.reason for problem in report.rejected)


def test_rows_of_the_wrong_length_are_reported(tmp_path: Path, games: CatalogueSchema) -> None:
    """Row numbers are those of a spreadsheet: the header is row 1."""
    text = "gameid,title\n1,One\n2,Two,too many\n3\n\n4,Four\n"
    report = _read(tmp_path / "rows.csv", text, games)
    assert [item.id for item in report.items] == ["1", "4"]
    assert [problem.row for problem in report.rejected] == [3, 4]
    assert "3 cells where the header has 2" in report.rejected[0].reason


def test_an_endless_cell_is_one_bad_row(tmp_path: Path, games: CatalogueSchema) -> None:
    """A quote that is never closed is told, not raised; rows after the overlong cell are read."""
    text = 'gameid,title\n1,"' + "x" * 200_000 + "\n2,Two\n"
    report = _read(tmp_path / "rows.csv", text, games)
    assert "not valid CSV" in report.rejected[0].reason
    assert [item.id for item in report.items] == ["2"]


def test_blank_words_of_spreadsheets_mean_nothing(tmp_path: Path, games: CatalogueSchema) -> None:
    text = "gameid,title,original,genre,score\n1,One,nan,None,N/A\n"
    (item,) = _read(tmp_path / "rows.csv", text, games).items
    assert (item.native_title, dict(item.facets), item.rating) == (None, {}, None)


def test_a_missing_title_column_names_those_that_exist(
    tmp_path: Path, games: CatalogueSchema
) -> None:
    for name, text in (
        ("rows.csv", "gameid,Name\n1,One\n"),
        ("rows.jsonl", '{"gameid": "1", "Name": "One"}'),
    ):
        with pytest.raises(InvalidSettings, match="no column 'title'; it has gameid, Name") as told:
            _read(tmp_path / name, text, games)
        assert name in str(told.value)


def test_a_missing_id_column_that_the_schema_names_is_an_error(
    tmp_path: Path, games: CatalogueSchema
) -> None:
    with pytest.raises(InvalidSettings, match="'gameid'"):
        _read(tmp_path / "rows.csv", "title,released\nOne,2001\n", games)


def test_other_missing_columns_are_a_warning(tmp_path: Path, games: CatalogueSchema) -> None:
    report = _read(tmp_path / "rows.csv", "gameid,title,title\n1,One,Uno\n", games)
    assert report.items[0].title == "One"
    assert "no column 'genre', which the schema names for genre" in report.warnings
    assert any("'title' occurs twice" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.csv", None),
        ("empty.csv", b""),
        ("empty.xlsx", b""),
        ("broken.xlsx", b"PK\x03\x04 not really"),
        ("broken.parquet", b"PAR1 not really"),
        ("broken.json", b'[{"gameid": 1'),
        ("object.json", b'{"gameid": 1}'),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    name: str, content: bytes | None, tmp_path: Path, games: CatalogueSchema
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidItem, match=name):
        read_items(tmp_path / name, games)


def test_an_unknown_ending_lists_the_known_ones(tmp_path: Path, games: CatalogueSchema) -> None:
    with pytest.raises(InvalidSettings, match=r"\.csv, .*\.xlsx"):
        read_items(tmp_path / "games.docx", games)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(content=st.binary(max_size=400), ending=st.sampled_from([".csv", ".tsv", ".jsonl"]))
def test_no_bytes_raise_anything_but_our_own_errors(
    content: bytes, ending: str, tmp_path: Path, games: CatalogueSchema
) -> None:
    path = tmp_path / f"any{ending}"
    path.write_bytes(b"gameid,title,score\n" + content)
    try:
        report = read_items(path, games)
    except (InvalidItem, InvalidSettings):
        return
    assert report.row_count == report.accepted_count + len(report.rejected)
