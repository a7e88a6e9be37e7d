"""Every storage keeps the contract."""

from __future__ import annotations

from contracts.storage_contract import DurableStorageContract, StorageContract


class TestMemoryStorage(StorageContract):
    url = "memory://"


class TestSqliteFile(DurableStorageContract):
    url = "sqlite:///{folder}/store.db"


class TestTemporarySqlite(StorageContract):
    url = "sqlite://"
