"""/items: look, find the like, add, change and hide; every change is in the next answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from apps.api_client import Api

PILOT = {
    "Title": "Lanterns over Ganghwa",
    "alternate_titles": ["Island of Lanterns"],
    "native_title": "강화의 등불",
    "year": 2025,
    "description": "Two nurses keep a small island clinic open through a winter of storms.",
    "facets": {"genre": ["Medical", "Life"], "actor": ["IU"], "theme": ["Friendship"]},
    "numbers": {"episodes": 12},
    "rating": 9.9,
    "rating_count": 90_000,
}


@pytest.fixture
def pilot(api: Api, someone: str) -> Iterator[str]:
    """An item of our own, out of the way again after the test."""
    api.send("PUT", f"/items/{someone}", json=PILOT).must_work()
    yield someone
    api.send("DELETE", f"/items/{someone}").must_work()


@pytest.fixture(scope="module")
def untouched(api: Api) -> str:
    """An item that no request of these tests may change."""
    api.send("PUT", "/items/untouched", json={"Title": "Untouched", "year": 2020}).must_work()
    return "untouched"


def change(api: Api, item_id: str, **fields: Any) -> Any:
    return api.send("PATCH", f"/items/{item_id}", json=fields).ok


def test_get(api: Api) -> None:
    """An item has its id and Title, its facts and its facets."""
    item = api.get("/items/signal-2016").ok
    assert (item["id"], item["Title"], item["year"]) == ("signal-2016", "Signal", 2016)
    assert item["native_title"] == "시그널"
    assert item["genres"] == ["Thriller", "Mystery", "Sci-Fi"]
    assert item["publishers"] == ["tvN"]
    assert item["episodes"] == 16
    assert 0 < item["rating"] <= 10
    assert item["rating_count"] > 0
    assert len(item["description"].split()) >= 25
    assert item["hidden"] is False


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_item(api: Api, method: str) -> None:
    """What is not there cannot be seen, changed or hidden."""
    body = {"json": {"year": 2020}} if method == "PATCH" else {}
    api.send(method, "/items/no-such-drama", **body).problem(404)


def test_similar(api: Api) -> None:
    """Similar items are others, most alike first, and say what they share."""
    answer = api.get("/items/hospital-playlist-2020/similar", top_n=5).ok
    assert (answer["id"], answer["Title"]) == ("hospital-playlist-2020", "Hospital Playlist")
    similar = answer["similar"]
    assert len(similar) == 5
    assert similar[0]["id"] == "hospital-playlist-season-2-2021"
    assert "hospital-playlist-2020" not in {other["id"] for other in similar}
    likeness = [other["similarity"] for other in similar]
    assert likeness == sorted(likeness, reverse=True)
    assert all(-1.0 <= amount <= 1.0 for amount in likeness)
    assert similar[0]["shared"]
    assert similar[0]["Title"] == "Hospital Playlist Season 2"


def test_similar_bounds(api: Api) -> None:
    """The number of similar items is from 1 to 200, ten unless told."""
    assert len(api.get("/items/signal-2016/similar").ok["similar"]) == 10
    for top_n in (0, 201, "x"):
        api.get("/items/signal-2016/similar", top_n=top_n).problem(422)
    api.get("/items/no-such-drama/similar").problem(404)


def test_put_shows_what_was_kept(api: Api, pilot: str) -> None:
    """An added item is answered as it can be read afterwards."""
    item = api.get(f"/items/{pilot}").ok
    assert item == api.send("PUT", f"/items/{pilot}", json=PILOT).ok
    assert item["Title"] == PILOT["Title"]
    assert item["alternate_titles"] == PILOT["alternate_titles"]
    assert item["native_title"] == PILOT["native_title"]
    assert item["description"] == PILOT["description"]
    assert item["genres"] == ["Medical", "Life"]
    assert item["episodes"] == 12
    assert item["writers"] == []


@pytest.mark.parametrize(
    "typed", ["Lanterns over Ganghwa", "lantern over gangwha", "Island of Lanterns", "강화의 등불"]
)
def test_an_added_item_is_in_the_next_search(api: Api, pilot: str, typed: str) -> None:
    """Right after PUT the item is found, by each of its names and with a typo."""
    assert api.ids(typed)[0] == pilot


def test_an_added_item_is_everywhere(api: Api, pilot: str, medical_fan: str) -> None:
    """It is completed, recommended, explained, similar and ratable at once."""
    assert pilot in [s["id"] for s in api.get("/suggest", q="lant").ok["suggestions"]]
    assert pilot in api.ids(None, medical_fan, top_n=20)
    assert pilot in api.ids(None, top_n=50)
    assert pilot in api.ids("medical drama", top_n=50)
    assert len(api.get(f"/items/{pilot}/similar").ok["similar"]) == 10
    api.record(medical_fan, str(PILOT["Title"]), value=9)
    assert pilot not in api.ids(None, medical_fan, top_n=200)


def test_put_replaces_whole(api: Api, pilot: str) -> None:
    """A second PUT leaves nothing of the first."""
    api.send("PUT", f"/items/{pilot}", json={"Title": "Another Name"}).must_work()
    item = api.get(f"/items/{pilot}").ok
    assert item["Title"] == "Another Name"
    assert item["year"] is None
    assert item["genres"] == []
    assert item["description"] == ""
    assert api.ids("Island of Lanterns")[:1] != [pilot]


def test_patch_changes_the_named_fields(api: Api, pilot: str) -> None:
    """A PATCH changes what it names, keeps the rest, and is in the next search."""
    before = api.get(f"/items/{pilot}").ok
    changed = change(api, pilot, Title="Beacons of Jeju", facets={"genre": ["Law"]}, year=2024)
    assert changed == api.get(f"/items/{pilot}").ok
    assert changed == before | {"Title": "Beacons of Jeju", "genres": ["Law"], "year": 2024}
    assert api.ids("Beacons of Jeju")[0] == pilot
    assert pilot in api.ids("drama", genre="Law", year_min=2024, year_max=2024, top_n=200)
    assert pilot not in api.ids("drama", genre="Medical", top_n=200)


def test_patch_clears_what_is_null(api: Api, pilot: str) -> None:
    """A null takes a fact away; a list can be emptied."""
    changed = change(
        api, pilot, year=None, rating=None, native_title=None, description=None,
        alternate_titles=[], facets={"actor": []},
    )  # fmt: skip
    assert changed["year"] is changed["rating"] is changed["native_title"] is None
    assert changed["description"] == ""
    assert changed["alternate_titles"] == changed["actors"] == []
    assert changed["genres"] == ["Medical", "Life"]


def test_hidden_items_show_nowhere(api: Api, pilot: str) -> None:
    """A hidden item is in no answer; unhiding it brings it back."""
    assert api.send("DELETE", f"/items/{pilot}").ok["hidden"] is True
    api.get(f"/items/{pilot}").problem(404)
    api.get(f"/items/{pilot}/similar").problem(404)
    assert pilot not in api.ids("Lanterns over Ganghwa")
    assert pilot not in api.ids(None, top_n=200)
    assert pilot not in [s["id"] for s in api.get("/suggest", q="lant").ok["suggestions"]]
    assert change(api, pilot, hidden=False)["hidden"] is False
    assert api.ids("Lanterns over Ganghwa")[0] == pilot


def test_hiding_keeps_what_people_did(api: Api, pilot: str, someone: str) -> None:
    """A taste learned from an item outlives its hiding, and its event can still be undone."""
    user = f"{someone}-user"
    receipt = api.record(user, str(PILOT["Title"]), value=9)
    api.send("DELETE", f"/items/{pilot}").must_work()
    assert "Medical" in api.get(f"/profile/{user}").ok["top_preferences"]["genres"]
    api.send("DELETE", f"/analytics/interaction/{receipt['event_id']}").must_work()
    assert api.get(f"/profile/{user}").ok["persona"] == ["New Viewer"]


def test_hiding_twice(api: Api, pilot: str) -> None:
    """Hiding what is hidden is no error."""
    api.send("DELETE", f"/items/{pilot}").must_work()
    api.send("DELETE", f"/items/{pilot}").must_work()


def test_a_changed_item_changes_the_tastes_learned_from_it(
    api: Api, pilot: str, someone: str
) -> None:
    """Who liked an item likes what it now says it is."""
    user = f"{someone}-user"
    api.record(user, str(PILOT["Title"]), value=9)
    change(api, pilot, facets={"genre": ["Law"]})
    genres = api.get(f"/profile/{user}").ok["top_preferences"]["genres"]
    assert genres == {"Law": pytest.approx(0.58)}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    "fields",
    [
        {"Title": ""}, {"Title": "   "}, {"Title": "x" * 1_001}, {"Title": 5}, {"Title": "a\x00b"},
        {"title": "x"}, {"id": "other"}, {"year": "2020"}, {"year": 2020.5}, {"year": True},
        {"year": 99_999}, {"rating": 10.1}, {"rating": -1}, {"rating": "9"}, {"rating": False},
        {"rating_count": -1}, {"rating_count": 1.5}, {"rating_count": 10**30},
        {"facets": {"colour": ["red"]}}, {"facets": {"genre": "Medical"}},
        {"facets": {"genre": [5]}}, {"facets": {"genre": [""]}}, {"facets": []},
        {"numbers": {"wheels": 4}}, {"numbers": {"episodes": "12"}},
        {"numbers": {"episodes": True}},
        {"alternate_titles": "x"}, {"hidden": "yes"}, {"hidden": 1}, {"description": 5},
        {"description": "x" * 20_001},
    ],
    ids=lambda fields: str(fields)[:40],
)  # fmt: skip
def test_items_that_cannot_be_kept(
    api: Api, untouched: str, method: str, fields: dict[str, Any]
) -> None:
    """A field out of bounds, of another kind or unknown refuses the change; nothing is kept."""
    before = api.get(f"/items/{untouched}").ok
    whole = {**PILOT, **fields} if method == "PUT" else fields
    api.send(method, f"/items/{untouched}", json=whole).problem(422)
    assert api.get(f"/items/{untouched}").ok == before


def test_put_needs_a_title(api: Api, someone: str) -> None:
    """A whole item without a title is refused."""
    api.send("PUT", f"/items/{someone}", json={"year": 2020}).problem(422)
    api.get(f"/items/{someone}").problem(404)


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "[x](javascript:0)", "\u202etxet", '"']
)
def test_hostile_titles_are_only_text(api: Api, someone: str, name: str) -> None:
    """A title is carried as it is, as JSON, and breaks nothing."""
    item = api.send("PUT", f"/items/{someone}", json={"Title": name, "year": 2020}).ok
    assert item["Title"] == name
    answer = api.get("/recommend", title=name)
    assert answer.type == "application/json"
