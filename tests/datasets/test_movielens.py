"""The three layouts of MovieLens: films, ratings, tags and metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from penchant.datasets import Dataset, open_dataset
from penchant.domain.item import Item
from penchant.errors import InvalidSettings

Folder = Callable[[Mapping[str, str | bytes]], Path]

DAT_MOVIES = (
    "1::Toy Story (1995)::Animation|Comedy\n"
    "2::Misérables, Les (1998)::Drama\n"
    "3::Broken line\n"
    "4::Heat (1995)::Crime|Drama\n"
).encode("latin-1")
DAT_RATINGS = "7::1::5::978300760\n9::4::3::978300000\n7::2::4::978300700\n"

FLAGGED = (
    "1|Toy Story (1995)|01-Jan-1995||http://x|0|1|1\n"
    "2|Il Postino (1994)|01-Jan-1994||http://x|0|0|0\n"
    "3|unknown||||1|0|0\n"
    "4|Mis\xe9rables (1995)|01-Jan-1995||http://x|0|0|1\n"
    "5|short|row\n"
).encode("latin-1")
GENRES = "unknown|0\nAnimation|1\nComedy|2\n\n"

CSV_MOVIES = (
    "movieId,title,genres\n"
    '1,"Matrix, The (1999)",Action|Sci-Fi\n'
    '2,"Amélie (Fabuleux destin, Le) (2001)",Comedy\n'
    "3,Untitled Project,(no genres listed)\n"
)
CSV_RATINGS = "userId,movieId,rating,timestamp\n1,1,4.5,964982703\n2,2,0.5,964982700\n"
CSV_TAGS = (
    "userId,movieId,tag,timestamp\n"
    "1,1,Cyber punk,1\n2,1,cyberpunk,2\n3,1,cyberpunk,3\n"
    "1,1,slow,4\n1,1,slow,5\n"
    "1,2,Paris,6\n2,2,Paris,7\n,2,Paris,8\n"
)
METADATA = (
    "movieId,imdbId,title,year,director,cast,runtime,overview,plot_keywords\n"
    '1,133093,"Matrix, The (1999)",1999,Lana W|Lilly W,Keanu R|Carrie M,136,He wakes.,code|phone\n'
    '2,211915,"Amélie (Fabuleux destin, Le) (2001)",2001,Jean J,,,She helps.,\n'
)


def items_of(dataset: Dataset) -> dict[str, Item]:
    return {item.id: item for item in dataset.items}


def test_films_of_the_old_layout_are_latin_1(folder: Folder) -> None:
    """Accents come out right, a broken line is reported, the schema is on whole stars."""
    dataset = open_dataset(folder({"movies.dat": DAT_MOVIES, "ratings.dat": DAT_RATINGS}))
    items = items_of(dataset)
    assert items["2"].title == "Les Misérables"
    assert items["4"].values("genre") == ("Crime", "Drama")
    assert [(p.row, p.reason) for p in dataset.items.report.rejected] == [
        (3, "has 2 fields where 3 belong")
    ]
    assert (dataset.schema.name, dataset.schema.rating_scale) == ("ml-1m", (1.0, 5.0))


def test_a_film_list_written_anew_as_utf_8_is_read_as_that(folder: Folder) -> None:
    """Nothing says that an old layout must be in the old encoding."""
    utf_8 = DAT_MOVIES.decode("latin-1")
    assert items_of(open_dataset(folder({"movies.dat": utf_8})))["2"].title == "Les Misérables"


def test_ratings_of_the_old_layout_stand_in_order_of_time(folder: Folder) -> None:
    """Rows are sorted by time, and numbers count in that order."""
    dataset = open_dataset(folder({"movies.dat": DAT_MOVIES, "ratings.dat": DAT_RATINGS}))
    log = dataset.events()
    assert log is not None
    assert [log.user_ids[u] for u in log.user] == ["9", "7", "7"]
    assert [log.item_ids[i] for i in log.item] == ["4", "2", "1"]
    assert log.value.tolist() == [3.0, 4.0, 5.0]
    assert log.at.tolist() == [978300000.0, 978300700.0, 978300760.0]
    assert log.number.tolist() == [0, 1, 2]
    assert log.kinds == ("rating",)


def test_rows_of_ratings_that_cannot_be_used_are_all_named(folder: Folder) -> None:
    """A rating off the scale, an unknown film, a word for a time, a short row: each its reason."""
    ratings = (
        "1::1::5::978300760\n1::2::9::978300761\n1::77::3::978300762\n"
        "1::4::3::yesterday\n1::4\n\n2::4::4::978300763\n1::1::5::978300760\n"
        "2::1::4::1600000000000\n"
    )
    dataset = open_dataset(folder({"movies.dat": DAT_MOVIES, "ratings.dat": ratings}))
    reading = dataset.read_events()
    assert reading is not None
    assert len(reading.columns) == 2
    assert reading.source_rows.tolist() == [1, 7]
    report = reading.report
    assert (report.row_count, report.accepted_count) == (8, 2)
    reasons = {problem.row: problem.reason for problem in report.rejected}
    assert list(reasons) == [2, 3, 4, 5, 8, 9]
    assert reasons[2] == "rating needs a value from 1 to 5, got 9"
    assert reasons[3] == "item '77' is not among the items"
    assert "'yesterday' is neither ISO 8601 nor Unix seconds" in reasons[4]
    assert reasons[5] == "has 2 fields where 4 belong"
    assert reasons[8] == "repeats row 1"
    assert "milliseconds" in reasons[9]


def test_a_log_of_positions_has_one_time_and_the_order_of_positions(folder: Folder) -> None:
    """Without ratings each row is `watched`, ordered for each person by position."""
    rows = "user_id,position,movie_id\n5,1,1\n5,0,4\n3,0,2\n5,x,2\n"
    path = folder({"movies.dat": DAT_MOVIES, "interactions_all_ordered.csv": rows})
    for name in (None, "movielens", "ml-1m"):
        reading = open_dataset(path, name).read_events()
        assert reading is not None
        log = reading.columns
        users = [log.user_ids[code] for code in log.user]
        films = [log.item_ids[code] for code in log.item]
        assert list(zip(users, films, strict=True)) == [("5", "4"), ("5", "1"), ("3", "2")]
        assert log.kinds == ("watched",)
        assert np.isnan(log.value).all()
        assert len(set(log.at.tolist())) == 1
        assert not reading.timed
        assert [problem.row for problem in reading.report.rejected] == [5]
        assert "no times" in reading.report.warnings[0]


def test_films_with_genre_flags(folder: Folder) -> None:
    """Flags become the genres of u.genre; the genre "unknown" is none."""
    data = "1\t1\t5\t881250949\n2\t4\t3\t881250950\n"
    dataset = open_dataset(folder({"u.item": FLAGGED, "u.genre": GENRES, "u.data": data}))
    items = items_of(dataset)
    assert items["1"].values("genre") == ("Animation", "Comedy")
    assert items["3"].values("genre") == ()
    assert items["4"].title == "Misérables"
    assert [problem.row for problem in dataset.items.report.rejected] == [5]
    log = dataset.events()
    assert log is not None
    assert log.value.tolist() == [5.0, 3.0]


def test_flags_without_their_names_are_refused(folder: Folder) -> None:
    """Without u.genre nobody can say which flag is which genre."""
    dataset = open_dataset(folder({"u.item": FLAGGED}))
    with pytest.raises(InvalidSettings, match=r"u\.genre is not there"):
        list(dataset.items)


def test_films_in_csv(folder: Folder) -> None:
    """Half stars are ratings, "(no genres listed)" is no genre, a folder without a log has none."""
    path = folder({"movies.csv": CSV_MOVIES, "ratings.csv": CSV_RATINGS})
    dataset = open_dataset(path)
    items = items_of(dataset)
    assert (items["1"].title, items["1"].year) == ("The Matrix", 1999)
    assert items["2"].alternate_titles == ("Le Fabuleux destin",)
    assert items["3"].values("genre") == ()
    assert dataset.schema.rating_scale == (0.5, 5.0)
    log = dataset.events()
    assert log is not None
    assert log.value.tolist() == [0.5, 4.5]
    (path / "ratings.csv").unlink()
    assert open_dataset(path).events() is None


def test_tags_of_two_people_become_themes(folder: Folder) -> None:
    """One person's tag is that person's; the spelling that most used is shown."""
    path = folder({"movies.csv": CSV_MOVIES, "tags.csv": CSV_TAGS})
    dataset = open_dataset(path)
    items = items_of(dataset)
    assert items["1"].values("theme") == ("cyberpunk",)
    assert items["2"].values("theme") == ("Paris",)
    assert dataset.items.report.warnings == ("tags.csv: 1 rows without user, movie or tag",)


def test_metadata_is_joined_by_id(folder: Folder) -> None:
    """People, plot, length and keywords come from the file; tags follow the keywords."""
    files = {"movies.csv": CSV_MOVIES, "tags.csv": CSV_TAGS, "meta.csv": METADATA}
    path = folder(files)
    dataset = open_dataset(path, metadata=path / "meta.csv")
    matrix = items_of(dataset)["1"]
    assert matrix.values("director") == ("Lana W", "Lilly W")
    assert matrix.values("actor") == ("Keanu R", "Carrie M")
    assert matrix.values("theme") == ("code", "phone", "cyberpunk")
    assert (matrix.text, matrix.number("minutes")) == ("He wakes.", 136.0)
    assert "2 of 3 movies found in meta.csv" in dataset.items.report.warnings


def test_metadata_of_other_ids_is_joined_by_title_and_year(folder: Folder) -> None:
    """Film 1 of the flagged layout is not film 1 of the metadata: titles and years decide."""
    metadata = (
        "movieId,title,director\n"
        '99,"Postino, Il (1994)",Michael R\n'
        "1,Toy Story (1999),Wrong Year\n"
        "2,Miserables (1995),First\n3,Misérables (1995),Second\n"
    )
    path = folder({"u.item": FLAGGED, "u.genre": GENRES, "meta.csv": metadata})
    items = items_of(open_dataset(path, metadata=path / "meta.csv"))
    assert items["2"].values("director") == ("Michael R",)
    assert items["1"].values("director") == ()
    # Two films answer to the name: neither is certain.
    assert items["4"].values("director") == ()


def test_what_is_not_there_is_said(folder: Folder) -> None:
    """The wrong folder, a metadata file of another shape, an option of another format."""
    path = folder({"movies.csv": CSV_MOVIES, "meta.csv": "a,b\n1,2\n"})
    with pytest.raises(InvalidSettings, match=r"holds no ml-1m files.*movies\.dat"):
        open_dataset(path, "ml-1m")
    with pytest.raises(InvalidSettings, match="no column 'movieId'"):
        list(open_dataset(path, metadata=path / "meta.csv").items)
    with pytest.raises(InvalidSettings, match="--metadata goes with"):
        open_dataset(path / "meta.csv", metadata=path / "meta.csv")
