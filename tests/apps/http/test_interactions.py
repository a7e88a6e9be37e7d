"""/analytics/interaction: one event or a batch, repeated deliveries, times, and taking back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from apps.api_client import Api, Clock

PATH = "/analytics/interaction"


def event_of(user: str, **more: Any) -> dict[str, Any]:
    return {"user_id": user, "item_id": "signal-2016", "type": "rating", "value": 9, **more}


def taste_of(api: Api, user: str) -> Any:
    profile = api.get(f"/profile/{user}").ok
    return profile["top_preferences"], profile["statistics"], profile["persona"]


def export_of(api: Api, user: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = api.get(f"/profile/{user}/export").ok["events"]
    return events


def undo(api: Api, event_id: str) -> Any:
    return api.send("DELETE", f"{PATH}/{event_id}")


def test_one_event(api: Api, someone: str) -> None:
    """An event is recorded and learned; the receipt has its id, place and the new version."""
    before = api.get("/readyz").ok["position"]
    receipt = api.post(PATH, event_of(someone)).ok
    assert receipt["event_id"]
    assert receipt["status"] == "recorded"
    assert receipt["position"] == before + 1
    assert receipt["profile_version"] == 1
    assert api.get(f"/profile/{someone}").ok["statistics"]["total_ratings"] == 1


def test_by_title(api: Api, someone: str) -> None:
    """A drama may be named by its title, as the first clients do."""
    body = {"user_id": someone, "drama_title": "Hospital Playlist", "type": "watched"}
    api.post(PATH, body).must_work()
    assert export_of(api, someone)[0]["item_id"] == "hospital-playlist-2020"


KINDS = [
    ("rating", 9), ("love", None), ("hate", None), ("like", None), ("dislike", None),
    ("thumbs_up", None), ("thumbs_down", None), ("watched", None), ("conversion", None),
    ("watch_progress", 0.5), ("share", None), ("save", None), ("watchlist_add", None),
    ("watchlist_remove", None), ("dismiss", None), ("skip", None), ("dwell", 60),
    ("scroll", 0.5), ("click", None), ("view", None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), KINDS)
def test_every_kind(api: Api, someone: str, kind: str, value: float | None) -> None:
    """Every kind of feedback is taken and is in the export under its own name."""
    api.post(PATH, event_of(someone, type=kind, value=value)).must_work()
    (event,) = export_of(api, someone)
    assert (event["type"], event["value"]) == (kind, value)


@pytest.mark.parametrize(
    ("alias", "kind", "value"),
    [
        ("view_duration", "dwell", 120),
        ("view_details", "view", None),
        ("completion", "watch_progress", 0.9),
    ],
)
def test_names_of_the_first_version(
    api: Api, someone: str, alias: str, kind: str, value: float | None
) -> None:
    """What earlier clients call an event means the same as today's name."""
    api.post(PATH, event_of(someone, type=alias, value=value)).must_work()
    modern = f"{someone}-modern"
    api.post(PATH, event_of(modern, type=kind, value=value)).must_work()
    assert taste_of(api, someone) == taste_of(api, modern)
    assert export_of(api, someone)[0]["type"] == kind


def test_repeated_delivery_changes_nothing(api: Api, someone: str) -> None:
    """The same event under the same id is counted once, however often it arrives."""
    body = event_of(someone, event_id=f"{someone}-1")
    first = api.post(PATH, body).ok
    taste = taste_of(api, someone)
    for _ in range(3):
        again = api.post(PATH, body).ok
        assert again["status"] == "duplicate"
        assert again["position"] == first["position"]
    assert taste_of(api, someone) == taste
    assert len(export_of(api, someone)) == 1


@pytest.mark.parametrize(
    "change", [{"value": 2}, {"item_id": "stranger-2017"}, {"user_id": "x"}, {"type": "watched"}]
)
def test_same_id_for_something_else(api: Api, someone: str, change: dict[str, Any]) -> None:
    """An id that was used for another event is a conflict, and the first event stands."""
    body = event_of(someone, event_id=f"{someone}-1")
    api.post(PATH, body).must_work()
    other = body | change
    if other["type"] == "watched":
        other.pop("value")
    api.post(PATH, other).problem(409)
    (kept,) = export_of(api, someone)
    assert (kept["item_id"], kept["value"]) == ("signal-2016", 9.0)


