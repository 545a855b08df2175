"""Time series: a database file of their own on SQLite, so that samples never wait for the ledger."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from autom8.models.base import Base, Id, Json


class SeriesBase(DeclarativeBase):
    """Parent of every time-series table."""

    metadata = MetaData(naming_convention=Base.metadata.naming_convention)


class Series(SeriesBase):
    """One named series with its labels."""

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    labels: Mapped[dict[str, str]] = mapped_column(Json)
    labels_hash: Mapped[str] = mapped_column(Text, unique=True)  # of name and labels


class Sample(SeriesBase):
    """One value of a series; `ts` is milliseconds since 1970."""

    __tablename__ = "sample"

    series_id: Mapped[int] = mapped_column(Id, ForeignKey("series.id"), primary_key=True)
    ts: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    value: Mapped[float]

    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - declared so by SQLAlchemy
