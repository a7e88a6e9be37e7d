"""/profile: see a taste, rate, state preferences, take one's data along, start anew, be erased."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from apps.api_client import Api

PLURALS = ("genres", "themes", "actors", "directors", "writers", "publishers")


def profile_of(api: Api, user: str) -> Any:
    return api.get(f"/profile/{user}").ok


def update(api: Api, user: str, **said: Any) -> Any:
    return api.post(f"/profile/{user}/update", said).ok


def taste_of(api: Api, user: str) -> dict[str, Any]:
    """What a profile says of a taste, without its numbering and times."""
    profile = profile_of(api, user)
    return {
        name: profile[name]
        for name in ("persona", "top_preferences", "statistics", "stated", "genre_diversity")
    }


def test_stranger_is_a_new_viewer(api: Api, someone: str) -> None:
    """Somebody unknown has an empty profile and is called a New Viewer; that is no error."""
    profile = profile_of(api, someone)
    assert profile["user_id"] == someone
    assert profile["persona"] == ["New Viewer"]
    assert profile["top_preferences"] == {plural: {} for plural in PLURALS}
    assert profile["statistics"]["total_ratings"] == 0
    assert profile["statistics"]["avg_rating"] is None
    assert profile["version"] == 0


def test_shape_of_a_taught_profile(api: Api, medical_fan: str) -> None:
    """Top preferences are {name: score} in falling order, persona is a list, counts add up."""
    profile = profile_of(api, medical_fan)
    genres = profile["top_preferences"]["genres"]
    assert isinstance(genres, dict)
    assert next(iter(genres)) == "Medical"
    for plural in PLURALS:
        scores = list(profile["top_preferences"][plural].values())
        assert scores == sorted(scores, reverse=True)
        assert all(0.5 < score <= 1.0 for score in scores)
        details = profile["preferences"][plural]
        assert profile["top_preferences"][plural] == {p["name"]: p["value"] for p in details}
    assert isinstance(profile["persona"], list)
    assert "Medical Fan" in profile["persona"]
    counts = profile["statistics"]
    assert counts["total_ratings"] == counts["total_watched"] == 3
    assert counts["avg_rating"] == pytest.approx(9.0)
    assert profile["version"] == 3
    assert profile["updated_at"].endswith("+00:00")


def test_three_full_ratings_by_hand(api: Api, someone: str) -> None:
    """One drama rated 9 of 10 lifts its genre from .5 to .58; a second one to .644."""
    api.record(someone, "Hospital Playlist", value=9)
    assert profile_of(api, someone)["top_preferences"]["genres"]["Medical"] == pytest.approx(0.58)
    api.record(someone, "Dr. Romantic", value=9)
    assert profile_of(api, someone)["top_preferences"]["genres"]["Medical"] == pytest.approx(0.644)


def test_rate_by_query_parameters(api: Api, someone: str) -> None:
    """The seeds' call, with parameters in the address, rates and is learned at once."""
    answer = api.post(f"/profile/{someone}/rate", drama_title="Hospital Playlist", rating=9.5).ok
    assert answer["status"] == "recorded"
    assert answer["event_id"]
    assert answer["item"] == {"id": "hospital-playlist-2020", "Title": "Hospital Playlist"}
    assert answer["rating"] == 9.5
    assert answer["profile_version"] == 1
    assert next(iter(answer["top_genres"].values())) == pytest.approx(0.59)
    assert "Hospital Playlist" in answer["message"]
    assert profile_of(api, someone)["statistics"]["total_ratings"] == 1


@pytest.mark.parametrize(
    "named", [{"drama_title": "Signal"}, {"item_id": "signal-2016"}, {"drama_title": "시그널"}]
)
def test_rate_by_json(api: Api, someone: str, named: dict[str, str]) -> None:
    """The same by a JSON body, by title in any language or by id."""
    answer = api.post(f"/profile/{someone}/rate", {**named, "rating": 9}).ok
    assert answer["item"]["id"] == "signal-2016"
    (event,) = api.get(f"/profile/{someone}/export").ok["events"]
    assert event["item_id"] == "signal-2016"
    assert event["type"] == "rating"
    assert event["value"] == 9.0


