"""The impressions, and in the log the impression that an event answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column; no row of the log is rewritten."""
    op.create_table(
        "impressions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("body_version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_impressions"),
    )
    op.create_index("ix_impressions_at", "impressions", ["at"])
    op.create_index("ix_impressions_user_id_at", "impressions", ["user_id", "at"])
    op.add_column("log", sa.Column("impression_id", sa.Text()))


def downgrade() -> None:
    """Forget the impressions and which events answered them."""
    op.drop_column("log", "impression_id")
    op.drop_table("impressions")
