"""Random expressions that are meant, over the samples of `samples.py`: each type from smaller ones."""

from __future__ import annotations

import random

_SELECTORS = (
    "temperature",
    'temperature{site="north"}',
    'temperature{room=~"a|b"}',
    "wanted",
    "requests_total",
    'requests_total{job="web",code!="500"}',
    "latency_seconds_count",
    "latency_seconds_bucket",
    "build",
    "seldom",
    "constant",
    '{__name__=~"wanted|constant"}',
)
_LABELS = ("site", "room", "job", "code", "instance", "le", "version")
_OF_RANGES = (
    "rate", "increase", "delta", "irate", "idelta", "resets", "changes", "deriv", "avg_over_time",
    "min_over_time", "max_over_time", "sum_over_time", "count_over_time", "last_over_time",
    "stddev_over_time", "present_over_time", "absent_over_time",
)  # fmt: skip
_OF_VECTORS = ("abs", "ceil", "floor", "sqrt", "sgn", "exp", "timestamp", "absent", "-")
# Of one infinite value Prometheus 2 says a deviation of 0 and Prometheus 3 NaN, as we do: none is generated.
_AGGREGATIONS = ("sum", "avg", "min", "max", "count", "group")
_DURATIONS = ("15s", "40s", "1m", "3m", "5m", "12m")


def vector(rng: random.Random, depth: int) -> str:
    """An instant vector, with at most so many parts within parts."""
    if depth <= 0:
        return _selector(rng)
    kind = rng.randrange(8)
    if kind == 0:
        return f"{rng.choice(_OF_VECTORS)}({vector(rng, depth - 1)})"
    if kind in {1, 2}:
        return f"{rng.choice(_OF_RANGES)}({_ranged(rng, depth - 1)})"
    if kind in {3, 4}:
        return _aggregation(rng, depth)
    if kind == 5:
        operands = [vector(rng, depth - 1), _scalar(rng)]
        rng.shuffle(operands)
        return f"({operands[0]} {_operator(rng)} {operands[1]})"
    return _matched(rng, depth)


def _selector(rng: random.Random) -> str:
    shift = rng.choice(("", "", "", " offset 4m", " offset -30s", " @ 1700002000", " @ end() offset 1m"))
    return rng.choice(_SELECTORS) + shift


def _ranged(rng: random.Random, depth: int) -> str:
    if depth > 0 and rng.random() < 0.3:
        step = rng.choice(("1m", "45s", "", "20s"))
        return f"({vector(rng, depth - 1)})[{rng.choice(_DURATIONS)}:{step}]"
    shift = rng.choice(("", "", " offset 2m", " @ 1700003333", " @ start()"))
    return f"{rng.choice(_SELECTORS)}[{rng.choice(_DURATIONS)}]{shift}"


def _aggregation(rng: random.Random, depth: int) -> str:
    labels = ", ".join(rng.sample(_LABELS, rng.randrange(3)))
    grouping = rng.choice(("", f"by ({labels})", f"without ({labels})"))
    body = vector(rng, depth - 1)
    if rng.random() < 0.2:
        return f"quantile {grouping} (0.{rng.randrange(10)}, {body})"
    return f"{rng.choice(_AGGREGATIONS)} {grouping} ({body})"


def _matched(rng: random.Random, depth: int) -> str:
    left, right = vector(rng, depth - 1), vector(rng, depth - 1)
    labels = ", ".join(rng.sample(_LABELS, rng.randrange(1, 3)))
    matching = rng.choice(("", f"on ({labels})", f"ignoring ({labels})"))
    if rng.random() < 0.4:
        return f"({left} {rng.choice(('and', 'or', 'unless'))} {matching} {right})"
    if rng.random() < 0.6:
        right = f"sum by ({labels}) ({right})"
        matching = f"on ({labels})" + rng.choice(("", " group_left"))
    return f"({left} {_operator(rng)} {matching} {right})"


def _scalar(rng: random.Random) -> str:
    return rng.choice(("2", "0.5", "-3", "20", "time()", "scalar(constant)", "1e3"))


def _operator(rng: random.Random) -> str:
    return rng.choice(("+", "-", "*", "/", "%", "^", ">", "<", "== bool", ">= bool", "!="))
