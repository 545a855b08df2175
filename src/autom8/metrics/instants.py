"""Instants as samples have them, milliseconds since 1970, and as the rest of Autom8 does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def milliseconds(instant: datetime) -> int:
    """An instant in milliseconds since 1970, rounded down."""
    return (instant - _EPOCH) // _MILLISECOND


def instant_of(ms: int) -> datetime:
    """An instant in UTC."""
    return _EPOCH + ms * _MILLISECOND
