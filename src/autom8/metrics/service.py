"""Metrics as others see them: samples are taken here, and nothing of how they are kept is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from autom8.kernel.actor import Actor
from autom8.kernel.clock import Clock
from autom8.kernel.errors import Conflict
from autom8.metrics.ports import Measured, SampleTaker

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


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
    """Takes samples."""

    store: SampleTaker
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
        now_ms = (now - _EPOCH) // _MILLISECOND
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


def _pairs(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    pairs = sorted(labels.items())
    return tuple(pairs) if all(labels.values()) else tuple(each for each in pairs if each[1])
