from __future__ import annotations

import json
from pathlib import Path

import pytest

from penchant.catalogue.inference import infer_schema
from penchant.catalogue.source import read_items
from penchant.errors import InvalidSettings


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_usual_names_are_understood_and_the_rest_is_reported(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "films.csv",
        "Movie Title,Release Date,Genres,Cast,Director,Plot,Tags,vote_average,vote_count,Runtime,"
        "Studio,Poster\n"
        'Heat,1995-12-15,Crime|Drama,Al A|Bob B,Mike M,A heist.,heist|city,8.0,"6,000",170,'
        "WB,http\n",
    )
    schema = infer_schema(path)
    report = read_items(path, schema)
    (item,) = report.items
    assert (item.id, item.year, item.rating, item.rating_count) == ("heat-1995", 1995, 8.0, 6_000)
    assert dict(item.facets) == {
        "genre": ("Crime", "Drama"),
        "theme": ("heist", "city"),
        "actor": ("Al A", "Bob B"),
        "director": ("Mike M",),
        "publisher": ("WB",),
    }
    assert (item.text, dict(item.numbers)) == ("A heist.", {"minutes": 170.0})
    assert report.understood["Movie Title"] == "title"
    assert report.ignored == ("Poster",)
    assert schema.facet("actor").person
    assert schema.facet("theme").match == "cosine"


def test_the_best_of_several_fitting_columns_is_taken(tmp_path: Path) -> None:
    """`title` before `name`, `rating` before `score`; the others are ignored, not mixed in."""
    path = _write(tmp_path / "x.csv", "name,title,score,rating\nA,B,1,9\n")
    report = read_items(path, infer_schema(path))
    assert (report.items[0].title, report.items[0].rating) == ("B", 9.0)
    assert report.ignored == ("name", "score")


def test_stars_are_people_or_marks_by_what_they_hold(tmp_path: Path) -> None:
    people = infer_schema(_write(tmp_path / "p.csv", "title,stars\nA,Kim B;Lee C\n"))
    marks = infer_schema(_write(tmp_path / "m.csv", "title,stars\nA,4.5\n"))
    assert (people.rating, people.columns) == (None, {"actor": "stars"})
    assert (marks.rating, dict(marks.columns)) == ("stars", {})


@pytest.mark.parametrize(
    ("ratings", "top"), [("4.5 3", 5.0), ("4.5 9.1", 10.0), ("4.5 87", 100.0), ("0.3 0.9", 1.0)]
)
def test_the_scale_is_the_smallest_usual_one_that_holds_all_ratings(
    ratings: str, top: float, tmp_path: Path
) -> None:
    lines = "".join(f"t{n},{value}\n" for n, value in enumerate(ratings.split()))
    path = _write(tmp_path / "x.csv", "title,rating\n" + lines)
    assert infer_schema(path).rating_scale == (0.0, top)


def test_the_highest_rating_counts_even_far_down_a_file(tmp_path: Path) -> None:
    lines = "".join(f"t{n},4\n" for n in range(3_000))
    path = _write(tmp_path / "x.csv", f"title,rating\n{lines}last,9\n")
    assert infer_schema(path).rating_scale == (0.0, 10.0)


def test_lengths_in_seconds_are_not_taken_for_minutes(tmp_path: Path) -> None:
    seconds = infer_schema(_write(tmp_path / "s.csv", "title,duration\nA,3600\nB,3300\n"))
    minutes = infer_schema(_write(tmp_path / "m.csv", "title,duration\nA,1 hr. 2 min.\nB,55\n"))
    assert dict(seconds.numbers) == {}
    assert dict(minutes.numbers) == {"minutes": "duration"}


def test_commas_separate_unless_another_sign_is_more_frequent(tmp_path: Path) -> None:
    comma = infer_schema(_write(tmp_path / "c.tsv", "title\tgenre\nA\tX, Y\nB\tZ\n"))
    bar = infer_schema(_write(tmp_path / "b.tsv", "title\tgenre\nA\tX|Y\nB\tMe, You|Z\nC\tW|V\n"))
    assert (comma.list_separator, bar.list_separator) == (",", "|")


def test_columns_of_json_are_those_of_its_rows(tmp_path: Path) -> None:
    rows = [{"id": 1, "title": "A"}, {"id": 2, "title": "B", "authors": ["Ann"]}]
    path = _write(tmp_path / "x.jsonl", "\n".join(map(json.dumps, rows)))
    report = read_items(path, infer_schema(path))
    assert [item.id for item in report.items] == ["1", "2"]
    assert report.items[1].values("author") == ("Ann",)


def test_without_a_title_column_the_error_lists_what_there_is(tmp_path: Path) -> None:
    path = _write(tmp_path / "x.csv", "ident,genre\n1,X\n")
    with pytest.raises(InvalidSettings, match="ident, genre"):
        infer_schema(path)


@pytest.mark.parametrize(
    ("name", "items", "facets"),
    [
        ("kdrama_top250/kdrama.csv", 250, {"genre", "theme", "actor", "director", "writer"}),
        ("kdrama_tamaski/korean_drama_complete.csv", 1_752, {"genre", "director", "writer"}),
        ("ml-latest-small-2018/movies.csv", 9_742, {"genre"}),
    ],
)
def test_real_files_are_read_whole_without_a_schema(
    name: str, items: int, facets: set[str], data_folder: Path
) -> None:
    path = data_folder / name
    if not path.is_file():
        pytest.skip(f"no data set at {path}")
    schema = infer_schema(path)
    report = read_items(path, schema)
    assert (report.accepted_count, report.rejected) == (items, ())
    assert facets <= set(schema.columns)
