"""How the engine asks its source, and what it makes of series that end, begin and are alike."""

from __future__ import annotations

import math
from array import array

import pytest

from autom8.metrics.promql.buckets import bucket_quantile
from autom8.metrics.promql.engine import query_instant, query_range
from autom8.metrics.promql.errors import QueryFailed
from autom8.metrics.promql.matchers import Matcher, Operator
from autom8.metrics.promql.numbers import duration_ms, duration_text, power
from autom8.metrics.promql.options import Generation, Options
from autom8.metrics.promql.parsing import parse
from autom8.metrics.promql.ports import SeriesData
from autom8.metrics.promql.results import MatrixSeries, ScalarResult, VectorResult
from autom8.metrics.promql.staleness import stale_marker, stale_places
from tests.metrics.promql.memory import STALE, Memory, series

MINUTE = 60_000


def memory(**values: list[float | str | None]) -> Memory:
    """Series of these names with a value each minute, from minute 0 on."""
    return Memory(
        [
            series({"__name__": name}, [(i * MINUTE, v) for i, v in enumerate(given) if v is not None])
            for name, given in values.items()
        ]
    )


def over(source: Memory, text: str, minutes: int, options: Options | None = None) -> list[MatrixSeries]:
    return list(
        query_range(source, parse(text), 0, minutes * MINUTE, MINUTE, options=options or Options()).series
    )


def only_values(source: Memory, text: str, minutes: int) -> list[float]:
    (found,) = over(source, text, minutes)
    return list(found.values)


def test_each_selector_is_asked_for_once_however_often_it_stands_there() -> None:
    source = memory(x=[1.0, 2.0, 3.0])

    over(source, "x + x * x - rate(x[5m]) - rate(x[5m]) + x offset 1m", 2)

    assert [(start, end, step) for _, start, end, step in source.asked] == [
        (-300_000, 120_000, 60_000),
        (-300_000, 120_000, 0),
        (-360_000, 60_000, 60_000),
    ]


def test_a_single_instant_needs_no_more_than_the_latest_sample_of_the_lookback() -> None:
    source = memory(x=[1.0])

    query_instant(source, parse("x"), MINUTE, options=Options(lookback_ms=90_000))
    query_instant(source, parse("x[2m]"), MINUTE, options=Options(generation=Generation.TWO))

    assert [(start, end, step) for _, start, end, step in source.asked] == [
        (-30_000, 60_000, 90_000),
        (-60_001, 60_000, 0),
    ]


def test_a_series_goes_on_for_the_lookback_and_ends_at_once_by_a_marker() -> None:
    source = memory(gone=[1.0, 2.0], ended=[1.0, 2.0, STALE, None, 5.0])

    assert only_values(source, "gone", 9) == [1, 2, 2, 2, 2, 2]
    assert list(over(source, "ended", 4)[0].times) == [0, MINUTE, 4 * MINUTE]
    assert only_values(source, "count_over_time(ended[10m])", 4) == [1, 2, 2, 2, 3]


def test_a_nan_is_a_value_and_a_stale_marker_is_none() -> None:
    values = array("d", [1.0, float("nan")]) + stale_marker() + array("d", [2.0])
    held = SeriesData({"__name__": "x"}, array("q", [1, 2, 3, 4]), values)

    assert stale_places(values) == [2]
    assert list(query_range(Memory([held]), parse("x"), 1, 4, 1).series[0].times) == [1, 2, 4]


def test_bytes_that_look_like_a_marker_between_two_values_are_none() -> None:
    bits = 0x7FF0000000000002
    shifted = array("Q", [(bits << 32) & (2**64 - 1), bits >> 32])

    assert stale_places(array("d", shifted.tobytes())) == []


def test_the_ends_of_a_query_are_those_of_the_whole() -> None:
    source = memory(x=[1.0, 2.0, 3.0, 4.0])

    assert only_values(source, "x @ end() - x @ start()", 3) == [3, 3, 3, 3]
    assert only_values(source, "max_over_time((x @ end())[2m:1m])", 3) == [4, 4, 4, 4]


def test_series_that_do_not_meet_become_one_and_those_that_do_are_refused() -> None:
    source = memory(old=[1.0, 2.0, STALE], new=[None, None, 3.0, 4.0], other=[5.0])
    text = '{__name__=~"old|new"} * 1'

    assert only_values(source, text, 3) == [1, 2, 3, 4]
    with pytest.raises(QueryFailed, match="same labels"):
        over(source, '{__name__=~"old|other"} * 1', 3)


def test_labels_that_are_empty_are_none() -> None:
    held = SeriesData({"__name__": "x", "a": ""}, array("q", [0]), array("d", [1.0]))
    result = query_instant(Memory([held]), parse("x"), 0)

    assert isinstance(result, VectorResult)
    assert result.samples[0].labels == {"__name__": "x"}


def test_rates_of_the_two_generations_differ_where_prometheus_does() -> None:
    aligned = memory(x=[0.0, 60.0, 120.0, 180.0])
    late = Memory([series({"__name__": "x"}, [(540_000, 6.0), (550_000, 16.0), (560_000, 26.0)])])
    two, three = (Options(generation=each) for each in Generation)

    # A window of two minutes has three samples in 2, and two in 3, which reach a whole minute on.
    assert over(aligned, "increase(x[2m])", 3, two)[0].values[-1] == 120
    assert over(aligned, "count_over_time(x[2m])", 3, two)[0].values[-1] == 3
    assert over(aligned, "increase(x[2m])", 3, three)[0].values[-1] == 120
    assert over(aligned, "count_over_time(x[2m])", 3, three)[0].values[-1] == 2
    # It was zero six seconds before its first sample, by its slope: 2 goes there, 3 only half of ten seconds.
    for options, expected in ((two, 20 + 6 + 5), (three, 20 + 5 + 5)):
        result = query_instant(late, parse("increase(x[10m])"), 600_000, options=options)
        assert isinstance(result, VectorResult)
        assert result.samples[0].value == pytest.approx(expected)


