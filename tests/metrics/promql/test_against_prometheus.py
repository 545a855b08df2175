"""The same samples and expressions for this engine and for a real Prometheus: the answers are the same."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from typing import Any

import pytest

from autom8.metrics.promql import json as api
from autom8.metrics.promql.engine import query_instant, query_range
from autom8.metrics.promql.errors import QueryError
from autom8.metrics.promql.options import Options
from autom8.metrics.promql.parsing import parse
from tests.metrics.promql import generated
from tests.metrics.promql.expressions import ANSWERED, ONLY_AT_INSTANTS, REFUSED, listed
from tests.metrics.promql.memory import Memory
from tests.metrics.promql.real import RealPrometheus, prometheus_with
from tests.metrics.promql.samples import END, START, all_series

MINUTE = 60_000
INSTANTS = (START + 20 * MINUTE, START + 61 * MINUTE + 7_321, END + 4 * MINUTE)
RANGES = (
    (START + 10 * MINUTE, END + 8 * MINUTE, 5 * MINUTE),
    (START - MINUTE, START + 30 * MINUTE, 15_000),
    (START + 57 * MINUTE + 333, START + 75 * MINUTE, 7_001),
)
GENERATED = 200
RELATIVE = 1e-9


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealPrometheus]:
    with prometheus_with(tmp_path_factory.mktemp("prometheus"), all_series()) as running:
        yield running


@pytest.fixture(scope="module")
def memory() -> Memory:
    return Memory(all_series())


@pytest.mark.parametrize("text", ANSWERED)
def test_an_expression_is_answered_as_prometheus_does(
    text: str, real: RealPrometheus, memory: Memory
) -> None:
    answered = 0
    for at in INSTANTS:
        theirs, ours = both_at(text, at, real, memory)
        assert_same(text, theirs, ours, at)
        answered += theirs is not None
    for span in RANGES:
        assert_same(text, *both_over(text, span, real, memory), span)
    assert answered


@pytest.mark.parametrize("text", listed(ONLY_AT_INSTANTS))
def test_an_instant_is_answered_as_prometheus_does(text: str, real: RealPrometheus, memory: Memory) -> None:
    for at in INSTANTS:
        assert_same(text, *both_at(text, at, real, memory), at)


@pytest.mark.parametrize("seed", range(GENERATED))
def test_generated_expressions_are_answered_as_prometheus_does(
    seed: int, real: RealPrometheus, memory: Memory
) -> None:
    check_generated(generated.vector(random.Random(seed), 3), real, memory)


@pytest.mark.full
def test_many_generated_expressions_are_answered_as_prometheus_does(
    real: RealPrometheus, memory: Memory
) -> None:
    for seed in range(1_000, 4_000):
        check_generated(generated.vector(random.Random(seed), 4), real, memory)


def check_generated(text: str, real: RealPrometheus, memory: Memory) -> None:
    assert_same(text, *both_at(text, INSTANTS[1], real, memory), INSTANTS[1])
    assert_same(text, *both_over(text, RANGES[0], real, memory), RANGES[0])


@pytest.mark.parametrize("text", listed(REFUSED))
def test_what_prometheus_refuses_is_refused(text: str, real: RealPrometheus, memory: Memory) -> None:
    theirs, ours = both_at(text, INSTANTS[0], real, memory)

    assert theirs is None
    assert ours is None


def both_at(text: str, at: int, real: RealPrometheus, memory: Memory) -> tuple[Any, Any]:
    said = real.ask("query", query=text, time=f"{at / 1_000:.3f}")
    options = Options(generation=real.generation)
    try:
        ours = api.data(query_instant(memory, parse(text), at, options=options))
    except QueryError:
        ours = None
    return said.get("data"), ours


def both_over(text: str, span: tuple[int, int, int], real: RealPrometheus, memory: Memory) -> tuple[Any, Any]:
    start, end, step = (f"{each / 1_000:.3f}" for each in span)
    said = real.ask("query_range", query=text, start=start, end=end, step=step)
    options = Options(generation=real.generation)
    try:
        ours = api.data(query_range(memory, parse(text), *span, options=options))
    except QueryError:
        ours = None
    return said.get("data"), ours


def assert_same(text: str, theirs: Any, ours: Any, when: object) -> None:
    told = f"{text} at {when}"
    assert (theirs is None) == (ours is None), f"{told}: they {theirs}, we {ours}"
    if theirs is None:
        return
    ours = json.loads(json.dumps(ours))
    assert theirs["resultType"] == ours["resultType"], told
    if theirs["resultType"] in {"scalar", "string"}:
        assert_alike([theirs["result"]], [ours["result"]], told)
        return
    keyed = [_by_labels(each["result"]) for each in (theirs, ours)]
    assert keyed[0].keys() == keyed[1].keys(), told
    if isinstance(when, tuple) or text.startswith("sort("):
        assert [_key(each) for each in theirs["result"]] == [_key(each) for each in ours["result"]], told
    for key, points in keyed[0].items():
        assert_alike(points, keyed[1][key], f"{told} {key}")


def assert_alike(theirs: list[Any], ours: list[Any], told: str) -> None:
    assert [time for time, _ in theirs] == [time for time, _ in ours], told
    for (time, expected), (_, given) in zip(theirs, ours, strict=True):
        if expected == given:
            continue
        one, other = float(expected), float(given)
        # Of two zeros that are equal but for their sign, either may be the smallest. Other equal floats are
        # written alike, or the form is wrong.
        same = one == other == 0 or (
            one != other and math.isclose(one, other, rel_tol=RELATIVE, abs_tol=1e-12)
        )
        assert same, f"{told} at {time}: they {expected}, we {given}"


def _by_labels(result: list[Any]) -> dict[str, list[Any]]:
    found = {_key(each): each["values"] if "values" in each else [each["value"]] for each in result}
    assert len(found) == len(result)
    return found


def _key(each: Any) -> str:
    return json.dumps(each["metric"], sort_keys=True)
