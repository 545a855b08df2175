"""The keys that everything here is signed with, each use with a key of its own.

Owns where they come from: settings in production, a file made once in development. No other module sees
the secrets they are derived from.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from autom8.kernel.errors import Misconfigured
from autom8.kernel.secrets import Secret
from autom8.repositories.unit_of_work import BeginWork
from autom8.security.secret_files import UnsafeSecretFile, ensure_secret_file

log = logging.getLogger(__name__)

KEY_BYTES_MIN: Final = 32  # joserfc only warns of a shorter HMAC key
LOCAL_TOKEN_PREFIX: Final = "a8l_"  # noqa: S105 - says what kind of token follows
_KEYS_FILE: Final = "keys.json"
_LOCAL_TOKEN_FILE: Final = "local.token"  # noqa: S105 - a file's name


class WeakKey(Misconfigured):
    """A key has too few bytes to withstand guessing."""

    code = "weak_key"


class KeysDiffer(Misconfigured):
    """The database was made with another password pepper: nobody could sign in."""

    code = "keys_differ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """One 256-bit key for each use, derived by HMAC-SHA-256 so that none tells of another."""

    access: bytes = field(repr=False)
    refresh: bytes = field(repr=False)
    cookie: bytes = field(repr=False)
    csrf: bytes = field(repr=False)
    throttle: bytes = field(repr=False)
    audit: bytes = field(repr=False)  # the seed of the key that signs checkpoints
    repeats: bytes = field(repr=False)  # of requests that may be repeated
    links: bytes = field(repr=False)  # in messages, by which somebody acts without signing in
    pepper: bytes = field(repr=False)
    secret_check: str
    pepper_check: str

    @classmethod
    def derived(cls, *, secret: Secret, pepper: Secret) -> Keys:
        """The keys that follow from the two secrets of an installation.

        Raises:
            WeakKey: a secret has fewer than 32 bytes.
        """
        for name, value in (("secret_key", secret), ("password_pepper", pepper)):
            if len(value.reveal().encode()) < KEY_BYTES_MIN:
                raise WeakKey(f"{name} must have at least {KEY_BYTES_MIN} bytes.")
        return cls(
            access=_derive(secret, "access token"),
            refresh=_derive(secret, "refresh token"),
            cookie=_derive(secret, "cookie"),
            csrf=_derive(secret, "csrf"),
            throttle=_derive(secret, "throttle"),
            audit=_derive(secret, "audit checkpoint"),
            repeats=_derive(secret, "repeated request"),
            links=_derive(secret, "link in a message"),
            pepper=_derive(pepper, "password"),
            secret_check=_derive(secret, "check").hex()[:16],
            pepper_check=_derive(pepper, "check").hex()[:16],
        )


def ensure_keys(
    home: Path, *, secret: Secret | None, pepper: Secret | None, generate: bool
) -> tuple[Keys, bool]:
    """The installation's keys, and whether they were generated now into `home`.

    What is given wins over the file; with `generate` the file is made once, mode 0600.

    Raises:
        Misconfigured: a key is missing, weak, or kept in an unsafe or damaged file.
    """
    if secret is not None and pepper is not None:
        return Keys.derived(secret=secret, pepper=pepper), False
    if not generate:
        raise Misconfigured(
            "AUTOM8_SECRET_KEY and AUTOM8_PASSWORD_PEPPER must be given; none is generated here."
        )
    path = home / _KEYS_FILE
    fresh = {"secret_key": secrets.token_urlsafe(32), "password_pepper": secrets.token_urlsafe(32)}
    text, made = ensure_secret_file(path, orjson.dumps(fresh).decode() + "\n")
    kept = _parse(path, text)
    return Keys.derived(secret=secret or kept["secret_key"], pepper=pepper or kept["password_pepper"]), made


def ensure_local_token(home: Path) -> Secret:
    """The token that lets who can read the data folder act as administrator, made once, 256 bits.

    Raises:
        Misconfigured: its file is unsafe or damaged.
    """
    path = home / _LOCAL_TOKEN_FILE
    text, _ = ensure_secret_file(path, LOCAL_TOKEN_PREFIX + secrets.token_urlsafe(32) + "\n")
    token = text.strip()
    if not token.startswith(LOCAL_TOKEN_PREFIX) or len(token) < len(LOCAL_TOKEN_PREFIX) + KEY_BYTES_MIN:
        raise UnsafeSecretFile(f"{path} is damaged; remove it, and a start makes a new one.")
    return Secret(token)


def confirm_keys(begin: BeginWork, keys: Keys) -> None:
    """See that these keys belong to this database, which learns them at its first start.

    Another secret key is taken, since a leaked one must be replaced: it signs everybody out.

    Raises:
        KeysDiffer: the pepper is another, so that no password would be right.
    """
    checks = [keys.pepper_check, keys.secret_check]
    with begin() as work:
        installation = work.installation.lock()
        if installation is None:
            return
        known = (installation.keys_check or "").split(".")
        if known[:2] == checks:
            return
        if known[0] and known[0] != keys.pepper_check:
            raise KeysDiffer(
                "This database was made with another password pepper: no password would be right. "
                "Give the one it was made with: keys.json in the data folder, or AUTOM8_PASSWORD_PEPPER.",
            )
        if known[0]:
            log.warning("secret_key_replaced")
        installation.keys_check = ".".join([*checks, *known[2:]])  # the third is the keyring's
        work.commit()


def _derive(secret: Secret, use: str) -> bytes:
    return hmac.digest(secret.reveal().encode(), b"autom8 v1 " + use.encode(), hashlib.sha256)


def _parse(path: Path, text: str) -> dict[str, Secret]:
    try:
        found = orjson.loads(text)
        return {name: Secret(str(found[name])) for name in ("secret_key", "password_pepper")}
    except (ValueError, KeyError, TypeError) as error:
        raise UnsafeSecretFile(f"{path} is damaged; bring it back from a backup.") from error