def test_batch(api: Api, someone: str) -> None:
    """A batch is answered event by event, in its order."""
    titles = ["Signal", "Hospital Playlist", "Doctors"]
    events = [
        {"user_id": someone, "drama_title": title, "type": "watched", "event_id": f"{someone}-{n}"}
        for n, title in enumerate(titles)
    ]
    answer = api.post(PATH, {"events": events}).ok
    assert (answer["accepted"], answer["rejected"]) == (3, 0)
    assert [r["event_id"] for r in answer["results"]] == [e["event_id"] for e in events]
    assert {r["status"] for r in answer["results"]} == {"recorded"}
    assert api.get(f"/profile/{someone}").ok["statistics"]["total_watched"] == 3


def test_batch_equals_one_by_one(api: Api, someone: str) -> None:
    """The same events leave the same taste in a batch as one by one."""

    def events(user: str) -> list[dict[str, Any]]:
        asked = [("Signal", 9), ("Hospital Playlist", 4), ("Signal", 7), ("Goblin", 10)]
        return [
            {"user_id": user, "drama_title": title, "type": "rating", "value": value,
             "at": 1_749_000_000 + n}
            for n, (title, value) in enumerate(asked)
        ]  # fmt: skip

    single = f"{someone}-single"
    api.post(PATH, {"events": events(someone)}).must_work()
    for event in events(single):
        api.post(PATH, event).must_work()
    assert taste_of(api, someone) == taste_of(api, single)


def test_batch_rejects_rows_not_the_batch(api: Api, someone: str) -> None:
    """Each unusable event is rejected on its own, with the reason; the others are kept."""
    api.post(PATH, event_of(someone, event_id=f"{someone}-used")).must_work()
    bad: list[dict[str, Any]] = [
        event_of(someone, value=11),
        event_of(someone, item_id="no-such-drama"),
        event_of(someone, type="levitate"),
        event_of(someone, event_id=f"{someone}-used", value=1),
        event_of(someone, at=4_000_000_000),
        {"user_id": someone, "drama_title": "Hospital Playlits", "type": "click"},
        event_of(someone, type="click"),
        event_of(someone, value=None),
    ]
    good = [
        {
            "user_id": someone,
            "drama_title": "Doctors",
            "type": "watched",
            "event_id": f"{someone}-a",
        },
        {
            "user_id": someone,
            "drama_title": "Goblin",
            "type": "watched",
            "event_id": f"{someone}-b",
        },
    ]
    answer = api.post(PATH, {"events": [good[0], *bad, good[1]]}).ok
    assert (answer["accepted"], answer["rejected"]) == (2, len(bad))
    statuses = [result["status"] for result in answer["results"]]
    assert statuses == ["recorded", *["rejected"] * len(bad), "recorded"]
    reasons = [result["detail"] for result in answer["results"][1:-1]]
    assert all(reasons)
    assert "0 to 10" in reasons[0]
    assert "no-such-drama" in reasons[1]
    assert "known types" in reasons[2]
    assert "used before" in reasons[3]
    assert "ahead" in reasons[4]
    assert "Hospital Playlist (2020)" in reasons[5]
    assert {event["event_id"] for event in export_of(api, someone)} == {
        f"{someone}-used",
        f"{someone}-a",
        f"{someone}-b",
    }


def test_an_event_twice_in_one_batch(api: Api, someone: str) -> None:
    """A batch that holds an event twice counts it once."""
    event = event_of(someone, event_id=f"{someone}-1")
    results = api.post(PATH, {"events": [event, event]}).ok["results"]
    assert [result["status"] for result in results] == ["recorded", "duplicate"]
    assert len(export_of(api, someone)) == 1


def test_resending_a_batch(api: Api, someone: str) -> None:
    """A batch that is sent again after a lost answer changes nothing."""
    events = [event_of(someone, event_id=f"{someone}-{n}", value=n) for n in range(5)]
    api.post(PATH, {"events": events}).must_work()
    taste = taste_of(api, someone)
    again = api.post(PATH, {"events": events}).ok
    assert {result["status"] for result in again["results"]} == {"duplicate"}
    assert taste_of(api, someone) == taste


def test_a_batch_of_several_people(api: Api, someone: str) -> None:
    """A batch may hold events of several people; each learns from their own."""
    a, b = f"{someone}-a", f"{someone}-b"
    events = [event_of(a), {"user_id": b, "drama_title": "Doctors", "type": "watched"}]
    api.post(PATH, {"events": events}).must_work()
    assert "Medical" in api.get(f"/profile/{b}").ok["top_preferences"]["genres"]
    assert "Medical" not in api.get(f"/profile/{a}").ok["top_preferences"]["genres"]


