"""Properties of the log: a stored profile is the fold of what was not taken back, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import DAY, NOON, HashedEncoder, make_item, open_engine, stored_profile

from penchant.domain.feedback import Feedback, FeedbackType
from penchant.domain.record import Statement, StatementAction
from penchant.engine import Engine
from penchant.storage.codec import taste_bytes

ITEMS = [
    make_item("heal", genre=["Medical"], actor=["Park Seo-joon", "IU"], theme=["Hospital"]),
    make_item(
        "pulse", genre=["Medical", "Drama"], actor=["Kim Go-eun"], theme=["Hospital", "Love"]
    ),
    make_item("laughs", genre=["Comedy"], actor=["Park Seo Joon"], director=["Lee"]),
    make_item("kisses", genre=["Romance", "Comedy"], actor=["IU"], theme=["Office"]),
    make_item("bare"),
]
VALUES = {
    FeedbackType.RATING: st.sampled_from([0.0, 2.0, 6.0, 7.5, 10.0]),
    FeedbackType.WATCH_PROGRESS: st.sampled_from([0.0, 0.1, 0.3, 0.9]),
    FeedbackType.SCROLL: st.sampled_from([0.0, 1.0]),
    FeedbackType.DWELL: st.sampled_from([0.0, 30.0, 900.0]),
}
REPEATABLE = """
[catalogue]
name = "songs"
noun = "song"
repeatable = true
rating_scale = [1, 10]
[facets.genre]
boost = 0.5
[facets.theme]
boost = 0.4
match = "cosine"
[facets.actor]
boost = 0.3
person = true
cast_order = true
[facets.director]
person = true
"""


class Told(NamedTuple):
    """An event: kind, item, value, and how long after noon it happened."""

    kind: str
    item_id: str
    value: float | None
    after: float


class Said(NamedTuple):
    """A statement on one genre."""

    action: StatementAction
    name: str
    value: float | None
    after: float


class Batch(NamedTuple):
    """Several events at once."""

    events: tuple[Told, ...]


class TakenBack(NamedTuple):
    """Undo of one of the records so far, whichever the number falls on."""

    which: int


class StartedAnew(NamedTuple):
    """A reset."""


Step = Told | Said | Batch | TakenBack | StartedAnew

# Ties, late events, and gaps after which a started item counts as abandoned.
times = st.sampled_from([0.0, 0.0, 60.0, 3_600.0, DAY, 13 * DAY, 15 * DAY, 40 * DAY, -20 * DAY])


@st.composite
def told(draw: st.DrawFn) -> Told:
    """Any event on any item."""
    kind = draw(st.sampled_from(list(FeedbackType)))
    value = draw(VALUES.get(kind, st.none()))
    if kind is FeedbackType.RATING:
        value = max(value or 0.0, 1.0)
    return Told(kind, draw(st.sampled_from(ITEMS)).id, value, draw(times))


@st.composite
def said(draw: st.DrawFn) -> Said:
    """Any statement on a genre."""
    action = draw(st.sampled_from(list(StatementAction)))
    value = draw(st.sampled_from([0.0, 0.3, 1.0])) if action is StatementAction.CAP else None
    name = draw(st.sampled_from(["Medical", "Comedy", "Drama"]))
    return Said(action, name, value, draw(times))


steps: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        told(),
        told(),
        told(),
        said(),
        st.lists(told(), min_size=2, max_size=5).map(lambda e: Batch(tuple(e))),
        st.integers(0, 40).map(TakenBack),
        st.just(StartedAnew()),
    ),
    min_size=1,
    max_size=14,
)

_numbers = count()


@dataclass
class Telling:
    """One person's steps told to an engine; notes which records each step made."""

    engine: Engine
    user: str
    step: int = 0
    made: list[str] = field(default_factory=list)
    origin: dict[str, tuple[int, int]] = field(default_factory=dict)
    undone: set[tuple[int, int]] = field(default_factory=set)

    def tell(self, step: Step, skipped: frozenset[tuple[int, int]] = frozenset()) -> None:
        """Do one step, without the parts of it that are `skipped`."""
        number, self.step = self.step, self.step + 1
        match step:
            case Told():
                self._record(number, (step,), skipped)
            case Batch(events):
                self._record(number, events, skipped)
            case Said():
                if (number, 0) not in skipped:
                    self._state(number, step)
            case StartedAnew():
                if (number, 0) not in skipped:
                    receipt = self.engine.reset(self.user, now=NOON)
                    self._note(receipt.event_id, (number, 0))
            case TakenBack(which):
                if self.made:
                    event_id = self.made[which % len(self.made)]
                    self.engine.undo(event_id, now=NOON)
                    self.undone.add(self.origin[event_id])

    def _record(
        self, number: int, events: tuple[Told, ...], skipped: frozenset[tuple[int, int]]
    ) -> None:
        feedback = []
        for place, event in enumerate(events):
            if (number, place) not in skipped:
                event_id = f"{self.user}:{number}:{place}"
                at = NOON + event.after
                feedback.append(
                    Feedback(event_id, self.user, event.item_id, event.kind, at, event.value)
                )
                self._note(event_id, (number, place))
        receipts = self.engine.record_many(feedback)
        assert all(receipt.status == "recorded" for receipt in receipts), receipts

    def _state(self, number: int, said: Said) -> None:
        event_id = f"{self.user}:{number}:0"
        at = NOON + said.after
        statement = Statement(event_id, self.user, said.action, "genre", said.name, at, said.value)
        self.engine.state(statement)
        self._note(event_id, (number, 0))

    def _note(self, event_id: str, origin: tuple[int, int]) -> None:
        self.made.append(event_id)
        self.origin[event_id] = origin

    def stored_taste(self) -> bytes:
        """The bytes in the store; of nobody, when nothing was ever told."""
        profile = stored_profile(self.engine, self.user)
        if profile is None:
            profile = self.engine.snapshot.learner.fold(self.user, ())
        return taste_bytes(profile)

    def refolded_taste(self) -> bytes:
        """What the log gives, from nothing."""
        records = self.engine.storage.records_of(self.user)
        return taste_bytes(self.engine.snapshot.learner.fold(self.user, records))


