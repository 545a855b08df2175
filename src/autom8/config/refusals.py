"""Which settings can't stand together, and which production refuses. Rules only: no I/O."""

from __future__ import annotations

from typing import Final

from autom8.config.settings import Settings
from autom8.kernel.errors import Misconfigured

PREFIX: Final = "AUTOM8_"


def refuse_contradictions(settings: Settings) -> None:
    """Refuse settings that do not fit each other.

    Raises:
        Misconfigured: naming those that don't.
    """
    if settings.pool_max < settings.pool_size:
        raise Misconfigured("AUTOM8_POOL_MAX must not be below AUTOM8_POOL_SIZE.")
    if settings.secret_key is not None and settings.secret_key == settings.password_pepper:
        raise Misconfigured("AUTOM8_SECRET_KEY and AUTOM8_PASSWORD_PEPPER must differ.")
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise Misconfigured("AUTOM8_TLS_CERT and AUTOM8_TLS_KEY belong together; one of them is missing.")
    _refuse_incomplete_provider(settings)
    if settings.http_redirect_port is not None:
        if settings.tls_cert is None:
            raise Misconfigured(
                "AUTOM8_HTTP_REDIRECT_PORT needs AUTOM8_TLS_CERT: to where else should it send?"
            )
        if settings.public_url.startswith("http://"):
            raise Misconfigured(
                "AUTOM8_HTTP_REDIRECT_PORT sends to AUTOM8_PUBLIC_URL, which must be https://."
            )
        if settings.http_redirect_port == settings.port:
            raise Misconfigured("AUTOM8_HTTP_REDIRECT_PORT and AUTOM8_PORT must differ.")
    if settings.keyring is not None and settings.keyring_file is not None:
        raise Misconfigured("AUTOM8_KEYRING is given twice, directly and as a file.")


def _refuse_incomplete_provider(settings: Settings) -> None:
    """A provider needs what it asks us for, and some way to a role."""
    if not settings.oidc_issuer:
        return
    for name in ("oidc_client_id", "public_url"):
        if not getattr(settings, name):
            raise Misconfigured(f"AUTOM8_OIDC_ISSUER needs {PREFIX}{name.upper()} beside it.")
    if bool(settings.oidc_role_claim) != bool(settings.oidc_roles):
        raise Misconfigured(
            "AUTOM8_OIDC_ROLE_CLAIM and AUTOM8_OIDC_ROLES belong together; one of them is missing."
        )
    if not settings.oidc_roles and settings.oidc_default_role is None:
        raise Misconfigured(
            "AUTOM8_OIDC_ISSUER needs AUTOM8_OIDC_ROLE_CLAIM with AUTOM8_OIDC_ROLES, or "
            "AUTOM8_OIDC_DEFAULT_ROLE: nobody could come in."
        )


def refuse_insecure(settings: Settings) -> None:
    """Refuse what production must not start with.

    Raises:
        Misconfigured: naming what is missing or too weak.
    """
    for name in ("secret_key", "password_pepper"):
        if getattr(settings, name) is None:
            variable = f"{PREFIX}{name.upper()}"
            raise Misconfigured(
                f"In production {variable} (or {variable}_FILE) must be given; none is generated."
            )
    if settings.keyring is None and settings.keyring_file is None:
        raise Misconfigured(
            "In production AUTOM8_KEYRING or AUTOM8_KEYRING_FILE must be given; none is generated."
        )
    if not settings.behind_tls_proxy and settings.tls_cert is None:
        raise Misconfigured(
            "In production plain HTTP is refused: set AUTOM8_TLS_CERT and AUTOM8_TLS_KEY, or "
            "put a TLS-terminating proxy in front and set AUTOM8_BEHIND_TLS_PROXY=1.",
        )
    for name in ("oidc_issuer", "public_url"):
        if settings.oidc_issuer and not getattr(settings, name).lower().startswith("https://"):
            raise Misconfigured(f"In production {PREFIX}{name.upper()} must begin with https://.")
    if plain := [origin for origin in settings.cors_origins if origin.startswith("http://")]:
        raise Misconfigured(f"In production AUTOM8_CORS_ORIGINS takes https:// only, not {plain[0]}.")
