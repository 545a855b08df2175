"""What slides over samples finds what a plain reading of the rules finds, instant by instant."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.metrics.promql.engine import query_instant, query_range
from autom8.metrics.promql.options import Generation, Options
from autom8.metrics.promql.parsing import parse
from autom8.metrics.promql.results import MatrixResult, VectorResult
from autom8.metrics.promql.windows import positions
from tests.metrics.promql.memory import STALE, Memory, series

Sample = tuple[int, float]
Given = list[tuple[int, float | str]]
SAMPLES = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from([0.0, 1.0, 2.0, 3.5, 7.0, -4.0, 100.0, STALE])),
    min_size=1,
    max_size=60,
)
GENERATIONS = st.sampled_from(Generation)


def _apart(gaps: Given) -> Given:
    at, placed = 0, []
    for gap, value in gaps:
        at += gap * 1_000
        placed.append((at, value))
    return placed


def _rate(inside: Sequence[Sample], end: int, span: int, generation: Generation) -> float | None:
    """The rate as Prometheus' documentation and sources tell it, word by word."""
    if len(inside) < 2:
        return None
    first, last = inside[0], inside[-1]
    grown = last[1] - first[1]
    for one, other in pairwise(inside):
        if other[1] < one[1]:
            grown += one[1]
    covered = (last[0] - first[0]) / 1_000
    average = covered / (len(inside) - 1)
    to_start, to_end = (first[0] - (end - span)) / 1_000, (end - last[0]) / 1_000
    zero = covered * first[1] / grown if grown > 0 and first[1] >= 0 else math.inf
    if generation is Generation.TWO:
        to_start = min(to_start, zero)
        to_start = to_start if to_start < average * 1.1 else average / 2
    else:
        to_start = min(to_start if to_start < average * 1.1 else average / 2, zero)
    to_end = to_end if to_end < average * 1.1 else average / 2
    return grown * ((covered + to_start + to_end) / covered) / (span / 1_000)


PLAIN: dict[str, Callable[[Sequence[Sample]], float | None]] = {
    "sum_over_time": lambda inside: math.fsum(value for _, value in inside),
    "min_over_time": lambda inside: min(value for _, value in inside),
    "max_over_time": lambda inside: max(value for _, value in inside),
    "avg_over_time": lambda inside: math.fsum(value for _, value in inside) / len(inside),
    "count_over_time": lambda inside: float(len(inside)),
    "last_over_time": lambda inside: inside[-1][1],
    "changes": lambda inside: float(sum(a[1] != b[1] for a, b in pairwise(inside))),
    "resets": lambda inside: float(sum(b[1] < a[1] for a, b in pairwise(inside))),
    "idelta": lambda inside: inside[-1][1] - inside[-2][1] if len(inside) > 1 else None,
}


def _over(text: str, samples: Given, options: Options, step: int) -> dict[int, float]:
    result = query_range(
        Memory([series({"__name__": "m"}, samples)]), parse(text), 0, 900_000, step, options=options
    )
    return dict(zip(result.series[0].times, result.series[0].values, strict=True)) if result.series else {}


def _within(samples: Given, low: int, high: int) -> list[Sample]:
    return [(at, float(value)) for at, value in samples if low <= at <= high and value != STALE]


@given(SAMPLES, GENERATIONS, st.integers(1, 200), st.integers(1, 90))
def test_a_rate_is_what_the_rule_says(gaps: Given, generation: Generation, span_s: int, step_s: int) -> None:
    samples, step, span = _apart(gaps), step_s * 1_000, span_s * 1_000
    closed = generation is Generation.TWO
    expected = {}
    for end in range(0, 900_001, step):
        value = _rate(_within(samples, end - span + (not closed), end), end, span, generation)
        if value is not None:
            expected[end] = value

    found = _over(f"rate(m[{span_s}s])", samples, Options(generation=generation), step)

    assert found == pytest.approx(expected, rel=1e-12)


@given(SAMPLES, GENERATIONS, st.integers(1, 900), st.integers(1, 90), st.sampled_from(sorted(PLAIN)))
def test_a_window_has_what_stands_in_it(
    gaps: Given, generation: Generation, span_s: int, step_s: int, function: str
) -> None:
    samples, step, span = _apart(gaps), step_s * 1_000, span_s * 1_000
    closed = generation is Generation.TWO
    expected = {}
    for end in range(0, 900_001, step):
        inside = _within(samples, end - span + (not closed), end)
        value = PLAIN[function](inside) if inside else None
        if value is not None:
            expected[end] = value

    found = _over(f"{function}(m[{span_s}s])", samples, Options(generation=generation), step)

    assert found == pytest.approx(expected, rel=1e-12)