@pytest.fixture(scope="module", params=["memory", "sqlite", "repeatable"])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Engine]]:
    """The engine under test, and one in memory that is never told what is undone."""
    folder: Path = tmp_path_factory.mktemp("properties")
    url = f"sqlite:///{folder / 'a.db'}" if request.param == "sqlite" else "memory://"
    schema = None
    if request.param == "repeatable":
        schema = folder / "songs.toml"
        schema.write_text(REPEATABLE)
    encoder = HashedEncoder()
    engine = open_engine(url, ITEMS, encoder=encoder, schema_file=schema)
    other = open_engine("memory://", ITEMS, encoder=encoder, schema_file=schema)
    yield engine, other
    engine.close()
    other.close()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps)
def test_a_profile_is_the_fold_of_what_was_not_taken_back(
    pair: tuple[Engine, Engine], steps: list[Step]
) -> None:
    """After every step the stored bytes are a refold's; undone records never were, bit for bit."""
    engine, other = pair
    user = f"user-{next(_numbers)}"
    telling = Telling(engine, user)
    for step in steps:
        telling.tell(step)
        assert telling.stored_taste() == telling.refolded_taste()
    never_told = Telling(other, user)
    for step in steps:
        if not isinstance(step, TakenBack):
            never_told.tell(step, frozenset(telling.undone))
        else:
            never_told.step += 1
    assert telling.stored_taste() == never_told.stored_taste()


@settings(max_examples=40, deadline=None)
@given(events=st.lists(told(), min_size=2, max_size=10), data=st.data())
def test_the_order_in_which_events_arrive_does_not_matter(
    events: list[Told], data: st.DataObject
) -> None:
    """Events of different times give one taste, in whatever order they are delivered."""
    engine = _in_memory()
    in_time = [
        Feedback("", "", event.item_id, event.kind, NOON + 5 * DAY * n, event.value)
        for n, event in enumerate(events)
    ]
    arrival = data.draw(st.permutations(range(len(events))))
    number = next(_numbers)
    tastes = []
    for order in (range(len(events)), arrival):
        user = f"anyone-{number}"
        engine.erase(user)
        for n in order:
            e = in_time[n]
            engine.record(Feedback(f"{user}:{n}", user, e.item_id, e.kind, e.at, e.value))
        profile = stored_profile(engine, user)
        assert profile is not None
        tastes.append(taste_bytes(profile))
    assert tastes[0] == tastes[1]


_engines: list[Engine] = []


def _in_memory() -> Engine:
    if not _engines:
        _engines.append(open_engine("memory://", ITEMS))
    return _engines[0]
