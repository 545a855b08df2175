"""What can't be meant or answered is refused, quickly, with what it is and where."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.kernel.errors import Invalid
from autom8.metrics.promql.engine import query_instant, query_range
from autom8.metrics.promql.errors import ExpressionInvalid, LimitExceeded, QueryError
from autom8.metrics.promql.limits import Limits
from autom8.metrics.promql.nodes import Expr
from autom8.metrics.promql.options import Options
from autom8.metrics.promql.parsing import parse
from autom8.metrics.promql.selectors import TIME_MS_MAX
from autom8.metrics.promql.signatures import FUNCTIONS
from tests.metrics.promql.expressions import REFUSED, listed
from tests.metrics.promql.memory import Memory, series
from tests.metrics.promql.trees import expressions

QUICK_S = 20.0  # what would not end takes for ever; machines are shared
LONG = 10**12
SOURCE = Memory(
    [
        series({"__name__": "up", "i": str(i)}, [(at * 1_000, float(at * i)) for at in range(2_000)])
        for i in range(20)
    ]
)


@pytest.mark.parametrize(
    ("text", "why", "at"),
    [
        ("", "no expression", 0),
        ("up +", "an expression is expected, and not the end", 4),
        ("up up", "'up' is not expected here", 3),
        ("sum(up", "',' or ')' is expected", 6),
        ("(up", "')' is expected", 3),
        ("sin(up)", "the function sin is not known here", 0),
        ("holt_winters(up[5m], 1, 1)", "the function holt_winters", 0),
        ("limitk(1, up)", "the function limitk", 0),
        ("up atan2 up", "atan2 is not answered here", 3),
        ("rate(up)", "argument 1 of rate() must be a range vector", 5),
        ("rate(up[5m], 1)", "rate() takes 1 arguments, and not 2", 0),
        ("clamp(up)", "clamp() takes 3 arguments", 0),
        ("label_join(up)", "takes at least 3 arguments", 0),
        ("round()", "takes 1 to 2 arguments", 0),
        ("up and 1", "and can't stand beside a scalar", 3),
        ("1 + on(a) up", "labels can only be matched between instant vectors", 2),
        ('up{i=~"(a"}', "no regular expression: missing )", 6),
        ('up{i=~"(?=a)"}', "no regular expression", 6),
        ("up{i=1}", "a string is expected, and not '1'", 5),
        ("up{1}", "the name of a label is expected", 3),
        ('up{"i"="1"}', "the name of a label is expected", 3),
        ("up[", "a duration is expected", 3),
        ("up{i}", "one of =, !=, =~ and !~ is expected", 4),
        ("up{" + 'i="1",' * 101 + "}", "at most 100 matchers", 608),
        ('label_join(up, "a"' + ', "b"' * 2_000 + ")", "more than 2000 parts", 10_010),
        ("up + bool 1", "bool can only be said of comparisons", 3),
        ("up[5]m]", "'m' is not expected", 5),
        ("up[-5m]", "a duration is expected", 3),
        ("up[5m:0s]", "a duration must be above 0", 6),
        ("up[300y]", "a duration is expected", 3),
        ("up[1s1m]", "a duration is expected", 3),
        ("up @ 1e30", "too far away", 5),
        ("up @ foo", "@ takes a time", 5),
        ("up @ 1 @ 2", "@ is said twice", 7),
        ("1 @ 2", "@ can only follow a selector", 2),
        ('"a\\q"', "an escape that is none", 0),
        ('"\\xff"', "an escape that is none", 0),
        ("up ; up", "';", 3),
        ("'abc", "a string that does not end", 0),
        ("1_000", "can't be read", 0),
    ],
)
def test_an_error_says_what_and_where(text: str, why: str, at: int) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        parse(text)

    assert why in refused.value.why
    assert refused.value.at == at
    assert f"(at character {at + 1})" in str(refused.value)
    assert isinstance(refused.value, Invalid)


@pytest.mark.parametrize("text", listed(REFUSED))
def test_no_other_error_gets_out(text: str) -> None:
    try:
        query_instant(SOURCE, parse(text.replace("temperature", "up").replace("wanted", "up")), LONG)
    except QueryError as refused:
        assert refused.why  # noqa: PT017 - some are refused for samples that are not here


@given(st.text(max_size=40) | st.text(alphabet="up[5m]()-+*/ ,{}=~\"'\\:@sum by", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except ExpressionInvalid as refused:
        assert refused.why  # noqa: PT017 - most texts are refused, but not all


@pytest.mark.parametrize(
    "text",
    [
        'up{i=~"' + "a" * 10_001 + '"}',
        "(" * 90_000,
        "(" * 40_000 + "1" + ")" * 40_000,
        "-" * 90_000 + "1",
        "abs(" * 20_000 + "up" + ")" * 20_000,
        "sum by (a) (" * 5_000,
        "1" + "+1" * 45_000,
        "1" + "^1" * 45_000,
        "up" + "[1m:1s]" * 10_000,
        "up" + " offset 1m" * 9_000,
        "up or " * 15_000 + "up",
        "1" * 99_000,
        "0x" + "f" * 99_000,
        "1" * 50_000 + "x",
        "1m" * 49_000 + "x",
        "1m" * 49_000,
        '"' + "\\" * 99_000,
        '"' * 99_999,
        "up{" + 'a="b",' * 16_000 + "}",
        "sum by (" + "a," * 49_000 + ") (up",
        f'up{{i=~"{"(a+)+" * 2_000}"}}',
        'up{i=~"((((a{100}){100}){100}){100}){100}"}',
        'up{i=~"' + "(" * 9_000 + '"}',
        "up" + "\n" * 99_000 + "$",
        "#" * 99_990 + "\n",
        "x" * 1_000_000,
        "(" * 1_000_000,
        "é" * 90_000,
    ],
    ids=lambda text: f"{text[:20]}…{len(text)}",
)
def test_a_hostile_text_ends_quickly(text: str) -> None:
    began = time.monotonic()
    try:
        parse(text)
    except QueryError as refused:
        assert len(str(refused)) < 400  # noqa: PT017 - some are long, and may be meant

    assert time.monotonic() - began < QUICK_S


@pytest.mark.parametrize(
    "text",
    [
        "up[292y:1ms]",
        "sum_over_time(up[290y:1ms])",
        "max_over_time(max_over_time(up[1d:1s])[30d:1s])",
        'count_values("v", up * time())',
        "up * on() group_left up",
        "quantile_over_time(0.5, up[2000s])",
    ],
)
def test_a_hostile_expression_ends_quickly(text: str) -> None:
    options = Options(limits=Limits(time_s=1, points_max=1_000_000))
    began = time.monotonic()

    with pytest.raises(QueryError):
        query_range(SOURCE, parse(text), 0, 2_000_000, 100, options=options)

    assert time.monotonic() - began < QUICK_S


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(series_max=19), "more than 19 series"),
        (Limits(samples_max=100), "more than 100 samples"),
        (Limits(points_max=100), "more than 100 points"),
        (Limits(time_s=-1), "more than -1 s"),
    ],
)
def test_each_limit_holds(limits: Limits, why: str) -> None:
    with pytest.raises(LimitExceeded, match=why):
        query_range(SOURCE, parse("up"), 0, 100_000, 10_000, options=Options(limits=limits))


@pytest.mark.parametrize(
    "text",
    ["topk(3, up)", "quantile(0.5, up)", "sum(up)", "histogram_quantile(0.5, up)", 'count_values("v", up)'],
)
def test_the_clock_is_looked_at_within_long_work(text: str) -> None:
    ticks = iter(range(1_000_000))
    source = Memory([series({"__name__": "up", "le": "1"}, [(0, 1.0)])])
    options = Options(limits=Limits(time_s=4), monotonic=lambda: float(next(ticks)))

    with pytest.raises(LimitExceeded, match="more than 4 s"):
        query_range(source, parse(text + " + " + text), 0, 1_000, 10, options=options)


def test_more_steps_than_points_are_refused_before_anything_is_asked() -> None:
    source = Memory([])

    with pytest.raises(LimitExceeded, match="points"):
        query_range(source, parse("up"), 0, LONG, 1)

    assert source.asked == []


def test_a_range_of_no_time_is_refused() -> None:
    with pytest.raises(QueryError, match="step must be above 0"):
        query_range(SOURCE, parse("up"), 0, 1, 0)
    with pytest.raises(QueryError, match="the end is before the start"):
        query_range(SOURCE, parse("up"), 1, 0, 1)
    with pytest.raises(QueryError, match="a range vector can't be asked for over a range"):
        query_range(SOURCE, parse("up[5m]"), 0, 1, 1)


@pytest.mark.parametrize("at", [10**19, -(10**19), 10**30])
def test_times_that_nobody_lives_in_are_refused(at: int) -> None:
    with pytest.raises(QueryError, match="too far away"):
        query_instant(SOURCE, parse("up"), at)
    with pytest.raises(QueryError, match="too far away"):
        query_range(SOURCE, parse("up"), min(0, at), max(0, at), 10**29)


@given(expressions, st.sampled_from([0, 1_000_000, TIME_MS_MAX, -TIME_MS_MAX]), st.integers(1, 10**9))
def test_any_expression_at_any_time_is_answered_or_refused(expression: Expr, at: int, step: int) -> None:
    names = ("up", "sum", "x_total")
    source = Memory([series({"__name__": name}, [(at, 1.0), (at + 1_000, 2.0)]) for name in names])
    options = Options(limits=Limits(points_max=20_000))
    try:
        query_instant(source, expression, at, options=options)
        query_range(source, expression, at, min(at + 3 * step, TIME_MS_MAX), step, options=options)
    except QueryError as refused:
        assert refused.why  # noqa: PT017 - many are answered


def test_deep_expressions_are_answered_or_refused_but_never_exhaust_the_stack() -> None:
    small, answered = Memory([series({"__name__": "up"}, [(1, 1.0)])]), 0
    for depth in range(80, 110, 3):
        for text in (
            "(" * depth + "up" + ")" * depth,
            "abs(" * depth + "up" + ")" * depth,
            "up" + " + up" * depth,
            "1 ^ " * depth + "up",
            "-(" * depth + "up" + ")" * depth,
            "sum(" * depth + "up" + ")" * depth,
        ):
            try:
                query_instant(small, parse(text), 1_000)
                answered += 1
            except ExpressionInvalid as refused:
                assert "within each other" in refused.why  # noqa: PT017 - the shallow ones are answered
    assert answered > 20


def test_every_function_is_answered() -> None:
    kinds = {"scalar": "1", "string": '"a"', "instant vector": "up", "range vector": "up[5m]"}
    for name, signature in FUNCTIONS.items():
        expression = parse(f"{name}({', '.join(kinds[each] for each in signature.takes)})")
        query_instant(SOURCE, expression, 1_000_000)
