"""Rolls samples up, by the minute, by five and by the hour: always computed anew, never added to.

A mark names five minutes of a series that were changed. Who takes it computes them and removes it in one
transaction, so that whatever ends this, or comes late, or comes twice, leaves what all samples give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, delete, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite

from autom8.models import Chunk, RollupDue, Sample, table_of
from autom8.persistence.engines import Database, translated
from autom8.repositories.series.chunks import unpack
from autom8.repositories.series.spans import ALL, HOUR, WINDOW, begin

MARKS: Final = 100  # in one transaction
_DUE: Final = RollupDue.__table__
_CHUNK: Final = Chunk.__table__
# `series` leads, so that each one's few rows are found by the key, and not all rows are read. 0 is ALL.
_MINUTES: Final = text("""
    INSERT INTO rollup_1m (series_id, ts, count, sum, min, max, last)
    SELECT of.series_id, of.step, of.count, of.sum, of.min, of.max, newest.value
    FROM (
        SELECT sample.series_id AS series_id, sample.ts - sample.ts % 60000 AS step, count(*) AS count,
            sum(sample.value) AS sum, min(sample.value) AS min, max(sample.value) AS max,
            max(sample.ts) AS newest
        FROM series JOIN sample ON sample.series_id = series.id
        WHERE sample.ts >= :start AND sample.ts < :end AND (:series_id = 0 OR series.id = :series_id)
        GROUP BY sample.series_id, sample.ts - sample.ts % 60000
    ) AS of JOIN sample AS newest ON newest.series_id = of.series_id AND newest.ts = of.newest
    WHERE true
    ON CONFLICT (series_id, ts) DO UPDATE SET count = excluded.count, sum = excluded.sum,
        min = excluded.min, max = excluded.max, last = excluded.last
""")
_FIVES: Final = text("""
    INSERT INTO rollup_5m (series_id, ts, count, sum, min, max, last)
    SELECT of.series_id, of.step, of.count, of.sum, of.min, of.max, newest.last
    FROM (
        SELECT tier.series_id AS series_id, tier.ts - tier.ts % 300000 AS step, sum(tier.count) AS count,
            sum(tier.sum) AS sum, min(tier.min) AS min, max(tier.max) AS max, max(tier.ts) AS newest
        FROM series JOIN rollup_1m AS tier ON tier.series_id = series.id
        WHERE tier.ts >= :start AND tier.ts < :end AND (:series_id = 0 OR series.id = :series_id)
        GROUP BY tier.series_id, tier.ts - tier.ts % 300000
    ) AS of JOIN rollup_1m AS newest ON newest.series_id = of.series_id AND newest.ts = of.newest
    WHERE true
    ON CONFLICT (series_id, ts) DO UPDATE SET count = excluded.count, sum = excluded.sum,
        min = excluded.min, max = excluded.max, last = excluded.last
""")
_HOURS: Final = text("""
    INSERT INTO rollup_1h (series_id, ts, count, sum, min, max, last)
    SELECT of.series_id, of.step, of.count, of.sum, of.min, of.max, newest.last
    FROM (
        SELECT tier.series_id AS series_id, tier.ts - tier.ts % 3600000 AS step, sum(tier.count) AS count,
            sum(tier.sum) AS sum, min(tier.min) AS min, max(tier.max) AS max, max(tier.ts) AS newest
        FROM series JOIN rollup_5m AS tier ON tier.series_id = series.id
        WHERE tier.ts >= :start AND tier.ts < :end AND (:series_id = 0 OR series.id = :series_id)
        GROUP BY tier.series_id, tier.ts - tier.ts % 3600000
    ) AS of JOIN rollup_5m AS newest ON newest.series_id = of.series_id AND newest.ts = of.newest
    WHERE true
    ON CONFLICT (series_id, ts) DO UPDATE SET count = excluded.count, sum = excluded.sum,
        min = excluded.min, max = excluded.max, last = excluded.last
""")


class Mark(NamedTuple):
    """Five minutes of a series, or of all."""

    window_ts: int
    series_id: int


@dataclass(frozen=True, slots=True)
class Rollups:
    """Rolls up what is marked."""

    database: Database

    def roll_up(self) -> int:
        """Roll up some of what is marked, the oldest first; how many marks.

        Raises:
            DatabaseUnavailable: nothing was done.
        """
        with translated(), self.database.writing(), self.database.write_engine.begin() as connection:
            marks = _taken(connection)
            for mark in marks:
                spread(connection, mark.window_ts, mark.window_ts + WINDOW, mark.series_id)
                _compute(connection, _MINUTES, mark.window_ts, WINDOW, mark.series_id)
                _compute(connection, _FIVES, mark.window_ts, WINDOW, mark.series_id)
            for hour, series_id in sorted({(begin(each.window_ts, HOUR), each.series_id) for each in marks}):
                _compute(connection, _HOURS, hour, HOUR, series_id)
        return len(marks)


def spread(connection: Connection, start: int, end: int, series_id: int = ALL) -> None:
    """Make rows again of chunks that hold some of a time. What is there as a row came later, and stays."""
    statement = select(_CHUNK.c.series_id, _CHUNK.c.start_ts, _CHUNK.c.data).where(
        _CHUNK.c.start_ts < end, _CHUNK.c.end_ts > start
    )
    if series_id != ALL:
        statement = statement.where(_CHUNK.c.series_id == series_id)
    make: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    for row in connection.execute(statement).all():
        points = unpack(row.data)
        rows = [
            {"series_id": row.series_id, "ts": ts, "value": value}
            for ts, value in zip(points.times, points.values, strict=True)
        ]
        connection.execute(make(table_of(Sample)).on_conflict_do_nothing(), rows)
        mine = (_CHUNK.c.series_id == row.series_id) & (_CHUNK.c.start_ts == row.start_ts)
        connection.execute(delete(Chunk).where(mine))


def _taken(connection: Connection) -> list[Mark]:
    statement = select(_DUE.c.window_ts, _DUE.c.series_id).order_by(_DUE.c.window_ts, _DUE.c.series_id)
    rows = connection.execute(statement.limit(MARKS).with_for_update(skip_locked=True)).all()
    marks = [Mark(*row) for row in rows]
    if marks:
        mine = [(_DUE.c.window_ts == each.window_ts) & (_DUE.c.series_id == each.series_id) for each in marks]
        connection.execute(delete(RollupDue).where(or_(*mine)))
    return marks


def _compute(connection: Connection, statement: Any, start: int, span: int, series_id: int) -> None:
    connection.execute(statement, {"start": start, "end": start + span, "series_id": series_id})
