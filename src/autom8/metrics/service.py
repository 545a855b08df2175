"""Metrics as others see them: samples are taken, and series listed and drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from autom8.kernel.actor import Actor
from autom8.kernel.clock import Clock
from autom8.kernel.errors import Conflict
from autom8.kernel.paging import Page, Paged
from autom8.metrics.charts import Asked, Charts
from autom8.metrics.instants import instant_of, milliseconds
from autom8.metrics.matching import is_meant, read_matchers
from autom8.metrics.ports import Measured, SampleReader, SampleTaker, SeriesFound, UsageSource
from autom8.metrics.tiers import NAMES, RAW

_DAY: Final = timedelta(days=1)


class SeriesLimitReached(Conflict):
    """There are as many series as there may be, and nothing that was sent belongs to one of them."""

    code = "too_many_series"


class Sent(Protocol):
    """A sample as it was sent: its form is right. `at` is in milliseconds since 1970; None stands for now."""

    @property
    def name(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...
    @property
    def at(self) -> int | None: ...
    @property
    def value(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsService:
    """Takes samples, and tells what there is."""

    store: SampleTaker
    reader: SampleReader
    charts: Charts
    sizes: UsageSource
    clock: Clock

    def push(self, samples: Iterable[Sent], *, actor: Actor) -> dict[str, Any]:
        """Keep all of these that can be kept.

        Returns `{kept, not_kept: {too_old, too_early, not_finite, too_many_series}}`, all numbers of samples.
        Of two for one series and millisecond the later counts, so samples with an instant may come again. It
        is not audited: each host sends some every few seconds. An empty label is none, as in Prometheus.

        Raises:
            SeriesLimitReached: none could be kept, since there are too many series.
            Unavailable: none was kept.
        """
        del actor
        now = self.clock.now()
        now_ms = milliseconds(now)
        written = self.store.write(
            [
                Measured(each.name, _pairs(each.labels), now_ms if each.at is None else each.at, each.value)
                for each in samples
            ],
            now=now,
        )
        if not written.kept and written.too_many_series:
            most = self.store.series_max
            raise SeriesLimitReached(f"There are {most} series, which is the most: no other can be added.")
        not_kept = {
            "too_old": written.too_old,
            "too_early": written.too_early,
            "not_finite": written.not_finite,
            "too_many_series": written.too_many_series,
        }
        return {"kept": written.kept, "not_kept": not_kept}

    def list_(self, page: Page, *, match: str = "", actor: Actor) -> Paged[dict[str, Any]]:
        """Series as `{id, name, labels}`, by id; the page may filter by `name`, and matchers by labels.

        Raises:
            Invalid: the cursor is not of this list, or `match` is no list of matchers.
            Unavailable: they can't be read.
        """
        del actor
        matchers = read_matchers(match)
        found = self.reader.list_(page, lambda each: is_meant(each, matchers))
        return Paged([_series(each) for each in found.items], found.next)

    def chart(self, asked: Asked, *, actor: Actor) -> dict[str, Any]:
        """A chart, as `Charts.chart` makes it.

        Raises:
            Invalid: the times are none, or `match` is no list of matchers.
            TooMuchAsked: that would be too many series, steps, points or samples.
            Unavailable: it can't be read.
        """
        del actor
        return self.charts.chart(asked, now=self.clock.now())

    def usage(self, *, actor: Actor) -> dict[str, Any]:
        """How much is stored, by tier, and how much came within a day.

        Returns `{series, series_max, size_bytes, estimated, samples_per_day, bytes_per_day, tiers}`; a tier
        is `{tier, count, size_bytes, oldest, kept_s}`. With `estimated` all but `series` and the first
        `size_bytes` is made from what some series hold. `bytes_per_day` is what samples of a day take.

        Raises:
            Unavailable: it can't be asked.
        """
        del actor
        found = self.sizes.usage(since=milliseconds(self.clock.now() - _DAY))
        raw = next(each for each in found.tiers if each.tier == RAW)
        tiers = [
            {
                "tier": NAMES[each.tier],
                "count": each.count,
                "size_bytes": each.size_bytes,
                "oldest": None if each.oldest is None else instant_of(each.oldest),
                "kept_s": int(self.charts.kept[each.tier].total_seconds()),
            }
            for each in found.tiers
        ]
        return {
            "series": found.series,
            "series_max": self.store.series_max,
            "size_bytes": found.size_bytes,
            "estimated": found.estimated,
            "samples_per_day": found.came,
            "bytes_per_day": round(found.came * raw.size_bytes / raw.count) if raw.count else 0,
            "tiers": tiers,
        }


def _series(found: SeriesFound) -> dict[str, Any]:
    return {"id": found.id, "name": found.name, "labels": found.labels}


def _pairs(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    pairs = sorted(labels.items())
    return tuple(pairs) if all(labels.values()) else tuple(each for each in pairs if each[1])
