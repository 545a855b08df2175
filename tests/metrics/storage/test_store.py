"""Samples and rollups, whatever comes late, twice or out of order, and wherever it is broken off."""

from __future__ import annotations

import math
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.dialects import sqlite

from autom8.metrics.ports import Measured
from autom8.models import Chunk, Sample, table_of
from autom8.persistence.engines import Database, open_sqlite
from autom8.persistence.migrate import migrate
from autom8.repositories.series import rollups
from autom8.repositories.series.reading import TIERS, SeriesReader
from autom8.repositories.series.spans import HOUR, MINUTE, SEALED, Kept, begin, milliseconds
from autom8.repositories.series.store import SeriesStore
from tests.metrics.storage.conftest import NOON, Book, some_samples


def count(series: Database, model: type) -> int:
    with series.read_engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table_of(model))).scalar_one())


def sample(name: str = "load", *, at: int, value: float = 1.0, **labels: str) -> Measured:
    return Measured(name=name, labels=tuple(sorted(labels.items())), at=at, value=value)


@pytest.mark.parametrize("seed", range(3))
def test_rollups_are_what_all_samples_give_whatever_comes_late_or_twice(book: Book, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(25):
        back = timedelta(hours=chance.choice([1 / 60, 1, 6, 24]))
        book.write(some_samples(chance, book.now, count=chance.randrange(1, 40), back=back))
        match chance.randrange(4):
            case 0:
                book.store.roll_up()
            case 1:
                book.store.seal(now=book.now)
            case 2:
                book.settle()
        book.now += timedelta(minutes=chance.choice([0, 1, 20, 200]))
    book.settle()
    book.check()
    assert count(book.database, Chunk) > 5
    book.now += timedelta(hours=4)
    book.settle()
    book.check()
    assert count(book.database, Sample) == 0


def test_whatever_statement_it_is_broken_off_at_nothing_is_lost_or_half_done(book: Book) -> None:
    """As kill -9 would: the transaction is not committed. Then all is done again."""
    chance = random.Random(7)
    engine, broken = book.database.write_engine, [0]

    def break_off(*_: Any) -> None:
        broken[0] -= 1
        if broken[0] == 0:
            raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", break_off)
    for place in range(2, 30, 2):
        samples = some_samples(chance, book.now, count=15, back=timedelta(hours=8))
        for act in (lambda: book.write(samples), book.store.roll_up, lambda: book.store.seal(now=book.now)):  # noqa: B023
            broken[0] = place
            try:
                act()
            except KeyboardInterrupt:
                broken[0] = 0
                act()
        broken[0] = 0
        book.now += timedelta(minutes=40)
    event.remove(engine, "before_cursor_execute", break_off)
    book.settle()
    book.check()


def test_what_is_over_is_sealed_once_it_is_rolled_up_and_not_before(book: Book) -> None:
    start = begin(milliseconds(NOON), SEALED) - SEALED
    book.write({("load", start + each * 15_000): float(each) for each in range(480)})
    assert book.store.seal(now=NOON + timedelta(hours=3)) == 0, "it is marked"
    while book.store.roll_up():
        pass
    assert book.store.seal(now=NOON) == 0, "it is not over for an hour"
    assert book.store.seal(now=NOON + timedelta(hours=3)) == 1
    assert (count(book.database, Chunk), count(book.database, Sample)) == (1, 0)
    book.check()


def test_a_late_sample_wins_over_its_chunk_before_and_after_it_is_sealed_again(book: Book) -> None:
    start = begin(milliseconds(NOON), SEALED) - 2 * SEALED
    book.write({("load", start + each * 60_000): 1.0 for each in range(100)})
    book.now += timedelta(hours=1)
    book.settle()
    assert count(book.database, Sample) == 0
    book.write({("load", start + 60_000): 5.0, ("load", start + 61_000): 6.0})
    (series,) = SeriesReader(book.database).series()
    points = SeriesReader(book.database).points([series.id], start + 60_000, start + 62_000)[series.id]
    assert list(zip(points.times, points.values, strict=True)) == [
        (start + 60_000, 5.0),
        (start + 61_000, 6.0),
    ]
    book.settle()
    book.check()
    assert count(book.database, Sample) == 0


def test_what_can_not_be_kept_is_counted_by_its_reason(series: Database) -> None:
    store, at = SeriesStore(series, Kept(raw=timedelta(days=1)), series_max=2), milliseconds(NOON)
    written = store.write(
        [
            sample(at=at),
            sample(at=at - 25 * HOUR),
            sample(at=at + HOUR),
            sample(at=at, value=math.nan, host="a"),
            sample(at=at, value=math.inf, host="a"),
            sample(at=at, host="a"),
            sample(at=at, host="b"),
            sample(at=at, host="c"),
        ],
        now=NOON,
    )
    assert written == (2, 1, 1, 2, 2)
    assert len(SeriesReader(series).series()) == 2
    assert store.write([sample(at=at + 1, host="z")], now=NOON).too_many_series == 1


def test_each_tier_is_kept_for_its_time(book: Book) -> None:
    spans = Kept(
        raw=timedelta(days=1), by_1m=timedelta(hours=2), by_5m=timedelta(days=2), by_1h=timedelta(days=9)
    )
    book.store = SeriesStore(book.database, spans)
    book.write({("load", milliseconds(NOON) - each * MINUTE): 1.0 for each in range(300)})
    book.now += timedelta(hours=4)
    book.settle()
    tiers = ("sample", "chunk", "rollup_1m", "rollup_5m", "rollup_1h")

    def there() -> list[bool]:
        with book.database.read_engine.connect() as connection:
            return [
                connection.execute(text(f"SELECT count(*) FROM {each}")).scalar_one() > 0 for each in tiers
            ]

    assert there() == [False, True, True, True, True]
    for days, left in ((0.5, "chunk 5m 1h"), (1.5, "5m 1h"), (3, "1h"), (10, "")):
        book.store.forget(now=NOON + timedelta(days=days))
        assert [each for each, is_there in zip(tiers, there(), strict=True) if is_there] == [
            each if each == "chunk" else f"rollup_{each}" for each in left.split()
        ]


@pytest.mark.parametrize("step", [MINUTE, 7 * MINUTE, 6 * HOUR])
def test_steps_of_a_chart_gather_what_a_tier_holds(book: Book, step: int) -> None:
    chance, start = random.Random(3), begin(milliseconds(NOON), 42 * HOUR)
    book.write({("load", start - each * 20_000): float(chance.randrange(100)) for each in range(2_000)})
    book.settle()
    reader = SeriesReader(book.database)
    (series,) = reader.series()
    found = reader.rolled_up(MINUTE, [series.id], 0, 2**60, step=step)[series.id]
    by_step: dict[int, dict[int, float]] = {}
    for ts, value in sorted(book.kept["load"].items()):
        by_step.setdefault(begin(ts, step), {})[ts] = value
    assert [each.ts for each in found] == sorted(by_step)
    for each in found:
        values = list(by_step[each.ts].values())
        assert (each.count, each.sum, each.min, each.max) == (
            len(values),
            sum(values),
            min(values),
            max(values),
        )
        assert each.last == values[-1]


@pytest.mark.parametrize("tier", TIERS)
def test_a_roll_up_reads_the_few_rows_of_its_time(tmp_path: Path, tier: int) -> None:
    """On SQLite alone: the planner of PostgreSQL rightly walks tables as small as a test's."""
    database = open_sqlite(tmp_path / "planned.db")
    migrate(database.write_engine, "series")
    statement = rollups._statement("sqlite", tier).compile(dialect=sqlite.dialect())
    with database.read_engine.connect() as connection:
        asked = tuple(0 for _ in statement.positiontup)
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", asked)]
    database.dispose()
    walked = {each.split()[1] for each in plan if each.startswith("SCAN")}
    assert walked <= {"series", "anon_1"}
    assert any("series_id=? AND ts>? AND ts<?" in each for each in plan)
