"""What is stored is counted; of many series only some are, for all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from autom8.metrics.instants import milliseconds
from autom8.metrics.ports import Measured
from autom8.metrics.tiers import HOUR, MINUTE, RAW
from autom8.persistence.engines import Database
from autom8.repositories.series.store import SeriesStore
from autom8.repositories.series.usage import UsageReader

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
NOON_MS = milliseconds(NOON)


@pytest.mark.parametrize("counted_max", [100, 3])
def test_samples_rollups_and_bytes_are_counted_by_tier(series: Database, counted_max: int) -> None:
    reader, store = UsageReader(series, counted_max), SeriesStore(series)
    nothing = reader.usage(since=0)
    assert (nothing.series, nothing.came, nothing.estimated) == (0, 0, False)
    first = NOON_MS - 6 * HOUR
    store.write(
        [Measured("x", (("n", str(n)),), at, 1.0) for n in range(10) for at in range(first, NOON_MS, MINUTE)],
        now=NOON,
    )
    while store.roll_up():
        pass
    while store.seal(now=NOON):
        pass

    usage = reader.usage(since=NOON_MS - 2 * HOUR)

    assert (usage.series, usage.came, usage.estimated) == (10, 10 * 120, counted_max == 3)
    assert {each.tier: each.count for each in usage.tiers} == {
        RAW: 3_600,
        MINUTE: 3_600,
        5 * MINUTE: 720,
        HOUR: 60,
    }
    assert {each.oldest for each in usage.tiers} == {first}
    assert 0 < usage.tiers[0].size_bytes < 3_600 * 25
    assert usage.size_bytes > 8_192


def test_it_is_asked_for_at_a_time(series: Database) -> None:
    store = SeriesStore(series)
    store.write([Measured("x", (), NOON_MS - back * HOUR, 1.0) for back in (1, 30)], now=NOON)
    while store.roll_up():
        pass

    assert UsageReader(series).usage(since=milliseconds(NOON - timedelta(days=1))).came == 1
