"""The crowd behind the verbs: followed by every process, unlearned exactly, and told truthfully."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from crowd.portraits import counted_slowly, new_crowd, portrait_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import (
    CLINIC_ITEMS,
    DAY,
    LATER,
    NOON,
    HashedEncoder,
    an_event,
    items_where,
    make_item,
    open_bundled_engine,
    open_engine,
    say,
    teach,
)

from penchant.crowd.follower import STORED_CROWD
from penchant.domain.feedback import Feedback, FeedbackType
from penchant.domain.record import Record
from penchant.domain.result import RecommendAnswer
from penchant.engine import Engine

PROGRAM = Path(__file__).parent / "crowd" / "programs" / "serve_lines.py"
USERS = ("mina", "joon", "suzy")
ITEMS = [make_item(name, genre=["Drama"]) for name in "abcde"]
VALUED = {"rating": 2.0, "watch_progress": 0.1, "scroll": 0.5, "dwell": 60.0}


def ids(answer: RecommendAnswer) -> list[str]:
    return [result.item.id for result in answer.recommendations]


def transitions_to(engine: Engine, user: str, item_id: str) -> float:
    """How much of an item's score comes from what others went on to."""
    found = {r.item.id: r for r in engine.recommend(user, 20).recommendations}
    return found[item_id].terms.get("transitions", 0.0)


# --- exactly as if it had never been --------------------------------------------------------------


class Told(NamedTuple):
    """An event of somebody, so long after noon."""

    user: str
    kind: str
    item_id: str
    after: float


class TakenBack(NamedTuple):
    """Undo of one of the records so far, whichever the number falls on."""

    which: int


class StartedAnew(NamedTuple):
    """A reset."""

    user: str


class Erased(NamedTuple):
    """Somebody leaves for good, and may come back."""

    user: str


class Looked(NamedTuple):
    """Somebody asks, so that the crowd follows the log up to here."""


Step = Told | TakenBack | StartedAnew | Erased | Looked

users = st.sampled_from(USERS)
times = st.sampled_from([0.0, 0.0, 60.0, 3_600.0, DAY, 20 * DAY, -20 * DAY])
tellings = st.builds(
    Told, users, st.sampled_from([str(k) for k in FeedbackType]), st.sampled_from("abcde"), times
)
steps: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        tellings,
        tellings,
        tellings,
        tellings,
        st.builds(TakenBack, st.integers(0, 40)),
        st.builds(StartedAnew, users),
        st.builds(Erased, users),
        st.builds(Looked),
    ),
    min_size=1,
    max_size=20,
)
_numbers = count()


