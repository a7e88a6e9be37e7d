"""The tables, as the newest migration leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

__all__ = ["ERASE_RULES", "impressions", "items", "log", "named_values", "profiles", "schema"]

schema: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# SQLite counts rows only in a column that is exactly INTEGER.
_POSITION: Final = BigInteger().with_variant(Integer(), "sqlite")

log: Final = Table(
    "log",
    schema,
    Column("position", _POSITION, primary_key=True, autoincrement=True),
    Column("type", Text, nullable=False),
    Column("event_id", Text, nullable=False, unique=True),
    Column("user_id", Text, nullable=False),
    Column("item_id", Text),
    Column("kind", Text),
    Column("value", Double),
    Column("at", Double, nullable=False),
    Column("query", Text),
    Column("session_id", Text),
    Column("rank_shown", BigInteger),
    Column("target", Text),
    Column("body", Text),
    Column("retracted", Boolean, nullable=False),
    Column("impression_id", Text),
    Index(None, "user_id", "position"),
    # Without it SQLite gives an erased position again, and a follower misses the new record.
    sqlite_autoincrement=True,
)

profiles: Final = Table(
    "profiles",
    schema,
    Column("user_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("updated_at", Double),
    # Before the bytes: reading it does not touch the pages they overflow to.
    Column("checksum", LargeBinary, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)

items: Final = Table(
    "items",
    schema,
    Column("id", Text, primary_key=True),
    Column("position", BigInteger, nullable=False, index=True),
    Column("hidden", Boolean, nullable=False),
    Column("body", Text, nullable=False),
)

named_values: Final = Table(
    "metadata",
    schema,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

impressions: Final = Table(
    "impressions",
    schema,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("at", Double, nullable=False, index=True),
    Column("body_version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "user_id", "at"),
)

ERASE_RULES: Final[Mapping[str, Column[str]]] = MappingProxyType(
    {
        "log": log.c.user_id,
        "profiles": profiles.c.user_id,
        "impressions": impressions.c.user_id,
    }
)
"""Table name -> the column that says whose row it is; erasing a person empties these."""
