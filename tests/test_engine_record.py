"""Recording events: what each kind does to a profile, once, durably, all or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from worlds import DAY, LATER, NOON, an_event, make_item, open_engine, stored_profile, teach

from penchant.domain.feedback import FeedbackContext, FeedbackType
from penchant.domain.profile import UserProfile
from penchant.engine import Engine
from penchant.errors import EventConflict, InvalidFeedback, InvalidInput, UnknownItem
from penchant.storage.codec import taste_bytes

ITEMS = [
    make_item("heal", genre=["Medical"], actor=["Park Seo-joon"], theme=["Hospital"]),
    make_item("pulse", genre=["Medical", "Drama"], actor=["Kim Go-eun"], theme=["Hospital"]),
    make_item("ward", genre=["Medical"], actor=["Gong Yoo"]),
    make_item("clinic", genre=["Medical"], actor=["Gong Yoo"]),
    make_item("laughs", genre=["Comedy"], actor=["Park Seo Joon"], theme=["Office"]),
    make_item("kisses", genre=["Romance", "Comedy"], actor=["IU"], theme=["Office"]),
]

# kind -> (value, the genre's preference after this one event): .5 + .2 * s * (t - .5), by hand
# from the table of strengths and targets.
WORTH: dict[FeedbackType, tuple[float | None, float]] = {
    FeedbackType.WATCHED: (None, 0.60),
    FeedbackType.RATING: (9.0, 0.58),
    FeedbackType.LOVE: (None, 0.60),
    FeedbackType.HATE: (None, 0.40),
    FeedbackType.LIKE: (None, 0.59),
    FeedbackType.DISLIKE: (None, 0.41),
    FeedbackType.THUMBS_UP: (None, 0.59),
    FeedbackType.THUMBS_DOWN: (None, 0.41),
    FeedbackType.CONVERSION: (None, 0.60),
    FeedbackType.WATCH_PROGRESS: (0.8, 0.58),
    FeedbackType.SHARE: (None, 0.58),
    FeedbackType.SAVE: (None, 0.57),
    FeedbackType.WATCHLIST_ADD: (None, 0.56),
    FeedbackType.WATCHLIST_REMOVE: (None, 0.47),
    FeedbackType.DISMISS: (None, 0.44),
    FeedbackType.SKIP: (None, 0.47),
    FeedbackType.DWELL: (150.0, 0.52),
    FeedbackType.SCROLL: (0.5, 0.515),
    FeedbackType.CLICK: (None, 0.53),
    FeedbackType.VIEW: (None, 0.53),
}


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_engine(items=ITEMS)
    yield opened
    opened.close()


def genre(profile: UserProfile | None, key: str) -> float:
    """The stored preference of one genre."""
    assert profile is not None
    return profile.preferences["genre"][key].value


def test_every_feedback_kind_is_tried() -> None:
    """A kind added to FeedbackType without a row here fails."""
    assert set(WORTH) == set(FeedbackType)


@pytest.mark.parametrize("kind", list(FeedbackType))
def test_one_event_moves_the_profile_as_the_table_says(engine: Engine, kind: FeedbackType) -> None:
    """One event of any kind is in the stored profile at once, numbered, worth what is printed."""
    value, expected = WORTH[kind]
    receipt = engine.record(an_event("mina", kind, "heal", value, event_id="e1"))
    assert (receipt.status, receipt.profile_version, receipt.detail) == ("recorded", 1, None)
    assert receipt.position == engine.storage.latest_position()
    profile = stored_profile(engine, "mina")
    assert profile is not None
    assert genre(profile, "medical") == pytest.approx(expected, abs=1e-12)
    assert (profile.version, profile.position) == (1, receipt.position)
    assert dict(profile.counts) == {str(kind): 1}
    logged = engine.storage.find("e1")
    assert logged is not None
    assert logged.position == receipt.position
    assert logged.feedback == an_event("mina", kind, "heal", value, event_id="e1")


def test_versions_rise_by_one_and_positions_follow_the_log(engine: Engine) -> None:
    """Each event is a new version, and a later event has a greater position."""
    receipts = [
        engine.record(an_event("mina", "watched", item, event_id=item, at=NOON + n))
        for n, item in enumerate(["heal", "pulse", "laughs"])
    ]
    assert [receipt.profile_version for receipt in receipts] == [1, 2, 3]
    positions = [receipt.position for receipt in receipts]
    assert positions == sorted(set(positions))


def test_the_seeds_numbers_come_out_of_the_engine(engine: Engine) -> None:
    """Three dramas rated 9 of 10 give .58, .644 and .6952; two at full rating give .6 and .68."""
    values = []
    for n, item in enumerate(["heal", "ward", "clinic"]):
        engine.record(an_event("mina", "rating", item, 9.0, event_id=item, at=NOON))
        values.append(genre(stored_profile(engine, "mina"), "medical"))
        if n < 2:
            engine.record(an_event("joon", "rating", item, 10.0, event_id=f"j{n}", at=NOON))
    assert values == pytest.approx([0.58, 0.644, 0.6952])
    assert genre(stored_profile(engine, "joon"), "medical") == pytest.approx(0.68)


def test_two_spellings_of_a_person_are_one(engine: Engine) -> None:
    """The actors "Park Seo-joon" and "Park Seo Joon" are learned as one."""
    teach(engine, "mina", ("watched", "heal"), ("watched", "laughs"), at=NOON)
    profile = stored_profile(engine, "mina")
    assert profile is not None
    assert list(profile.preferences["actor"]) == ["parkseojoon"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("rating", None),
        ("rating", 10.5),
        ("rating", -1.0),
        ("rating", float("nan")),
        ("watched", 1.0),
        ("watch_progress", 1.2),
        ("scroll", -0.1),
        ("dwell", float("inf")),
        ("adored", None),
    ],
)
def test_a_value_that_does_not_suit_its_kind_is_refused(
    engine: Engine, kind: str, value: float | None
) -> None:
    """A refused event says which kind it was and leaves nothing in the log or the profile."""
    before = engine.storage.latest_position()
    with pytest.raises(InvalidFeedback, match=kind):
        engine.record(an_event("mina", kind, "heal", value, event_id="e1"))
    assert engine.storage.latest_position() == before
    assert stored_profile(engine, "mina") is None


@pytest.mark.parametrize("at", [LATER + 301.0, float("nan"), float("inf"), -1.0, float("-inf")])
def test_an_impossible_time_is_refused(engine: Engine, at: float) -> None:
    """More than five minutes ahead, before 1970 or not a number: refused, with the time named."""
    with pytest.raises(InvalidFeedback, match="event time"):
        engine.record(an_event("mina", "watched", "heal", event_id="e1", at=at))
    assert engine.storage.find("e1") is None


def test_five_minutes_ahead_is_allowed(engine: Engine) -> None:
    """Clocks differ a little: 300 seconds ahead is still recorded."""
    event = an_event("mina", "watched", "heal", event_id="e1", at=LATER + 300.0)
    assert engine.record(event).status == "recorded"


def test_unknown_items_and_unusable_ids_are_refused(engine: Engine) -> None:
    """No record is made for an item that is not there or for an id with a control character."""
    with pytest.raises(UnknownItem, match="nowhere"):
        engine.record(an_event("mina", "watched", "nowhere", event_id="e1"))
    for user_id, event_id in [("mi\nna", "e1"), ("", "e1"), ("mina", ""), ("m" * 129, "e1")]:
        with pytest.raises(InvalidInput):
            engine.record(an_event(user_id, "watched", "heal", event_id=event_id))
    assert engine.storage.user_ids() == []


def test_ids_are_kept_in_one_form(engine: Engine) -> None:
    """A user id typed in composed and in decomposed letters is one user."""
    engine.record(an_event("Zoe\u0301", "watched", "heal", event_id="e1"))
    assert engine.storage.user_ids() == ["Zo\u00e9"]
    assert not engine.profile("Zo\u00e9").reading.profile.is_new


def test_a_repeated_event_changes_nothing(engine: Engine) -> None:
    """The same event delivered five times counts once, and each answer names its first place."""
    event = an_event("mina", "rating", "heal", 9.0, event_id="e1")
    first = engine.record(event)
    before = stored_profile(engine, "mina")
    for _ in range(4):
        again = engine.record(replace(event, at=NOON + 5.0, context=FeedbackContext(position=3)))
        assert (again.status, again.position) == ("duplicate", first.position)
    after = stored_profile(engine, "mina")
    assert before is not None
    assert after is not None
    assert (after.version, taste_bytes(after)) == (1, taste_bytes(before))
    assert engine.storage.latest_position() == first.position


def test_a_repeated_event_tells_the_version_that_holds_it(engine: Engine) -> None:
    """A retry is answered with the profile version that has the event, not with version 0."""
    event = an_event("mina", "watched", "heal", event_id="e1")
    first = engine.record(event)
    assert engine.record(event).profile_version == first.profile_version == 1


@pytest.mark.parametrize(
    ("user_id", "kind", "item_id", "value"),
    [
        ("joon", "rating", "heal", 9.0),
        ("mina", "watched", "heal", None),
        ("mina", "rating", "pulse", 9.0),
        ("mina", "rating", "heal", 8.0),
    ],
)
def test_an_event_id_is_used_for_one_event_only(
    engine: Engine, user_id: str, kind: str, item_id: str, value: float | None
) -> None:
    """Another user, kind, item or value under a used id is a conflict, and nothing changes."""
    engine.record(an_event("mina", "rating", "heal", 9.0, event_id="e1"))
    before = engine.storage.latest_position()
    with pytest.raises(EventConflict, match="e1"):
        engine.record(an_event(user_id, kind, item_id, value, event_id="e1"))
    assert engine.storage.latest_position() == before
    assert stored_profile(engine, "joon") is None


def test_a_late_event_is_folded_in_its_own_time(engine: Engine) -> None:
    """Events told out of order give the profile of the same events told in order."""
    told = [("watched", "heal", 0.0), ("hate", "pulse", 90_000.0), ("love", "kisses", 180_000.0)]
    for order, user in [((0, 1, 2), "mina"), ((2, 0, 1), "joon")]:
        for n in order:
            kind, item, after = told[n]
            engine.record(an_event(user, kind, item, event_id=f"{user}{n}", at=NOON + after))
    in_order, late = stored_profile(engine, "mina"), stored_profile(engine, "joon")
    assert in_order is not None
    assert late is not None
    assert late.preferences == in_order.preferences
    assert late.updated_at == in_order.updated_at == NOON + 180_000.0
    assert late.taste_sum is not None
    assert in_order.taste_sum is not None
    assert late.taste_sum.tobytes() == in_order.taste_sum.tobytes()


def test_a_changed_verdict_replaces_the_one_before(engine: Engine) -> None:
    """A second rating of an item counts instead of the first: 9 and then 2 is .44, not a mix."""
    teach(engine, "mina", ("rating", "heal", 9.0), ("rating", "heal", 2.0))
    assert genre(stored_profile(engine, "mina"), "medical") == pytest.approx(0.44)


def test_twenty_clicks_are_one_click(engine: Engine) -> None:
    """Clicking an item again and again lifts its genre once, to .53, and is counted."""
    teach(engine, "mina", *[("click", "heal")] * 20)
    profile = stored_profile(engine, "mina")
    assert profile is not None
    assert genre(profile, "medical") == pytest.approx(0.53)
    assert profile.counts["click"] == 20


def test_a_weaker_event_after_a_verdict_changes_no_taste(engine: Engine) -> None:
    """A click on an item that was rated says nothing new."""
    teach(engine, "mina", ("rating", "heal", 2.0), ("click", "heal"))
    assert genre(stored_profile(engine, "mina"), "medical") == pytest.approx(0.44)


def test_what_was_barely_started_and_left_counts_against(engine: Engine) -> None:
    """A tenth watched and left for 14 days while going on elsewhere: .5 + .2 * .3 * (.35 - .5)."""
    engine.record(an_event("mina", "watch_progress", "heal", 0.1, event_id="e1"))
    assert genre(stored_profile(engine, "mina"), "medical") == pytest.approx(0.51)
    for days, expected in [(13, 0.51), (14, 0.491)]:
        event = an_event("mina", "love", "kisses", event_id=f"{days}", at=NOON + days * DAY)
        engine.record(event)
        assert genre(stored_profile(engine, "mina"), "medical") == pytest.approx(expected)


@dataclass(frozen=True)
class _Breaking:
    """A storage or transaction whose method `broken` fails after `spared` good calls."""

    inner: Any
    broken: str
    spared: list[int]

    def __getattr__(self, name: str) -> Any:
        if name == "write":
            return self._write
        if name == self.broken:
            if self.spared[0] == 0:
                return self._fail
            self.spared[0] -= 1
        return getattr(self.inner, name)

    def _write(self, work: Callable[[Any], Any]) -> Any:
        return self.inner.write(lambda tx: work(_Breaking(tx, self.broken, self.spared)))

    def _fail(self, *_: object) -> None:
        raise OSError("the disk is gone")


@pytest.mark.parametrize("broken", ["append", "put_profile"])
@pytest.mark.parametrize("url", ["memory://", "sqlite"])
def test_event_and_profile_are_kept_together_or_not_at_all(
    tmp_path: Path, url: str, broken: str
) -> None:
    """When either write fails, neither is there, and the same event can be told again."""
    whole = open_engine(f"sqlite:///{tmp_path / 'a.db'}" if url == "sqlite" else url, ITEMS)
    teach(whole, "mina", ("watched", "heal"))
    before = stored_profile(whole, "mina")
    position = whole.storage.latest_position()
    torn = replace(whole, storage=_Breaking(whole.storage, broken, [0]))
    event = an_event("mina", "hate", "pulse", event_id="e2", at=NOON + 60.0)
    with pytest.raises(OSError, match="disk"):
        torn.record(event)
    assert whole.storage.find("e2") is None
    assert whole.storage.latest_position() == position
    assert stored_profile(whole, "mina") == before
    assert whole.record(event).profile_version == 2
    whole.close()


def test_an_acknowledged_event_is_in_the_file_already(tmp_path: Path) -> None:
    """Another connection sees record and profile as soon as `record` has returned."""
    file = tmp_path / "a.db"
    engine = open_engine(f"sqlite:///{file}", ITEMS)
    engine.record(an_event("mina", "watched", "heal", event_id="e1"))
    reader = sqlite3.connect(file)
    assert reader.execute("SELECT count(*) FROM log WHERE event_id = 'e1'").fetchone() == (1,)
    assert reader.execute("SELECT version FROM profiles").fetchall() == [(1,)]
    reader.close()
    engine.close()


@pytest.mark.parametrize("url", ["memory://", "sqlite"])
def test_events_at_the_same_time_are_all_counted(tmp_path: Path, url: str) -> None:
    """Eight threads tell each event twice for one person: all count once, and the fold is true."""
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}" if url == "sqlite" else url, ITEMS)
    kinds = ["click", "watched", "hate", "save"]

    def tell(thread: int) -> None:
        for n in range(6):
            item = ITEMS[(thread + n) % len(ITEMS)].id
            kind = kinds[(thread * n) % len(kinds)]
            name = f"{thread}-{n}"
            event = an_event("mina", kind, item, event_id=name, at=NOON + 7 * n + thread)
            engine.record(event)
            engine.record(event)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tell, range(8)))
    profile = stored_profile(engine, "mina")
    assert profile is not None
    assert sum(profile.counts.values()) == 48
    assert profile.version == 48
    records = engine.storage.records_of("mina")
    assert taste_bytes(profile) == taste_bytes(engine.snapshot.learner.fold("mina", records))
    engine.close()
