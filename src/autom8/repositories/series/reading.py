"""Reads series: which there are, their samples, and their rollups."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Connection, Table, cast, func, select

from autom8.models import Chunk, Rollup1h, Rollup1m, Rollup5m, Sample, Series, table_of
from autom8.persistence.engines import Database, translated
from autom8.repositories.query import LIMIT_MAX, Listing, Page, Paged
from autom8.repositories.series.chunks import Points, unpack
from autom8.repositories.series.spans import HOUR, MINUTE, WINDOW

_SERIES: Final = table_of(Series)
_SAMPLE: Final = table_of(Sample)
_CHUNK: Final = table_of(Chunk)
_LISTING: Final = Listing(
    key=_SERIES.c.id,
    orders={"id": _SERIES.c.id},
    default="id",
    filters={"name": lambda name: _SERIES.c.name == name},
)
TIERS: Final = {MINUTE: table_of(Rollup1m), WINDOW: table_of(Rollup5m), HOUR: table_of(Rollup1h)}


class SeriesRow(NamedTuple):
    """A series."""

    id: int
    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a series from `ts` to before `ts` and a step."""

    ts: int
    count: int
    sum: float
    min: float
    max: float
    last: float


@dataclass(frozen=True, slots=True)
class SeriesReader:
    """Asks the time-series database."""

    database: Database

    def series(self, name: str | None = None) -> Sequence[SeriesRow]:
        """All series, or those of a name, by id.

        Raises:
            DatabaseUnavailable: it can't be asked.
        """
        statement = select(_SERIES.c.id, _SERIES.c.name, _SERIES.c.labels).order_by(_SERIES.c.id)
        if name is not None:
            statement = statement.where(_SERIES.c.name == name)
        with translated(), self.database.read_engine.connect() as connection:
            return [SeriesRow(*row) for row in connection.execute(statement)]

    def list_(self, page: Page, wanted: Callable[[SeriesRow], bool]) -> Paged[SeriesRow]:
        """A page of the series that are wanted; they may be filtered by `name`.

        Raises:
            Invalid: the page's cursor is not of this list.
            DatabaseUnavailable: they can't be read.
        """
        statement = select(_SERIES.c.id, _SERIES.c.name, _SERIES.c.labels)
        found: list[SeriesRow] = []
        part = replace(page, limit=LIMIT_MAX)
        with translated(), self.database.read_engine.connect() as connection:
            while True:
                rows = [SeriesRow(*row) for row in connection.execute(_LISTING.select(statement, part))]
                read = _LISTING.paged(rows, part, _key)
                found += [each for each in read.items if wanted(each)]
                if read.next is None or len(found) > page.limit:
                    return _LISTING.paged(found, page, _key)
                part = replace(part, cursor=read.next)

    def points(self, series_ids: Collection[int], start: int, end: int) -> Mapping[int, Points]:
        """The samples from `start` to before `end`, by series; of one instant that which came later.

        Raises:
            DatabaseUnavailable: they can't be read.
            DamagedChunk: somebody altered one.
        """
        engine = self.database.read_engine
        if self.database.dialect == "postgresql":  # chunks and rows of one moment
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with translated(), engine.begin() as connection:
            return {each: _points(connection, each, start, end) for each in series_ids}

    def rolled_up(
        self, tier: int, series_ids: Collection[int], start: int, end: int, *, step: int
    ) -> Mapping[int, list[Step]]:
        """The rollups of a tier from `start` to before `end`, by steps that begin at their multiples.

        Raises:
            DatabaseUnavailable: they can't be read.
        """
        found: dict[int, list[Step]] = {}
        with translated(), self.database.read_engine.connect() as connection:
            for each in series_ids:
                found[each] = _steps(connection, TIERS[tier], each, (start, end), step)
        return found


def _key(row: SeriesRow, _: str) -> int:
    return row.id


def _points(connection: Connection, series_id: int, start: int, end: int) -> Points:
    chunks = select(_CHUNK.c.data).where(
        _CHUNK.c.series_id == series_id, _CHUNK.c.start_ts < end, _CHUNK.c.end_ts > start
    )
    rows = select(_SAMPLE.c.ts, _SAMPLE.c.value).where(
        _SAMPLE.c.series_id == series_id, _SAMPLE.c.ts >= start, _SAMPLE.c.ts < end
    )
    times, values = array("q"), array("d")
    for data in connection.execute(chunks.order_by(_CHUNK.c.start_ts)).scalars():
        points = unpack(data)
        times.extend(points.times)
        values.extend(points.values)
    late = connection.execute(rows.order_by(_SAMPLE.c.ts)).all()
    if late and times and late[0].ts <= times[-1]:
        merged = dict(zip(times, values, strict=True)) | {row.ts: row.value for row in late}
        times = array("q", sorted(merged))
        values = array("d", [merged[each] for each in times])
    else:
        times.extend([row.ts for row in late])
        values.extend([row.value for row in late])
    return _within(Points(times, values), start, end)


def _within(points: Points, start: int, end: int) -> Points:
    """The part of a time; a chunk may reach beyond it."""
    first, last = bisect_left(points.times, start), bisect_left(points.times, end)
    return Points(points.times[first:last], points.values[first:last])


def _steps(
    connection: Connection, table: Table, series_id: int, span: tuple[int, int], step: int
) -> list[Step]:
    mine = (table.c.series_id == series_id) & (table.c.ts >= span[0]) & (table.c.ts < span[1])
    begins = (table.c.ts - table.c.ts % step).label("step_ts")
    of = (
        select(
            begins,
            cast(func.sum(table.c.count), BigInteger).label("count"),
            func.sum(table.c.sum).label("sum"),
            func.min(table.c.min).label("min"),
            func.max(table.c.max).label("max"),
            func.max(table.c.ts).label("newest"),
        )
        .where(mine)
        .group_by(begins)
        .subquery()
    )
    newest = table.alias()
    statement = (
        select(of.c.step_ts, of.c.count, of.c.sum, of.c.min, of.c.max, newest.c.last)
        .join(newest, (newest.c.series_id == series_id) & (newest.c.ts == of.c.newest))
        .order_by(of.c.step_ts)
    )
    return [Step(*row) for row in connection.execute(statement)]
