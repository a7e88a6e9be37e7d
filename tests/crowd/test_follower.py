"""Following the log: starting from what was kept, catching up, and forgetting who was erased."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from crowd.portraits import counted_slowly, new_crowd, portrait_of, told
from worlds import DAY, NOON

from penchant.crowd import follower as following
from penchant.crowd.crowd import Crowd
from penchant.crowd.follower import STORED_CROWD, CrowdFollower
from penchant.crowd.stored import crowd_bytes
from penchant.domain.protocols import Storage
from penchant.domain.record import Record, RecordType
from penchant.errors import StoreUnavailable
from penchant.storage import open_storage


class Spy:
    """A store that notes how many records were read, and may fail where it is told to."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.read = 0
        self.fails: set[str] = set()
        self.before_writing: Callable[[], object] = lambda: None

    def __getattr__(self, name: str) -> Any:
        self._reach(name)
        return getattr(self.storage, name)

    def records_after(self, position: int, limit: int) -> Sequence[Record]:
        found = self.storage.records_after(position, limit)
        self.read += len(found)
        return found

    def first_positions(self) -> Mapping[str, int]:
        self._reach("first_positions")
        return self.storage.first_positions()

    def records_of(self, user_id: str) -> Sequence[Record]:
        self._reach("records_of")
        return self.storage.records_of(user_id)

    def write(self, work: Callable[[Any], Any]) -> Any:
        self.before_writing()
        return self.storage.write(work)

    def _reach(self, name: str) -> None:
        if name in self.fails:
            raise StoreUnavailable(f"{name} is out of reach")


class Clock:
    """A clock that goes on by a step whenever it is asked."""

    def __init__(self, step_s: float = 0.0) -> None:
        self.step_s = step_s
        self.time_s = 0.0

    def __call__(self) -> float:
        self.time_s += self.step_s
        return self.time_s


