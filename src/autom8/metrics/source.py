"""What is stored, as PromQL asks for it: samples as far back as they are kept, and rollups beyond."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from autom8.metrics.matching import is_meant
from autom8.metrics.ports import SampleReader, SeriesFound
from autom8.metrics.promql.errors import LimitExceeded
from autom8.metrics.promql.limits import Limits
from autom8.metrics.promql.matchers import Matcher, Operator
from autom8.metrics.promql.nodes import NAME
from autom8.metrics.promql.ports import SeriesData
from autom8.metrics.tiers import HOUR, MINUTE, RAW

_AT_ONCE: Final = 20  # series
_FIVE: Final = 5 * MINUTE


class _Part(NamedTuple):
    """A span of time, and the tier that it is read from."""

    tier: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSource:
    """Answers selectors at the instant `now_ms`; `kept` says how long each tier is.

    Beyond what is kept of samples, the last one of each five minutes, and further back of each hour, stands
    at its end. Where the latest sample of a stretch is enough, that of an hour is held for an hour, since a
    selector looks back for five minutes only.
    """

    reader: SampleReader
    kept: Mapping[int, timedelta]
    limits: Limits
    now_ms: int

    def found(self, matchers: Sequence[Matcher]) -> list[SeriesFound]:
        """The series that all matchers match."""
        names = [each.value for each in matchers if each.name == NAME and each.operator is Operator.EQUAL]
        return [each for each in self.reader.series(names[0] if names else None) if is_meant(each, matchers)]

    def select(self, matchers: Sequence[Matcher], start: int, end: int, *, step: int) -> list[SeriesData]:
        """The series that all matchers match, with their samples of `start < t <= end`; see `Source.select`.

        Raises:
            LimitExceeded: there are too many series or samples.
            Unavailable: they can't be read.
        """
        meant = self.found(matchers)
        if len(meant) > self.limits.series_max:
            raise LimitExceeded(f"it selects more than {self.limits.series_max} series")
        room, selected = self.limits.samples_max, []
        for first in range(0, len(meant), _AT_ONCE):
            part = meant[first : first + _AT_ONCE]
            for each in self._read(part, start + 1, end + 1, held=step > 0):
                room -= len(each.times)
                if room < 0:
                    raise LimitExceeded(f"it needs more than {self.limits.samples_max} samples")
                if each.times:
                    selected.append(each)
        return selected

    def _read(
        self, series: Sequence[SeriesFound], start: int, end: int, *, held: bool
    ) -> Iterator[SeriesData]:
        ids = [each.id for each in series]
        made = {each: (array("q"), array("d")) for each in ids}
        for part in self._parts(start, end):
            if part.tier == RAW:
                for id_, points in self.reader.points(ids, part.start, part.end).items():
                    made[id_][0].extend(points.times)
                    made[id_][1].extend(points.values)
                continue
            found = self.reader.rolled_up(part.tier, ids, part.start, part.end, step=part.tier)
            for id_, steps in found.items():
                for step in steps:
                    at = step.ts + part.tier - 1
                    times = range(at, min(at + part.tier, part.end), _FIVE) if held else (at,)
                    made[id_][0].extend(times)
                    made[id_][1].extend([step.last] * len(times))
        for each in series:
            yield SeriesData({**each.labels, NAME: each.name}, *made[each.id])

    def _parts(self, start: int, end: int) -> Iterator[_Part]:
        """The span in parts, each from the finest tier that is kept so long; they join at whole hours."""
        raw, five = (self._whole_hour(self.kept[tier]) for tier in (RAW, _FIVE))
        begin = start - start % HOUR
        if begin < five:
            yield _Part(HOUR, begin - HOUR, min(five, end))
        if begin < raw and five < end:
            yield _Part(_FIVE, max(begin, five), min(raw, end))
        if raw < end:
            yield _Part(RAW, max(start, raw), end)

    def _whole_hour(self, kept: timedelta) -> int:
        oldest = self.now_ms - kept // timedelta(milliseconds=1)
        return -(-oldest // HOUR) * HOUR