def test_ten_thousand_events_and_no_more(api: Api, someone: str) -> None:
    """A batch has 1 to 10,000 events; one more is refused whole."""
    one = {"user_id": someone, "item_id": "signal-2016", "type": "click"}
    api.post(PATH, {"events": [one] * 10_001}).problem(422)
    assert export_of(api, someone) == []
    api.post(PATH, {"events": []}).problem(422)


# --- times --------------------------------------------------------------------------------------

NOON = datetime(2025, 6, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "at",
    [
        "2025-06-15T12:00:00Z", "2025-06-15T12:00:00+00:00", "2025-06-15T14:00:00+02:00",
        "2025-06-15T12:00:00", "2025-06-15 12:00", NOON.timestamp(), int(NOON.timestamp()),
    ],
)  # fmt: skip
def test_times_iso_and_unix(api: Api, someone: str, at: str | float) -> None:
    """A moment may be ISO 8601 with any offset, UTC without one, or Unix seconds."""
    api.post(PATH, event_of(someone, at=at)).must_work()
    assert export_of(api, someone)[0]["at"] == NOON.isoformat()


def test_time_is_now_when_absent(api: Api, someone: str, clock: Clock) -> None:
    """Without a time the event happened now."""
    api.post(PATH, event_of(someone)).must_work()
    assert export_of(api, someone)[0]["at"] == datetime.fromtimestamp(clock.at, UTC).isoformat()


@pytest.mark.parametrize(("ahead", "status"), [(299, 200), (300, 200), (301, 422), (1e8, 422)])
def test_future_times(api: Api, someone: str, clock: Clock, ahead: float, status: int) -> None:
    """A sender's clock may be five minutes ahead, no more."""
    answer = api.post(PATH, event_of(someone, at=clock.at + ahead))
    assert answer.status == status
    assert len(export_of(api, someone)) == (status == 200)


@pytest.mark.parametrize(
    "at",
    ["yesterday", "", "2025-13-01", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00",
     "1969-12-31T23:59:59Z", -1, -1e300, 1e300, True, [], {}, "1750000000", "\u0661"],
    ids=str,
)  # fmt: skip
def test_times_that_are_none(api: Api, someone: str, at: Any) -> None:
    """What is no time, or none that an event can have, is refused."""
    api.post(PATH, event_of(someone, at=at)).problem(422)


def test_late_events_count_where_they_belong(api: Api, someone: str) -> None:
    """An event that arrives late leaves the same taste as one that came in time."""
    early = event_of(someone, at=1_749_000_000)
    later = {**event_of(someone), "item_id": "hospital-playlist-2020", "at": 1_749_100_000}
    orderly = f"{someone}-orderly"
    for event in (later, early):
        api.post(PATH, event).must_work()
    for event in (early, later):
        api.post(PATH, event | {"user_id": orderly}).must_work()
    assert taste_of(api, someone) == taste_of(api, orderly)


# --- taking back --------------------------------------------------------------------------------


def test_undo_is_as_if_it_had_never_been(api: Api, medical_fan: str) -> None:
    """Taste and answers after an undo equal those before the event."""
    taste, ids = taste_of(api, medical_fan), api.ids("drama", medical_fan, top_n=50)
    receipt = api.post(PATH, event_of(medical_fan)).ok
    assert taste_of(api, medical_fan) != taste
    undone = undo(api, receipt["event_id"]).ok
    assert undone["event_id"] == receipt["event_id"]
    assert undone["profile_version"] == receipt["profile_version"] + 1
    assert taste_of(api, medical_fan) == taste
    assert api.ids("drama", medical_fan, top_n=50) == ids


def test_undo_twice(api: Api, someone: str) -> None:
    """Taking back twice changes nothing the second time, and is no error."""
    receipt = api.post(PATH, event_of(someone)).ok
    assert undo(api, receipt["event_id"]).ok["status"] == "recorded"
    version = api.get(f"/profile/{someone}").ok["version"]
    assert undo(api, receipt["event_id"]).ok["status"] == "duplicate"
    assert api.get(f"/profile/{someone}").ok["version"] == version


def test_a_late_retry_does_not_bring_an_undone_event_back(api: Api, someone: str) -> None:
    """The repeated delivery of an event that was taken back leaves it taken back."""
    body = event_of(someone, event_id=f"{someone}-1")
    api.post(PATH, body).must_work()
    undo(api, f"{someone}-1").must_work()
    assert api.post(PATH, body).ok["status"] == "duplicate"
    assert api.get(f"/profile/{someone}").ok["persona"] == ["New Viewer"]


