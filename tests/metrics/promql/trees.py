"""Strategies of hypothesis for expressions as values: whatever the parser may say, in every shape."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from autom8.metrics.promql.matchers import Matcher, Operator
from autom8.metrics.promql.nodes import (
    NAME,
    Aggregation,
    Binary,
    Call,
    Edge,
    Expr,
    Matching,
    Negation,
    Number,
    Range,
    Selector,
    Shift,
    String,
    Subquery,
)
from autom8.metrics.promql.signatures import ARITHMETIC, COMPARISONS, PLAIN_AGGREGATIONS, SETS

_LABELS = st.sampled_from(["job", "instance", "le", "by", "sum", "offset", "a_1"])
_NAMES = st.sampled_from(
    ["up", "job:rate:5m", "sum", "by", "offset", "x_total", "start", "and", "inf", "bool"]
)
_DURATIONS = st.integers(1, 10**11)
_VALUES = st.text(st.characters(codec="utf-8"), max_size=8)

numbers = st.floats(min_value=0, allow_nan=False).map(lambda value: Number(value=value + 0.0))
strings = _VALUES.map(lambda value: String(value=value))
_shifts = st.builds(
    lambda offset, moment: Shift(offset_ms=offset, moment=moment),
    st.integers(-(10**10), 10**10) | st.just(0),
    st.none() | st.sampled_from(Edge) | st.integers(-(10**13), 10**13),
)
_matchers = st.builds(
    Matcher, _LABELS, st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL]), _VALUES
) | st.builds(Matcher, _LABELS, st.sampled_from([Operator.MATCHES, Operator.NOT_MATCHES]), st.just("a.*|b"))


@st.composite
def selectors(draw: st.DrawFn) -> Selector:
    named = Matcher(NAME, Operator.EQUAL, draw(_NAMES))
    return Selector(matchers=(named, *draw(st.lists(_matchers, max_size=3))), shift=draw(_shifts))


def _matrices(vectors: st.SearchStrategy[Any]) -> st.SearchStrategy[Expr]:
    ranges = st.builds(lambda selector, ms: Range(selector=selector, range_ms=ms), selectors(), _DURATIONS)
    subqueries = st.builds(
        lambda body, ms, step, shift: Subquery(body=body, range_ms=ms, step_ms=step, shift=shift),
        vectors,
        _DURATIONS,
        st.none() | _DURATIONS,
        _shifts,
    )
    return ranges | subqueries


def _matchings(*, many: bool) -> st.SearchStrategy[Matching]:
    return st.builds(
        lambda on, names, side, included: Matching(
            on=on,
            names=tuple(names),
            many=side,
            included=tuple(name for name in included if side and name not in names),
        ),
        st.booleans(),
        st.lists(_LABELS, max_size=2),
        st.sampled_from(["", "left", "right"]) if many else st.just(""),
        st.lists(_LABELS, max_size=2),
    )


def _binaries(vectors: st.SearchStrategy[Any]) -> st.SearchStrategy[Expr]:
    def made(left: Expr, operator: str, right: Expr, flag: bool, matching: Matching) -> Binary:
        returns_bool = flag and operator in COMPARISONS
        return Binary(operator=operator, left=left, right=right, returns_bool=returns_bool, matching=matching)

    arithmetic = st.sampled_from(sorted(ARITHMETIC | COMPARISONS))
    flags = st.booleans()
    return (
        st.builds(made, vectors, arithmetic, vectors, flags, _matchings(many=True))
        | st.builds(made, vectors, st.sampled_from(sorted(SETS)), vectors, flags, _matchings(many=False))
        | st.builds(made, vectors, arithmetic, numbers, flags, st.just(Matching()))
        | st.builds(made, numbers, arithmetic, vectors, flags, st.just(Matching()))
    )


def _vectors(vectors: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.lists(_LABELS, max_size=2).map(tuple)
    plain = st.builds(
        lambda operator, body, names, without: Aggregation(
            operator=operator, body=body, names=names, without=without
        ),
        st.sampled_from(sorted(PLAIN_AGGREGATIONS)),
        vectors,
        names,
        st.booleans(),
    )
    ranked = st.builds(
        lambda parameter, body: Aggregation(operator="topk", body=body, parameter=parameter), numbers, vectors
    )
    calls = st.builds(lambda body: Call(function="abs", arguments=(body,)), vectors) | st.builds(
        lambda body: Call(function="rate", arguments=(body,)), _matrices(vectors)
    )
    replaced = st.builds(
        lambda body, words: Call(function="label_replace", arguments=(body, *words)),
        vectors,
        st.tuples(strings, strings, strings, strings),
    )
    negations = st.builds(lambda body: Negation(body=body), vectors)
    return _binaries(vectors) | plain | ranked | calls | replaced | negations


vectors = st.recursive(selectors(), _vectors, max_leaves=12)
expressions = vectors | numbers | strings | _matrices(vectors)