@pytest.fixture(params=["memory://", "sqlite:///{folder}/crowd.db"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Spy]:
    with closing(open_storage(request.param.format(folder=tmp_path))) as opened:
        yield Spy(opened)


@pytest.fixture(autouse=True)
def small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten records a read, and twenty are worth keeping: the same code with shorter logs."""
    monkeypatch.setattr(following, "RECORDS_PER_READ", 10)
    monkeypatch.setattr(following, "LEAST_RECORDS_TO_KEEP", 20)


def write(storage: Spy, *records: Record) -> None:
    """Append records to the store's log, in one transaction."""

    def work(tx: Any) -> None:
        for record in records:
            tx.append(replace(record, position=0))

    storage.storage.write(work)


def watch(
    storage: Spy, count: int, *, name: str = "e", user: str | None = None, after: float = 0.0
) -> None:
    """Some events of five people (or one) and seven items, from so long after noon on."""
    events = []
    for n in range(1, count + 1):
        who, what = user or f"u{n % 5}", f"i{n * n % 7}"
        events.append(_renamed(told(n, who, "watched", what, at=NOON + after + n), f"{name}-{n}"))
    write(storage, *events)


def _renamed(record: Record, event_id: str) -> Record:
    assert record.feedback is not None
    feedback = replace(record.feedback, event_id=event_id)
    return replace(record, event_id=event_id, feedback=feedback)


def erase(storage: Spy, user: str, name: str) -> None:
    """Erase somebody as the journal does."""

    def work(tx: Any) -> None:
        tx.erase_user(user)
        tx.append(Record(RecordType.ERASURE, name, "", 0.0))
        tx.put_metadata(STORED_CROWD, b"")

    storage.storage.write(work)


def everything(storage: Spy) -> list[Record]:
    """The whole log."""
    return list(storage.storage.records_after(0, 1_000_000))


def follower_of(storage: Spy, clock: Callable[[], float] | None = None) -> CrowdFollower:
    """A process of its own on the store."""
    return CrowdFollower(storage, new_crowd, clock or Clock())


def kept(storage: Spy) -> bytes:
    """Store the crowd of the whole log, by way of one more process that then ends."""
    assert follower_of_current(storage).keep()
    stored = storage.storage.metadata(STORED_CROWD)
    assert stored
    storage.read = 0
    return stored


def follower_of_current(storage: Spy) -> CrowdFollower:
    """A process that has read everything."""
    follower = follower_of(storage)
    follower.current()
    return follower


# --- following ----------------------------------------------------------------------------------


def test_what_was_written_is_in_the_next_answer(storage: Spy) -> None:
    """Every record is in the crowd as soon as it is asked for, and read once."""
    follower = follower_of(storage)
    assert portrait_of(follower.current()) == portrait_of(new_crowd())
    for n in range(1, 6):
        watch(storage, 7, name=f"batch{n}", user=f"u{n % 3}")
        crowd = follower.current()
        assert crowd.position == storage.storage.latest_position()
        assert portrait_of(crowd) == counted_slowly(everything(storage))
    assert follower.current() is crowd
    assert storage.read == 35


def test_a_quiet_log_is_not_read(storage: Spy) -> None:
    """When nothing was written since, one look at the newest position is all."""
    watch(storage, 5)
    follower = follower_of_current(storage)
    storage.read = 0
    storage.fails = {"records_of", "first_positions", "metadata"}
    for _ in range(3):
        follower.current()
    assert storage.read == 0


def test_a_new_process_reads_it_all_however_long_it_takes(storage: Spy) -> None:
    """The first answer does not go by half a log, even when the time for following is long up."""
    watch(storage, 95)
    crowd = follower_of(storage, Clock(step_s=100.0)).current()
    assert portrait_of(crowd) == counted_slowly(everything(storage))


def test_a_process_that_fell_behind_answers_in_time_and_goes_on(storage: Spy) -> None:
    """Each look at the clock is .1 s later: .25 s allow three reads of ten, then it answers."""
    clock = Clock()
    follower = follower_of(storage, clock)
    watch(storage, 5, name="early")
    follower.current()
    watch(storage, 62, name="late")
    clock.step_s = 0.1
    positions = [follower.current().position for _ in range(3)]
    assert positions == [35, 65, 67]
    assert portrait_of(follower.current()) == counted_slowly(everything(storage))


def test_within_the_time_everything_is_read(storage: Spy) -> None:
    """A clock that stands still never stops it."""
    follower = follower_of_current(storage)
    watch(storage, 62)
    assert follower.current().position == 62


# --- starting from what was kept ----------------------------------------------------------------


def test_a_new_process_starts_from_the_kept_crowd(storage: Spy) -> None:
    """Of 43 records the 40 that were kept are not read again, and the crowd is the same."""
    watch(storage, 40)
    kept(storage)
    watch(storage, 3, name="later")
    crowd = follower_of(storage).current()
    assert storage.read == 3
    assert portrait_of(crowd) == counted_slowly(everything(storage))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda _: b"\0" * 100,
        lambda _: b"x",
        lambda _: b"",
    ],
)
def test_a_damaged_crowd_is_made_anew(storage: Spy, damage: Callable[[bytes], bytes]) -> None:
    """What was stored cannot be trusted: the whole log is read, and the answer is the same."""
    watch(storage, 40)
    stored = kept(storage)
    storage.storage.put_metadata(STORED_CROWD, damage(stored))
    crowd = follower_of(storage).current()
    assert storage.read == 40
    assert portrait_of(crowd) == counted_slowly(everything(storage))


def test_a_crowd_of_a_longer_log_is_not_taken(storage: Spy) -> None:
    """A log restored from a backup ends before the crowd that was kept: it is made anew."""
    watch(storage, 25)
    longer = new_crowd()
    records = [told(n, "guest", "watched", f"x{n}") for n in range(1, 31)]
    longer.learn(records, lambda _: records)
    storage.storage.put_metadata(STORED_CROWD, crowd_bytes(longer))
    crowd = follower_of(storage).current()
    assert storage.read == 25
    assert portrait_of(crowd) == counted_slowly(everything(storage))


def test_only_what_spares_much_reading_is_kept(storage: Spy) -> None:
    """Nothing before the first question, nothing for 19 records; then again after 20 more."""
    follower = follower_of(storage)
    assert not follower.keep()
    watch(storage, 19)
    follower.current()
    assert not follower.keep()
    assert storage.storage.metadata(STORED_CROWD) is None
    watch(storage, 1, name="one-more")
    follower.current()
    assert follower.keep()
    assert not follower.keep()
    watch(storage, 19, name="more")
    follower.current()
    assert not follower.keep()
    watch(storage, 1, name="enough")
    follower.current()
    assert follower.keep()
    storage.read = 0
    again = follower_of(storage)
    again.current()
    assert storage.read == 0
    assert not again.keep()


