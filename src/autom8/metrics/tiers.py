"""Which tier of samples a chart is made from. Pure; all spans and instants are milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, NamedTuple

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
RAW: Final = 0
ROLLUPS: Final = (MINUTE, 5 * MINUTE, HOUR)
NAMES: Final[Mapping[int, str]] = {RAW: "raw", MINUTE: "1m", 5 * MINUTE: "5m", HOUR: "1h"}
FRESH: Final = 10 * MINUTE  # what is younger may not be rolled up yet


class Choice(NamedTuple):
    """A tier (0 for raw samples), and the step that it allows."""

    tier: int
    step: int


def choose(step: int, age: int, kept: Mapping[int, timedelta]) -> Choice:
    """The tier for steps of this length (at least a second) that begin `age` ago.

    Of the tiers that are kept so long it is the coarsest that such steps can be made of; where none is, the
    finest, with longer steps. A step is made a whole number of the tier's.
    """
    step = _whole(step)
    reaching = [tier for tier, span in sorted(kept.items()) if age <= span.total_seconds() * SECOND]
    if not reaching:
        reaching = [max(kept, key=lambda tier: kept[tier])]
    fitting = [tier for tier in reaching if tier <= step]
    tier = fitting[-1] if fitting else reaching[0]
    return Choice(tier, _whole(max(step, tier)))


def _whole(step: int) -> int:
    """A step that is a whole number of each rollup that is no longer than it."""
    unit = max((tier for tier in ROLLUPS if tier <= step), default=SECOND)
    return -(-step // unit) * unit
