"""Fixtures: the time-series database, on both, and what was written into it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from autom8.metrics.ports import Measured
from autom8.persistence.engines import Database
from autom8.repositories.series.reading import TIERS, SeriesReader
from autom8.repositories.series.spans import begin, milliseconds
from autom8.repositories.series.store import SeriesStore

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
Rollup = tuple[int, float, float, float, float]  # count, sum, min, max, last


@dataclass
class Book:
    """A store, and all that it should hold, kept by hand."""

    database: Database
    now: datetime = NOON
    kept: dict[str, dict[int, float]] = field(default_factory=dict)
    store: SeriesStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = SeriesStore(self.database)

    def write(self, samples: Mapping[tuple[str, int], float]) -> None:
        """Write samples by name and instant, and note them."""
        made = [Measured(name=name, labels=(), at=ts, value=value) for (name, ts), value in samples.items()]
        written = self.store.write(made, now=self.now)
        assert written.kept == len(made)
        for (name, ts), value in samples.items():
            self.kept.setdefault(name, {})[ts] = value

    def settle(self) -> None:
        """Roll up and seal all that is due."""
        while self.store.roll_up():
            pass
        while self.store.seal(now=self.now):
            pass

    def check(self) -> None:
        """All samples are there as they were written last, and rollups are what they give."""
        reader = SeriesReader(self.database)
        ids = {each.name: each.id for each in reader.series()}
        assert ids.keys() == self.kept.keys()
        points = reader.points(ids.values(), 0, 2**60)
        for name, samples in self.kept.items():
            there = points[ids[name]]
            assert dict(zip(there.times, there.values, strict=True)) == samples
            assert list(there.times) == sorted(samples)
            for tier in TIERS:
                assert self._rolled_up(tier, ids[name]) == recomputed(samples, tier), (name, tier)

    def _rolled_up(self, tier: int, series_id: int) -> dict[int, Rollup]:
        table = TIERS[tier]
        statement = select(table).where(table.c.series_id == series_id)
        with self.database.read_engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(statement)]
        return {
            ts: (number, total, lowest, highest, last) for _, ts, number, total, lowest, highest, last in rows
        }


def recomputed(samples: Mapping[int, float], tier: int) -> dict[int, Rollup]:
    """The rollups of samples, by hand. Values are such that their sums are exact."""
    steps: dict[int, list[int]] = {}
    for ts in sorted(samples):
        steps.setdefault(begin(ts, tier), []).append(ts)
    return {
        step: (
            len(times),
            sum(samples[each] for each in times),
            min(samples[each] for each in times),
            max(samples[each] for each in times),
            samples[times[-1]],
        )
        for step, times in steps.items()
    }


@pytest.fixture
def book(series: Database) -> Book:
    """An empty book."""
    return Book(series)


def some_samples(
    chance: random.Random, now: datetime, *, count: int, back: timedelta
) -> dict[tuple[str, int], float]:
    """As many samples of four series within the time before now, in no order, with whole halves as values."""
    end = milliseconds(now)
    span = milliseconds(now) - milliseconds(now - back)
    return {
        (f"s{chance.randrange(4)}", end - chance.randrange(span)): chance.randrange(-1_000, 1_000) / 2
        for _ in range(count)
    }
