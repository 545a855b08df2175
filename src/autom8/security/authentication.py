"""Says who a caller is, by access token, API key, local token or cookie.

A session and its user are looked up at most every five seconds for each session, and so is a key, so that a
server learns of what another one ended; what this process ends is known at once. `fresh` always asks the
database.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from autom8.kernel.actor import SCOPES_BY_ROLE, Actor
from autom8.kernel.clock import Clock
from autom8.kernel.errors import Forbidden, Unauthenticated, Unavailable
from autom8.kernel.events import ApiKeyChanged, SessionEnded, SessionProved, UserChanged
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import ActorKind, Role, SessionKind
from autom8.repositories.unit_of_work import BeginWork
from autom8.security.key_callers import KeyCallers
from autom8.security.key_format import API_KEY_PREFIX
from autom8.security.keys import LOCAL_TOKEN_PREFIX
from autom8.security.remembering import Remembered
from autom8.security.sessions import proof_until, stands
from autom8.security.tokens import AccessTokens, SessionTokens, TokenRefused, same
from autom8.security.views import CookieCaller

log = logging.getLogger(__name__)

_TOUCHED_EVERY: Final = timedelta(hours=1)  # far below the idle time of a session


class SessionRefused(Unauthenticated):
    """The cookie is not ours, or its session is over."""

    code = "session_refused"

    def __init__(self) -> None:
        super().__init__("The session is over; sign in again.")


class CsrfFailed(Forbidden):
    """A cookie came without the token that only our own page knows."""

    code = "csrf_failed"

    def __init__(self) -> None:
        super().__init__("The CSRF token is missing or wrong; load the page again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A session and its user, as the database had them."""

    session_id: str
    kind: str
    user_id: int
    name: str
    role: Role
    disabled: bool
    version: int
    requests_per_minute: int | None
    used_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    proved_at: datetime | None


class Principals(Remembered[Principal]):
    """Sessions with their users, by the session's id."""

    def _load(self, session_id: str) -> Principal | None:
        with self._read() as work:
            row = work.access.find_principal(session_id)
        if row is None:
            return None
        fields = {**row._mapping, "role": Role(row.role)}  # noqa: SLF001 - SQLAlchemy's public name
        return Principal(**fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticator:
    """Turns what a caller shows into an Actor."""

    begin: BeginWork
    clock: Clock
    principals: Principals
    keys: KeyCallers
    access_tokens: AccessTokens
    session_tokens: SessionTokens
    local_token: Secret

    def bearer(self, token: str, *, address: str, request_id: str, fresh: bool = False) -> Actor:
        """Who holds this access token or API key, or the local token of the data folder.

        Raises:
            KeyRefused: the API key is not good, or no longer.
            TokenExpired: a refresh gives another one.
            TokenRefused: it is not good, or no longer.
        """
        if token.startswith(LOCAL_TOKEN_PREFIX):
            return self.local(token, address=address, request_id=request_id)
        if token.startswith(API_KEY_PREFIX):
            return self.keys.actor(token, address=address, request_id=request_id, fresh=fresh)
        claims = self.access_tokens.read(token, now=self.clock.now())
        principal = self._standing(claims.session_id, SessionKind.TOKEN, fresh=fresh)
        if (
            principal is None
            or principal.user_id != claims.user_id
            or principal.version != claims.user_version
        ):
            raise TokenRefused
        return _actor(principal, address=address, request_id=request_id)

    def local(self, token: str, *, address: str, request_id: str) -> Actor:
        """Somebody who can read the data folder, and so may do everything.

        Raises:
            TokenRefused: it is not this installation's local token.
        """
        if not same(token, self.local_token):
            raise TokenRefused
        return Actor(
            kind=ActorKind.LOCAL,
            name="local",
            role=Role.ADMIN,
            scopes=SCOPES_BY_ROLE[Role.ADMIN],
            request_id=request_id,
            address=address,
        )

    def cookie(self, value: str, *, address: str, request_id: str, fresh: bool = False) -> CookieCaller:
        """Who holds this cookie, with the CSRF token that must come along with a change.

        Raises:
            SessionRefused: it is not ours, or its session is over.
        """
        session_id = self.session_tokens.read_cookie(value)
        if session_id is None:
            raise SessionRefused
        principal = self._standing(session_id, SessionKind.COOKIE, fresh=fresh)
        if principal is None:
            raise SessionRefused
        self._note_use(principal)
        actor = _actor(principal, address=address, request_id=request_id)
        return CookieCaller(actor=actor, csrf_token=self.session_tokens.csrf_token(session_id))

    def check_csrf(self, caller: CookieCaller, given: str | None) -> None:
        """Let pass only who sends the CSRF token of their own session.

        Raises:
            CsrfFailed: it is missing or another's.
        """
        if not same(given, caller.csrf_token):
            raise CsrfFailed

    def is_proved(self, actor: Actor) -> bool:
        """Whether a caller has proved a short while ago who they are; the local operator always has."""
        if actor.kind is ActorKind.LOCAL:
            return True
        until = proof_until(actor.proved_at)
        return actor.kind is ActorKind.USER and until is not None and self.clock.now() < until

    def forget_user(self, event: UserChanged) -> None:
        """Observe a change of a user: this process knows it at once."""
        self.principals.forget(user_id=event.user_id)
        self.keys.holders.forget(user_id=event.user_id)

    def forget_session(self, event: SessionEnded | SessionProved) -> None:
        """Observe the end of a session, or a proof in it: this process knows it at once."""
        self.principals.forget(key=event.session_id)

    def forget_key(self, event: ApiKeyChanged) -> None:
        """Observe a change of an API key: this process knows it at once."""
        self.keys.holders.forget(key=event.key_id)

    def _standing(self, session_id: str, kind: SessionKind, *, fresh: bool) -> Principal | None:
        principal = self.principals.find(session_id, fresh=fresh)
        if principal is None or principal.kind != kind or principal.disabled:
            return None
        return principal if stands(principal, self.clock.now()) else None

    def _note_use(self, principal: Principal) -> None:
        """Keep a used session from going idle; a database that can't write now shuts nobody out."""
        if self.clock.now() - principal.used_at < _TOUCHED_EVERY:
            return
        try:
            with self.begin() as work:
                work.access.touch_session(principal.session_id, at=work.now())
                work.commit()
        except Unavailable:
            log.warning("session_use_not_noted")
        self.principals.forget(key=principal.session_id)


def _actor(principal: Principal, *, address: str, request_id: str) -> Actor:
    return Actor(
        kind=ActorKind.USER,
        id=principal.user_id,
        name=principal.name,
        role=principal.role,
        scopes=SCOPES_BY_ROLE[principal.role],
        session_id=principal.session_id,
        proved_at=principal.proved_at,
        requests_per_minute=principal.requests_per_minute,
        request_id=request_id,
        address=address,
    )
