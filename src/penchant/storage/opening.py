"""Choosing a store by its URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penchant.errors import InvalidSettings
from penchant.storage.memory import MemoryStorage
from penchant.storage.sql import SqlStorage

if TYPE_CHECKING:
    from penchant.domain.protocols import Storage

__all__ = ["open_storage"]


def open_storage(url: str) -> Storage:
    """Open the store that `url` names; close it after use.

    `memory://` lives and ends with the process. `sqlite:///relative.db` and
    `sqlite:////absolute.db` are files, created and migrated as needed; `sqlite://` is a temporary
    one. Raises InvalidSettings for any other URL and StorageError for a file that cannot be used.
    """
    scheme = url.partition("://")[0]
    if url == "memory://":
        return MemoryStorage()
    if scheme == "sqlite":
        return SqlStorage(url)
    # Only the scheme: the rest of a URL may hold a password.
    raise InvalidSettings(
        f"no store opens {scheme!r} URLs; possible are memory:// and sqlite:///path/to/file.db"
    )
