"""Samples are written in batches to a database of their own; who measures never waits and never fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from autom8.kernel.errors import Unavailable
from autom8.kernel.events import RunEnded
from autom8.kernel.telemetry import Telemetry
from autom8.metrics.ports import Measured
from autom8.metrics.recorder import Recorder
from autom8.persistence.engines import Database, open_postgresql, open_sqlite
from autom8.repositories.series.reading import SeriesReader
from autom8.repositories.series.store import SeriesStore
from tests.api.rig import opened

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ENDED = RunEnded(run_id=1, task_id=7, state="succeeded", lateness_s=0.25, duration_s=3.0)


@dataclass
class SteppedClock:
    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@dataclass
class GoneStore:
    """A store that can't be reached."""

    offered: list[Sequence[Measured]] = field(default_factory=list)

    def write(self, samples: Sequence[Measured], *, now: datetime) -> None:
        self.offered.append(samples)
        raise Unavailable("gone")

    def roll_up(self) -> int:
        raise Unavailable("gone")

    def seal(self, *, now: datetime) -> int:
        raise Unavailable(f"gone {now}")

    def forget(self, *, now: datetime) -> int:
        raise Unavailable(f"gone {now}")


def rows(series: Database) -> list[tuple[str, int, float]]:
    query = "SELECT name, ts, value FROM sample JOIN series ON series.id = series_id ORDER BY name, ts"
    with series.read_engine.connect() as connection:
        return [(name, ts, value) for name, ts, value in connection.execute(text(query))]


def test_the_end_of_a_run_becomes_samples(series: Database) -> None:
    recorder = Recorder(store=SeriesStore(series), clock=SteppedClock(), telemetry=Telemetry())

    recorder.run_ended(ENDED)
    assert rows(series) == []  # nobody waits for the store
    assert recorder.flush() == 3

    ms = int(NOON.timestamp() * 1_000)
    assert rows(series) == [
        ("autom8_run_duration_seconds", ms, 3.0),
        ("autom8_run_ended", ms, 1.0),
        ("autom8_run_lateness_seconds", ms, 0.25),
    ]
    assert recorder.flush() == 0


def test_a_series_is_made_once_whoever_writes_first(series: Database) -> None:
    clock = SteppedClock()
    for _ in range(2):  # two servers, each with an empty memory of series
        recorder = Recorder(store=SeriesStore(series), clock=clock, telemetry=Telemetry())
        for _ in range(2):
            recorder.record("load", 1.0, (("host", "a"),))
            clock.at += timedelta(seconds=15)
            recorder.flush()

    with series.read_engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM series")).scalar_one() == 1
    assert len(rows(series)) == 4


def test_of_two_samples_in_one_millisecond_the_later_counts(series: Database) -> None:
    recorder = Recorder(store=SeriesStore(series), clock=SteppedClock(), telemetry=Telemetry())

    recorder.record("load", 1.0)
    recorder.record("load", 2.0)
    recorder.flush()
    recorder.record("load", 3.0)
    recorder.flush()

    assert [value for _, _, value in rows(series)] == [3.0]


def test_old_samples_are_forgotten(series: Database) -> None:
    clock = SteppedClock()
    recorder = Recorder(store=SeriesStore(series), clock=clock, telemetry=Telemetry())
    recorder.record("load", 1.0)
    recorder.flush()
    clock.at += timedelta(days=15)
    recorder.record("load", 2.0)
    recorder.flush()

    assert recorder.forget_old() == 1
    assert [value for _, _, value in rows(series)] == [2.0]


def test_what_can_not_be_written_stays_for_the_next_time_and_what_does_not_fit_is_counted() -> None:
    store, telemetry = GoneStore(), Telemetry()
    recorder = Recorder(store=store, clock=SteppedClock(), telemetry=telemetry, queue_max=3)
    for number in range(4):
        recorder.record("load", float(number))

    for _ in range(2):
        with pytest.raises(Unavailable):
            recorder.flush()

    assert [[each.value for each in batch] for batch in store.offered] == [[0.0, 1.0, 2.0]] * 2
    assert telemetry.snapshot()["samples.dropped"] == 1


def test_a_gone_database_is_an_expected_failure(tmp_path: Path) -> None:
    nowhere = [
        open_sqlite(tmp_path / "no" / "such.db"),
        open_postgresql("postgresql+psycopg://nobody@127.0.0.1:1/nowhere"),
    ]
    for database in nowhere:
        recorder = Recorder(store=SeriesStore(database), clock=SteppedClock(), telemetry=Telemetry())
        recorder.record("load", 1.0)
        with pytest.raises(Unavailable):
            recorder.flush()


def test_what_was_measured_is_written_when_the_server_ends(tmp_path: Path) -> None:
    with opened(tmp_path / "home") as house:
        house.services.recorder.record("load", 1.0)
    with opened(tmp_path / "home") as house:
        (load,) = SeriesReader(house.services.series).series("load")
        points = SeriesReader(house.services.series).points([load.id], 0, 2**60)[load.id]
    assert list(points.values) == [1.0]
