"""Signing in by a provider: the way there and the way back (OpenID Connect, authorization code with PKCE).

What is asked is kept here, single use and for minutes; the browser that asked holds a cookie without which
the answer is nobody's, so that no one can be made to complete another's sign-in. Cookies and addresses are
the faces' business.
"""

from __future__ import annotations

import logging
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from autom8.kernel import defaults
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Autom8Error, RateLimited, Unauthenticated, Unavailable
from autom8.kernel.events import SignInFailed
from autom8.kernel.secrets import Secret
from autom8.repositories.federation import PendingSignIn
from autom8.repositories.unit_of_work import BeginWork
from autom8.security.federated import FederatedUsers
from autom8.security.oidc_client import Challenge, OidcClient
from autom8.security.oidc_provider import Identity, OidcDenied, OidcRefused, OidcStateRefused
from autom8.security.tokens import SessionTokens, digest

log = logging.getLogger(__name__)

_BINDER: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_STATE_CHARACTERS_MAX: Final = 200
_CODE_CHARACTERS_MAX: Final = 4_096
_PATH_CHARACTERS_MAX: Final = 1_000
# Of ours, to be opened by a browser: not the API, and nothing that a browser reads as another host.
_LOCAL_PATH: Final = re.compile(r"/(?![/\\]|api/|auth/)[\x21-\x5b\x5d-\x7e]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Where to send a browser, and what it must bring back; `binder` is for its cookie alone."""

    url: str = field(repr=False)
    binder: Secret
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What came back with a browser: the provider's parameters, and the cookie."""

    state: str | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)
    error: str | None = None
    issuer: str | None = None
    binder: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A session of the page, and where its person wanted to go: a path of ours."""

    cookie: Secret
    expires_at: datetime
    next_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSignIn:
    """Signs people in by one provider."""

    begin: BeginWork
    client: OidcClient
    users: FederatedUsers
    session_tokens: SessionTokens

    @property
    def label(self) -> str:
        """What the page calls the provider."""
        return self.client.provider.label

    def depart(
        self, next_path: str, *, actor: Actor, binder: str | None = None, fresh: bool = False
    ) -> Departure:
        """Begin a sign-in. A browser's `binder` is kept, so that it may have several under way.

        Raises:
            OidcUnreachable: the provider does not answer as it should.
            OidcBusy: too many wait for it.
        """
        challenge = Challenge(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
        )
        bound = binder if binder is not None and _BINDER.fullmatch(binder) else secrets.token_urlsafe(32)
        with self.client.place():
            url = self.client.authorization_url(challenge, fresh=fresh)
        with self.begin(actor) as work:
            pending = PendingSignIn(
                nonce=challenge.nonce,
                verifier=challenge.verifier,
                next_path=local_path(next_path),
                created_at=work.now(),
            )
            expires_at = work.now() + defaults.PROVIDER_SIGN_IN_LIFE
            work.federation.remove_requests_before(work.now())
            work.federation.open_request(_state_hash(challenge.state, bound), pending, expires_at=expires_at)
            work.commit()
        return Departure(url=url, binder=Secret(bound), expires_at=expires_at)

    def arrive(self, returned: Returned, *, actor: Actor, agent: str = "") -> Arrival:
        """Complete a sign-in by what its browser brings back. Each is completed once, well or not.

        Raises:
            OidcStateRefused: this browser has no such sign-in under way.
            OidcDenied: the provider said no.
            OidcRefused: what it said proves nobody.
            OidcUnreachable: it does not answer as it should.
            Unauthenticated: the person must not come in; the code says why.
        """
        pending, state = self._take(returned, actor)
        try:
            with self.client.place():
                identity = self._identify(returned, pending, state)
            session = self.users.enter(identity, actor=actor, agent=agent)
        except (Unauthenticated, RateLimited, Unavailable) as error:
            self._record_failure(error, actor)
            raise
        return Arrival(
            cookie=self.session_tokens.cookie(session.id),
            expires_at=session.expires_at,
            next_path=pending.next_path,
        )

    def prune(self) -> int:
        """Remove sign-ins that nobody came back from; how many."""
        with self.begin() as work:
            removed = work.federation.remove_requests_before(work.now())
            work.commit()
        return removed

    def _take(self, returned: Returned, actor: Actor) -> tuple[PendingSignIn, str]:
        state, binder = returned.state or "", returned.binder or ""
        if not state or len(state) > _STATE_CHARACTERS_MAX or not _BINDER.fullmatch(binder):
            raise OidcStateRefused
        with self.begin(actor) as work:
            pending = work.federation.take_request(_state_hash(state, binder), now=work.now())
            work.commit()  # before the provider is asked: a second try finds nothing
        if pending is None:
            log.warning("oidc_state_refused", extra={"fields": {"address": actor.address}})
            raise OidcStateRefused
        return pending, state

    def _identify(self, returned: Returned, pending: PendingSignIn, state: str) -> Identity:
        issuer = self.client.provider.issuer
        if returned.issuer is None:
            if self.client.endpoints().names_itself:
                raise OidcRefused("issuer_missing")
        elif returned.issuer != issuer:  # RFC 9207: another provider's answer, mixed up with ours
            raise OidcRefused("issuer_mixed_up")
        if returned.error is not None:
            raise OidcDenied
        if not returned.code or len(returned.code) > _CODE_CHARACTERS_MAX:
            raise OidcRefused("code")
        challenge = Challenge(state=state, nonce=pending.nonce, verifier=pending.verifier)
        return self.client.identify(returned.code, challenge)

    def _record_failure(self, error: Autom8Error, actor: Actor) -> None:
        reason = error.reason if isinstance(error, OidcRefused) else error.code
        details = {"method": "oidc", "reason": reason}
        log.warning("oidc_sign_in_failed", extra={"fields": details})
        with self.begin(actor) as work:
            work.record(
                SignInFailed(action="sign_in.failed", object_type="user", object_id="", details=details)
            )
            work.commit()


def local_path(path: str) -> str:
    """`path` if it is one of ours that a browser may be sent to, else the first page."""
    return path if len(path) <= _PATH_CHARACTERS_MAX and _LOCAL_PATH.fullmatch(path) else "/"


def _state_hash(state: str, binder: str) -> str:
    """One digest of both, so that a state without its browser's cookie finds nothing."""
    return digest(Secret(f"{state}.{binder}"))
