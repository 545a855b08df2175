"""One message that is ready for a channel, and how a try to send it went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from autom8.alerts.retrying import Result


def _nothing() -> None:
    """Nobody asks."""


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
    `thread` is the same for all messages of one incident. `handing_over` is called, perhaps more than once,
    right before the other side may get it: what is not handed over has not arrived. What it raises is not
    the other side's, and goes up.
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
    handing_over: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How a try went. `detail` is for people and holds no secret and no address.

    `bounced`: the other side says that there is no such address. `blameless`: it says nothing of the channel.
    """

    result: Result
    detail: str = ""
    retry_after: timedelta | None = None
    bounced: bool = False
    blameless: bool = False


class Sender(Protocol):
    """One channel, ready to send."""

    def send(self, outgoing: Outgoing) -> Sent:
        """Try once, for less than the outbox's lease. Never raises for what the other side does, only what
        `handing_over` raises.
        """
        ...
