"""What callers of the security service get and give."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from autom8.kernel.actor import Actor
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Role
from autom8.models import User


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

    @classmethod
    def of(cls, user: User) -> UserView:
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
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanges:
    """What to change of a user; None leaves it as it is."""

    role: Role | None = None
    disabled: bool | None = None
    password: str | None = field(default=None, repr=False)


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