def test_rating_again_replaces(api: Api, someone: str) -> None:
    """A changed mind counts once: the later rating takes the place of the earlier one."""
    api.post(f"/profile/{someone}/rate", {"drama_title": "Signal", "rating": 2}).must_work()
    api.post(f"/profile/{someone}/rate", {"drama_title": "Signal", "rating": 9}).must_work()
    once = f"{someone}-once"
    api.post(f"/profile/{once}/rate", {"drama_title": "Signal", "rating": 9}).must_work()
    twice, plain = profile_of(api, someone), profile_of(api, once)
    assert twice["statistics"]["total_ratings"] == 1
    assert twice["top_preferences"] == plain["top_preferences"]


def test_rating_twice_under_one_event_id_counts_once(api: Api, someone: str) -> None:
    """A repeated delivery of the same rating changes nothing and says so."""
    body = {"drama_title": "Signal", "rating": 9, "event_id": f"{someone}-1"}
    first = api.post(f"/profile/{someone}/rate", body).ok
    again = api.post(f"/profile/{someone}/rate", body).ok
    assert (first["status"], again["status"]) == ("recorded", "duplicate")
    assert again["position"] == first["position"]
    assert profile_of(api, someone)["version"] == 1
    api.post(f"/profile/{someone}/rate", {**body, "rating": 3}).problem(409)


def test_unclear_title_names_the_nearest(api: Api, someone: str) -> None:
    """A title with a typo is not rated; the answer names what may have been meant."""
    problem = api.post(f"/profile/{someone}/rate", drama_title="Hospital Playlits", rating=9)
    nearest = problem.problem(404)["nearest"]
    assert nearest[0]["id"] == "hospital-playlist-2020"
    assert "Hospital Playlist (2020)" in problem.body["detail"]
    assert profile_of(api, someone)["version"] == 0
    for choice in nearest:
        again = api.post(f"/profile/{someone}/rate", drama_title=choice["Title"], rating=9).ok
        assert again["item"]["id"] == choice["id"]


def test_title_of_two_dramas_answers_with_both(api: Api, someone: str) -> None:
    """A title that two dramas share is not guessed: 409, both offered, and either can be taken."""
    twins = [f"{someone}-2001", f"{someone}-2011"]
    title = f"Two Of {someone}"
    for twin in twins:
        api.send("PUT", f"/items/{twin}", json={"Title": title, "year": int(twin[-4:])}).must_work()
    refused = api.post(f"/profile/{someone}/rate", {"drama_title": title, "rating": 8}).problem(409)
    assert {choice["id"] for choice in refused["nearest"]} == set(twins)
    event = {"user_id": someone, "drama_title": title, "type": "click"}
    told = api.post("/analytics/interaction", event).problem(409)
    assert {choice["id"] for choice in told["nearest"]} == set(twins)
    dated = {"drama_title": f"{title} (2011)", "rating": 8}
    assert api.post(f"/profile/{someone}/rate", dated).ok["item"]["id"] == twins[1]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"rating": 9}, {"drama_title": "Signal"}, {"drama_title": "Signal", "rating": 10.5},
        {"drama_title": "Signal", "rating": -0.5}, {"drama_title": "Signal", "rating": "9"},
        {"drama_title": "Signal", "rating": True}, {"drama_title": "Signal", "rating": None},
        {"drama_title": "Signal", "item_id": "signal-2016", "rating": 9},
        {"drama_title": "", "rating": 9}, {"drama_title": 5, "rating": 9},
        {"drama_title": "Signal", "rating": 9, "stars": 5}, [], "Signal", 9,
    ],
    ids=str,
)  # fmt: skip
def test_ratings_that_cannot_be_used(api: Api, someone: str, body: Any) -> None:
    """Ratings that are missing, out of scale, of another kind or of two items are refused."""
    api.post(f"/profile/{someone}/rate", body).problem(422)
    assert profile_of(api, someone)["version"] == 0


def test_rating_an_unknown_id(api: Api, someone: str) -> None:
    """An id that is not in the catalogue is a 404."""
    api.post(f"/profile/{someone}/rate", {"item_id": "no-such-drama", "rating": 9}).problem(404)


@pytest.mark.parametrize("rating", ["true", "NaN", "Infinity", "1e400", "ten", ""])
def test_parameters_that_are_not_ratings(api: Api, someone: str, rating: str) -> None:
    """The same holds for query parameters."""
    api.post(f"/profile/{someone}/rate", drama_title="Signal", rating=rating).problem(422)


