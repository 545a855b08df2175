"""When a pushed alert is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)  # of any instant that is pushed
HEARD_WITHIN: Final = timedelta(minutes=5)  # of a start: by then whoever keeps an alert up has pushed it


def over_at(*, ends_at: datetime, updated_at: datetime, serving_since: datetime) -> datetime:
    """When an alert counts as over: at its end, unless it could not be put off until then.

    While no server was there, nobody could say that it goes on. Such an end counts once there was time to;
    one that somebody said counts in any case.
    """
    if ends_at <= updated_at or updated_at >= serving_since:
        return ends_at
    return max(ends_at, serving_since + HEARD_WITHIN)
