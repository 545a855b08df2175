"""A silence, and when it holds: from its start until its end, and in a maintenance window only in its hours.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from autom8.alerts.hours import Hours, periods
from autom8.alerts.silences.matchers import Matcher, matches

_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What matches is told to nobody from `starts_at` until `ends_at`, and only within `hours` if given."""

    id: int
    key: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    hours: Hours | None = None

    def until(self, at: datetime) -> datetime | None:
        """When it ends to hold, if it holds at an instant; None if it does not."""
        if not self.starts_at <= at < self.ends_at:
            return None
        if self.hours is None:
            return self.ends_at
        for first, last in periods(self.hours, since=at, until=at):
            if first <= at < last:
                return min(last, self.ends_at)
        return None

    def begins(self, at: datetime) -> datetime | None:
        """When it holds next, if it does not at an instant; None if never."""
        if at >= self.ends_at or self.until(at) is not None:
            return None
        since = max(at, self.starts_at)
        if self.hours is None:
            return since
        for first, last in periods(self.hours, since=since, until=since + _WEEK):
            if last > since and first < self.ends_at:
                return max(first, since)
        return None


def silencing(silences: Iterable[Silence], labels: Mapping[str, str], at: datetime) -> list[Silence]:
    """The silences that hold these labels back at an instant."""
    return [each for each in silences if matches(each.matchers, labels) and each.until(at) is not None]


def next_change(silences: Iterable[Silence], at: datetime) -> datetime | None:
    """When the next of these begins to hold or ends to; None if none ever does."""
    changes = (each.until(at) or each.begins(at) for each in silences)
    return min((each for each in changes if each is not None), default=None)
