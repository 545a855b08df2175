"""Results as Prometheus' HTTP API writes them."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.metrics.promql import json as api
from autom8.metrics.promql.engine import query_instant, query_range
from autom8.metrics.promql.numbers import plain, shortest
from autom8.metrics.promql.parsing import parse
from tests.metrics.promql.memory import Memory, series

SOURCE = Memory([series({"__name__": "up", "job": "a"}, [(1_000, 1.0), (2_500, 0.25)])])


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (-17.0, "-17"),
        (0.1, "0.1"),
        (1 / 3, "0.3333333333333333"),
        (1e-6, "0.000001"),
        (9.9e-7, "9.9e-07"),
        (1e-7, "1e-07"),
        (5e-324, "5e-324"),
        (1e16, "10000000000000000"),
        (1e20, "100000000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (-1e100, "-1e+100"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
    ],
)
def test_a_value_is_written_as_go_writes_it(value: float, written: str) -> None:
    assert shortest(value) == written


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_written_is_the_same_float(value: float) -> None:
    for text in (shortest(value), plain(value)):
        assert struct.pack("d", float(text)) == struct.pack("d", value)
    assert "e" not in plain(value)


def test_each_kind_of_result_has_its_form() -> None:
    at = 2_500

    assert api.data(query_instant(SOURCE, parse("1 / 3"), at)) == {
        "resultType": "scalar",
        "result": [2.5, "0.3333333333333333"],
    }
    assert api.data(query_instant(SOURCE, parse('"x"'), at)) == {"resultType": "string", "result": [2.5, "x"]}
    assert api.data(query_instant(SOURCE, parse("up"), at)) == {
        "resultType": "vector",
        "result": [{"metric": {"__name__": "up", "job": "a"}, "value": [2.5, "0.25"]}],
    }
    assert api.data(query_instant(SOURCE, parse("up[5s]"), at)) == {
        "resultType": "matrix",
        "result": [{"metric": {"__name__": "up", "job": "a"}, "values": [[1, "1"], [2.5, "0.25"]]}],
    }
    assert api.data(query_range(SOURCE, parse("up"), 1_000, 3_000, 1_000)) == {
        "resultType": "matrix",
        "result": [{"metric": {"__name__": "up", "job": "a"}, "values": [[1, "1"], [2, "1"], [3, "0.25"]]}],
    }
    assert api.data(query_range(SOURCE, parse("2"), 0, 1_000, 1_000)) == {
        "resultType": "matrix",
        "result": [{"metric": {}, "values": [[0, "2"], [1, "2"]]}],
    }
    assert api.data(query_instant(SOURCE, parse("nothing"), at)) == {"resultType": "vector", "result": []}
    assert api.data(query_range(SOURCE, parse("nothing"), 0, 1, 1)) == {"resultType": "matrix", "result": []}
