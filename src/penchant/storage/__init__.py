"""Where log, items, profiles and impressions are kept: one file per backend, chosen by URL.

The log is the truth. A unit of work (`Storage.write`) appends records and replaces the profiles
folded from them in one transaction, so both survive or neither does. `open_storage` picks the
backend; every one of them passes the same contract suite.
"""

from __future__ import annotations

from penchant.storage.codec import ProfileSerializer, taste_bytes
from penchant.storage.memory import InMemoryProfileStore, MemoryStorage
from penchant.storage.opening import open_storage
from penchant.storage.sql import SqlStorage

__all__ = [
    "InMemoryProfileStore",
    "MemoryStorage",
    "ProfileSerializer",
    "SqlStorage",
    "open_storage",
    "taste_bytes",
]
