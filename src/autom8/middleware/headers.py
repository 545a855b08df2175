"""The security headers that every answer carries, unless its view has set a stricter or needed one.

What a view does not say to be keepable is not kept, by anybody: `Cache-Control: no-store`.
"""

from __future__ import annotations

from typing import Final

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
_ALWAYS: Final = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    (
        "Permissions-Policy",
        (
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
            "magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
        ),
    ),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_HSTS: Final = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")

Headers = list[tuple[str, str]]


def security_headers(*, production: bool) -> tuple[tuple[str, str], ...]:
    """The headers of every answer; in production browsers are told to come by HTTPS only."""
    return (*_ALWAYS, _HSTS) if production else _ALWAYS


def add_missing(headers: Headers, wanted: tuple[tuple[str, str], ...]) -> None:
    """Add those of `wanted` that are not there yet."""
    present = {name.lower() for name, _ in headers}
    headers.extend(pair for pair in wanted if pair[0].lower() not in present)
