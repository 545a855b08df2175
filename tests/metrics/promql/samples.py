"""Seeded random samples of all that scrapes bring: gauges, counters, histograms, gaps, resets, ends, NaN."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from autom8.metrics.promql.ports import SeriesData
from tests.metrics.promql.memory import STALE, series

START = 1_700_000_000_000 - 1_700_000_000_000 % 3_600_000  # so that steps of all lengths meet samples
END = START + 2 * 3_600_000
INTERVAL = 15_000


def all_series(seed: int = 8) -> list[SeriesData]:
    """Some 60 series over two hours."""
    rng = random.Random(seed)
    return [*_gauges(rng), *_counters(rng), *_histograms(rng), *_peculiar(rng)]


def _instants(rng: random.Random, *, jitter: bool, gaps: bool) -> Iterator[int]:
    missing_until = 0
    for at in range(START, END + 1, INTERVAL):
        if gaps and rng.random() < 0.02:
            missing_until = at + rng.randrange(30_000, 900_000)
        if at >= missing_until:
            yield at + (rng.randrange(1, 9_000) if jitter else 0)


def _gauges(rng: random.Random) -> Iterator[SeriesData]:
    for site in ("north", "south"):
        for room in ("a", "b", "c"):
            level, jitter = rng.uniform(-20, 40), rng.random() < 0.5
            samples: list[tuple[int, float | str]] = []
            for at in _instants(rng, jitter=jitter, gaps=room != "a"):
                level += rng.gauss(0, 1)
                samples.append((at, round(level, 3)))
            yield series({"__name__": "temperature", "site": site, "room": room}, samples)
        yield series(
            {"__name__": "wanted", "site": site},
            [(at, 20.0 + rng.randrange(3)) for at in _instants(rng, jitter=False, gaps=False)],
        )
        yield series(
            {"__name__": "site_info", "site": site, "country": site[:2].upper(), "tier": "1"},
            [(at, 1.0) for at in _instants(rng, jitter=False, gaps=False)],
        )


def _counters(rng: random.Random) -> Iterator[SeriesData]:
    for job in ("web", "db"):
        for instance in ("one:80", "two:80", "three:80"):
            for code in ("200", "500"):
                samples: list[tuple[int, float | str]] = []
                count = float(rng.randrange(1_000)) if rng.random() < 0.5 else 0.0
                jitter, gaps = rng.random() < 0.5, rng.random() < 0.5
                for at in _instants(rng, jitter=jitter, gaps=gaps):
                    count = 0.0 if rng.random() < 0.01 else count + rng.choice((0, 1, 2, 7, 0.5))
                    samples.append((at, STALE if rng.random() < 0.01 else count))
                labels = {"__name__": "requests_total", "job": job, "instance": instance, "code": code}
                yield series(labels, samples)


def _histograms(rng: random.Random) -> Iterator[SeriesData]:
    bounds = ("0.05", "0.1", "0.5", "1", "2.5", "+Inf")
    for job in ("web", "db"):
        counts, total = [0.0] * len(bounds), 0.0
        columns: list[list[tuple[int, float | str]]] = [[] for _ in (*bounds, "sum", "count")]
        for at in _instants(rng, jitter=job == "db", gaps=True):
            for _ in range(rng.randrange(5)):
                seconds = rng.expovariate(2)
                total += seconds
                for place, bound in enumerate(bounds):
                    counts[place] += seconds <= float(bound)
            for place, value in enumerate((*counts, total, counts[-1])):
                columns[place].append((at, value))
        for bound, column in zip(bounds, columns, strict=False):
            yield series({"__name__": "latency_seconds_bucket", "job": job, "le": bound}, column)
        yield series({"__name__": "latency_seconds_sum", "job": job}, columns[-2])
        yield series({"__name__": "latency_seconds_count", "job": job}, columns[-1])


def _peculiar(rng: random.Random) -> Iterator[SeriesData]:
    steady = list(_instants(rng, jitter=False, gaps=False))
    middle = len(steady) // 2
    odd = (math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-7, 1e21, 1.5, -2.5, 123456789.125)
    yield series({"__name__": "odd", "kind": "mixed"}, [(at, rng.choice(odd)) for at in steady])
    yield series({"__name__": "odd", "kind": "finite"}, [(at, rng.choice(odd[3:])) for at in steady])
    yield series({"__name__": "odd", "kind": "nan"}, [(at, math.nan) for at in steady])
    yield series({"__name__": "constant"}, [(at, 5.0) for at in steady])
    yield series({"__name__": "seldom"}, [(at, rng.random()) for at in steady[::17]])
    yield series({"__name__": "clock"}, [(at, at / 1_000) for at in steady])
    # One version ends where the next begins: together they are one series of the sum.
    before: list[tuple[int, float | str]] = [(at, 1.0) for at in steady[:middle]]
    yield series({"__name__": "build", "version": "1", "site": "north"}, [*before, (steady[middle], STALE)])
    yield series(
        {"__name__": "build", "version": "2", "site": "north"}, [(at, 1.0) for at in steady[middle:]]
    )
    yield series({"__name__": "state", "task": "sum", "note": 'a "b"\\\n€'}, [(at, 2.0) for at in steady])
