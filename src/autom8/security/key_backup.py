"""A keyring on paper or in a safe: sealed under a passphrase that somebody remembers.

scrypt makes a key of the passphrase (RFC 7914; the cost is OWASP's), AES-256-GCM seals the keyring.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import threading
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from autom8.kernel.errors import Invalid
from autom8.kernel.secrets import Secret
from autom8.security.keyring import BadKeyring, KeyMaterial
from autom8.security.sealing import KEY_BYTES, place_of

PASSPHRASE_CHARS_MIN: Final = 12
_KIND: Final = "autom8 keyring backup"
_VERSION: Final = 1
_COST: Final = {"n": 1 << 17, "r": 8, "p": 1}  # 128 MiB and a third of a second
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_ONE_AT_A_TIME: Final = threading.Lock()  # for the memory it takes


class NoBackup(Invalid):
    """A text is no backup of a keyring, or not one that this program can read."""

    code = "no_backup"


class WrongPassphrase(Invalid):
    """The passphrase is not the one that it was sealed under, or the backup was altered."""

    code = "wrong_passphrase"

    def __init__(self) -> None:
        super().__init__("The passphrase is not the backup's, or the backup is damaged.")


def sealed_backup(material: KeyMaterial, passphrase: Secret, at: datetime) -> str:
    """The keyring as JSON that is worth nothing without the passphrase.

    Raises:
        Invalid: the passphrase is too short.
    """
    if len(passphrase.reveal()) < PASSPHRASE_CHARS_MIN:
        words = f"must have at least {PASSPHRASE_CHARS_MIN} characters"
        raise Invalid(f"The passphrase {words}.", fields={"passphrase": words})
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    made_at = at.isoformat(timespec="seconds")
    cipher = _cipher(passphrase, salt)
    sealed = cipher.encrypt(nonce, material.text().encode(), _place(made_at))
    document = {
        "kind": _KIND,
        "version": _VERSION,
        "made_at": made_at,
        "scrypt": _COST,
        "salt": _text(salt),
        "nonce": _text(nonce),
        "sealed": _text(sealed),
    }
    return json.dumps(document, indent=2) + "\n"


def opened_backup(text: str, passphrase: Secret) -> KeyMaterial:
    """The keyring in a backup.

    Raises:
        NoBackup: it is none, or of a later version.
        WrongPassphrase: it was sealed under another passphrase, or altered.
    """
    document = _read(text)
    cipher = _cipher(passphrase, _bytes(document, "salt"))
    try:
        plain = cipher.decrypt(
            _bytes(document, "nonce"), _bytes(document, "sealed"), _place(str(document.get("made_at")))
        )
        return KeyMaterial.parse(plain.decode(), origin="The backup")
    except (InvalidTag, ValueError, BadKeyring):
        raise WrongPassphrase from None


def _read(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("kind") != _KIND:
        raise NoBackup("This is no backup of a keyring.")
    if document.get("version") != _VERSION or document.get("scrypt") != _COST:
        raise NoBackup("This backup was made by another version of Autom8.")
    return document


def _bytes(document: dict[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(str(document.get(name)), validate=True)
    except (binascii.Error, ValueError):
        raise NoBackup(f"The backup is damaged: its {name} is no base64.") from None


def _cipher(passphrase: Secret, salt: bytes) -> AESGCM:
    with _ONE_AT_A_TIME:
        key = Scrypt(salt=salt, length=KEY_BYTES, **_COST).derive(passphrase.reveal().encode())
    return AESGCM(key)


def _place(made_at: str) -> bytes:
    return place_of(_KIND, _VERSION, made_at)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
