"""Kinds of series, samples without a foreign key, chunks and rollups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_watches"
down_revision = "2026_11_23_series"
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
branch_labels = None
depends_on = None

TIERS = ("rollup_1m", "rollup_5m", "rollup_1h")


def upgrade() -> None:
    """Chunks and rollups."""
    op.add_column("series", sa.Column("kind", sa.Text(), nullable=False, server_default="unknown"))
    op.create_index("ix_series_name", "series", ["name", "id"])
    _without_foreign_key()
    op.create_table(
        "chunk",
        sa.Column("series_id", ID, nullable=False),
        sa.Column("start_ts", sa.BigInteger(), nullable=False),
        sa.Column("end_ts", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("series_id", "start_ts", name=op.f("pk_chunk")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_chunk_end_ts", "chunk", ["end_ts"])
    for tier in TIERS:
        op.create_table(
            tier,
            sa.Column("series_id", ID, nullable=False),
            sa.Column("ts", sa.BigInteger(), nullable=False),
            sa.Column("count", sa.BigInteger(), nullable=False),
            sa.Column("sum", sa.Double(), nullable=False),
            sa.Column("min", sa.Double(), nullable=False),
            sa.Column("max", sa.Double(), nullable=False),
            sa.Column("last", sa.Double(), nullable=False),
            sa.PrimaryKeyConstraint("series_id", "ts", name=op.f(f"pk_{tier}")),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "rollup_due",
        sa.Column("window_ts", sa.BigInteger(), nullable=False),
        sa.Column("series_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("window_ts", "series_id", name=op.f("pk_rollup_due")),
        sqlite_with_rowid=False,
    )


def _without_foreign_key() -> None:
    """One writer makes the ids, and to look each up again would cost as much as to write."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("fk_sample_series_id", "sample", type_="foreignkey")
        return
    op.rename_table("sample", "sample_before")
    op.create_table(
        "sample",
        sa.Column("series_id", ID, nullable=False),
        sa.Column("ts", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("series_id", "ts", name=op.f("pk_sample")),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO sample SELECT series_id, ts, value FROM sample_before")
    op.drop_table("sample_before")
