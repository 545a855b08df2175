"""PromQL reads samples as far back as they are kept, and rollups beyond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from autom8.metrics.instants import milliseconds
from autom8.metrics.ports import Measured
from autom8.metrics.promql.asking import length_ms, selector_of, time_ms
from autom8.metrics.promql.errors import LimitExceeded, QueryError
from autom8.metrics.promql.limits import Limits
from autom8.metrics.source import StoredSource
from autom8.metrics.tiers import HOUR, MINUTE, RAW
from autom8.persistence.engines import Database
from autom8.repositories.series.reading import SeriesReader
from autom8.repositories.series.store import SeriesStore

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
NOON_MS = milliseconds(NOON)
KEPT = {RAW: timedelta(days=14), 5 * MINUTE: timedelta(days=45), HOUR: timedelta(days=750)}
FIRST = NOON_MS - 3 * HOUR


def source(series: Database, *, after: timedelta, **limits: int) -> StoredSource:
    """The source as it is so long after three hours in which a sample came each minute: its number."""
    store = SeriesStore(series)
    store.write([Measured("x", (("n", "a"),), FIRST + n * MINUTE, float(n)) for n in range(180)], now=NOON)
    store.write([Measured("y", (), FIRST, 1.0)], now=NOON)
    while store.roll_up():
        pass
    now_ms = NOON_MS + after // timedelta(milliseconds=1)
    return StoredSource(reader=SeriesReader(series), kept=KEPT, limits=Limits(**limits), now_ms=now_ms)


def asked(source: StoredSource, start: int, end: int, *, step: int = 0) -> dict[int, float]:
    [found] = source.select(selector_of('x{n="a"}'), start, end, step=step)
    assert found.labels == {"__name__": "x", "n": "a"}
    times = list(found.times)
    assert times == sorted(set(times))
    return {at: value for at, value in zip(found.times, found.values, strict=True) if start < at <= end}


def test_within_what_is_kept_there_is_every_sample(series: Database) -> None:
    found = asked(source(series, after=timedelta()), FIRST + MINUTE, FIRST + 4 * MINUTE)

    assert found == {FIRST + n * MINUTE: float(n) for n in (2, 3, 4)}


def test_beyond_it_there_is_the_last_sample_of_each_five_minutes(series: Database) -> None:
    found = asked(source(series, after=timedelta(days=20)), FIRST, FIRST + HOUR)

    assert found == {FIRST + n * MINUTE - 1: float(n - 1) for n in range(5, 61, 5)}


def test_still_further_back_of_each_hour_and_held_where_only_the_latest_counts(series: Database) -> None:
    old = source(series, after=timedelta(days=100))

    assert asked(old, FIRST, NOON_MS) == {
        FIRST + HOUR - 1: 59.0,
        FIRST + 2 * HOUR - 1: 119.0,
        FIRST + 3 * HOUR - 1: 179.0,
    }
    held = asked(old, FIRST + 90 * MINUTE, FIRST + 100 * MINUTE, step=MINUTE)
    assert held == {FIRST + 95 * MINUTE - 1: 59.0, FIRST + 100 * MINUTE - 1: 59.0}


def test_the_tiers_join_without_a_gap_or_a_repeat(series: Database) -> None:
    edge = source(series, after=timedelta(days=14, minutes=-90))  # an hour and a half is kept as samples

    found = asked(edge, FIRST, NOON_MS)

    border = FIRST + 2 * HOUR  # the kept part begins at a whole hour
    assert [at for at in found if at >= border] == [border + n * MINUTE for n in range(60)]
    assert [at for at in found if at < border] == [FIRST + n * MINUTE - 1 for n in range(5, 121, 5)]


def test_what_selects_too_much_is_refused_before_it_is_read(series: Database) -> None:
    with pytest.raises(LimitExceeded, match="more than 0 series"):
        asked(source(series, after=timedelta(), series_max=0), FIRST, NOON_MS)
    with pytest.raises(LimitExceeded, match="more than 10 samples"):
        asked(source(series, after=timedelta(), samples_max=10), FIRST, NOON_MS)


def test_selectors_without_a_name_ask_all_series(series: Database) -> None:
    there = source(series, after=timedelta())

    assert [each.name for each in there.found(selector_of('{n="a"}'))] == ["x"]
    assert {each.name for each in there.found(selector_of('{__name__=~"x|y"}'))} == {"x", "y"}


def test_times_are_seconds_or_rfc_3339_and_lengths_seconds_or_durations() -> None:
    assert time_ms("1.5", field="time") == 1_500
    assert time_ms("1e3", field="time") == 1_000_000
    assert time_ms("2030-01-01T12:00:00.25Z", field="time") == NOON_MS + 250
    assert time_ms("2030-01-01T14:00:00+02:00", field="time") == NOON_MS
    assert length_ms("0.5", field="step") == 500
    assert length_ms("1h30m", field="step") == 90 * MINUTE


@pytest.mark.parametrize("text", ["", "noon", "2030-01-01", "2030-01-01T12:00:00", "NaN", "inf", "1e400"])
def test_what_is_no_time_is_named(text: str) -> None:
    with pytest.raises(QueryError, match="start is a time"):
        time_ms(text, field="start")


@pytest.mark.parametrize("text", ["", "0", "-1", "1x", "NaN", "inf", "0s", "1e-9"])
def test_what_is_no_length_of_time_is_named(text: str) -> None:
    with pytest.raises(QueryError, match="step is a length of time"):
        length_ms(text, field="step")


@pytest.mark.parametrize("text", ["1", "x + x", "x[5m]", "x offset 5m", "x @ 0", "sum(x)"])
def test_only_a_selector_selects(text: str) -> None:
    with pytest.raises(QueryError, match="selector of series"):
        selector_of(text)
