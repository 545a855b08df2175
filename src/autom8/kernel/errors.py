"""The failures Autom8 expects. They know nothing of HTTP or exit codes.

A subclass lives beside what raises it; the classes here are the families that the two tables
(`api/errors.py`: problem+json, `cli/exits.py`: exit codes) know by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class Autom8Error(Exception):
    """Base of every expected failure; its text is safe to show to a caller.

    `code` is part of the public contract: clients match on it, so it never changes.
    """

    code: ClassVar[str] = "internal"


class Invalid(Autom8Error):
    """What was asked for can't be meant. `fields` names each wrong field and what is wrong."""

    code = "invalid"

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields: Mapping[str, str] = fields or {}


class Unauthenticated(Autom8Error):
    """Nobody, or nobody whom we can trust to be who they say."""

    code = "unauthenticated"


class Forbidden(Autom8Error):
    """We know who asks, and they may not."""

    code = "forbidden"


class NotFound(Autom8Error):
    """There is no such thing."""

    code = "not_found"


class Conflict(Autom8Error):
    """It does not fit what is there already."""

    code = "conflict"


class Stale(Autom8Error):
    """The caller has seen an older version than the one that is there."""

    code = "stale"


class PreconditionMissing(Autom8Error):
    """The caller must say which version they have seen."""

    code = "precondition_missing"


class TooLarge(Autom8Error):
    """More bytes than are taken."""

    code = "too_large"


class RateLimited(Autom8Error):
    """Too many in too short a time. `retry_after_s` says when to come back."""

    code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(Autom8Error):
    """Something that Autom8 needs is not there now; trying again later may help."""

    code = "unavailable"


class Misconfigured(Autom8Error):
    """A setting stops the start; the message names it and what to do."""

    code = "misconfigured"


class DecryptionRefused(Conflict):
    """A sealed value can't be read: `reason` says why in a word, and table, column and row say which it is.

    It stands here because whoever keeps sealed values meets it through a port.
    """

    code = "decryption_refused"

    def __init__(self, message: str, *, reason: str, place: tuple[str, str, int]) -> None:
        super().__init__(message)
        self.reason = reason
        self.place = place
