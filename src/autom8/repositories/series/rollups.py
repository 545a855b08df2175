"""Rolls samples up, by the minute, by five and by the hour: always computed anew, never added to.

A mark names five minutes of a series that were changed. Who takes it computes them and removes it in one
transaction, so that whatever ends this, or comes late, or comes twice, leaves what all samples give.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Integer, bindparam, delete, func, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite

from autom8.models import Chunk, Rollup1h, Rollup1m, Rollup5m, RollupDue, Sample, Series, table_of
from autom8.persistence.engines import Database, translated
from autom8.repositories.series.chunks import unpack
from autom8.repositories.series.spans import ALL, HOUR, MINUTE, WINDOW, begin

MARKS: Final = 100  # in one transaction
_DUE: Final = RollupDue.__table__
_CHUNK: Final = Chunk.__table__
_SAMPLE: Final = table_of(Sample)
_SERIES: Final = table_of(Series)
_COLUMNS: Final = ("series_id", "ts", "count", "sum", "min", "max", "last")
_TIERS: Final = {  # what it is computed from, and where it is kept
    MINUTE: (_SAMPLE, table_of(Rollup1m)),
    WINDOW: (table_of(Rollup1m), table_of(Rollup5m)),
    HOUR: (table_of(Rollup5m), table_of(Rollup1h)),
}


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
                _compute(connection, MINUTE, mark.window_ts, WINDOW, mark.series_id)
                _compute(connection, WINDOW, mark.window_ts, WINDOW, mark.series_id)
            for hour, series_id in sorted({(begin(each.window_ts, HOUR), each.series_id) for each in marks}):
                _compute(connection, HOUR, hour, HOUR, series_id)
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
        connection.execute(make(_SAMPLE).on_conflict_do_nothing(), rows)
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


def _compute(connection: Connection, tier: int, start: int, span: int, series_id: int) -> None:
    statement = _statement(connection.dialect.name, tier)
    connection.execute(statement, {"start": start, "end": start + span, "of_series": series_id})


@cache
def _statement(dialect: str, tier: int) -> Any:
    """Computes a tier's steps in a time, of one series or of all, from samples or from the tier below.

    Asked by the ids, so that each series' few rows are found by the key, and not all rows are read.
    """
    of, to = _TIERS[tier]
    step = (of.c.ts - of.c.ts % tier).label("step")
    value = of.c.get("value")
    is_asked = or_(bindparam("of_series", type_=Integer) == ALL, _SERIES.c.id == bindparam("of_series"))
    asked = select(_SERIES.c.id).where(is_asked)
    steps = (
        select(
            of.c.series_id,
            step,
            (func.count() if value is not None else func.sum(of.c.count)).label("count"),
            func.sum(value if value is not None else of.c.sum).label("sum"),
            func.min(value if value is not None else of.c.min).label("min"),
            func.max(value if value is not None else of.c.max).label("max"),
            func.max(of.c.ts).label("newest"),
        )
        .where(of.c.series_id.in_(asked), of.c.ts >= bindparam("start"), of.c.ts < bindparam("end"))
        .group_by(of.c.series_id, step)
        .subquery()
    )
    newest = of.alias()
    found = select(
        *(steps.c[name] for name in ("series_id", "step", "count", "sum", "min", "max")),
        newest.c.value if value is not None else newest.c.last,
    ).join(newest, (newest.c.series_id == steps.c.series_id) & (newest.c.ts == steps.c.newest))
    make: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    made = make(to).from_select(_COLUMNS, found.where(true()))  # SQLite would read ON CONFLICT as a join's ON
    return made.on_conflict_do_update(
        index_elements=["series_id", "ts"], set_={name: made.excluded[name] for name in _COLUMNS[2:]}
    )
