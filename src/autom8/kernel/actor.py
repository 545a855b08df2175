"""Who asks for something: carried by every service call to the audit trail and the logs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from autom8.kernel.vocabulary import ActorKind, Role

_VIEWER: Final = frozenset(
    {
        "tasks:read",
        "runs:read",
        "contacts:read",
        "self:write",
        "alerts:read",  # incidents, silences, dependencies, rules
        "checks:read",
        "channels:read",  # without what is secret in them; messages and dead letters
        "oncall:read",  # schedules and escalation policies
        "metrics:read",
    }
)
_OPERATOR: Final = _VIEWER | {
    "tasks:write",
    "runs:write",
    "contacts:write",
    "contacts:pii",
    "alerts:write",
    "alerts:push",  # as another program that keeps alerts up
    "checks:write",
    "oncall:write",
    "metrics:write",  # as a host's collector
}
_ADMIN: Final = _OPERATOR | {
    "channels:write",
    "contacts:export",
    "contacts:erase",
    "users:read",
    "users:write",
    "keys:read",
    "keys:write",
    "audit:read",
}
SCOPES_BY_ROLE: Final[dict[Role, frozenset[str]]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: _ADMIN,
}
# What no API key may hold: it can't prove again who stands behind it.
PERSONAL_SCOPES: Final = frozenset({"self:write", "users:write", "keys:write"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """A request that its caller may repeat: `key` tells it from others, `digest` is of its content."""

    key: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks. `id` is a user's id, or None for Autom8 itself, a local operator or a stranger.

    `proved_at` is when the user last proved who they are, `key_id` the public part of the API key they show.
    """

    kind: ActorKind
    id: int | None = None
    name: str = ""
    role: Role | None = None
    scopes: frozenset[str] = frozenset()
    session_id: str | None = None
    key_id: str | None = None
    proved_at: datetime | None = None
    requests_per_minute: int | None = None
    counted_as: str = ""  # whose requests are counted together; empty: those of the same user or address
    request_id: str = ""
    address: str = ""
    request_key: RequestKey | None = None

    def may(self, scope: str) -> bool:
        """Whether this actor holds `scope`."""
        return scope in self.scopes


SYSTEM: Final = Actor(kind=ActorKind.SYSTEM, name="autom8")
ANONYMOUS: Final = Actor(kind=ActorKind.ANONYMOUS)
