"""A crowd as bytes: the same crowd again, or a clear refusal."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from crowd.portraits import LogBook, Portrait, new_crowd, portrait_of, told
from crowd.test_crowd import event, learn_in_steps, logs
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import DAY, NOON

from penchant.crowd.crowd import Crowd
from penchant.crowd.people import Person
from penchant.crowd.stored import crowd_bytes, restore_crowd
from penchant.domain.record import Record
from penchant.errors import StorageError


def restored(stored: bytes, *, repeatable: bool = False) -> Crowd:
    """A new crowd made of stored bytes."""
    crowd = new_crowd(repeatable=repeatable)
    restore_crowd(crowd, stored)
    return crowd


def people_of(crowd: Crowd) -> dict[str, Person]:
    """The people of a crowd, numbered by the ids of their items in order of appearance."""
    return dict(sorted(crowd.people.items()))


@pytest.mark.parametrize("repeatable", [False, True])
@settings(max_examples=100, deadline=None)
@given(records=logs(), data=st.data())
def test_a_stored_crowd_goes_on_where_it_was(
    repeatable: bool,  # noqa: FBT001 - a parameter of the test
    records: list[Record],
    data: st.DataObject,
) -> None:
    """Stored at any moment and restored, it holds the same and learns the rest to the same end."""
    size = len(records)
    half = data.draw(st.integers(0, size))
    straight, first = new_crowd(repeatable=repeatable), new_crowd(repeatable=repeatable)
    learn_in_steps(first, records, [half])
    second = restored(crowd_bytes(first), repeatable=repeatable)
    assert portrait_of(second) == portrait_of(first)
    assert second.position == half
    assert second.people.keys() == first.people.keys()
    learn_in_steps(second, records, range(half + 1, size + 1))
    learn_in_steps(straight, records, range(1, size + 1))
    assert portrait_of(second) == portrait_of(straight)
    for item_id in "abcde":
        later = NOON + 100 * DAY
        assert second.turned_to(item_id, later) == straight.turned_to(item_id, later)


def small_crowd() -> Crowd:
    """Two people, three items."""
    log = [event(1, "mina", "watched", "heal"), event(2, "joon", "rating", "pulse")]
    return LogBook([*log, event(3, "mina", "love", "pulse")]).taught()


def test_every_damaged_byte_is_noticed() -> None:
    """A flipped bit anywhere and a cut anywhere give a StorageError and leave the crowd empty."""
    stored = crowd_bytes(small_crowd())
    damaged = [stored[:n] + bytes([stored[n] ^ 4]) + stored[n + 1 :] for n in range(len(stored))]
    damaged += [stored[:n] for n in range(len(stored))]
    for data in [*damaged, stored + b"\0", b"not a crowd at all"]:
        crowd = new_crowd()
        with pytest.raises(StorageError, match="stored crowd"):
            restore_crowd(crowd, data)
        assert not crowd.people
        assert crowd.position == 0


def signed(body: bytes) -> bytes:
    """A body with its checksum, as another version of this program would write it."""
    return hashlib.blake2b(body, digest_size=16).digest() + body


def test_other_versions_are_refused() -> None:
    """Bytes that are whole, yet of another version or shape, are refused by name."""
    version, *rest = msgspec.msgpack.decode(crowd_bytes(small_crowd())[16:])
    body = msgspec.msgpack.encode([version, *rest])
    assert portrait_of(restored(signed(body))) == portrait_of(small_crowd())
    for other in ([version + 1, *rest], [0, *rest], {"version": version}, [version], "crowd", 7):
        with pytest.raises(StorageError, match="version"):
            restored(signed(msgspec.msgpack.encode(other)))


def test_who_was_taken_out_is_not_stored() -> None:
    """Neither the id of somebody who was erased nor the items that only they turned to."""
    crowd = small_crowd()
    log = LogBook(
        [
            told(4, "canary-user", "watched", "canary-watched"),
            told(5, "canary-user", "dismiss", "canary-dismissed"),
            told(6, "canary-user", "rating", "heal", 3.0),
            told(7, "joon", "watched", "zeal"),
        ]
    )
    log.taught(crowd)
    assert b"canary-user" in crowd_bytes(crowd)
    crowd.unlearn("canary-user")
    stored = crowd_bytes(crowd)
    assert b"canary" not in stored
    assert portrait_of(restored(stored)) == portrait_of(crowd)
    assert portrait_of(crowd).days != {}


def test_the_same_people_are_stored_alike() -> None:
    """Who was here once and went leaves no trace in the bytes, such as in the order of items."""
    visited, quiet = new_crowd(), new_crowd()
    guest = LogBook([event(1, "guest", "watched", "pulse"), event(2, "guest", "view", "heal")])
    guest.taught(visited)
    visited.unlearn("guest")
    log = LogBook([event(3, "mina", "watched", "heal"), event(4, "mina", "view", "pulse")])
    stored = crowd_bytes(log.taught(visited))
    assert stored == crowd_bytes(log.taught(quiet))


def test_an_empty_crowd_can_be_stored() -> None:
    """A crowd of nobody comes back as one."""
    crowd = restored(crowd_bytes(new_crowd()))
    assert portrait_of(crowd) == Portrait(({},) * 3, ({},) * 3, ({},) * 3, {})
