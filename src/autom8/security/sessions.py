"""When a session still stands, and what its refresh tokens may do. Rules only: no I/O, no clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol

from autom8.kernel import defaults


class SessionFacts(Protocol):
    """What the rules look at."""

    @property
    def used_at(self) -> datetime:
        """When it was last used."""
        ...

    @property
    def expires_at(self) -> datetime:
        """When it ends however much it is used."""
        ...

    @property
    def ended_at(self) -> datetime | None:
        """When it was ended."""
        ...


def stands(session: SessionFacts, now: datetime) -> bool:
    """Whether a session is neither ended, nor too old, nor unused for too long."""
    return (
        session.ended_at is None
        and now < session.expires_at
        and now - session.used_at <= defaults.SESSION_IDLE
    )


def proof_until(proved_at: datetime | None) -> datetime | None:
    """Until when a proof of who somebody is counts; None when there is none."""
    return None if proved_at is None else proved_at + defaults.PROOF_GOOD_FOR


class Refresh(Enum):
    """What a refresh token of a standing session gets."""

    ROTATED = auto()  # a new generation
    REPEATED = auto()  # the successor that was given before: the answer may have been lost
    REUSED = auto()  # nothing, and the session ends: somebody else has a copy
    REFUSED = auto()  # nothing


def judge(given: int, *, current: int, since_rotation: timedelta) -> Refresh:
    """What a token of generation `given` gets when the session is at `current` (RFC 9700, 4.14.2)."""
    if given == current:
        return Refresh.ROTATED
    if given > current:  # signed by us and never given: the database was set back
        return Refresh.REFUSED
    if given == current - 1 and timedelta() <= since_rotation <= defaults.REFRESH_GRACE:
        return Refresh.REPEATED
    return Refresh.REUSED
