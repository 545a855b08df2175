"""Charts of series: steps of time with one value each, from the tier that fits."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from autom8.kernel.errors import Invalid
from autom8.metrics import steps, tiers
from autom8.metrics.instants import instant_of, milliseconds
from autom8.metrics.matching import is_meant, read_matchers
from autom8.metrics.ports import SampleReader, SeriesFound, StepFound
from autom8.metrics.steps import COUNTERS, Aggregate

SERIES_MAX: Final = 2_000
POINTS_MAX: Final = 500_000  # of all series together
STEPS_MAX: Final = 11_000
SAMPLES_MAX: Final = 5_000_000
STEPS_USUAL: Final = 250
_AT_ONCE: Final = 20  # series
_BEFORE: Final = 5 * tiers.MINUTE  # how far back the sample before a counter's first step is looked for


class TooMuchAsked(Invalid):
    """A chart would have more series, points or samples than there may be."""

    code = "query_too_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a chart is of. `step` is a length of time; None is for some 250 of them.

    `top` leaves the series whose values have the largest mean, that many.
    """

    name: str
    match: str = ""
    start: datetime
    end: datetime
    step: timedelta | None = None
    aggregate: Aggregate = Aggregate.AVG
    top: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    start: int
    end: int
    fresh: int  # from here on raw samples are read, which may not be rolled up yet
    choice: tiers.Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """Makes charts of what is stored; `kept` says how long each tier is."""

    reader: SampleReader
    kept: Mapping[int, timedelta]

    def chart(self, asked: Asked, *, now: datetime) -> dict[str, Any]:
        """`{name, aggregate, tier, step_s, from, until, series: [{labels, points}], left_out}`.

        Points are pairs of milliseconds and a value, ascending, at the beginnings of their steps; a step
        without samples has none. Series are by id, or with `top` the largest first; `left_out` counts the
        others.

        Raises:
            Invalid: the times are none, or `match` is no list of matchers.
            TooMuchAsked: that would be too many series, steps, points or samples.
            Unavailable: it can't be read.
        """
        plan = self._plan(asked, now)
        matchers = read_matchers(asked.match)
        found = [each for each in self.reader.series(asked.name) if is_meant(each, matchers)]
        _check_size(len(found), (plan.end - plan.start) // plan.choice.step)
        drawn = [each for each in self._drawn(found, asked, plan) if each[1]]
        if asked.top is not None:
            drawn.sort(key=lambda each: steps.mean(each[2]), reverse=True)
        shown = drawn[: asked.top]
        return {
            "name": asked.name,
            "aggregate": asked.aggregate,
            "tier": tiers.NAMES[plan.choice.tier],
            "step_s": plan.choice.step // 1_000,
            "from": instant_of(plan.start),
            "until": instant_of(plan.end),
            "series": [
                {"labels": each.labels, "points": list(zip(times, values, strict=True))}
                for each, times, values in shown
            ],
            "left_out": len(drawn) - len(shown),
        }

    def _plan(self, asked: Asked, now: datetime) -> _Plan:
        start, end, now_ms = milliseconds(asked.start), milliseconds(asked.end), milliseconds(now)
        if start >= end:
            raise Invalid("from must be before until.", fields={"from": "must be before until"})
        step = (end - start) // STEPS_USUAL if asked.step is None else asked.step // timedelta(milliseconds=1)
        choice = tiers.choose(max(step, tiers.SECOND), now_ms - start, self.kept)
        begin = start - start % choice.step
        before = now_ms - tiers.FRESH
        fresh = begin if choice.tier == tiers.RAW else max(begin, before - before % choice.tier)
        return _Plan(start=begin, end=-(-end // choice.step) * choice.step, fresh=fresh, choice=choice)

    def _drawn(
        self, found: Sequence[SeriesFound], asked: Asked, plan: _Plan
    ) -> Iterator[tuple[SeriesFound, array[int], array[float]]]:
        room = SAMPLES_MAX
        begin = plan.start
        if asked.aggregate in COUNTERS:
            begin -= -(-_BEFORE // plan.choice.step) * plan.choice.step
        for first in range(0, len(found), _AT_ONCE):
            part = found[first : first + _AT_ONCE]
            stepped, samples = self._stepped([each.id for each in part], begin, plan)
            room -= samples
            if room < 0:
                raise _too_much(f"would need more than {SAMPLES_MAX:,} samples; ask for longer steps")
            for each in part:
                yield each, *_drawn_from(stepped[each.id], asked.aggregate, plan)

    def _stepped(
        self, ids: Sequence[int], begin: int, plan: _Plan
    ) -> tuple[Mapping[int, list[StepFound]], int]:
        """The steps of series, and how many raw samples were read for them."""
        tier, step = plan.choice
        fresh = begin if tier == tiers.RAW else plan.fresh
        rolled: Mapping[int, Sequence[StepFound]] = {}
        if fresh > begin:
            rolled = self.reader.rolled_up(tier, ids, begin, min(fresh, plan.end), step=step)
        raw = self.reader.points(ids, fresh, plan.end) if fresh < plan.end else {}
        made = {
            each: steps.joined(rolled.get(each, ()), steps.in_steps(raw[each], step) if each in raw else ())
            for each in ids
        }
        return made, sum(len(each.times) for each in raw.values())


def _drawn_from(
    stepped: Sequence[StepFound], aggregate: Aggregate, plan: _Plan
) -> tuple[array[int], array[float]]:
    times, values = array("q"), array("d")
    for ts, value in steps.values_of(stepped, aggregate, plan.choice.step):
        if ts >= plan.start:
            times.append(ts)
            values.append(value)
    return times, values


def _check_size(series: int, count: int) -> None:
    if count > STEPS_MAX:
        raise _too_much(f"would have {count:,} steps, and {STEPS_MAX:,} is the most; ask for longer ones")
    if series > SERIES_MAX:
        raise _too_much(f"would have {series:,} series, and {SERIES_MAX:,} is the most; match fewer")
    if series * count > POINTS_MAX:
        raise _too_much(
            f"would have {series * count:,} points, and {POINTS_MAX:,} is the most; "
            "match fewer series or ask for longer steps"
        )


def _too_much(why: str) -> TooMuchAsked:
    return TooMuchAsked(f"This chart {why}.", fields={"query": why})