def test_unknown_parameter_is_refused(api: Api, someone: str) -> None:
    """A misspelled parameter is not ignored."""
    asked = {"drama_title": "Signal", "rating": 9, "ratting": 1}
    api.post(f"/profile/{someone}/rate", **asked).problem(422)


def test_rating_changes_the_next_search(api: Api, someone: str) -> None:
    """The very next search is personal."""
    before = api.found("drama", someone)
    api.post(f"/profile/{someone}/rate", drama_title="Hospital Playlist", rating=10)
    after = api.found("drama", someone)
    assert (before["personalization"]["applied"], after["personalization"]["applied"]) == (
        False,
        True,
    )
    assert before["recommendations"] != after["recommendations"]


# --- stated preferences -----------------------------------------------------------------------


def share_of(api: Api, user: str, genre: str) -> float:
    """The share of a genre in the person's first 30."""
    listed = api.found("drama", user, top_n=30)["recommendations"]
    return sum(genre in found["genres"] for found in listed) / len(listed)


def undo_all(api: Api, answer: Any) -> None:
    for receipt in answer["receipts"]:
        api.send("DELETE", f"/analytics/interaction/{receipt['event_id']}").must_work()


@pytest.mark.parametrize(("action", "value"), [("like", 0.7), ("pin", 0.9)])
def test_like_and_pin_lift(api: Api, someone: str, action: str, value: float) -> None:
    """Liking reads a preference as .7, pinning as .9, from nothing, and the next search obeys."""
    share = share_of(api, someone, "Medical")
    answer = update(api, someone, **{action: {"genres": ["medical"]}})
    assert answer["top_preferences"]["genres"] == {"Medical": pytest.approx(value)}
    (said,) = answer["stated"]
    assert (said["action"], said["facet"], said["name"]) == (action, "genre", "Medical")
    assert share_of(api, someone, "Medical") > share
    first = api.found("drama", someone)["recommendations"][0]
    assert first["boost_details"]["genre"] == pytest.approx(0.5 * value)
    undo_all(api, answer)
    assert profile_of(api, someone)["persona"] == ["New Viewer"]
    assert share_of(api, someone, "Medical") == share


@pytest.mark.parametrize("query", ["drama", "medical drama", None])
def test_mute_keeps_away(api: Api, someone: str, query: str | None) -> None:
    """A muted genre is in no answer, search or list, until that is undone."""
    before = api.ids(query, someone, top_n=100)
    answer = update(api, someone, mute={"genre": ["Medical"]})
    listed = api.found(query, someone, top_n=100)["recommendations"]
    assert listed
    assert not any("Medical" in found["genres"] for found in listed)
    undo_all(api, answer)
    assert api.ids(query, someone, top_n=100) == before


def test_mute_a_person(api: Api, someone: str) -> None:
    """People can be muted too."""
    update(api, someone, mute={"actors": ["Jo Jung-suk"]})
    listed = api.found("Hospital Playlist", someone, top_n=100)["recommendations"]
    assert not any("Jo Jung Suk" in found["actors"] for found in listed)


def test_cap_bounds(api: Api, medical_fan: str) -> None:
    """A cap keeps a preference from being read above it; undoing brings it back."""
    taste = taste_of(api, medical_fan)
    boost = max(
        r["boost_details"]["genre"] for r in api.found("drama", medical_fan)["recommendations"]
    )
    answer = update(api, medical_fan, cap={"genre": {"Medical": 0.55}})
    assert answer["top_preferences"]["genres"]["Medical"] == pytest.approx(0.55)
    assert "Medical Fan" not in answer["persona"]
    medical = [
        r
        for r in api.found("medical drama", medical_fan, top_n=20)["recommendations"]
        if r["genres"] == ["Medical"]
    ]
    assert all(r["boost_details"]["genre"] < boost for r in medical)
    undo_all(api, answer)
    assert taste_of(api, medical_fan) == taste


def test_forget_drops_the_evidence(api: Api, medical_fan: str) -> None:
    """Forgetting a genre leaves nothing of it, keeps the rest, and can be taken back."""
    taste = taste_of(api, medical_fan)
    answer = update(api, medical_fan, forget={"genres": ["Medical"]})
    genres = answer["top_preferences"]["genres"]
    assert "Medical" not in genres
    others = {n: v for n, v in taste["top_preferences"]["genres"].items() if n != "Medical"}
    assert genres == others
    api.record(medical_fan, "Good Doctor", value=9)
    learned = profile_of(api, medical_fan)["top_preferences"]["genres"]["Medical"]
    assert learned == pytest.approx(0.58)
    api.send("DELETE", f"/analytics/interaction/{answer['receipts'][0]['event_id']}").must_work()
    assert profile_of(api, medical_fan)["top_preferences"]["genres"]["Medical"] > 0.68