def test_after_an_erasure_the_crowd_is_kept_anew(storage: Spy) -> None:
    """Erasing takes the stored crowd away: whoever followed it stores the rest again."""
    watch(storage, 40)
    kept(storage)
    follower = follower_of_current(storage)
    assert not follower.keep()
    erase(storage, "u1", "gone")
    follower.current()
    assert follower.keep()
    storage.read = 0
    assert portrait_of(follower_of(storage).current()) == counted_slowly(everything(storage))
    assert storage.read == 0


def test_keeping_reads_on_first(storage: Spy) -> None:
    """What others wrote since the last question is in what is kept."""
    watch(storage, 30)
    follower = follower_of_current(storage)
    watch(storage, 3, name="later")
    assert follower.keep()
    storage.read = 0
    assert portrait_of(follower_of(storage).current()) == counted_slowly(everything(storage))
    assert storage.read == 0


def test_nothing_is_kept_while_others_write(storage: Spy) -> None:
    """A record that comes between reading and storing stops it: it might be an erasure."""
    watch(storage, 30)
    follower = follower_of_current(storage)
    storage.before_writing = lambda: erase(storage, "u1", "gone")
    assert not follower.keep()
    assert not storage.storage.metadata(STORED_CROWD)
    storage.before_writing = lambda: None
    assert follower.keep()
    assert b"u1" not in (storage.storage.metadata(STORED_CROWD) or b"")
    assert portrait_of(follower_of(storage).current()) == counted_slowly(everything(storage))


# --- forgetting ---------------------------------------------------------------------------------


def test_erasing_takes_a_person_out(storage: Spy) -> None:
    """The other process knows them no more at its next answer, nor does one that starts later."""
    watch(storage, 30)
    follower = follower_of_current(storage)
    kept(storage)
    before = follower.current()
    assert "u1" in before.people
    erase(storage, "u1", "gone")
    for crowd in (follower.current(), follower_of(storage).current()):
        assert "u1" not in crowd.people
        assert portrait_of(crowd) == counted_slowly(everything(storage))
        assert b"u1" not in crowd_bytes(crowd)
        assert len(crowd.people) == 4


@pytest.mark.parametrize("after", [0.0, DAY])
def test_who_came_back_is_another_person(storage: Spy, after: float) -> None:
    """Erased and back before the other process looked: only what came after counts.

    Whether the new events are dated among the erased ones or after them.
    """
    watch(storage, 30)
    follower = follower_of_current(storage)
    erase(storage, "u1", "gone")
    watch(storage, 4, name="back", user="u1", after=after)
    crowd = follower.current()
    assert portrait_of(crowd) == counted_slowly(everything(storage))
    erase(storage, "u1", "gone again")
    watch(storage, 25, name="back again", user="u1", after=2 * after)
    write(storage, told(1, "u1", "click", "late", at=0.0))
    assert portrait_of(follower.current()) == counted_slowly(everything(storage))


def test_erased_while_far_behind(storage: Spy) -> None:
    """Erased, back and erased in a log longer than one read, with the time up after each."""
    clock = Clock()
    follower = follower_of(storage, clock)
    watch(storage, 30)
    follower.current()
    for n in range(3):
        erase(storage, "u1", f"gone-{n}")
        watch(storage, 12, name=f"back-{n}", user="u1", after=n * DAY)
        watch(storage, 12, name=f"others-{n}")
    erase(storage, "u2", "gone")
    clock.step_s = 1.0
    while follower.current().position < storage.storage.latest_position():
        assert crowd_knows(follower.current(), "i1")
    assert portrait_of(follower.current()) == counted_slowly(everything(storage))
    assert "u2" not in follower.current().people


def crowd_knows(crowd: Crowd, item_id: str) -> bool:
    return crowd.turned_to(item_id, 1e11) > 0


@pytest.mark.parametrize("failing", ["first_positions", "records_of"])
def test_an_erasure_that_could_not_be_followed_is_followed_next(storage: Spy, failing: str) -> None:
    """When the store fails in the middle, nobody stays in the crowd who was erased."""
    watch(storage, 30)
    follower = follower_of_current(storage)
    erase(storage, "u1", "gone")
    storage.fails = {failing}
    with pytest.raises(StoreUnavailable):
        follower.current()
    storage.fails = set()
    assert "u1" not in follower.current().people
    assert portrait_of(follower.current()) == counted_slowly(everything(storage))
