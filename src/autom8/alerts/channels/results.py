"""What the failures and answers of HTTP say of a message that was sent by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from autom8.alerts.channels.outgoing import Sent
from autom8.alerts.retrying import Result
from autom8.egress.errors import EgressError

_TRY_AGAIN: Final = frozenset({408, 425, 429})
_RETRY_AFTER_S_MAX: Final = 86_400


def of_status(status: int, *, retry_after: str | None, now: datetime) -> Sent:
    """What an answer says."""
    if 200 <= status < 300:
        return Sent(result=Result.DELIVERED)
    detail = f"answered with status {status}"
    if status in _TRY_AGAIN or status >= 500:
        return Sent(result=Result.FAILED, detail=detail, retry_after=_wish(retry_after, now))
    return Sent(result=Result.REFUSED, detail=detail)


def of_error(error: EgressError) -> Sent:
    """What a failure says: once the request had gone out, nobody knows what it did."""
    if error.sent:
        return Sent(result=Result.UNKNOWN, detail=str(error))
    return Sent(result=Result.REFUSED if error.permanent else Result.FAILED, detail=str(error))


def _wish(text: str | None, now: datetime) -> timedelta | None:
    """Retry-After, in seconds or as a date; None where it is neither."""
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) < 10:
        return timedelta(seconds=min(int(text), _RETRY_AFTER_S_MAX))
    try:
        at = parsedate_to_datetime(text)
        wish = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return None
    return max(timedelta(), min(wish, timedelta(seconds=_RETRY_AFTER_S_MAX)))
