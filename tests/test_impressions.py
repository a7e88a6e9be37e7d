"""What was shown is stored off the path of a request, bounded, in order, and never in its way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from contracts.storage_contract import shown
from starlette.testclient import TestClient
from storage.processes import finish, start
from worlds import LATER, make_item, open_engine, teach

from penchant.apps.http.app import create_app
from penchant.domain.impression import Impression
from penchant.domain.protocols import ImpressionStore, Storage
from penchant.errors import StoreUnavailable
from penchant.impressions import MOST_IN_A_BATCH, MOST_WAITING, ImpressionLog
from penchant.storage import open_storage


class Pace(ImpressionStore):
    """A store that is slow: each put begins, then waits until it is let go."""

    def __init__(self) -> None:
        self.puts: list[list[str]] = []
        self.begun, self.may_go = threading.Event(), threading.Event()

    def put_impressions(self, impressions: Sequence[Impression]) -> None:
        self.begun.set()
        assert self.may_go.wait(30)
        self.puts.append([one.impression_id for one in impressions])

    @property
    def ids(self) -> list[str]:
        return [one for put in self.puts for one in put]


class Broken(Pace):
    """A slow store that fails the first `times` puts."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def put_impressions(self, impressions: Sequence[Impression]) -> None:
        super().put_impressions(impressions)
        if len(self.puts) <= self.times:
            raise StoreUnavailable("the disk is full")


def make(number: int) -> Callable[[], Impression]:
    return lambda: shown(f"i-{number}", at=float(number))


def names(count: int, first: int = 0) -> list[str]:
    return [f"i-{number}" for number in range(first, first + count)]


def logging_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "impressions"]


@pytest.fixture
def store() -> Pace:
    return Pace()


@pytest.fixture
def log(store: Pace) -> Iterator[ImpressionLog]:
    log = ImpressionLog(store)
    yield log
    store.may_go.set()
    log.close()