def test_clear_takes_back_only_what_was_said(api: Api, medical_fan: str) -> None:
    """Clearing a pin leaves what was learned; clearing is itself undoable."""
    taste = taste_of(api, medical_fan)
    update(api, medical_fan, pin={"genres": ["Medical"]})
    cleared = update(api, medical_fan, clear={"genres": ["Medical"]})
    assert cleared["stated"] == []
    assert cleared["top_preferences"] == taste["top_preferences"]
    undo_all(api, cleared)
    assert profile_of(api, medical_fan)["top_preferences"]["genres"]["Medical"] == pytest.approx(
        0.9
    )


def test_several_statements_at_once(api: Api, someone: str) -> None:
    """One call states several things; each gets a receipt of its own."""
    answer = update(
        api,
        someone,
        pin={"genres": ["Medical"]},
        mute={"genres": ["Horror"]},
        cap={"genres": {"Romance": 0.3}},
    )
    assert len(answer["receipts"]) == 3
    assert len({receipt["event_id"] for receipt in answer["receipts"]}) == 3
    assert {said["action"] for said in answer["stated"]} == {"pin", "mute", "cap"}


@pytest.mark.parametrize(
    "said",
    [
        {}, {"love": {"genre": ["Medical"]}}, {"like": {"genre": "Medical"}},
        {"like": {"colour": ["red"]}}, {"like": {"genre": [5]}}, {"like": {"genre": [""]}},
        {"cap": {"genre": ["Medical"]}}, {"cap": {"genre": {"Medical": 1.5}}},
        {"cap": {"genre": {"Medical": True}}}, {"cap": {"genre": {"Medical": None}}},
        {"mute": {"genre": ["Medical"] * 101}}, [], None, "like",
    ],
    ids=lambda said: str(said)[:50],
)  # fmt: skip
def test_statements_that_cannot_be_kept(api: Api, someone: str, said: Any) -> None:
    """Unknown actions and facets, and values of the wrong kind, are refused; nothing is kept."""
    answer = api.send("POST", f"/profile/{someone}/update", json=said)
    answer.problem(422)
    assert profile_of(api, someone)["version"] == 0


def test_a_misspelled_value_names_the_nearest_and_keeps_nothing(api: Api, someone: str) -> None:
    """One wrong value refuses the whole call, and says what may have been meant."""
    said = {"pin": {"genres": ["Romance"]}, "mute": {"genres": ["Medicl"]}}
    refused = api.post(f"/profile/{someone}/update", said).problem(422)
    assert "Medical" in refused["detail"]
    assert profile_of(api, someone)["stated"] == []


# --- starting anew, export, erasure -----------------------------------------------------------


def test_delete_starts_anew_and_can_be_undone(api: Api, medical_fan: str) -> None:
    """A reset makes a New Viewer of anybody; undoing it brings back the very same taste."""
    taste, answer = taste_of(api, medical_fan), api.ids("drama", medical_fan)
    gone = api.send("DELETE", f"/profile/{medical_fan}").ok
    assert gone["event_id"]
    assert profile_of(api, medical_fan)["persona"] == ["New Viewer"]
    assert api.ids("drama", medical_fan) == api.ids("drama")
    assert len(api.get(f"/profile/{medical_fan}/export").ok["events"]) == 4
    api.send("DELETE", f"/analytics/interaction/{gone['event_id']}").must_work()
    assert taste_of(api, medical_fan) == taste
    assert api.ids("drama", medical_fan) == answer


def test_what_comes_after_a_reset_counts(api: Api, medical_fan: str) -> None:
    """After a reset one learns from new events only."""
    api.send("DELETE", f"/profile/{medical_fan}").must_work()
    api.record(medical_fan, "Good Doctor", value=9)
    profile = profile_of(api, medical_fan)
    assert profile["top_preferences"]["genres"]["Medical"] == pytest.approx(0.58)
    assert profile["statistics"]["total_ratings"] == 1


