"""A crowd as bytes: who stands where, from which every sum follows; with version and checksum."""

from __future__ import annotations

import hashlib

import msgspec

from penchant.crowd.crowd import Crowd
from penchant.crowd.people import Person, Standing, newest_days
from penchant.errors import StorageError

__all__ = ["crowd_bytes", "restore_crowd"]

VERSION = 2
DIGEST_BYTES = 16


class _StoredPerson(msgspec.Struct, array_like=True):
    first: int
    position: int
    last: tuple[float, int]
    standings: list[tuple[str | None, int, int, bool]]
    days: list[tuple[int, int]]


class _StoredCrowd(msgspec.Struct, array_like=True):
    version: int
    fingerprint: str
    position: int
    columns: list[str]
    people: dict[str, _StoredPerson]


def crowd_bytes(crowd: Crowd) -> bytes:
    """The people of a crowd and their items; the sums are made anew from them.

    Items are numbered anew, so that nothing tells of those whom only erased people turned to.
    """
    with crowd.lock:
        ids = list(crowd.columns)
        standing = (s.column for p in crowd.people.values() for s in p.standings.values())
        numbers = {column: n for n, column in enumerate(dict.fromkeys(standing))}
        people = {user: _packed(person, ids, numbers) for user, person in crowd.people.items()}
        columns = [ids[column] for column in numbers]
        held = _StoredCrowd(VERSION, crowd.fingerprint, crowd.position, columns, people)
        body = msgspec.msgpack.encode(held)
    return hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest() + body


def restore_crowd(crowd: Crowd, stored: bytes) -> None:
    """Make an empty crowd the stored one; raises StorageError for bytes that are not to be trusted.

    Nothing is lost with them: the log gives the same crowd, more slowly.
    """
    digest, body = stored[:DIGEST_BYTES], stored[DIGEST_BYTES:]
    if hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest() != digest:
        raise StorageError("the stored crowd is damaged; it is made anew from the log")
    try:
        held = msgspec.msgpack.decode(body, type=_StoredCrowd)
    except msgspec.MsgspecError as error:
        raise StorageError("the stored crowd is of another version") from error
    if held.version != VERSION:
        raise StorageError(f"the stored crowd is of version {held.version}, not {VERSION}")
    if held.fingerprint != crowd.fingerprint:
        raise StorageError("the stored crowd was made with other kinds of feedback")
    people = {user_id: _unpacked(person, held.columns) for user_id, person in held.people.items()}
    crowd.restore(held.position, held.columns, people)


def _packed(person: Person, ids: list[str], numbers: dict[int, int]) -> _StoredPerson:
    standings = [
        (None if name == ids[s.column] else name, numbers[s.column], s.rank, s.leads)
        for name, s in person.standings.items()
    ]
    days = sorted((numbers[column], day) for column, day in person.days)
    return _StoredPerson(person.first, person.position, person.last, standings, days)


def _unpacked(stored: _StoredPerson, columns: list[str]) -> Person:
    standings = {
        columns[column] if name is None else name: Standing(column, rank, leads)
        for name, column, rank, leads in stored.standings
    }
    return Person(
        first=stored.first,
        position=stored.position,
        last=stored.last,
        standings=standings,
        sequence=[s.column for s in standings.values() if s.leads],
        days=set(stored.days),
        newest_day=newest_days(stored.days),
    )
