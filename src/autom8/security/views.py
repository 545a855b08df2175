"""What callers of the security service get and give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from autom8.kernel.actor import Actor
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Method, Role, SessionKind
from autom8.models import ApiKey, Session, User
from autom8.security.sessions import proof_until


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """A user as callers see them. `version` rises with every change but a sign-in."""

    id: int
    name: str
    role: Role
    disabled: bool
    version: int
    created_at: datetime
    updated_at: datetime
    last_login_at: datetime | None
    requests_per_minute: int | None
    second_factor: bool
    has_password: bool
    provider: bool  # whether they can sign in by a provider

    @classmethod
    def of(cls, user: User, *, provider: bool) -> UserView:
        """The view of a row."""
        return cls(
            id=user.id,
            name=user.name,
            role=Role(user.role),
            disabled=user.disabled,
            version=user.version,
            created_at=user.created_at,
            updated_at=user.updated_at,
            last_login_at=user.last_login_at,
            requests_per_minute=user.requests_per_minute,
            second_factor=user.totp_enabled_at is not None,
            has_password=bool(user.password_hash),
            provider=provider,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanges:
    """What to change of a user; None leaves it as it is. `unlimited` takes their own limit away."""

    role: Role | None = None
    disabled: bool | None = None
    password: str | None = field(default=None, repr=False)
    requests_per_minute: int | None = None
    unlimited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session as its user sees it. `current` is the one that is asked in."""

    id: str
    kind: SessionKind
    method: Method
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    proved_at: datetime | None
    proof_good_until: datetime | None
    address: str
    agent: str
    current: bool

    @classmethod
    def of(cls, row: Session, *, current: str | None) -> SessionView:
        """The view of a row; `current` is the caller's own session."""
        return cls(
            id=row.id,
            kind=SessionKind(row.kind),
            method=Method(row.method),
            created_at=row.created_at,
            used_at=row.used_at,
            expires_at=row.expires_at,
            proved_at=row.proved_at,
            proof_good_until=proof_until(row.proved_at),
            address=row.address,
            agent=row.agent,
            current=row.id == current,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyView:
    """An API key without its secret, which nobody can see again. `version` rises with every change."""

    id: int
    key_id: str
    user_id: int
    name: str
    scopes: Sequence[str]
    requests_per_minute: int | None
    version: int
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    last_used_address: str | None

    @classmethod
    def of(cls, row: ApiKey) -> ApiKeyView:
        """The view of a row."""
        return cls(**{name: getattr(row, name) for name in cls.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """What an API key shall be. `expires_at` None is never, `requests_per_minute` None its owner's limit."""

    name: str
    scopes: Sequence[str]
    expires_at: datetime | None = None
    requests_per_minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyChanges:
    """What to change of an API key: the fields of NewApiKey that are `given`."""

    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorView:
    """How a second factor stands; `enabled_at` is None while there is none that counts."""

    enabled_at: datetime | None
    recovery_codes_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingFactor:
    """A secret for an authenticator: as text, as the address it understands, and as a picture of that."""

    secret: Secret
    uri: Secret
    qr_svg: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenGrant:
    """What a program gets for a good password or refresh token."""

    user: UserView
    access_token: Secret
    refresh_token: Secret
    expires_in: timedelta  # of the access token


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieGrant:
    """What the page gets for a good password."""

    user: UserView
    cookie: Secret
    csrf_token: Secret
    expires_at: datetime  # of the session, however much it is used


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieCaller:
    """Who holds a cookie, and what they must send along to change anything."""

    actor: Actor
    csrf_token: Secret
