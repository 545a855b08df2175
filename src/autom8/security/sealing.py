"""How bytes are sealed: AES-256-GCM, a fresh nonce for each value, and the place it belongs to bound in.

Owns the form of what is stored. Knows no database, and keeps no key.
"""

from __future__ import annotations

import os
import struct
from enum import StrEnum
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_KEY_ID: Final = struct.Struct(">Q")
_FIELD_HEADER_BYTES: Final = len(VERSION) + _KEY_ID.size


class Refusal(StrEnum):
    """Why a sealed value is refused."""

    TRUNCATED = "truncated"  # too short to be one
    UNKNOWN_VERSION = "unknown_version"  # not of a form this program writes
    WRONG_KEY = "wrong_key"  # it names another data key than its owner's
    UNKNOWN_KEY = "unknown_key"  # its key is wrapped by one that the keyring lacks
    ALTERED = "altered"  # changed, or moved here from another row, column, table or installation
    LOST_KEY = "lost_key"  # its data key can't be unwrapped, or was destroyed


class Refused(Exception):
    """A value was refused; whoever knows its place says so to the caller."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


def place_of(*parts: str | int) -> bytes:
    """Parts as bytes that no other parts have: each behind its length."""
    return b"".join([_word(part) if isinstance(part, str) else _part(str(part).encode()) for part in parts])


@lru_cache(maxsize=256)  # the few that do not differ between rows: an import seals three fields of each
def _word(text: str) -> bytes:
    return _part(text.encode())


def _part(encoded: bytes) -> bytes:
    return len(encoded).to_bytes(4) + encoded


def seal_field(cipher: AESGCM, key_id: int, text: str, place: bytes) -> bytes:
    """`version | data key id | nonce | ciphertext and tag`."""
    return VERSION + _KEY_ID.pack(key_id) + _seal(cipher, text.encode(), place)


def unseal_field(cipher: AESGCM, key_id: int, value: bytes, place: bytes) -> str:
    """What `seal_field` sealed under the same key and place.

    Raises:
        Refused: it is not that, down to the last bit.
    """
    body = _opened(value, _FIELD_HEADER_BYTES)
    if _KEY_ID.unpack(value[len(VERSION) : _FIELD_HEADER_BYTES])[0] != key_id:
        raise Refused(Refusal.WRONG_KEY)
    return _unseal(cipher, body, place).decode()


def seal_key(cipher: AESGCM, data_key: bytes, place: bytes) -> bytes:
    """`version | nonce | ciphertext and tag` of a data key."""
    return VERSION + _seal(cipher, data_key, place)


def unseal_key(cipher: AESGCM, wrapped: bytes, place: bytes) -> bytes:
    """The data key that `seal_key` sealed.

    Raises:
        Refused: it is not that, down to the last bit.
    """
    data_key = _unseal(cipher, _opened(wrapped, len(VERSION)), place)
    if len(data_key) != KEY_BYTES:
        raise Refused(Refusal.ALTERED)
    return data_key


def _opened(value: object, header_bytes: int) -> bytes:
    if not isinstance(value, bytes):  # SQLite keeps a text in any column, if somebody put it there
        raise Refused(Refusal.ALTERED)
    if value[: len(VERSION)] not in {VERSION, b""}:
        raise Refused(Refusal.UNKNOWN_VERSION)
    if len(value) < header_bytes + _NONCE_BYTES + _TAG_BYTES:
        raise Refused(Refusal.TRUNCATED)
    return value[header_bytes:]


def _seal(cipher: AESGCM, plain: bytes, place: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, place)


def _unseal(cipher: AESGCM, body: bytes, place: bytes) -> bytes:
    try:
        return cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], place)
    except InvalidTag:
        raise Refused(Refusal.ALTERED) from None
