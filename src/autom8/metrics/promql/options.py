"""How a query is answered where Prometheus lets one choose."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from autom8.metrics.promql.limits import Limits


class Generation(IntEnum):
    """Whose rules hold where Prometheus 3 reads a window otherwise than Prometheus 2 did.

    A window of 3 leaves out the sample at its very beginning, one of 2 has it. Where the first sample stands
    far from a window's beginning, 3 extrapolates a counter by half an interval, 2 up to where it was zero.
    """

    TWO = 2
    THREE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Times in milliseconds.

    `lookback_ms` is how old a sample may be and still be the value of now; `subquery_step_ms` the step of a
    subquery that says none; `monotonic` a clock in seconds.
    """

    lookback_ms: int = 300_000
    subquery_step_ms: int = 60_000
    generation: Generation = Generation.THREE
    limits: Limits = field(default_factory=Limits)
    monotonic: Callable[[], float] = time.monotonic

    @property
    def closed(self) -> int:
        """1 if a window has the sample at its very beginning, 0 if it does not."""
        return int(self.generation is Generation.TWO)
