"""Prometheus' queries over what is stored: expressions at an instant and over a range, series, labels."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from autom8.kernel.actor import Actor
from autom8.kernel.clock import Clock
from autom8.metrics.instants import milliseconds
from autom8.metrics.ports import SampleReader, SeriesFound
from autom8.metrics.promql import json
from autom8.metrics.promql.asking import length_ms, selector_of, time_ms
from autom8.metrics.promql.engine import query_instant, query_range
from autom8.metrics.promql.errors import QueryError
from autom8.metrics.promql.limits import Limits
from autom8.metrics.promql.nodes import NAME
from autom8.metrics.promql.options import Options
from autom8.metrics.promql.parsing import parse
from autom8.metrics.promql.selectors import LABEL
from autom8.metrics.source import StoredSource

LIMITS: Final = Limits(samples_max=5_000_000, points_max=5_000_000)
STEPS_MAX: Final = 11_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PromService:
    """Answers as the `data` of Prometheus' HTTP API. Texts are read as Prometheus reads them.

    Each method may raise Unavailable.
    """

    reader: SampleReader
    kept: Mapping[int, timedelta]
    clock: Clock
    monotonic: Callable[[], float] = time.monotonic
    limits: Limits = field(default=LIMITS)

    def instant(self, query: str, at: str | None, *, within: str | None, actor: Actor) -> dict[str, Any]:
        """What an expression is at a time, by default now; `within` is a time that it may take.

        Raises:
            QueryError: it is no expression, or asks for too much, or has no one answer.
        """
        del actor
        at_ms = self._now_ms() if at is None else time_ms(at, field="time")
        options = self._options(within)
        return json.data(query_instant(self._source(), parse(query), at_ms, options=options))

    def range(
        self, query: str, span: tuple[str, str], step: str, *, within: str | None, actor: Actor
    ) -> dict[str, Any]:
        """What an expression is at each step from a start to an end.

        Raises:
            QueryError: it is no expression, or asks for too much, or has no one answer.
        """
        del actor
        start, end = time_ms(span[0], field="start"), time_ms(span[1], field="end")
        step_ms = length_ms(step, field="step")
        if (end - start) // step_ms > STEPS_MAX:
            raise QueryError(f"there would be more than {STEPS_MAX} points in a series; try a longer step")
        options = self._options(within)
        found = query_range(self._source(), parse(query), start, end, step_ms, options=options)
        return json.data(found)

    def series(self, selectors: Sequence[str], *, actor: Actor) -> list[dict[str, str]]:
        """The labels of the series that one of these selects, whenever they had samples.

        Raises:
            QueryError: there is no selector, or one is none.
        """
        del actor
        if not selectors:
            raise QueryError("no match[] parameter provided")
        return [{NAME: each.name, **each.labels} for each in self._found(selectors)]

    def labels(self, selectors: Sequence[str], *, actor: Actor) -> list[str]:
        """The names of labels of all series, or of those that one of these selects; sorted.

        Raises:
            QueryError: a selector is none.
        """
        del actor
        names = {name for each in self._found(selectors) for name in each.labels}
        return sorted(names | {NAME})

    def values(self, name: str, selectors: Sequence[str], *, actor: Actor) -> list[str]:
        """The values of a label, likewise.

        Raises:
            QueryError: that is no name of a label, or a selector is none.
        """
        del actor
        if not LABEL.fullmatch(name):
            raise QueryError(f"invalid label name: {name[:50]!r}")
        found = self._found(selectors)
        if name == NAME:
            return sorted({each.name for each in found})
        return sorted({each.labels[name] for each in found if name in each.labels})

    def _found(self, selectors: Sequence[str]) -> Iterable[SeriesFound]:
        if not selectors:
            return self.reader.series()
        source, read = self._source(), [selector_of(each) for each in selectors]
        return {each.id: each for matchers in read for each in source.found(matchers)}.values()

    def _source(self) -> StoredSource:
        return StoredSource(reader=self.reader, kept=self.kept, limits=self.limits, now_ms=self._now_ms())

    def _now_ms(self) -> int:
        return milliseconds(self.clock.now())

    def _options(self, within: str | None) -> Options:
        limits = self.limits
        if within is not None:
            wanted_s = length_ms(within, field="timeout") / 1_000
            limits = replace(limits, time_s=min(limits.time_s, wanted_s))
        return Options(limits=limits, monotonic=self.monotonic)
