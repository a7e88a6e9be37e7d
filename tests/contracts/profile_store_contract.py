"""What every ProfileStore does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from contracts.examples import profile

from penchant.domain.profile import UserProfile
from penchant.domain.protocols import ProfileStore
from penchant.storage import taste_bytes


def same(one: UserProfile | None, other: UserProfile) -> bool:
    """Whether two profiles agree bit for bit, numbering included."""
    return (
        one is not None
        and taste_bytes(one) == taste_bytes(other)
        and (one.version, one.position, one.last) == (other.version, other.position, other.last)
    )


class ProfileStoreContract(ABC):
    @abstractmethod
    def open(self, folder: Path) -> AbstractContextManager[ProfileStore]:
        """The store under test, closed at the end; `folder` is an empty folder of its own."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[ProfileStore]:
        with self.open(tmp_path) as store:
            yield store

    def test_what_is_put_is_got(self, store: ProfileStore) -> None:
        """A stored profile comes back bit for bit."""
        store.put(profile("mina", 3, 7))
        assert same(store.get("mina"), profile("mina", 3, 7))

    def test_stranger(self, store: ProfileStore) -> None:
        """A user who was never stored is None, not an error."""
        assert store.get("nobody") is None
        assert store.get_many(["nobody"]) == {}

    def test_users_are_apart(self, store: ProfileStore) -> None:
        """One user's profile never answers for another, however alike the ids."""
        for user_id in ("mina", "Mina", "mina ", "미나", "mina'--"):
            store.put(profile(user_id, 2))
            assert same(store.get(user_id), profile(user_id, 2))
        assert same(store.get("mina"), profile("mina", 2))

    def test_higher_version_replaces(self, store: ProfileStore) -> None:
        """A newer profile takes the place of an older one."""
        store.put(profile("mina", 1))
        store.put(profile("mina", 2))
        assert same(store.get("mina"), profile("mina", 2))

    def test_equal_version_replaces(self, store: ProfileStore) -> None:
        """A refold that keeps its version replaces what was stored under it."""
        store.put(profile("mina", 2, position=5))
        assert store.get("mina") is not None
        store.put(profile("mina", 2, position=6))
        assert same(store.get("mina"), profile("mina", 2, position=6))

    def test_lower_version_changes_nothing(self, store: ProfileStore) -> None:
        """A late writer cannot put an older profile over a newer one."""
        store.put(profile("mina", 5))
        store.put(profile("mina", 4))
        store.put_many([profile("mina", 3), profile("jun", 1)])
        assert same(store.get("mina"), profile("mina", 5))
        assert same(store.get("jun"), profile("jun", 1))

    def test_many(self, store: ProfileStore) -> None:
        """Many are stored and read at once; strangers are left out, repeats asked for once."""
        everyone = [profile(f"user-{number}", 1 + number % 3) for number in range(1200)]
        store.put_many(iter(everyone))
        wanted = [one.user_id for one in everyone]
        found = store.get_many([*wanted, "stranger", "user-0"])
        assert sorted(found) == sorted(wanted)
        assert all(same(found[one.user_id], one) for one in everyone)

    def test_put_nobody(self, store: ProfileStore) -> None:
        """Storing no profiles and asking for none is allowed."""
        store.put_many([])
        assert store.get_many([]) == {}

    def test_delete(self, store: ProfileStore) -> None:
        """A deleted profile is gone, others stay, and a lower version may follow."""
        store.put_many([profile("mina", 9), profile("jun", 9)])
        store.delete("mina")
        store.delete("nobody")
        assert store.get("mina") is None
        assert same(store.get("jun"), profile("jun", 9))
        store.put(profile("mina", 1))
        assert same(store.get("mina"), profile("mina", 1))
