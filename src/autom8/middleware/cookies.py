"""The page's session cookie: its name and flags, and whether a request comes from the page itself.

Over HTTPS, and on this very machine, it is `__Host-` and Secure: no other host can set or read it.
Browsers drop such a cookie on plain HTTP from afar, so there it goes by another name and without
Secure; production refuses plain HTTP altogether.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final

from autom8.kernel.secrets import Secret

SECURE_NAME: Final = "__Host-autom8"
PLAIN_NAME: Final = "autom8"
_EXPIRED: Final = "Thu, 01 Jan 1970 00:00:00 GMT"


def cookie_name(*, secure: bool) -> str:
    """Under which name the session travels."""
    return SECURE_NAME if secure else PLAIN_NAME


def set_cookie(value: Secret, *, expires_at: datetime, secure: bool) -> str:
    """The Set-Cookie header that begins a session in the browser."""
    expires = format_datetime(expires_at, usegmt=True)
    return f"{cookie_name(secure=secure)}={value.reveal()}; Expires={expires}{_flags(secure=secure)}"


def forget_cookie(*, secure: bool) -> str:
    """The Set-Cookie header that ends it."""
    return f"{cookie_name(secure=secure)}=; Expires={_EXPIRED}{_flags(secure=secure)}"


def binder_name(*, secure: bool) -> str:
    """Under which name travels what binds a sign-in by a provider to the browser that began it."""
    return f"{cookie_name(secure=secure)}-sign-in"


def set_binder(value: Secret, *, expires_at: datetime, secure: bool) -> str:
    """The Set-Cookie header for the way to a provider.

    Lax, since it must come along when the provider's page sends the browser back.
    """
    expires = format_datetime(expires_at, usegmt=True)
    return f"{binder_name(secure=secure)}={value.reveal()}; Expires={expires}{_flags('Lax', secure=secure)}"


def forget_binder(*, secure: bool) -> str:
    """The Set-Cookie header that ends it."""
    return f"{binder_name(secure=secure)}=; Expires={_EXPIRED}{_flags('Lax', secure=secure)}"


def from_elsewhere(environ: Mapping[str, Any], *, host: str) -> bool:
    """Whether a browser says that a page of another origin than `host` sends this request.

    Browsers tell by Sec-Fetch-Site, and by Origin where they don't; programs send neither.
    """
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = environ.get("HTTP_ORIGIN")
    return origin is not None and origin.partition("://")[2] != host


def _flags(same_site: str = "Strict", *, secure: bool) -> str:
    return f"; Path=/; HttpOnly; SameSite={same_site}{'; Secure' if secure else ''}"
