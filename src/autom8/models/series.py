"""Time series: a database file of their own on SQLite, so that samples never wait for the ledger.

Instants here are milliseconds since 1970 (`ts`), and no table refers to another: one writer makes all.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from autom8.models.base import Base, Id, Json

_WITHOUT_ROWID = {"sqlite_with_rowid": False}


class SeriesBase(DeclarativeBase):
    """Parent of every time-series table."""

    metadata = MetaData(naming_convention=Base.metadata.naming_convention)


class Series(SeriesBase):
    """One named series with its labels. `kind` is gauge, counter, or unknown."""

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    labels: Mapped[dict[str, str]] = mapped_column(Json)
    labels_hash: Mapped[str] = mapped_column(Text, unique=True)  # of name and labels
    kind: Mapped[str] = mapped_column(Text, server_default="unknown")

    __table_args__ = (Index("ix_series_name", "name", "id"),)


class Sample(SeriesBase):
    """One value of a series that is in no chunk, or came after it and wins over it."""

    __tablename__ = "sample"

    series_id: Mapped[int] = mapped_column(Id, primary_key=True)
    ts: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    value: Mapped[float]

    __table_args__ = _WITHOUT_ROWID


class Chunk(SeriesBase):
    """The samples of one series from `start_ts` to before `end_ts`, packed."""

    __tablename__ = "chunk"

    series_id: Mapped[int] = mapped_column(Id, primary_key=True)
    start_ts: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    end_ts: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (Index("ix_chunk_end_ts", "end_ts"), _WITHOUT_ROWID)


class _Rollup:
    """What became of a series in the step of a tier that begins at `ts`; only one with samples has a row."""

    series_id: Mapped[int] = mapped_column(Id, primary_key=True)
    ts: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    sum: Mapped[float]
    min: Mapped[float]
    max: Mapped[float]
    last: Mapped[float]

    __table_args__ = _WITHOUT_ROWID


class Rollup1m(_Rollup, SeriesBase):
    """By the minute."""

    __tablename__ = "rollup_1m"


class Rollup5m(_Rollup, SeriesBase):
    """By five minutes."""

    __tablename__ = "rollup_5m"


class Rollup1h(_Rollup, SeriesBase):
    """By the hour."""

    __tablename__ = "rollup_1h"


class RollupDue(SeriesBase):
    """Five minutes of a series whose rollups are to be computed anew; series 0 stands for all."""

    __tablename__ = "rollup_due"

    window_ts: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    series_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)

    __table_args__ = _WITHOUT_ROWID
