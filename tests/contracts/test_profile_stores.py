"""Every profile store keeps the contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path

from contracts.profile_store_contract import ProfileStoreContract

from penchant.domain.protocols import ProfileStore
from penchant.storage import InMemoryProfileStore, open_storage


@contextmanager
def profiles_of(url: str) -> Iterator[ProfileStore]:
    """The profile store inside a storage."""
    with closing(open_storage(url)) as storage:
        yield storage.profiles


class TestInMemoryProfileStore(ProfileStoreContract):
    def open(self, folder: Path) -> AbstractContextManager[ProfileStore]:  # noqa: ARG002
        return nullcontext(InMemoryProfileStore())


class TestProfilesOfMemoryStorage(ProfileStoreContract):
    def open(self, folder: Path) -> AbstractContextManager[ProfileStore]:  # noqa: ARG002
        return profiles_of("memory://")


class TestProfilesOfSqlStorage(ProfileStoreContract):
    def open(self, folder: Path) -> AbstractContextManager[ProfileStore]:
        return profiles_of(f"sqlite:///{folder / 'profiles.db'}")