@pytest.fixture(params=["memory://", "sqlite:///{folder}/store.db"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    with closing(open_storage(request.param.format(folder=tmp_path))) as storage:
        yield storage


def busy(log: ImpressionLog, store: Pace, number: int = 0) -> None:
    """Have the thread stand in the middle of a put, of one impression."""
    log.add(make(number))
    assert store.begun.wait(30)


def test_everything_is_stored_in_order(log: ImpressionLog, store: Pace) -> None:
    """A thousand impressions arrive once each, in the order in which they were added."""
    store.may_go.set()
    for number in range(1_000):
        log.add(make(number))
    assert log.flush(30)
    assert store.ids == names(1_000)
    assert (log.dropped, log.failed) == (0, 0)


def test_what_waits_is_written_in_batches(log: ImpressionLog, store: Pace) -> None:
    """What gathered while the store was slow takes as few puts as the batch size allows."""
    busy(log, store)
    for number in range(1, 601):
        log.add(make(number))
    store.may_go.set()
    assert log.flush(30)
    assert [len(put) for put in store.puts] == [1, MOST_IN_A_BATCH, MOST_IN_A_BATCH, 88]
    assert store.ids == names(601)


def test_the_request_does_not_pay(log: ImpressionLog, store: Pace) -> None:
    """`make` runs after `add` has returned, in another thread, once."""
    returned = threading.Event()
    calls: list[tuple[bool, bool]] = []
    here = threading.get_ident()

    def slowly() -> Impression:
        calls.append((returned.wait(30), threading.get_ident() == here))
        return shown("i-0")

    store.may_go.set()
    log.add(slowly)
    returned.set()
    assert log.flush(30)
    assert calls == [(True, False)]
    assert store.ids == ["i-0"]


def test_full_queue_drops_the_newest(log: ImpressionLog, store: Pace) -> None:
    """With 4,096 waiting, what comes is turned away and counted; what waited is all stored."""
    busy(log, store)
    for number in range(1, MOST_WAITING + 11):
        log.add(make(number))
    assert log.dropped == 10
    store.may_go.set()
    assert log.flush(30)
    assert store.ids == names(MOST_WAITING + 1)
    log.add(make(9_999))
    assert log.flush(30)
    assert store.ids[-1] == "i-9999"
    assert (log.dropped, log.failed) == (10, 0)


def test_flush_waits_for_a_slow_store(log: ImpressionLog, store: Pace) -> None:
    """Flushing says no while the store has not kept everything, and yes once it has."""
    busy(log, store)
    log.add(make(1))
    assert not log.flush(0.01)
    assert store.ids == []
    waited: list[tuple[bool, list[str]]] = []
    waiting = threading.Thread(target=lambda: waited.append((log.flush(30), store.ids)))
    waiting.start()
    store.may_go.set()
    waiting.join(30)
    assert waited == [(True, ["i-0", "i-1"])]


def test_flush_does_not_wait_for_what_comes_later(log: ImpressionLog, store: Pace) -> None:
    """Whoever flushes waits for what was there when they asked, and not for others."""
    busy(log, store)
    answers: list[bool] = []
    flushing = threading.Thread(target=lambda: answers.append(log.flush(30)))
    flushing.start()
    while not log._wanted:
        flushing.join(0.001)
    may_end = threading.Event()

    def endless() -> Impression:
        assert may_end.wait(30)
        return shown("i-1")

    log.add(endless)
    store.may_go.set()
    flushing.join(10)
    assert answers == [True]
    assert store.ids == ["i-0"]
    may_end.set()
    assert log.flush(30)
    assert store.ids == ["i-0", "i-1"]


def test_nothing_to_flush(log: ImpressionLog, store: Pace) -> None:
    """Before the first impression there is no thread, and flushing and closing need none."""
    before = len(logging_threads())
    assert log.flush(0.0)
    log.close()
    assert len(logging_threads()) == before
    assert store.puts == []


def test_failing_store_is_counted() -> None:
    """An error of the store reaches nobody but the count, and the next batch is tried again."""
    broken = Broken(times=1)
    with closing(ImpressionLog(broken)) as log:
        busy(log, broken)
        for number in range(1, 4):
            log.add(make(number))
        broken.may_go.set()
        assert log.flush(30)
        assert (log.dropped, log.failed) == (0, 1)
        assert broken.puts == [["i-0"], ["i-1", "i-2", "i-3"]]


@pytest.mark.parametrize("failure", [ZeroDivisionError, SystemExit, MemoryError])
def test_impression_that_cannot_be_made(
    log: ImpressionLog, store: Pace, failure: type[BaseException]
) -> None:
    """One `make` that raises is counted, and those around it are stored."""

    def fail() -> Impression:
        raise failure

    store.may_go.set()
    for one in (make(0), fail, make(1)):
        log.add(one)
    assert log.flush(30)
    log.add(make(2))
    assert log.flush(30)
    assert store.ids == names(3)
    assert (log.dropped, log.failed) == (0, 1)


def test_closing_stores_what_waits(log: ImpressionLog, store: Pace) -> None:
    """Closing keeps everything that was added, ends the thread, and turns later ones away."""
    busy(log, store)
    thread = log._thread
    assert thread in logging_threads()
    for number in range(1, 501):
        log.add(make(number))
    closer = threading.Thread(target=log.close)
    closer.start()
    store.may_go.set()
    closer.join(30)
    assert store.ids == names(501)
    assert thread not in logging_threads()
    log.add(make(501))
    log.close()
    assert log.flush(0.0)
    assert thread not in logging_threads()
    assert store.ids == names(501)
    assert (log.dropped, log.failed) == (1, 0)


def test_closing_gives_up_on_a_broken_store() -> None:
    """A store that fails while the log closes is not asked again for each batch that waits."""
    broken = Broken(times=100)
    log = ImpressionLog(broken)
    busy(log, broken)
    for number in range(1, 1_001):
        log.add(make(number))
    closer = threading.Thread(target=log.close)
    closer.start()
    while not log._closed:
        closer.join(0.001)
    broken.may_go.set()
    closer.join(30)
    assert not closer.is_alive()
    assert len(broken.puts) == 1
    assert log.failed == 1_001
    assert log.flush(0.0)


def test_without_a_thread(log: ImpressionLog, store: Pace, monkeypatch: pytest.MonkeyPatch) -> None:
    """When no thread can be started, adding counts and does not raise; later it works again."""

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    log.add(make(0))
    monkeypatch.undo()
    assert log.dropped == 1
    store.may_go.set()
    log.add(make(1))
    assert log.flush(30)
    assert store.ids == ["i-1"]


# In front of the real stores


def test_stores_keep_what_was_shown(storage: Storage) -> None:
    """Behind the log any store works: in memory and in a file."""
    with closing(ImpressionLog(storage)) as log:
        for number in range(700):
            log.add(make(number))
        assert log.flush(30)
        assert list(storage.impressions_of("mina")) == [make(number)() for number in range(700)]


def test_one_that_cannot_be_stored(storage: Storage) -> None:
    """An impression that the store refuses is counted and takes no other along."""
    with closing(ImpressionLog(storage)) as log:
        log.add(make(0))
        log.add(lambda: shown("i-1", at=float("nan")))
        log.add(make(2))
        assert log.flush(30)
        assert set(storage.impressions(names(3))) == {"i-0", "i-2"}
        assert log.failed == 1


def test_closed_store(storage: Storage) -> None:
    """A store that was closed first costs what waited, and nothing else."""
    log = ImpressionLog(storage)
    storage.close()
    log.add(make(0))
    assert log.flush(30)
    log.close()
    assert log.failed == 1


def test_erasure_leaves_nothing(tmp_path: Path) -> None:
    """Flushed and erased, a person's impressions are in no byte of the database's files."""
    canary = "canary-7f3a"

    def seen(number: int) -> Callable[[], Impression]:
        text = f"{canary} {number}"
        return lambda: Impression(
            f"{canary}-{number}", canary, 1e9, "search", ("goblin-2016",), {text: (1,)}, text
        )

    with closing(open_storage(f"sqlite:///{tmp_path / 'store.db'}")) as storage:
        log = ImpressionLog(storage)
        for number in range(300):
            log.add(seen(number))
            log.add(make(number))
        assert log.flush(30)
        assert canary.encode() in contents(tmp_path)
        gone = storage.write(lambda t: t.erase_user(canary))
        assert gone == {"log": 0, "profiles": 0, "impressions": 300}
        assert canary.encode() not in contents(tmp_path)
        log.close()
        assert canary.encode() not in contents(tmp_path)
        assert len(storage.impressions_of("mina")) == 300


def test_erasure_by_another_process_leaves_nothing(tmp_path: Path) -> None:
    """A list that one engine still has waiting does not come back after another one's erasure."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with (
        closing(open_engine(url, items=[make_item("a"), make_item("b")])) as first,
        closing(open_engine(url, now=LATER + 60.0)) as second,
    ):
        teach(first, "mina", ("watched", "a"))
        answer = first.recommend("mina", 2)
        second.erase("mina")
        assert answer.impression_id is not None
        assert first.impressions.flush(30)
        assert second.storage.impressions([answer.impression_id]) == {}


def contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_fork(tmp_path: Path) -> None:
    """What waits at a fork is stored by the parent alone; the child starts a thread of its own."""
    assert finish(start("fork_impressions", tmp_path / "store.db")) == "421 {'child'} 100\n"


# Events that answer an impression


def test_event_names_its_impression() -> None:
    """The API keeps the impression that an event answers, as a checked id, in a batch too."""
    with closing(open_engine(items=[make_item("a")])) as engine:
        client = TestClient(create_app(engine), raise_server_exceptions=False)
        event = {"user_id": "mina", "item_id": "a", "type": "click", "event_id": "e-1"}
        answered = event | {"impression_id": "Ame\u0301lie-1"}
        assert client.post("/analytics/interaction", json=answered).status_code == 200
        batch = {"events": [event | {"event_id": "e-2", "impression_id": "i-2"}]}
        assert client.post("/analytics/interaction", json=batch).json()["accepted"] == 1
        found = [record.feedback.context for record in engine.storage.records_of("mina")]
        assert [context.impression_id for context in found] == ["Am\u00e9lie-1", "i-2"]
        for wrong in ("", "a/b", "a\x07b", "x" * 129, 7):
            refused = client.post("/analytics/interaction", json=event | {"impression_id": wrong})
            assert refused.status_code == 422, wrong
        assert len(engine.storage.records_of("mina")) == 2