def test_a_step_of_a_subquery_that_is_not_said_is_the_engines() -> None:
    source = memory(x=[float(i) for i in range(10)])

    assert only_values(source, "count_over_time(x[4m:])", 9)[-1] == 4
    (found,) = over(source, "count_over_time(x[4m:])", 9, Options(subquery_step_ms=30_000))
    assert found.values[-1] == 8


def test_of_equal_values_the_first_series_has_the_higher_rank() -> None:
    source = Memory([series({"__name__": "x", "i": str(i)}, [(0, float(i // 2))]) for i in range(4)])
    result = query_instant(source, parse("topk(3, x)"), 0)

    assert isinstance(result, VectorResult)
    assert [each.labels["i"] for each in result.samples] == ["2", "3", "0"]


def test_dates_are_of_the_gregorian_calendar_far_beyond_pythons() -> None:
    def instant(text: str) -> float:
        result = query_instant(Memory([]), parse(f"scalar({text})"), 1_709_210_096_000)
        assert isinstance(result, ScalarResult)
        return result.value

    assert [instant(f"{part}()") for part in ("year", "month", "day_of_month", "hour", "minute")] == [
        2024, 2, 29, 12, 34,
    ]  # fmt: skip
    assert [instant(f"{part}()") for part in ("day_of_week", "day_of_year", "days_in_month")] == [4, 60, 29]
    assert instant("year(vector(1e12))") == 33658
    assert instant("day_of_week(vector(-86400))") == 3
    assert str(instant("year(vector(Inf))")) == str(instant("hour(vector(1e30))")) == "nan"


@pytest.mark.parametrize("milliseconds", [0, 1, 999, 1_000, 61_001, 86_400_000, 10**12, -5_000])
def test_a_duration_is_read_as_it_is_written(milliseconds: int) -> None:
    text = duration_text(milliseconds)

    assert duration_ms(text.removeprefix("-")) == abs(milliseconds)


@pytest.mark.parametrize("text", ["", "5", "5x", "1s1m", "300y", "1m" * 200, "1 m", "-1m", "\u0661m"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert duration_ms(text) is None


@pytest.mark.parametrize(
    ("buckets", "share", "expected"),
    [
        ([(1.0, 2.0), (2.0, 4.0), (math.inf, 4.0)], 0.5, 1.0),
        ([(1.0, 2.0), (2.0, 4.0), (math.inf, 4.0)], 0.75, 1.5),
        ([(1.0, 2.0), (2.0, 2.0), (math.inf, 4.0)], 0.9, 2.0),
        ([(-1.0, 2.0), (math.inf, 4.0)], 0.1, -1.0),
        ([(1.0, 5.0), (2.0, 4.0), (math.inf, 4.0)], 0.5, 0.5),
        ([(1.0, 1.0), (1.0, 1.0), (math.inf, 2.0)], 0.5, 0.5),
        ([(1.0, 3.0), (2.0, 3.0 + 1e-13), (math.inf, 3.0 - 1e-13)], 1.0, 1.0),
        ([(1.0, 0.0), (math.inf, 0.0)], 0.5, math.nan),
        ([(1.0, 1.0), (2.0, 1.0)], 0.5, math.nan),
        ([(math.inf, 1.0)], 0.5, math.nan),
        ([(1.0, 1.0), (math.inf, math.nan)], 0.5, 1.0),
        ([(1.0, 1.0), (math.inf, 1.0)], math.nan, math.nan),
    ],
)
def test_a_quantile_of_buckets_is_within_the_bucket_that_has_it(
    buckets: list[tuple[float, float]], share: float, expected: float
) -> None:
    assert bucket_quantile(share, buckets) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (-8.0, 1 / 3, math.nan),
        (0.0, -1.0, math.inf),
        (-0.0, -3.0, -math.inf),
        (-0.0, -2.0, math.inf),
        (10.0, 400.0, math.inf),
        (-10.0, 401.0, -math.inf),
        (-10.0, 400.0, math.inf),
        (math.nan, 0.0, 1.0),
        (2.0, -math.inf, 0.0),
    ],
)
def test_a_power_is_that_of_ieee_754(left: float, right: float, expected: float) -> None:
    assert power(left, right) == pytest.approx(expected, nan_ok=True)


def test_a_label_that_grows_without_end_is_refused() -> None:
    doubling = 'label_join({}, "a", "", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a")'
    text = 'label_replace(x, "a", "0123456789", "", "")'
    for _ in range(6):
        text = doubling.format(text)

    with pytest.raises(QueryFailed, match="longer than"):
        query_instant(memory(x=[1.0]), parse(text), 0)


def test_matchers_hold_the_whole_value_and_take_no_long_time() -> None:
    def matches(operator: Operator, value: str, labels: dict[str, str]) -> bool:
        return Matcher("a", operator, value).matches(labels)

    assert matches(Operator.MATCHES, "b|c", {"a": "c"})
    assert not matches(Operator.MATCHES, "b", {"a": "bc"})
    assert matches(Operator.NOT_MATCHES, "b.*", {"a": "ab"})
    assert matches(Operator.MATCHES, "a.b", {"a": "a\nb"})
    assert matches(Operator.EQUAL, "", {})
    assert not matches(Operator.NOT_EQUAL, "", {})
    assert not matches(Operator.MATCHES, "(x+x+)+y", {"a": "x" * 100_000})
