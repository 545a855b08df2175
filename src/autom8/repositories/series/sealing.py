"""Seals what is over: rows of two hours of a series become one chunk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from autom8.models import Chunk, RollupDue, Sample, Series
from autom8.persistence.engines import Database, translated
from autom8.repositories.series.chunks import pack, unpack
from autom8.repositories.series.spans import SEALED, UNSEALED, begin, milliseconds

AT_ONCE: Final = 50  # series in one transaction
_SAMPLE: Final = Sample.__table__
_CHUNK: Final = Chunk.__table__
_SERIES: Final = Series.__table__
_DUE: Final = RollupDue.__table__


@dataclass(frozen=True, slots=True)
class Sealing:
    """Makes chunks of rows."""

    database: Database

    def seal(self, *, now: datetime) -> int:
        """Seal some of what is over; how many series. What is yet to be rolled up waits for that.

        Raises:
            DatabaseUnavailable: nothing was done.
        """
        before = begin(milliseconds(now) - UNSEALED, SEALED)
        with translated(), self.database.writing(), self.database.write_engine.begin() as connection:
            due = connection.execute(select(_DUE.c.window_ts).order_by(_DUE.c.window_ts).limit(1)).scalar()
            if due is not None:
                before = min(before, begin(due, SEALED))
            old = exists().where(_SAMPLE.c.series_id == _SERIES.c.id, _SAMPLE.c.ts < before)
            found = select(_SERIES.c.id).where(old).order_by(_SERIES.c.id).limit(AT_ONCE)
            ids = connection.execute(found.with_for_update(skip_locked=True)).scalars().all()
            for series_id in ids:
                _seal(connection, series_id, before)
        return len(ids)


def _seal(connection: Connection, series_id: int, before: int) -> None:
    mine = (_SAMPLE.c.series_id == series_id) & (_SAMPLE.c.ts < before)
    rows = connection.execute(select(_SAMPLE.c.ts, _SAMPLE.c.value).where(mine)).all()
    spans: dict[int, dict[int, float]] = {}
    for ts, value in rows:
        spans.setdefault(begin(ts, SEALED), {})[ts] = value
    for start, samples in spans.items():
        whole = {**_sealed_before(connection, series_id, start), **samples}
        times = sorted(whole)
        values = {
            "series_id": series_id,
            "start_ts": start,
            "end_ts": start + SEALED,
            "count": len(times),
            "data": pack(times, [whole[each] for each in times]),
        }
        make: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        statement = make(_CHUNK).values(**values)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["series_id", "start_ts"],
                set_={"count": statement.excluded.count, "data": statement.excluded.data},
            )
        )
    # Only what was read: another server may write a late one meanwhile.
    connection.execute(
        delete(Sample).where(mine, _SAMPLE.c.ts.in_([row.ts for row in rows]))
        if connection.dialect.name == "postgresql"
        else delete(Sample).where(mine)
    )


def _sealed_before(connection: Connection, series_id: int, start: int) -> dict[int, float]:
    mine = (_CHUNK.c.series_id == series_id) & (_CHUNK.c.start_ts == start)
    data = connection.execute(select(_CHUNK.c.data).where(mine)).scalar()
    if data is None:
        return {}
    points = unpack(data)
    return dict(zip(points.times, points.values, strict=True))
