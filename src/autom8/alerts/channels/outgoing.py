"""One message that is ready for a channel, and how a try to send it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from autom8.alerts.retrying import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a contact is reached; not shown in logs."""

    name: str = field(repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message. `key` is its idempotency key, the same in each try; `to` None means the channel's own room.

    `event` is JSON data for programs, of the kind `event_type` (`incident.firing`, `digest`, `test`).
    `thread` is the same for all messages of one incident.
    """

    key: str
    subject: str
    text: str
    html: str | None = None
    thread: str | None = None
    event: Mapping[str, Any] = field(default_factory=dict)
    event_type: str = "incident"
    url: str | None = None
    pages: bool = False
    ends: bool = False
    to: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How a try went. `detail` is for people and holds no secret and no address.

    `bounced`: the other side says that there is no such address.
    """

    result: Result
    detail: str = ""
    retry_after: timedelta | None = None
    bounced: bool = False


class Sender(Protocol):
    """One channel, ready to send."""

    def send(self, outgoing: Outgoing) -> Sent:
        """Try once, for less than the outbox's lease. Never raises for what the other side does."""
        ...
