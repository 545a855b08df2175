"""The time-series database as one: written, rolled up, sealed and forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Table, delete, select

from autom8.models import Chunk, Rollup1h, Rollup1m, Rollup5m, RollupDue, Sample, Series, table_of
from autom8.persistence.engines import Database, translated
from autom8.repositories.series.rollups import Rollups
from autom8.repositories.series.sealing import Sealing
from autom8.repositories.series.spans import Kept, milliseconds
from autom8.repositories.series.writing import SERIES_MAX, SampleOf, SeriesWriter, Written

AT_ONCE: Final = 200  # series whose old rows go in one transaction
_SERIES: Final = table_of(Series)


@dataclass(slots=True)
class SeriesStore:
    """Samples in the time-series database. Any number of processes may do each of this."""

    database: Database
    spans: Kept = field(default_factory=Kept)
    series_max: int = SERIES_MAX
    _writer: SeriesWriter = field(init=False)

    def __post_init__(self) -> None:
        self._writer = SeriesWriter(self.database, self.spans, self.series_max)

    def write(self, samples: Sequence[SampleOf], *, now: datetime) -> Written:
        """Keep all of these that can be, in one transaction; of two of one series and instant, the later one.

        Raises:
            DatabaseUnavailable: none was kept.
        """
        return self._writer.write(samples, now=now)

    def roll_up(self) -> int:
        """Roll up some of what was changed; how many marks, 0 once all is done.

        Raises:
            DatabaseUnavailable: nothing was done.
        """
        return Rollups(self.database).roll_up()

    def seal(self, *, now: datetime) -> int:
        """Seal some of what is over; how many series, 0 once all is done.

        Raises:
            DatabaseUnavailable: nothing was done.
        """
        return Sealing(self.database).seal(now=now)

    def forget(self, *, now: datetime) -> int:
        """Remove what is older than its tier is kept; how many rows.

        Raises:
            DatabaseUnavailable: not all was done.
        """
        raw = milliseconds(now - self.spans.raw)
        with translated(), self.database.writing(), self.database.write_engine.begin() as connection:
            gone = connection.execute(delete(Chunk).where(table_of(Chunk).c.end_ts <= raw)).rowcount
            connection.execute(delete(RollupDue).where(table_of(RollupDue).c.window_ts < raw))
        tiers: list[tuple[type, timedelta]] = [
            (Sample, self.spans.raw),
            (Rollup1m, self.spans.by_1m),
            (Rollup5m, self.spans.by_5m),
            (Rollup1h, self.spans.by_1h),
        ]
        with self.database.read_engine.connect() as connection:
            ids = connection.execute(select(_SERIES.c.id).order_by(_SERIES.c.id)).scalars().all()
        for model, age in tiers:
            before = milliseconds(now - age)
            for first in range(0, len(ids), AT_ONCE):
                gone += self._forget_rows(table_of(model), ids[first : first + AT_ONCE], before)
        return gone

    def _forget_rows(self, table: Table, series_ids: Sequence[int], before: int) -> int:
        """By series, since that is how rows lie."""
        old = table.c.series_id.in_(series_ids) & (table.c.ts < before)
        with translated(), self.database.writing(), self.database.write_engine.begin() as connection:
            return connection.execute(delete(table).where(old)).rowcount
