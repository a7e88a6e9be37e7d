"""The profiles of the SQL store, as a ProfileStore of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penchant.storage import queries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from penchant.domain.profile import UserProfile
    from penchant.storage.profile_cache import ProfileCache
    from penchant.storage.transaction import SqlTransaction

__all__ = ["SqlProfileStore"]


class SqlProfileStore:
    """Reads through the cache of decoded profiles; writes through the one writer."""

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[queries.Execute]],
        write: Callable[[Callable[[SqlTransaction], None]], None],
        cache: Callable[[], ProfileCache],
    ) -> None:
        self._reading = reading
        self._write = write
        self._cache = cache

    def get(self, user_id: str) -> UserProfile | None:
        """The stored profile; raises CorruptProfile when its bytes cannot be trusted."""
        with self._reading() as execute:
            return queries.profile_of(execute, self._cache(), user_id)

    def get_many(self, user_ids: Sequence[str]) -> Mapping[str, UserProfile]:
        """The stored profiles of those users who have one; corrupt ones are left out."""
        with self._reading() as execute:
            return queries.profiles_of(execute, self._cache(), user_ids)

    def put(self, profile: UserProfile) -> None:
        """Store a profile, unless a greater version is stored."""
        self.put_many([profile])

    def put_many(self, profiles: Iterable[UserProfile]) -> None:
        """Store profiles in one transaction, each unless a greater version is stored."""
        given = list(profiles)
        self._write(lambda transaction: transaction.put_newer_profiles(given))

    def delete(self, user_id: str) -> None:
        """Forget the stored profile; an unknown user is not an error."""
        self._write(lambda transaction: transaction.delete_profile(user_id))
