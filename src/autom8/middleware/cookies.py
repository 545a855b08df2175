"""The page's session cookie: its name and flags, and whether a request comes from the page itself.

Over HTTPS, and on this very machine, it is `__Host-` and Secure: no other host can set or read it.
Browsers drop such a cookie on plain HTTP from afar, so there it goes by another name and without
Secure; production refuses plain HTTP altogether.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from autom8.kernel.secrets import Secret

SECURE_NAME: Final = "__Host-autom8"
PLAIN_NAME: Final = "autom8"
_EXPIRED: Final = "Thu, 01 Jan 1970 00:00:00 GMT"


def is_secure(environ: Mapping[str, Any], *, behind_proxy: bool) -> bool:
    """Whether the browser takes a Secure cookie here. Who lies in Host weakens only their own cookie."""
    return behind_proxy or environ.get("wsgi.url_scheme") == "https" or _names_loopback(environ)


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


def from_elsewhere(environ: Mapping[str, Any]) -> bool:
    """Whether a browser says that another site's page sends this request.

    Browsers tell by Sec-Fetch-Site, and by Origin where they don't; programs send neither.
    """
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = environ.get("HTTP_ORIGIN")
    return origin is not None and origin.partition("://")[2] != environ.get("HTTP_HOST")


def _flags(*, secure: bool) -> str:
    return f"; Path=/; HttpOnly; SameSite=Strict{'; Secure' if secure else ''}"


def _names_loopback(environ: Mapping[str, Any]) -> bool:
    try:
        host = urlsplit(f"//{environ.get('HTTP_HOST', '')}").hostname or ""
        return host == "localhost" or host.endswith(".localhost") or ip_address(host).is_loopback
    except ValueError:  # a name, or nothing that could be one
        return False
