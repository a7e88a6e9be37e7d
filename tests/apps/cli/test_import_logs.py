"""`penchant import` of logs and of one person's list, from the command to the answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

MOVIES = "movieId,title,genres\n1,Heat (1995),Crime\n2,Up (2009),Animation\n3,Ran (1985),War\n"
# Recent, because evidence fades: a taste of long ago reads as hardly any.
START = int(time.time()) - 10_000
RATINGS = "userId,movieId,rating,timestamp\n" + "".join(
    f"{user},{movie},{rating},{START + second}\n"
    for user, movie, rating, second in (
        (7, 1, 5.0, 100), (7, 2, 1.0, 200), (8, 3, 4.0, 150), (8, 9, 4.0, 160), (8, 1, 7, 170),
    )
)  # fmt: skip
LIST = (
    "Date,Name,Year,Letterboxd URI,Rating\n"
    "2024-01-02,Signal,2016,x,4.5\n2024-01-03,Signol,2016,x,4\n2024-01-04,Doctors,2016,x,9\n"
)


@pytest.fixture
def movies(tmp_path: Path) -> Path:
    """A MovieLens folder with five ratings, of which two cannot be used."""
    folder = tmp_path / "movies"
    folder.mkdir()
    (folder / "movies.csv").write_text(MOVIES, encoding="utf-8")
    (folder / "ratings.csv").write_text(RATINGS, encoding="utf-8")
    return folder


@pytest.fixture
def letterboxd(tmp_path: Path) -> Path:
    """An export with one title of the catalogue, one that is not, and one wrong rating."""
    folder = tmp_path / "letterboxd"
    folder.mkdir()
    (folder / "ratings.csv").write_text(LIST, encoding="utf-8")
    return folder


def test_a_log_is_imported_and_learned(untaught: Command, movies: Path) -> None:
    """Items, then events; the report names what was not used, and people have tastes."""
    ran = untaught("import", movies)
    assert ran.code == 0
    told = " ".join(ran.out.split())
    assert "Imported 3 of 3 rows" in told
    assert "Recorded 3 of 5 events" in told
    assert "row 5 (user 8, item 9): item '9' is not among the items" in told
    assert "rating needs a value from 0.5 to 5, got 7" in told
    profile = untaught("profile", "7", "--json").document
    assert profile["top_preferences"]["genres"]["Crime"] > 0.5


def test_the_report_of_a_log_as_json_and_a_second_import(untaught: Command, movies: Path) -> None:
    """One document; the second time nothing is new."""
    events = untaught("import", movies, "--json").document["events"]
    assert (events["rows"], events["usable"], events["recorded"]) == (5, 3, 3)
    assert [problem["row"] for problem in events["rejected"]] == [5, 6]
    again = untaught("import", movies, "--json").document["events"]
    assert (again["recorded"], again["duplicates"]) == (0, 3)
    told = " ".join(untaught("import", movies).out.split())
    assert "3 were there before and changed nothing" in told


def test_items_only_and_limit(untaught: Command, movies: Path) -> None:
    """The log may be left, or taken in part."""
    assert "events" not in untaught("import", movies, "--items-only", "--json").document
    assert untaught("import", movies, "--limit", 1, "--json").document["events"]["recorded"] == 1
    assert untaught("profile", "7", "--json").document["top_preferences"]["genres"]
    assert not untaught("profile", "8", "--json").document["top_preferences"]["genres"]


def test_two_logs_do_not_mix(untaught: Command, movies: Path, tmp_path: Path) -> None:
    """Person 7 of one site is not person 7 of another: the second log is refused, with ways out."""
    assert untaught("import", movies).code == 0
    other = tmp_path / "other"
    other.mkdir()
    (other / "movies.dat").write_text("1::Jaws (1975)::Thriller\n", encoding="utf-8")
    (other / "ratings.dat").write_text("7::1::5::100\n", encoding="utf-8")
    ran = untaught("import", other)
    assert ran.code == 2
    told = " ".join(ran.err.split())
    assert "another database" in told
    assert "--items-only" in told
    assert untaught("search", "Heat", "--json").document["recommendations"][0]["id"] == "1"


def test_metadata_names_people(untaught: Command, movies: Path, tmp_path: Path) -> None:
    """With a file of people a film is found by its director."""
    extra = tmp_path / "people.csv"
    extra.write_text("movieId,title,director\n1,Heat (1995),Mina Mann\n", encoding="utf-8")
    assert untaught("import", movies, "--metadata", extra).code == 0
    found = untaught("search", "Mina Mann", "--json").document["recommendations"]
    assert found[0]["id"] == "1"


def test_a_list_of_one_person_is_matched(penchant: Command, letterboxd: Path) -> None:
    """Stars come to the scale of ten; what has no match is told with the nearest titles."""
    arguments = ("import", letterboxd, "--format", "letterboxd", "--user", "sora")
    report = penchant(*arguments, "--json").document
    assert (report["user_id"], report["recorded"]) == ("sora", 1)
    (unmatched,) = report["unmatched"]
    assert (unmatched["title"], unmatched["row"]) == ("Signol", 3)
    assert unmatched["nearest"][0]["id"] == "signal-2016"
    assert [p["row"] for p in report["files"][0]["rejected"]] == [4]
    (event,) = penchant("export", "sora").document["events"]
    assert (event["item_id"], event["value"]) == ("signal-2016", 9.0)
    again = penchant(*arguments)
    assert again.code == 0
    told = " ".join(again.out.split())
    assert "Recorded 0 of 2 entries for sora" in told
    assert "1 were there before" in told
    assert "Signol (2016): no such title; nearest: Signal (2016)" in told


def test_lists_need_a_person_and_logs_name_their_own(
    penchant: Command, letterboxd: Path, movies: Path
) -> None:
    """Wrong use is answered with the option that is missing or too much."""
    ran = penchant("import", letterboxd, "--format", "letterboxd")
    assert (ran.code, "--user" in ran.err) == (2, True)
    ran = penchant("import", movies, "--user", "mina")
    assert (ran.code, "letterboxd" in ran.err) == (2, True)
    ran = penchant("import", letterboxd, "--format", "letterboxd", "--user", "a", "--limit", 3)
    assert (ran.code, "--limit" in ran.err) == (2, True)
    ran = penchant("import", movies, "--format", "movie-lens")
    assert (ran.code, "movielens" in ran.err) == (2, True)
