"""What becomes of a notice after a try to deliver it: delivered, tried again at a time, or a dead letter.

Pure: time and chance are given. A notice is one message to one contact on one channel; how it was tried is
not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

FIRST_WAIT_MAX: Final = timedelta(seconds=10)  # doubled after each try
LONGEST_WAIT: Final = timedelta(minutes=15)
RETRY_AFTER_MAX: Final = timedelta(hours=1)  # of the other side's wish: none may mute a page
SHORTEST_WAIT: Final = timedelta(seconds=1)
GOOD_FOR: Final = timedelta(hours=12)  # of what says that something is wrong
END_GOOD_FOR: Final = timedelta(days=3)  # of what says that it is over: who was told must hear of it
UNKNOWN_MAX: Final = 5  # tries of which nobody knows what became: each may have reached the contact


class Result(StrEnum):
    """How a try went."""

    DELIVERED = "delivered"
    REFUSED = "refused"  # for good: no such address, a channel that is set up wrong
    FAILED = "failed"  # for now
    UNKNOWN = "unknown"  # it was handed over, and no answer came


class DeathReason(StrEnum):
    """Why a notice is a dead letter."""

    REFUSED = "refused"
    TOO_OLD = "too_old"
    OUTCOME_UNKNOWN = "outcome_unknown"  # it may have arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A try that has ended. `tries` counts it; `unknown` counts those of unknown result, with it."""

    result: Result
    tries: int
    unknown: int = 0
    retry_after: timedelta | None = None  # the other side's wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    """What a notice is worth. `pages`: a person must be reached; else it informs."""

    made_at: datetime
    pages: bool
    ends: bool = False  # it says that what was told before is over

    @property
    def deadline(self) -> datetime:
        """After this nobody tries to deliver it."""
        return self.made_at + (END_GOOD_FOR if self.ends else GOOD_FOR)


@dataclass(frozen=True, slots=True)
class Delivered:
    """It has arrived."""


@dataclass(frozen=True, slots=True)
class Again:
    """It is tried again, not before this instant."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Dead:
    """It is not tried again unless somebody asks for it."""

    reason: DeathReason


Decision: TypeAlias = Delivered | Again | Dead


def decide(tried: Tried, urgency: Urgency, *, at: datetime, chance: float) -> Decision:
    """What becomes of a notice after a try that ended at `at`; `chance` is from 0 up to 1, exclusive.

    A try of unknown result is repeated when the notice pages or says that something is over, since to be told
    that twice is better than not at all, and not when it merely informs.
    """
    match tried.result:
        case Result.DELIVERED:
            return Delivered()
        case Result.REFUSED:
            return Dead(DeathReason.REFUSED)
        case Result.UNKNOWN if not (urgency.pages or urgency.ends) or tried.unknown >= UNKNOWN_MAX:
            return Dead(DeathReason.OUTCOME_UNKNOWN)
    again = at + wait(tried, chance=chance)
    return Again(again) if again <= urgency.deadline else Dead(DeathReason.TOO_OLD)


def wait(tried: Tried, *, chance: float) -> timedelta:
    """How long to wait before the next try: by chance up to a bound that doubles, so that many that failed at
    once do not come back at once; not less than the other side asks for, within RETRY_AFTER_MAX.
    """
    doublings = min(tried.tries - 1, 20)
    bound = min(FIRST_WAIT_MAX * (1 << doublings), LONGEST_WAIT)
    wish = min(tried.retry_after or timedelta(), RETRY_AFTER_MAX)
    return max(SHORTEST_WAIT + (bound - SHORTEST_WAIT) * chance, wish)
