"""Speaks with the provider, through egress alone: what it says of itself, its keys, tokens and userinfo.

Nothing that the provider writes leaves this module as text: its errors become ours.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import orjson

from autom8.egress.errors import EgressError
from autom8.egress.service import Answer, Ask, Egress, Limits
from autom8.kernel.clock import Clock
from autom8.kernel.defaults import KIB
from autom8.security.oidc_provider import Identity, OidcBusy, OidcRefused, OidcUnreachable, Provider

if TYPE_CHECKING:
    from autom8.security.id_token import Jwk

log = logging.getLogger(__name__)

_LIMITS: Final = Limits(time=timedelta(seconds=8), body_bytes_max=256 * KIB)
_BELIEVED: Final = timedelta(hours=1)  # what the provider says of itself, and its keys
_KEYS_ASKED_EVERY: Final = timedelta(minutes=1)  # for a key id that nobody knows: anybody can make one up
_AT_ONCE_MAX: Final = 2  # of few request threads: a slow provider must not take them all
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where the provider is asked what, as it says itself."""

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    posts_secret: bool  # it does not take the client's secret in a header
    names_itself: bool  # it says in each answer who it is (RFC 9207), so one that does not is another's


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What binds an answer of the provider to the question that it answers."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class OidcClient:
    """The provider, as this process knows it. Safe for any number of threads."""

    def __init__(self, provider: Provider, egress: Egress, clock: Clock) -> None:
        self.provider = provider
        self._egress = egress
        self._clock = clock
        self._places = threading.BoundedSemaphore(_AT_ONCE_MAX)
        self._lock = threading.Lock()
        self._endpoints: tuple[Endpoints, float] | None = None
        self._keys: tuple[list[Jwk], float] | None = None

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place among the few that may wait for the provider.

        Raises:
            OidcBusy: all are taken.
        """
        if not self._places.acquire(timeout=1):
            raise OidcBusy
        try:
            yield
        finally:
            self._places.release()

    def endpoints(self) -> Endpoints:
        """Where to ask; the provider is asked at most once an hour.

        Raises:
            OidcUnreachable: it does not answer as the provider that it should be.
        """
        with self._lock:  # who waits gets what the first one learns
            now = self._clock.monotonic()
            if self._endpoints is None or now - self._endpoints[1] >= _BELIEVED.total_seconds():
                self._endpoints = self._discover(), now
            return self._endpoints[0]

    def authorization_url(self, challenge: Challenge, *, fresh: bool) -> str:
        """Where to send a person's browser; `fresh` has the provider ask them again who they are.

        Raises:
            OidcUnreachable: the provider does not answer as it should.
        """
        more: dict[str, str] = {"prompt": "login", "max_age": "0"} if fresh else {}
        url, _ = self._oauth().create_authorization_url(
            self.endpoints().authorization,
            state=challenge.state,
            code_verifier=challenge.verifier,
            nonce=challenge.nonce,
            **more,
        )
        return str(url)

    def identify(self, code: str, challenge: Challenge) -> Identity:
        """Whom the provider names for a code.

        Raises:
            OidcUnreachable: it does not answer as it should.
            OidcRefused: the code or the ID token is not good.
        """
        from autom8.security.id_token import Expected, IdToken  # here: who has no provider needs no joserfc

        tokens = self._fetch_tokens(code, challenge.verifier)
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise OidcRefused("no_token")
        read = IdToken.read(id_token, self._find_keys)
        provider = self.provider
        expected = Expected(issuer=provider.issuer, client_id=provider.client_id, nonce=challenge.nonce)
        identity = read.prove(expected, access_token=access_token, now=self._clock.now().timestamp())
        if not provider.wants_more(identity.claims):
            return identity
        return self._with_userinfo(identity, access_token)

    def _fetch_tokens(self, code: str, verifier: str) -> Mapping[str, Any]:
        from authlib.oauth2 import OAuth2Error

        try:
            found: Mapping[str, Any] = self._oauth().fetch_token(
                self.endpoints().token, grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except OAuth2Error as error:
            raise OidcRefused("code") from error
        except (ValueError, TypeError, UnicodeError) as error:
            raise OidcUnreachable from error
        return found

    def _oauth(self) -> Any:
        """Authlib's client for one use: it keeps tokens, and must not keep one person's for another."""
        from authlib.oauth2.client import OAuth2Client  # here: who has no provider needs none of it

        provider, endpoints = self.provider, self.endpoints()
        secret = provider.client_secret
        method = "client_secret_post" if endpoints.posts_secret else "client_secret_basic"
        return OAuth2Client(
            _Session(self),
            client_id=provider.client_id,
            client_secret=secret.reveal() if secret else None,
            token_endpoint_auth_method=method if secret else "none",
            scope=provider.scopes,
            redirect_uri=provider.redirect_uri,
            code_challenge_method="S256",
        )

    def _with_userinfo(self, identity: Identity, access_token: str) -> Identity:
        where = self.endpoints().userinfo
        if where is None:
            return identity
        more = _object(
            self.ask(Ask(url=where, purpose="oidc", headers=_bearer(access_token), limits=_LIMITS))
        )
        if more.get("sub") != identity.subject:  # OpenID Connect Core 1.0, 5.3.2: else it may be another's
            raise OidcRefused("userinfo")
        claims = {**more, **identity.claims}  # what is signed wins
        return Identity(
            issuer=identity.issuer,
            subject=identity.subject,
            claims=claims,
            authenticated_at=identity.authenticated_at,
        )

    def _find_keys(self, kid: str | None) -> list[Jwk]:
        """The provider's keys; asked for anew when none has this id, but not more than once a minute."""
        with self._lock:
            now = self._clock.monotonic()
            age = now - self._keys[1] if self._keys else None
            known = self._keys[0] if self._keys else []
            stale = age is None or age >= _BELIEVED.total_seconds()
            unknown = kid is not None and all(key.get("kid") != kid for key in known)
            if stale or (unknown and age is not None and age >= _KEYS_ASKED_EVERY.total_seconds()):
                assert self._endpoints is not None
                known = self._fetch_keys(self._endpoints[0].keys)
                self._keys = known, now
            return known

    def _fetch_keys(self, url: str) -> list[Jwk]:
        keys = _object(self.ask(Ask(url=url, purpose="oidc", limits=_LIMITS))).get("keys")
        if not isinstance(keys, list):
            raise OidcUnreachable
        return [key for key in keys if isinstance(key, dict)]

    def _discover(self) -> Endpoints:
        issuer = self.provider.issuer
        said = _object(self.ask(Ask(url=issuer.rstrip("/") + _WELL_KNOWN, purpose="oidc", limits=_LIMITS)))
        if said.get("issuer") != issuer:
            log.warning("oidc_issuer_differs")
            raise OidcUnreachable
        methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return Endpoints(
            authorization=self._place_of(said, "authorization_endpoint"),
            token=self._place_of(said, "token_endpoint"),
            keys=self._place_of(said, "jwks_uri"),
            userinfo=self._place_of(said, "userinfo_endpoint") if said.get("userinfo_endpoint") else None,
            posts_secret="client_secret_basic" not in methods,
            names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        )

    def _place_of(self, said: Mapping[str, Any], name: str) -> str:
        """An endpoint, by https unless the issuer itself is not (which only development allows)."""
        url = said.get(name)
        schemes = {"https"} | {urlsplit(self.provider.issuer).scheme}
        if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
            raise OidcUnreachable
        parts = urlsplit(url)
        if parts.scheme not in schemes or not parts.netloc or parts.fragment:
            log.warning("oidc_endpoint_refused", extra={"fields": {"endpoint": name}})
            raise OidcUnreachable
        return url

    def ask(self, ask: Ask) -> Answer:
        """One question through egress; redirects are not followed.

        Raises:
            OidcUnreachable: it could not be asked.
        """
        try:
            return self._egress.ask(ask)
        except EgressError as error:
            log.warning("oidc_not_reached", extra={"fields": {"code": error.code, "error": str(error)}})
            raise OidcUnreachable from error


class _Answered:
    """An answer in the form that Authlib's client reads."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self._body = answer.body

    def json(self) -> Any:
        return orjson.loads(self._body)

    def raise_for_status(self) -> None:
        if self.status_code != _OK:
            raise OidcUnreachable


class _Session:
    """What Authlib's client sends by: egress, in the little of requests' form that it uses."""

    def __init__(self, client: OidcClient) -> None:
        self._client = client

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> _Answered:
        url, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _Answered(
            self._client.ask(
                Ask(url=url, purpose="oidc", method="POST", headers=sent, body=body.encode(), limits=_LIMITS)
            )
        )


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept": "application/json"}


def _object(answer: Answer) -> Mapping[str, Any]:
    if answer.status != _OK:
        raise OidcUnreachable
    try:
        found = orjson.loads(answer.body)
    except ValueError as error:
        raise OidcUnreachable from error
    if not isinstance(found, dict):
        raise OidcUnreachable
    return found
