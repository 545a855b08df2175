"""How much is stored, tier by tier. Counting all rows would read them, so of many series some are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection, Table, func, select, text

from autom8.models import Chunk, Rollup1h, Sample, Series, table_of
from autom8.persistence.engines import Database, translated
from autom8.repositories.series.reading import TIERS

COUNTED_MAX: Final = 100  # series
SAMPLE_BYTES: Final = 25  # of a row, as measured (decision 18)
ROLLUP_BYTES: Final = 56
CHUNK_BYTES: Final = 32  # beside its data
_TABLES: Final = ("series", "sample", "chunk", "rollup_1m", "rollup_5m", "rollup_1h", "rollup_due")
_SERIES: Final = table_of(Series)
_SAMPLE: Final = table_of(Sample)
_CHUNK: Final = table_of(Chunk)
_HOURS: Final = table_of(Rollup1h)


@dataclass(frozen=True, slots=True)
class TierUsage:
    """What a tier (0: samples) holds: rows or samples, their bytes, and the oldest instant (milliseconds)."""

    tier: int
    count: int
    size_bytes: int
    oldest: int | None


class Usage(NamedTuple):
    """What is stored. If `estimated`, all but `series` and `size_bytes` comes from what some hold."""

    series: int
    size_bytes: int
    estimated: bool
    tiers: Sequence[TierUsage]
    came: int  # samples since the instant that was asked for


@dataclass(frozen=True, slots=True)
class UsageReader:
    """Asks the time-series database how large it is."""

    database: Database
    counted_max: int = COUNTED_MAX

    def usage(self, *, since: int) -> Usage:
        """What is stored, and how many samples are of the hours since an instant (milliseconds).

        Raises:
            DatabaseUnavailable: it can't be asked.
        """
        with translated(), self.database.read_engine.connect() as connection:
            ids = connection.execute(select(_SERIES.c.id).order_by(_SERIES.c.id)).scalars().all()
            counted = ids[:: -(-len(ids) // self.counted_max)] if ids else []
            share = len(ids) / len(counted) if counted else 1.0
            tiers = [_samples(connection, counted, share)]
            tiers += [_rollups(connection, tier, counted, share) for tier in TIERS]
            came = connection.execute(
                select(func.coalesce(func.sum(_HOURS.c.count), 0)).where(
                    _HOURS.c.series_id.in_(counted), _HOURS.c.ts >= since
                )
            ).scalar_one()
            return Usage(len(ids), _bytes(connection), share > 1, tiers, round(int(came) * share))


def _samples(connection: Connection, ids: Sequence[int], share: float) -> TierUsage:
    rows = connection.execute(
        select(func.count(), func.min(_SAMPLE.c.ts)).where(_SAMPLE.c.series_id.in_(ids))
    ).one()
    packed = connection.execute(
        select(
            func.count(),
            func.coalesce(func.sum(_CHUNK.c.count), 0),
            func.coalesce(func.sum(func.length(_CHUNK.c.data)), 0),
            func.min(_CHUNK.c.start_ts),
        ).where(_CHUNK.c.series_id.in_(ids))
    ).one()
    size = rows[0] * SAMPLE_BYTES + int(packed[2]) + packed[0] * CHUNK_BYTES
    oldest = min((each for each in (rows[1], packed[3]) if each is not None), default=None)
    return TierUsage(0, round((rows[0] + int(packed[1])) * share), round(size * share), oldest)


def _rollups(connection: Connection, tier: int, ids: Sequence[int], share: float) -> TierUsage:
    table: Table = TIERS[tier]
    statement = select(func.count(), func.min(table.c.ts)).where(table.c.series_id.in_(ids))
    count, oldest = connection.execute(statement).one()
    return TierUsage(tier, round(count * share), round(count * share * ROLLUP_BYTES), oldest)


def _bytes(connection: Connection) -> int:
    """Of the file, or of the tables with their indexes."""
    if connection.dialect.name == "sqlite":
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        return int(pages * connection.execute(text("PRAGMA page_size")).scalar_one())
    total = text(
        "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(CAST(:names AS text[])) AS name"
    )
    return int(connection.execute(total, {"names": list(_TABLES)}).scalar_one())
