"""Text becomes the expression that is meant, and an expression the text that means it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autom8.metrics.promql.nodes import Binary, Expr, Number, Range, Selector, String, Subquery
from autom8.metrics.promql.parsing import LEVELS, parse
from autom8.metrics.promql.printing import text_of
from tests.metrics.promql.expressions import ANSWERED
from tests.metrics.promql.trees import expressions


@given(expressions)
def test_what_is_printed_is_read_as_the_same(expression: Expr) -> None:
    text = text_of(expression)

    assert parse(text) == expression
    assert text_of(parse(text)) == text


@pytest.mark.parametrize("text", ANSWERED)
def test_what_dashboards_say_is_printed_as_the_same(text: str) -> None:
    assert parse(text_of(parse(text))) == parse(text)


@given(st.lists(st.sampled_from(sorted(LEVELS)), min_size=1, max_size=8))
@example(["-", "-"])
@example(["^", "^"])
@example(["or", "and", "unless", "==", "+", "*", "^"])
def test_operators_bind_as_prometheus_says(operators: list[str]) -> None:
    text = "m0" + "".join(f" {operator} m{place}" for place, operator in enumerate(operators, 1))

    assert parse(text) == parse(_parenthesized([f"m{i}" for i in range(len(operators) + 1)], operators))


def _parenthesized(operands: list[str], operators: list[str]) -> str:
    """The same with all parentheses, by the rule: the operator that binds least, the last or first of it."""
    if not operators:
        return operands[0]
    least = min(LEVELS[operator] for operator in operators)
    places = [place for place, operator in enumerate(operators) if LEVELS[operator] == least]
    at = places[0] if least == LEVELS["^"] else places[-1]
    left = _parenthesized(operands[: at + 1], operators[:at])
    right = _parenthesized(operands[at + 1 :], operators[at + 1 :])
    return f"({left}) {operators[at]} ({right})"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("-a ^ 2", "-(a ^ 2)"),
        ("-a * b", "(-a) * b"),
        ("a ^ -b ^ c", "a ^ (-(b ^ c))"),
        ("a ^ -b * c", "(a ^ (-b)) * c"),
        ("- - a", "-(-a)"),
        ("+a", "a"),
        ("sum(a) by (b)", "sum by (b) (a)"),
        ("SUM BY (b,) (a)", "sum by (b) (a)"),
        ("a AND b", "a and b"),
        ("a # b\n + c", "a + c"),
        ("a{b='c',}", 'a{b="c"}'),
        ("a{b=`c\\n`}", 'a{b="c\\\\n"}'),
        ("a offset 5m @ 1", "a @ 1 offset 5m"),
        ("a @ 30m", "a @ 1800"),
        ("rate(a[300])", "rate(a[5m])"),
        ("a * 5m", "a * 300"),
        ("0x1F + 017 + .5 + 5. + 1e3", "31 + 15 + 0.5 + 5 + 1000"),
        ("a[1h30m15s5ms]", "a[5415005ms]"),
        ("a[1y1w1d]", "a[373d]"),
        ("sum", '{__name__="sum"}'),
    ],
)
def test_two_ways_of_saying_it_are_one(text: str, meant: str) -> None:
    assert parse(text) == parse(meant)


def test_strings_have_the_escapes_of_go() -> None:
    text = r'"\a\b\f\n\r\t\v\\\"\x41\101\u20ac\U0001F600\xe2\x82\xac"'

    assert parse(text) == String(value='\a\b\f\n\r\t\v\\"AA€😀€')


def test_colons_are_of_names_outside_brackets_and_of_steps_within() -> None:
    node = parse("job:rate:sum[5m:1m]")

    assert isinstance(node, Subquery)
    assert isinstance(node.body, Selector)
    assert node.body.matchers[0].value == "job:rate:sum"
    assert (node.range_ms, node.step_ms) == (300_000, 60_000)


def test_parts_know_their_places() -> None:
    node = parse("  up[5m]")
    both = parse("a +\n  7")

    assert isinstance(node, Range)
    assert node.at == 2
    assert isinstance(both, Binary)
    assert isinstance(both.right, Number)
    assert (both.at, both.right.at) == (2, 6)
