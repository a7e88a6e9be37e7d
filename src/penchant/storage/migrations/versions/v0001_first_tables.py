"""The log, the profiles, the items and the named values."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "log",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text()),
        sa.Column("kind", sa.Text()),
        sa.Column("value", sa.Double()),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("query", sa.Text()),
        sa.Column("session_id", sa.Text()),
        sa.Column("rank_shown", sa.BigInteger()),
        sa.Column("target", sa.Text()),
        sa.Column("body", sa.Text()),
        sa.Column("retracted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_log"),
        sa.UniqueConstraint("event_id", name="uq_log_event_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_log_user_id_position", "log", ["user_id", "position"])
    op.create_table(
        "profiles",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.Double()),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_profiles"),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
    )
    op.create_index("ix_items_position", "items", ["position"])
    op.create_table(
        "metadata",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_metadata"),
    )


def downgrade() -> None:
    """Drop everything: there was nothing before."""
    for table in ("metadata", "items", "profiles", "log"):
        op.drop_table(table)
