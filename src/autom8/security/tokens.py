"""Access tokens, refresh tokens, cookies and CSRF tokens: how they are made and read. No database, no clock.

What they say is not believed yet: whether the session behind them still stands is the authenticator's
business.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from autom8.kernel import defaults
from autom8.kernel.errors import Unauthenticated
from autom8.kernel.secrets import Secret
from autom8.security.keys import KEY_BYTES_MIN, Keys, WeakKey

ISSUER: Final = "autom8"
_ALGORITHM: Final = "HS256"
_HEADER: Final = {"alg": _ALGORITHM, "typ": "at+jwt"}
_CLOCK_SKEW: Final = timedelta(minutes=1)  # between servers; for `iat` alone, `exp` is taken as it is
_TOKEN_CHARACTERS_MAX: Final = 2_048
_SESSION_ID: Final = r"[0-9a-f]{32}"
_MAC: Final = r"[A-Za-z0-9_-]{43}"
_REFRESH: Final = re.compile(rf"a8r_({_SESSION_ID})_([1-9][0-9]{{0,8}})_({_MAC})", re.ASCII)
_COOKIE: Final = re.compile(rf"({_SESSION_ID})\.({_MAC})", re.ASCII)


class TokenRefused(Unauthenticated):
    """The access token is not ours, not for this installation, or no longer stands."""

    code = "token_refused"

    def __init__(self) -> None:
        super().__init__("The access token is not good.")


class TokenExpired(Unauthenticated):
    """The access token was good and its time is over; a refresh gives another."""

    code = "token_expired"

    def __init__(self) -> None:
        super().__init__("The access token has expired.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What an access token says."""

    user_id: int
    session_id: str
    user_version: int


def new_session_id() -> str:
    """128 random bits, as 32 hex characters."""
    return secrets.token_hex(16)


class AccessTokens:
    """Signs and reads the JWTs of one installation (RFC 9068's `at+jwt`, HS256 and nothing else)."""

    def __init__(self, key: bytes, *, audience: str) -> None:
        if len(key) < KEY_BYTES_MIN:
            raise WeakKey(f"The key of access tokens must have at least {KEY_BYTES_MIN} bytes.")
        self._key = OctKey.import_key(key)
        self._audience = audience

    def make(self, claims: Claims, *, now: datetime) -> Secret:
        """A token that is good for ten minutes from `now`."""
        issued = int(now.timestamp())
        body = {
            "iss": ISSUER,
            "aud": self._audience,
            "sub": str(claims.user_id),
            "sid": claims.session_id,
            "ver": claims.user_version,
            "iat": issued,
            "exp": issued + int(defaults.ACCESS_TOKEN_LIFE.total_seconds()),
        }
        return Secret(jwt.encode(_HEADER, body, self._key, algorithms=[_ALGORITHM]))

    def read(self, token: str, *, now: datetime) -> Claims:
        """What a token of ours says.

        Raises:
            TokenExpired: its time is over, and all else is right.
            TokenRefused: anything else is wrong with it.
        """
        if len(token) > _TOKEN_CHARACTERS_MAX:
            raise TokenRefused
        try:
            read = jwt.decode(token, self._key, algorithms=[_ALGORITHM])
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise TokenRefused from error
        # No `crit`, `kid`, `jku` or other type, whatever the library makes of them.
        if read.header != _HEADER:
            raise TokenRefused
        return self._believed(read.claims, now.timestamp())

    def _believed(self, body: dict[str, Any], now: float) -> Claims:
        expires, issued, version = (_whole(body.get(name)) for name in ("exp", "iat", "ver"))
        subject, session_id = body.get("sub"), body.get("sid")
        if body.get("iss") != ISSUER or body.get("aud") != self._audience:
            raise TokenRefused
        if not isinstance(subject, str) or not re.fullmatch(r"[1-9][0-9]{0,18}", subject, re.ASCII):
            raise TokenRefused
        if not isinstance(session_id, str) or not re.fullmatch(_SESSION_ID, session_id):
            raise TokenRefused
        if issued > now + _CLOCK_SKEW.total_seconds():
            raise TokenRefused
        if expires <= now:
            raise TokenExpired
        return Claims(user_id=int(subject), session_id=session_id, user_version=version)


@dataclass(frozen=True, slots=True)
class SessionTokens:
    """Makes and reads what names a session: refresh tokens, cookies and the CSRF token beside a cookie.

    All are derived from the session's id, so that a successor can be given twice and none is kept.
    """

    keys: Keys

    def refresh_token(self, session_id: str, generation: int) -> Secret:
        """The refresh token of one generation of a session."""
        return Secret(f"a8r_{session_id}_{generation}_{self._refresh_mac(session_id, generation)}")

    def read_refresh_token(self, token: str) -> tuple[str, int] | None:
        """Session id and generation of a refresh token of ours; None for any other."""
        match = _REFRESH.fullmatch(token)
        if match is None:
            return None
        session_id, generation, mac = match[1], int(match[2]), match[3]
        if not hmac.compare_digest(mac, self._refresh_mac(session_id, generation)):
            return None
        return session_id, generation

    def cookie(self, session_id: str) -> Secret:
        """The cookie's value of a page's session."""
        return Secret(f"{session_id}.{_mac(self.keys.cookie, session_id)}")

    def read_cookie(self, value: str) -> str | None:
        """The session id of a cookie of ours; None for any other."""
        match = _COOKIE.fullmatch(value)
        if match is None or not hmac.compare_digest(match[2], _mac(self.keys.cookie, match[1])):
            return None
        return match[1]

    def csrf_token(self, session_id: str) -> Secret:
        """What a page must send along with its cookie to change anything."""
        return Secret(_mac(self.keys.csrf, session_id))

    def _refresh_mac(self, session_id: str, generation: int) -> str:
        return _mac(self.keys.refresh, f"{session_id}|{generation}")


def digest(token: Secret) -> str:
    """What is kept of a token that holds 128 random bits or more: its SHA-256, in hex."""
    return hashlib.sha256(token.reveal().encode("utf-8", "surrogatepass")).hexdigest()


def same(given: str | None, expected: Secret) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ."""
    if given is None:
        return False
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.reveal().encode())


def _mac(key: bytes, text: str) -> str:
    return urlsafe_b64encode(hmac.digest(key, text.encode(), hashlib.sha256)).decode().rstrip("=")


def _whole(value: object) -> int:
    if type(value) is not int:  # a bool is an int to Python
        raise TokenRefused
    return value