@given(SAMPLES, GENERATIONS, st.integers(1, 200), st.integers(1, 90))
def test_an_instant_has_the_latest_sample_unless_it_is_stale_or_old(
    gaps: Given, generation: Generation, lookback_s: int, step_s: int
) -> None:
    samples, step, lookback = _apart(gaps), step_s * 1_000, lookback_s * 1_000
    expected = {}
    for now in range(0, 900_001, step):
        before = [(at, value) for at, value in samples if at <= now]
        if before and before[-1][1] != STALE:
            age = now - before[-1][0]
            if age < lookback or (age == lookback and generation is Generation.TWO):
                expected[now] = float(before[-1][1])

    found = _over("m", samples, Options(generation=generation, lookback_ms=lookback), step)

    assert found == expected


@given(
    st.lists(st.integers(-1_000, 1_000), max_size=80).map(sorted),
    st.lists(st.integers(-1_100, 1_100), min_size=1, max_size=80).map(sorted),
)
def test_positions_are_those_of_a_search(times: list[int], instants: list[int]) -> None:
    assert positions(array("q", times), instants) == [bisect_right(times, each) for each in instants]


@pytest.mark.parametrize("function", ["sum_over_time", "avg_over_time", "min_over_time", "max_over_time"])
@pytest.mark.parametrize("odd", [[], [math.nan], [math.inf], [math.inf, -math.inf], [1e308] * 4, [-0.0]])
def test_long_windows_are_what_short_ones_are_made_of(function: str, odd: list[float]) -> None:
    values = [((at * 7919) % 1_009) / 7 for at in range(3_000)]
    values[1_500 : 1_500 + len(odd)] = odd
    source = Memory([series({"__name__": "m"}, list(enumerate(values)))])
    over_time = query_range(source, parse(f"{function}(m[900ms])"), 0, 3_000, 37)

    for time, value in zip(over_time.series[0].times, over_time.series[0].values, strict=True):
        inside = values[max(0, time - 899) : time + 1]
        assert value == pytest.approx(_plainly(function, inside), rel=1e-12, nan_ok=True)


def _plainly(function: str, inside: list[float]) -> float:
    numbers = [value for value in inside if not math.isnan(value)]
    if function == "min_over_time":
        return min(numbers)
    if function == "max_over_time":
        return max(numbers)
    return sum(inside) if function == "sum_over_time" else sum(value / len(inside) for value in inside)


def test_much_work_is_done_in_parts_that_are_one_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [float((at * 7919) % 1_009) for at in range(3_000)]
    source = Memory([series({"__name__": "m"}, list(enumerate(values)))])
    texts = ["deriv(m[500ms])", "predict_linear(m[500ms], time())", "stddev_over_time(m[500ms])"]
    whole = [query_range(source, parse(text), 0, 3_500, 7) for text in texts]

    monkeypatch.setattr("autom8.metrics.promql.windows.PART_SAMPLES", 5_000)

    assert [query_range(source, parse(text), 0, 3_500, 7) for text in texts] == whole


def test_a_range_is_its_instants_one_by_one() -> None:
    samples = [(at * 1_000, float(at % 7)) for at in range(100)]
    source = Memory([series({"__name__": "m", "i": str(i)}, samples[i::2]) for i in range(2)])
    for text in (
        "m",
        "rate(m[20s])",
        "sum(m)",
        "topk(1, m)",
        "max_over_time(m[20s:3s] @ end())",
        "absent(m)",
    ):
        expression = parse(text.replace("@ end()", "@ 90"))
        over = query_range(source, expression, 0, 500_000, 13_000)
        for now in range(0, 500_001, 13_000):
            alone = query_instant(source, expression, now)
            assert isinstance(alone, VectorResult)
            assert _at(over, now) == {frozenset(s.labels.items()): s.value for s in alone.samples}, (
                text,
                now,
            )


def _at(result: MatrixResult, now: int) -> dict[frozenset[tuple[str, str]], float]:
    return {
        frozenset(each.labels.items()): each.values[each.times.index(now)]
        for each in result.series
        if now in each.times
    }