@pytest.mark.parametrize("event_id", ["no-such-event", "signal-2016", "e-0"])
def test_undo_what_was_never_there(api: Api, event_id: str) -> None:
    """An unknown event cannot be taken back."""
    undo(api, event_id).problem(404)


def test_undo_of_an_undo(api: Api, someone: str) -> None:
    """The note that something was taken back is no event of its own to take back."""
    receipt = api.post(PATH, event_of(someone)).ok
    undo(api, receipt["event_id"]).must_work()
    note = api.engine.storage.records_after(receipt["position"], 1)[0]
    assert note.target == receipt["event_id"]
    undo(api, note.event_id).problem(404)
    assert export_of(api, someone)[0]["retracted"] is True


def test_undo_brings_an_item_back_to_the_list(api: Api, someone: str) -> None:
    """A dismissed item leaves the list and comes back when that is taken back."""
    first = api.ids(None, someone)[0]
    receipt = api.post(PATH, {"user_id": someone, "item_id": first, "type": "dismiss"}).ok
    assert first not in api.ids(None, someone, top_n=200)
    undo(api, receipt["event_id"]).must_work()
    assert api.ids(None, someone)[0] == first


@pytest.mark.parametrize(
    "change",
    [
        {"user_id": None}, {"user_id": ""}, {"user_id": "x" * 129}, {"user_id": "a\x00b"},
        {"user_id": "a\nb"}, {"user_id": 5}, {"item_id": None}, {"item_id": "x" * 129},
        {"drama_title": "Signal"}, {"type": None}, {"type": ""}, {"type": 5}, {"type": "levitate"},
        {"value": "9"}, {"value": True}, {"value": 10.01}, {"value": [9]}, {"position": 0},
        {"position": 1.5}, {"position": True}, {"position": 10_001}, {"query": 5},
        {"query": "x" * 1_001}, {"session_id": "x" * 129}, {"event_id": ""}, {"event_id": 7},
        {"event_id": "x" * 129}, {"event_id": "a\x07b"}, {"weight": 5},
    ],
    ids=lambda change: str(change)[:40],
)  # fmt: skip
def test_events_that_cannot_be_used(api: Api, someone: str, change: dict[str, Any]) -> None:
    """A wrong field refuses the event, alone or in a batch, and nothing is kept."""
    event = event_of(someone) | change
    api.post(PATH, event).problem(422)
    batch = api.post(PATH, {"events": [event]})
    assert batch.status == 422 or batch.ok["rejected"] == 1
    assert export_of(api, someone) == []


@pytest.mark.parametrize(("kind", "value"), [("click", 1), ("watch_progress", 1.1), ("dwell", -1)])
def test_values_that_do_not_suit_the_kind(api: Api, someone: str, kind: str, value: float) -> None:
    """A value out of the kind's range, or where the kind takes none, is refused."""
    api.post(PATH, event_of(someone, type=kind, value=value)).problem(422)


def test_an_event_says_which_list_it_came_from(api: Api, someone: str) -> None:
    """`impression_id` is kept with the event, alone and in a batch; without one there is none."""
    shown = api.found(user=someone)["impression_id"]
    api.post(PATH, event_of(someone, event_id=f"{someone}-1", impression_id=shown)).must_work()
    batch = [
        event_of(someone, event_id=f"{someone}-2", item_id="stranger-2017", impression_id=shown),
        event_of(someone, event_id=f"{someone}-3", item_id="doctors-2016"),
    ]
    assert api.post(PATH, {"events": batch}).ok["accepted"] == 2
    kept = {event["event_id"]: event["impression_id"] for event in export_of(api, someone)}
    assert kept == {f"{someone}-1": shown, f"{someone}-2": shown, f"{someone}-3": None}


@pytest.mark.parametrize("shown", ["", " ", "a\x00b", "x" * 2_000, 7, ["i-1"], {"id": "i-1"}])
def test_a_list_that_no_id_can_name_is_refused(api: Api, someone: str, shown: Any) -> None:
    """With a problem document that names the field; nothing is recorded."""
    answer = api.post(PATH, event_of(someone, impression_id=shown))
    problem = answer.problem(400, 422)
    assert "impression_id" in str(problem)
    assert export_of(api, someone) == []


def test_a_list_that_is_not_known_does_not_keep_an_event_out(api: Api, someone: str) -> None:
    """The list may still be on its way, or gone: the event counts all the same."""
    receipt = api.post(PATH, event_of(someone, impression_id="i-nobody-showed-this")).ok
    assert receipt["status"] == "recorded"
    assert api.get(f"/profile/{someone}").ok["scorer_weights"]["choices"] == 0
