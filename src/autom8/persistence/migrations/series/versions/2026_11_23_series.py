"""Series and samples."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_23_series"
down_revision = None
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Series and samples."""
    op.create_table(
        "series",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("labels", JSON, nullable=False),
        sa.Column("labels_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("labels_hash", name=op.f("uq_series_labels_hash")),
    )
    op.create_table(
        "sample",
        sa.Column("series_id", ID, nullable=False),
        sa.Column("ts", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_sample_series_id")),
        sa.PrimaryKeyConstraint("series_id", "ts", name=op.f("pk_sample")),
        sqlite_with_rowid=False,
    )