def test_erase_leaves_nothing(api: Api, medical_fan: str) -> None:
    """With erase=true everything goes: the export is empty and nothing is left to undo."""
    update(api, medical_fan, pin={"genres": ["Medical"]})
    events = api.get(f"/profile/{medical_fan}/export").ok["events"]
    receipt = api.send("DELETE", f"/profile/{medical_fan}?erase=true").ok
    assert receipt["user_id"] == medical_fan
    assert sum(receipt["erased"].values()) >= len(events)
    export = api.get(f"/profile/{medical_fan}/export").ok
    assert export["events"] == []
    assert export["profile"]["persona"] == ["New Viewer"]
    assert export["profile"]["version"] == 0
    for event in events:
        api.send("DELETE", f"/analytics/interaction/{event['event_id']}").problem(404)
    assert api.ids("drama", medical_fan) == api.ids("drama")


def test_erase_is_for_one_person(api: Api, medical_fan: str) -> None:
    """Erasing one person leaves another as they were."""
    other = f"{medical_fan}-other"
    api.record(other, "Signal", value=9)
    taste = taste_of(api, other)
    api.send("DELETE", f"/profile/{medical_fan}?erase=true").must_work()
    assert taste_of(api, other) == taste


def test_erasing_a_stranger(api: Api, someone: str) -> None:
    """Erasing somebody unknown is done, with nothing gone."""
    receipt = api.send("DELETE", f"/profile/{someone}?erase=true").ok
    assert sum(receipt["erased"].values()) == 0


@pytest.mark.parametrize("asked", ["erased=true", "erase=perhaps", "erase=true&force=1"])
def test_a_misspelled_erase_does_nothing(api: Api, medical_fan: str, asked: str) -> None:
    """Who misspells erase=true is told so; the taste is neither erased nor reset."""
    taste = taste_of(api, medical_fan)
    answer = api.send("DELETE", f"/profile/{medical_fan}?{asked}")
    assert taste_of(api, medical_fan) == taste
    answer.problem(422)


def test_export_holds_every_record(api: Api, medical_fan: str) -> None:
    """The export has the profile and each record with its id, kind, time and context."""
    api.record(
        medical_fan, "Signal", "click", event_id=f"{medical_fan}-c", position=3,
        query="thriller", session_id="s-1",
    )  # fmt: skip
    said = update(api, medical_fan, pin={"genres": ["Medical"]})["receipts"][0]["event_id"]
    api.send("DELETE", f"/analytics/interaction/{said}").must_work()
    export = api.get(f"/profile/{medical_fan}/export").ok
    assert set(export) == {"profile", "events", "shown"}
    scorer_weights = profile_of(api, medical_fan)["scorer_weights"]
    assert {**export["profile"], "scorer_weights": scorer_weights} == profile_of(api, medical_fan)
    events = export["events"]
    assert len({event["event_id"] for event in events}) == len(events) == 5
    positions = [event["position"] for event in events]
    assert positions == sorted(positions)
    click = next(event for event in events if event["event_id"] == f"{medical_fan}-c")
    assert click["type"] == "click"
    assert click["item_id"] == "signal-2016"
    assert click["at"] == "2025-06-15T15:06:40+00:00"
    assert click["shown_at"] == 3
    assert (click["query"], click["session_id"]) == ("thriller", "s-1")
    assert next(event for event in events if event["event_id"] == said)["retracted"] is True
    assert [event["retracted"] for event in events].count(True) == 1


@pytest.mark.parametrize("user", ["..", "a?b#c", "50%", "미나", "a b", "é", "a&b=c", "-", "a;b"])
def test_whoever_may_be_written_may_be_read_and_erased(api: Api, user: str) -> None:
    """Every user id that an event may have can be seen, exported and erased through the API."""
    event = {"user_id": user, "item_id": "signal-2016", "type": "rating", "value": 9}
    api.post("/analytics/interaction", event).must_work()
    path = f"/profile/{quote(user, safe='').replace('.', '%2E')}"
    assert api.get(path).ok["user_id"] == user
    assert len(api.get(f"{path}/export").ok["events"]) == 1
    assert sum(api.send("DELETE", f"{path}?erase=true").ok["erased"].values()) >= 1
    assert api.get(f"{path}/export").ok["events"] == []


@pytest.mark.parametrize("user", ["a/b", "ways/to/go/", "/"])
def test_an_id_that_no_address_can_hold_is_refused(api: Api, user: str) -> None:
    """Nobody gets events under an id under which nothing could be read or erased again."""
    event = {"user_id": user, "item_id": "signal-2016", "type": "rating", "value": 9}
    api.post("/analytics/interaction", event).problem(422)
    assert user not in api.engine.storage.user_ids()


