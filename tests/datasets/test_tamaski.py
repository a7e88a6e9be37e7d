"""K-dramas with ratings by title that have no times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from penchant.catalogue.schema import load_bundled_schema
from penchant.datasets import open_dataset

Folder = Callable[[Mapping[str, str | bytes]], Path]

DRAMAS = (
    "\ufeffkdrama_id,drama_name,year,director,screenwriter,tot_eps,duration,org_net,synopsis,Genre\n"
    "f00,Cook  House,2019,\"['Park C', 'Kim D']\",,12,3900.0,tvN,"
    'A cook bets. (Source: Site),"Food, Drama"\n'
)
RATINGS = (
    "user_id,drama_name,kdrama_id,overall_score\n"
    "0,Cook House,1.0,9.0\n1,Cook  House,1.0,6.5\n1,Gone,2.0,5\n"
)


def test_dramas_have_the_ids_of_the_bundled_ones_and_ratings_find_them(folder: Folder) -> None:
    """Seconds become minutes, written lists become people, titles join whatever their spaces."""
    path = folder({"korean_drama_complete.csv": DRAMAS, "user_drama_ratings_joined.csv": RATINGS})
    dataset = open_dataset(path)
    (drama,) = dataset.items
    assert (drama.id, drama.title) == ("cook-house-2019", "Cook House")
    assert drama.number("minutes") == 65.0
    assert drama.values("director") == ("Park C", "Kim D")
    assert drama.text == "A cook bets."
    reading = dataset.read_events()
    assert reading is not None
    assert reading.columns.value.tolist() == [9.0, 6.5]
    assert not reading.timed
    assert [problem.item_id for problem in reading.report.rejected] == ["Gone"]


def test_the_facets_are_those_of_the_bundled_catalogue(folder: Folder) -> None:
    """What is learned on one list stays valid on the other."""
    path = folder({"korean_drama_complete.csv": DRAMAS, "user_drama_ratings_joined.csv": RATINGS})
    assert open_dataset(path).schema.fingerprint == load_bundled_schema().fingerprint