class Telling:
    """Steps told to an engine from which everybody was erased before."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.prefix = f"t{next(_numbers)}"
        self.made: dict[str, int] = {}
        for user in USERS:
            engine.erase(user)

    def tell(self, steps: Sequence[Step], skipped: frozenset[int] = frozenset()) -> frozenset[int]:
        """Do the steps but those that are skipped; returns which ones were taken back."""
        undone = set()
        for number, step in enumerate(steps):
            event_id = f"{self.prefix}-{number}"
            match step:
                case _ if number in skipped:
                    continue
                case Told(user, kind, item_id, after):
                    event = Feedback(event_id, user, item_id, kind, NOON + after, VALUED.get(kind))
                    self.engine.record(event)
                    self.made[event_id] = number
                case StartedAnew(user):
                    self.made[self.engine.reset(user, now=NOON).event_id] = number
                case Erased(user):
                    self.engine.erase(user, now=NOON)
                case TakenBack(which):
                    undone |= self._undo(which)
                case Looked():
                    assert portrait_of(self.engine.crowd) == counted_slowly(log_of(self.engine))
        return frozenset(undone)

    def _undo(self, which: int) -> set[int]:
        alive = [event_id for event_id in self.made if self.engine.storage.find(event_id)]
        if not alive:
            return set()
        event_id = alive[which % len(alive)]
        self.engine.undo(event_id, now=NOON)
        return {self.made[event_id]}


def log_of(engine: Engine) -> list[Record]:
    return list(engine.storage.records_after(0, 1_000_000))


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Engine]]:
    """The engine under test, and one in memory that is never told what is undone."""
    folder = tmp_path_factory.mktemp("crowd")
    url = f"sqlite:///{folder / 'a.db'}" if request.param == "sqlite" else "memory://"
    engine = open_engine(url, ITEMS)
    other = open_engine("memory://", ITEMS)
    yield engine, other
    engine.close()
    other.close()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps)
def test_the_crowd_is_as_if_what_was_undone_had_never_been(
    pair: tuple[Engine, Engine], steps: list[Step]
) -> None:
    """Any log minus any records is the crowd that never had them: to the count, by item."""
    engine, other = pair
    telling = Telling(engine)
    assert portrait_of(engine.crowd) == portrait_of(new_crowd())
    undone = telling.tell(steps)
    never_told = Telling(other)
    kept = [step if not isinstance(step, TakenBack) else Looked() for step in steps]
    never_told.tell(kept, undone)
    assert portrait_of(engine.crowd) == portrait_of(other.crowd)
    assert portrait_of(engine.crowd) == counted_slowly(log_of(engine))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps)
def test_a_persons_history_is_their_path_in_the_crowd(
    pair: tuple[Engine, Engine], steps: list[Step]
) -> None:
    """What For You reads of a profile, newest first, is the path that the crowd has counted."""
    engine, _ = pair
    Telling(engine).tell(steps)
    crowd = engine.crowd
    columns = list(crowd.columns)
    for user in USERS:
        _, reading = engine._moment(user, 1.0, LATER)
        rows = np.arange(len(ITEMS))
        history = engine._at(engine.snapshot, rows, reading, LATER).history
        person = crowd.people.get(user)
        path = [] if person is None else [columns[column] for column in person.sequence]
        assert list(history) == path[::-1]


# --- every process follows the log ----------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shared.db"


def test_an_event_of_one_engine_is_in_the_next_answer_of_another(file: Path) -> None:
    """Joon goes from heal to kisses in one engine; Mina, who saw heal, is told in the other."""
    url = f"sqlite:///{file}"
    with closing(open_engine(url, CLINIC_ITEMS)) as one, closing(open_engine(url)) as other:
        teach(one, "mina", ("watched", "heal"))
        assert transitions_to(other, "mina", "kisses") == 0.0
        teach(one, "joon", ("watched", "heal"), ("watched", "kisses"))
        alone = transitions_to(other, "mina", "kisses")
        assert alone > 0.0
        assert transitions_to(other, "mina", "laughs") == 0.0
        teach(other, "suzy", ("watched", "heal"), ("watched", "kisses"))
        assert transitions_to(one, "mina", "kisses") > alone
        one.undo("suzy-1")
        assert transitions_to(other, "mina", "kisses") == pytest.approx(
            transitions_to(one, "mina", "kisses")
        )
        other.undo("joon-1")
        assert transitions_to(one, "mina", "kisses") == 0.0
        assert portrait_of(one.crowd) == portrait_of(other.crowd) == counted_slowly(log_of(one))


class Process:
    """Another process with an engine of its own on the same file."""

    def __init__(self, file: Path) -> None:
        self._running = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(file)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, *words: str) -> object:
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        self._running.stdin.write(" ".join(words) + "\n")
        self._running.stdin.flush()
        line = self._running.stdout.readline()
        return json.loads(line) if line else self._complain()

    def close(self) -> None:
        _, complaints = self._running.communicate(timeout=60)
        assert self._running.returncode == 0, complaints

    def _complain(self) -> None:
        _, complaints = self._running.communicate(timeout=60)
        raise AssertionError(complaints)


def test_two_processes_on_one_file(file: Path) -> None:
    """What one process writes is in the next answer of the other: events, undo and erasing."""
    with closing(Process(file)) as one:
        one.ask("watch", "mina", "heal", "m-1")
        with closing(Process(file)) as other:
            assert other.ask("recommend", "mina") == pytest.approx(
                {"pulse": 0.0, "laughs": 0.0, "kisses": 0.0}
            )
            one.ask("watch", "joon", "heal", "j-1")
            one.ask("watch", "joon", "kisses", "j-2")
            told = other.ask("recommend", "mina")
            assert isinstance(told, dict)
            assert told["kisses"] > 0.0
            assert told["laughs"] == told["pulse"] == 0.0
            assert one.ask("recommend", "mina") == told
            assert other.ask("undo", "j-2") == "recorded"
            assert not any(as_dict(one.ask("recommend", "mina")).values())
            other.ask("watch", "joon", "laughs", "j-3")
            assert as_dict(one.ask("recommend", "mina"))["laughs"] > 0.0
            assert other.ask("people") == one.ask("people") == ["joon", "mina"]
            one.ask("erase", "joon")
            assert not any(as_dict(other.ask("recommend", "mina")).values())
            assert other.ask("people") == one.ask("people") == ["mina"]


def as_dict(answer: object) -> dict[str, float]:
    assert isinstance(answer, dict)
    return answer


def fill(engine: Engine, people: int = 300, each: int = 8) -> None:
    """Many people, each with a path over the bundled catalogue."""
    items = [item.id for item in engine.snapshot.catalogue.items]
    rng = np.random.default_rng(11)
    events: list[Feedback] = []
    for n in range(people):
        path = rng.choice(items[:60], each, replace=False).tolist()
        events += [
            an_event(
                f"person-{n}", "watched", i, event_id=f"person-{n}-{k}", at=NOON - n + 60.0 * k
            )
            for k, i in enumerate(path)
        ]
    assert {receipt.status for receipt in engine.record_many(events)} == {"recorded"}


def reads_of(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many records each read of the log gives from now on."""
    read: list[int] = []
    straight = engine.storage.records_after

    def spied(position: int, limit: int) -> Sequence[Record]:
        found = straight(position, limit)
        read.append(len(found))
        return found

    monkeypatch.setattr(engine.storage, "records_after", spied)
    return read