def test_one_name_however_it_is_composed(api: Api, someone: str) -> None:
    """An id in decomposed letters is the same person as in composed ones."""
    api.record(f"{someone}-\u00e9", "Signal", value=9)
    assert profile_of(api, f"{someone}-e\u0301")["statistics"]["total_ratings"] == 1


def test_a_rating_stands_in_one_place(api: Api, someone: str) -> None:
    """A body beside query parameters leaves open which of them is meant: refused."""
    path = f"/profile/{someone}/rate?drama_title=Signal&rating=9"
    api.send("POST", path, json={"drama_title": "Signal", "rating": 2}).problem(422)
    assert api.get(f"/profile/{someone}").ok["persona"] == ["New Viewer"]


def choose_first(api: Api, user: str, event_id: str) -> tuple[str, str]:
    """See a list, watch its first item; returns the list's id and the item's."""
    listed = api.found(user=user)
    item_id = listed["recommendations"][0]["id"]
    event = {
        "user_id": user, "item_id": item_id, "type": "watched", "event_id": event_id,
        "impression_id": listed["impression_id"],
    }  # fmt: skip
    api.post("/analytics/interaction", event).must_work()
    assert api.engine.impressions.flush(30.0)
    return listed["impression_id"], item_id


def test_scorer_weights_of_a_stranger(api: Api, someone: str) -> None:
    """Nothing chosen yet: no choices and no factors, as for somebody who never saw a list."""
    assert profile_of(api, someone)["scorer_weights"] == {"choices": 0, "factors": {}}
    api.record(someone, "Signal", value=9)
    assert profile_of(api, someone)["scorer_weights"] == {"choices": 0, "factors": {}}


def test_scorer_weights_learn_from_choices_and_forget_what_is_taken_back(
    api: Api, medical_fan: str
) -> None:
    """One choice from a list: what every scorer is worth now, around 1; undone, it is gone."""
    event_id = f"{medical_fan}-choice"
    choose_first(api, medical_fan, event_id)
    learned = profile_of(api, medical_fan)["scorer_weights"]
    assert learned["choices"] == 1
    assert {"facets", "embedding", "interests", "popularity", "quality"} <= set(learned["factors"])
    assert min(learned["factors"].values()) < 1.0 < max(learned["factors"].values())
    assert all(abs(factor - 1.0) < 0.1 for factor in learned["factors"].values())
    api.send("DELETE", f"/analytics/interaction/{event_id}").must_work()
    assert profile_of(api, medical_fan)["scorer_weights"] == {"choices": 0, "factors": {}}


def test_export_holds_every_list_that_was_shown(api: Api, medical_fan: str) -> None:
    """With when and where, its items in their order, and the ranks of each scorer."""
    shown_id, item_id = choose_first(api, medical_fan, f"{medical_fan}-choice")
    export = api.get(f"/profile/{medical_fan}/export").ok
    (shown,) = export["shown"]
    assert shown["impression_id"] == shown_id
    assert shown["row"] == "for_you"
    assert shown["at"] == "2025-06-15T15:06:40+00:00"
    assert shown["items"][0] == item_id
    assert len(shown["items"]) == 10
    assert {len(ranks) for ranks in shown["ranks"].values()} == {10}
    assert all(rank >= 1 for ranks in shown["ranks"].values() for rank in ranks)
    (choice,) = [event for event in export["events"] if event["item_id"] == item_id]
    assert choice["impression_id"] == shown_id


def test_erase_takes_the_lists_too(api: Api, medical_fan: str) -> None:
    """Nothing that was shown is left, and an old list's id teaches nobody anything."""
    shown_id, item_id = choose_first(api, medical_fan, f"{medical_fan}-choice")
    api.send("DELETE", f"/profile/{medical_fan}?erase=true").must_work()
    assert api.get(f"/profile/{medical_fan}/export").ok["shown"] == []
    event = {"user_id": medical_fan, "item_id": item_id, "type": "watched"}
    api.post("/analytics/interaction", {**event, "impression_id": shown_id}).must_work()
    assert profile_of(api, medical_fan)["scorer_weights"]["choices"] == 0
    assert api.get(f"/profile/{medical_fan}/export").ok["shown"] == []
