"""What a query of Prometheus' HTTP API says in words: times, steps, and selectors of series. Pure."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Final

from autom8.metrics.instants import milliseconds
from autom8.metrics.promql.errors import QueryError
from autom8.metrics.promql.matchers import Matcher
from autom8.metrics.promql.nodes import Selector, Shift
from autom8.metrics.promql.numbers import duration_ms, float_of
from autom8.metrics.promql.parsing import parse

_SECONDS_MAX: Final = 1e14


def time_ms(text: str, *, field: str) -> int:
    """Milliseconds since 1970 of a time: seconds, or RFC 3339.

    Raises:
        QueryError: it is none.
    """
    seconds = float_of(text)
    if seconds is not None and abs(seconds) < _SECONDS_MAX:
        return math.floor(seconds * 1_000 + 0.5)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.utcoffset() is None:
        raise QueryError(f"{field} is a time in seconds or in RFC 3339, and not {text[:50]!r}")
    return milliseconds(instant)


def length_ms(text: str, *, field: str) -> int:
    """Milliseconds above 0 of a length of time: seconds, or a duration such as `1h30m`.

    Raises:
        QueryError: it is none.
    """
    seconds = float_of(text)
    if seconds is not None and 0 < seconds < _SECONDS_MAX:
        found = round(timedelta(seconds=min(seconds, 1e9)) / timedelta(milliseconds=1))
    else:
        found = duration_ms(text) or 0
    if found <= 0:
        raise QueryError(f"{field} is a length of time above 0, such as 15 or 1m, and not {text[:50]!r}")
    return found


def selector_of(text: str) -> tuple[Matcher, ...]:
    """The matchers of a text that is one selector, such as `up{job="x"}`.

    Raises:
        QueryError: it is none.
    """
    found = parse(text)
    if not isinstance(found, Selector) or found.shift != Shift():
        raise QueryError('match[] is a selector of series, such as up{job="x"}')
    return found.matchers
