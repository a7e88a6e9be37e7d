from __future__ import annotations

import json
import shutil
from pathlib import Path

import openpyxl
import pytest

from penchant.catalogue.formats import FORMATS, find_source, load_dramalist_schema
from penchant.catalogue.schema import load_bundled_schema
from penchant.catalogue.source import read_bundled_items, read_items
from penchant.errors import InvalidSettings


def test_the_own_format_is_a_folder_with_items_and_their_schema(
    tmp_path: Path, games_toml: Path
) -> None:
    shutil.copy(games_toml, tmp_path / "schema.toml")
    row = {"gameid": "azul", "title": "Azul", "genre": ["Abstract"], "blurb": "Tiles [advert] x"}
    (tmp_path / "items.jsonl").write_text(json.dumps(row), encoding="utf-8")
    for source in (find_source(tmp_path), find_source(tmp_path, "own")):
        (item,) = read_items(source.path, source.schema).items
        assert (item.id, item.values("genre"), item.text) == ("azul", ("Abstract",), "Tiles")


def test_an_incomplete_folder_says_what_it_lacks(tmp_path: Path, games_toml: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"schema\.toml"):
        find_source(tmp_path)
    shutil.copy(games_toml, tmp_path / "schema.toml")
    with pytest.raises(InvalidSettings, match="it holds none"):
        find_source(tmp_path)
    (tmp_path / "items.csv").touch()
    (tmp_path / "items.jsonl").touch()
    with pytest.raises(InvalidSettings, match=r"it holds items\.jsonl, items\.csv"):
        find_source(tmp_path)


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="own, kdrama-xlsx"):
        find_source(tmp_path, "kdrama-xls")


def test_a_schema_of_ones_own_overrules_the_inferred_one(tmp_path: Path) -> None:
    (tmp_path / "games.csv").write_text("gameid,title,genre\n1,One,Chess\n", encoding="utf-8")
    (tmp_path / "schema.toml").write_text('[catalogue]\nname = "mine"\n', encoding="utf-8")
    inferred = find_source(tmp_path / "games.csv")
    chosen = find_source(tmp_path / "games.csv", schema_path=tmp_path / "schema.toml")
    assert (inferred.schema.name, chosen.schema.name) == ("games", "mine")
    assert [facet.name for facet in inferred.schema.facets] == ["genre"]
    assert chosen.schema.facets == ()


def test_the_dramalist_schema_speaks_the_bundled_vocabulary() -> None:
    """Profiles learned on one of the two catalogues stay valid on the other."""
    dramalist, bundled = load_dramalist_schema(), load_bundled_schema()
    assert dramalist.vocabulary == bundled.vocabulary
    assert dramalist.facets == bundled.facets
    assert dramalist.fingerprint == bundled.fingerprint


DRAMALIST_COLUMNS = (
    *("title", "alternate_names", "description", "publisher", "genres", "rating_value"),
    *("rating_count", "date_published", "keywords", "actors", "directors", "screenwriters"),
    *("episodes", "duration"),
)


@pytest.mark.parametrize(
    ("description", "text"),
    [
        (
            "A cook bets.\n\n(Source: Site)    Edit Translation     English   Deutsch",
            "A cook bets.",
        ),
        (
            "A cook bets. (Source: A (B) at C)\n\n~~ From a webtoon (2019).",
            "A cook bets.\n\n~~ From a webtoon (2019).",
        ),
        ("A cook bets. (source:site)", "A cook bets."),
        ("A cook bets. [Source Site", "A cook bets."),
        ("He edits a translation (source of joy).", "He edits a translation (source of joy)."),
    ],
)
def test_boilerplate_of_drama_lists_is_cut(tmp_path: Path, description: str, text: str) -> None:
    """The site's links and its credits go; what is told about the drama stays."""
    path = tmp_path / "dramalist_kdramas.xlsx"
    book = openpyxl.Workbook()
    book.active.append(DRAMALIST_COLUMNS)
    row = ["Cook", "요리사", description, "tvN", "Food, Romance", 8.1, 900, "2019-12-10"]
    book.active.append([*row, "Cooking", "Kim A, Lee B", "Park C", None, 12, "1 hr. 5 min."])
    book.save(path)
    book.close()
    source = find_source(tmp_path, "kdrama-xlsx")
    (item,) = read_items(source.path, source.schema).items
    assert item.text == text
    assert (item.id, item.year, item.number("minutes")) == ("cook-2019", 2019, 65.0)
    assert item.values("actor") == ("Kim A", "Lee B")


def test_every_row_of_the_real_drama_list_is_used(data_folder: Path) -> None:
    """1,823 dramas, none lost, none with the site's own words, every bundled drama among them."""
    folder = data_folder / "kdrama_seoulmate"
    if not folder.is_dir():
        pytest.skip(f"no drama list at {folder}")
    source = find_source(folder, "kdrama-xlsx")
    report = read_items(source.path, source.schema)
    assert (report.row_count, report.accepted_count) == (1_823, 1_823)
    assert report.rejected == ()
    assert report.remarks == ()
    assert not any("Edit Translation" in item.text for item in report.items)
    assert all(item.year and item.number("minutes") and item.rating for item in report.items)
    titles = [item.title for item in report.items]
    twins = {item.id for item in report.items if titles.count(item.title) == 2}
    assert len(twins) == 12
    assert {item.id for item in read_bundled_items()} <= {item.id for item in report.items}


def test_a_log_is_no_file_of_items(tmp_path: Path) -> None:
    """What holds more than items says where it is opened instead."""
    with pytest.raises(InvalidSettings, match="open_dataset"):
        find_source(tmp_path, "movielens")


def test_each_format_describes_itself() -> None:
    for name, format_ in FORMATS.items():
        assert format_.name == name
        assert format_.description