def same(answer: RecommendAnswer, expected: RecommendAnswer) -> None:
    """The same items, terms and reasons; the last digits of sums may differ between processes."""
    assert ids(answer) == ids(expected)
    for one, other in zip(answer.recommendations, expected.recommendations, strict=True):
        assert one.terms == pytest.approx(other.terms, abs=1e-5)
        assert [r.text for r in one.explanations] == [r.text for r in other.explanations]


def test_a_new_process_starts_from_the_kept_crowd(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing keeps the crowd of 2,400 events; the next process reads only what came after."""
    url = f"sqlite:///{file}"
    with closing(open_bundled_engine(url)) as first:
        fill(first)
        expected = first.recommend("person-7", 20, now=NOON)
    with closing(open_bundled_engine(url)) as second:
        read = reads_of(second, monkeypatch)
        same(second.recommend("person-7", 20, now=NOON), expected)
        assert sum(read) == 0
        teach(second, "late", ("watched", second.snapshot.catalogue.items[0].id))
        assert portrait_of(second.crowd) == counted_slowly(log_of(second))
        expected = second.recommend("person-7", 20, now=NOON)
    with closing(open_bundled_engine(url)) as third:
        third.storage.put_metadata(STORED_CROWD, b"damaged")
        read = reads_of(third, monkeypatch)
        same(third.recommend("person-7", 20, now=NOON), expected)
        assert sum(read) == 2_402


def test_an_erased_person_is_not_in_what_is_kept(file: Path) -> None:
    """Neither their id nor the items of theirs alone, wherever they were: log, profile, crowd."""
    url, user = f"sqlite:///{file}", "canary-of-the-mine"
    with closing(open_bundled_engine(url)) as engine:
        theirs = [item.id for item in engine.snapshot.catalogue.items[-4:]]
        teach(engine, user, *[("watched", item_id) for item_id in theirs])
        fill(engine)
        assert user in engine.crowd.people
    with closing(open_bundled_engine(url)) as engine:
        stored = engine.storage.metadata(STORED_CROWD)
        assert stored is not None
        assert user.encode() in stored
        assert user in engine.crowd.people
        engine.erase(user)
        assert engine.storage.metadata(STORED_CROWD) == b""
        assert user not in engine.crowd.people
        teach(engine, "late", ("watched", engine.snapshot.catalogue.items[1].id))
        assert user not in engine.crowd.people
        assert engine.crowd_follower.keep()
        stored = engine.storage.metadata(STORED_CROWD)
        assert stored
        assert b"person-7" in stored
        for secret in (user, *theirs):
            assert secret.encode() not in stored
    for path in sorted(file.parent.iterdir()):
        assert user.encode() not in path.read_bytes(), path.name


# --- cold start -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def busy() -> Iterator[Engine]:
    """The bundled catalogue with 300 people: today's, in part, of one drama."""
    with closing(open_bundled_engine()) as engine:
        fill(engine)
        yield engine


def test_zero_events_give_what_is_popular_and_sought(busy: Engine) -> None:
    """A stranger's list is nobody's: popularity, quality, trend, freshness, and no transitions."""
    nobody = busy.recommend(None, 50, now=NOON)
    assert set(nobody.weights) == {"popularity", "quality", "trend", "freshness"}
    assert all(weight > 0.0 for weight in nobody.weights.values())
    assert repr(busy.recommend("stranger", 50, now=NOON).recommendations) == repr(
        nobody.recommendations
    )
    sought = nobody.recommendations[0].item.id
    before = nobody.recommendations[0].terms["trend"]
    other = busy.snapshot.catalogue.items[200].id
    for n in range(100):
        teach(busy, f"fan-{n}", ("watched", other))
    now_sought = {
        r.item.id: r.terms["trend"] for r in busy.recommend(None, 200, now=NOON).recommendations
    }
    assert now_sought[other] == max(now_sought.values()) > 0.0
    assert now_sought[sought] < before or before == 0.0


def test_a_stated_like_counts_before_the_first_event(busy: Engine) -> None:
    """What was stated lifts its kind also where a crowd has much to say, without transitions."""

    def horrors(user: str | None) -> int:
        found = busy.recommend(user, 20, now=NOON).recommendations
        return sum("Horror" in result.item.values("genre") for result in found)

    say(busy, "cold-pin", "pin", "genre", "Horror")
    assert horrors("cold-pin") > horrors(None)
    assert "transitions" not in busy.recommend("cold-pin", 5, now=NOON).weights


def test_one_event_already_brings_the_crowd_in(busy: Engine) -> None:
    """After one watched drama the list differs, and others' next steps are part of it."""
    seen = busy.snapshot.catalogue.items[5].id
    before = busy.recommend("cold-one", 20, now=NOON)
    busy.record(an_event("cold-one", "watched", seen, event_id="cold-one-0"))
    after = busy.recommend("cold-one", 20, now=NOON)
    assert ids(after) != ids(before)
    assert after.weights["transitions"] > 0.0
    leading = [r for r in after.recommendations if r.terms["transitions"] > 0.0]
    assert leading
    for result in leading:
        reason = next(r for r in result.explanations if r.type == "others_went_on")
        title = busy.item(seen).title
        ((_, _, goes_on),) = busy.crowd.leaders([seen], result.item.id)
        what = "went on to this" if goes_on else "came from this"
        assert reason.text == f"People who turned to {title} {what}"
        assert reason.evidence == ("event:cold-one-0", f"item:{seen}")


def test_without_personalization_the_list_is_nobodys(busy: Engine) -> None:
    """At strength 0 the answer for somebody with a long history is the anonymous one."""
    nobody = busy.recommend(None, 50, now=NOON)
    somebody = busy.recommend("person-3", 50, personalize=0.0, now=NOON)
    assert repr(somebody.recommendations) == repr(nobody.recommendations)
    assert dict(somebody.weights) == dict(nobody.weights)
    assert not somebody.personalization.applied
    assert ids(busy.recommend("person-3", 50, now=NOON)) != ids(nobody)


# --- reasons --------------------------------------------------------------------------------------


def test_reasons_sum_to_the_score_with_every_term_there(busy: Engine) -> None:
    """Taste, crowd, trend and calendar together: each term has one reason, and nothing is left."""
    liked = items_where(busy, lambda item: "Medical" in item.values("genre"))[:4]
    path = [item.id for item in busy.snapshot.catalogue.items[:4]]
    teach(
        busy,
        "reasons",
        *[("rating", item.id, 9.0) for item in liked],
        *[("watched", item_id) for item_id in path if item_id not in {i.id for i in liked}],
    )
    answer = busy.recommend("reasons", 60, now=NOON)
    met: set[str] = set()
    for result in answer.recommendations:
        assert sum(result.terms.values()) == pytest.approx(result.personalized_score, abs=1e-6)
        told = [reason.contribution for reason in result.explanations]
        assert sum(told) == pytest.approx(result.personalized_score, abs=1e-6)
        named = [name for reason in result.explanations for name in reason.terms]
        assert len(named) == len(set(named))
        met |= {name for name, term in result.terms.items() if abs(term) > 1e-9}
    assert met >= {
        "popularity",
        "quality",
        "transitions",
        "trend",
        "freshness",
        "genre",
        "embedding",
        "interests",
        "recent",
    }
    types = {reason.type for result in answer.recommendations for reason in result.explanations}
    assert "other" not in types


def test_the_named_leader_is_the_evidence(busy: Engine) -> None:
    """Taking the named event back lowers what others' steps give the item."""
    path = [item.id for item in busy.snapshot.catalogue.items[10:14]]
    teach(busy, "evidence", *[("watched", item_id) for item_id in path])
    result = max(
        busy.recommend("evidence", 100, now=NOON).recommendations,
        key=lambda result: result.terms["transitions"],
    )
    reason = next(r for r in result.explanations if r.type == "others_went_on")
    event_id = reason.evidence[0].removeprefix("event:")

    def led(without: str | None) -> float:
        history = [i for i in reversed(path) if i != without]
        return sum(strength for _, strength, _ in busy.crowd.leaders(history, result.item.id))

    named = reason.evidence[1].removeprefix("item:")
    losses = {item_id: led(None) - led(item_id) for item_id in path}
    assert busy.storage.find(event_id) is not None
    assert losses[named] > 0.0


def test_an_engine_is_closed_with_its_crowd_kept_once(file: Path) -> None:
    """Closing twice is harmless, with and without a crowd worth keeping."""
    engine = open_bundled_engine(f"sqlite:///{file}")
    fill(engine)
    engine.recommend(None, 1, now=NOON)
    engine.close()
    engine.close()
    quiet = open_engine(f"sqlite:///{file}", encoder=HashedEncoder(256))
    quiet.close()
    quiet.close()
