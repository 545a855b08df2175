"""The keyring: the keys that wrap data keys, one primary and others that only unwrap, behind a port.

Owns what a keyring is and how its text reads. Where the text lives is keyring_sources' matter.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from autom8.kernel.errors import Misconfigured
from autom8.security.sealing import KEY_BYTES, Refusal, Refused, seal_key, unseal_key

_KEY_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_COUNTED: Final = re.compile(r"k([0-9]{1,9})(?:-.*)?")
_FIELDS: Final = frozenset({"primary", "keys", "index", "created"})
_DIFFERENT_BYTES_MIN: Final = 8  # of 32 random ones, fewer differ once in 10^20


class BadKeyring(Misconfigured):
    """The keyring is no keyring: malformed, or with a key that is short, double or not there."""

    code = "bad_keyring"


class Keyring(Protocol):
    """Wraps data keys and makes blind indexes, so that no key of it leaves it: here, or a key service."""

    def primary(self) -> str:
        """The id of the key that wraps from now on; asked for again in each transaction."""
        ...

    def key_ids(self) -> Collection[str]:
        """The ids of all keys that it can unwrap with."""
        ...

    def wrap(self, key_id: str, data_key: bytes, place: bytes) -> bytes:
        """A data key, wrapped by this key for this place alone."""
        ...

    def unwrap(self, key_id: str, wrapped: bytes, place: bytes) -> bytes:
        """The data key, by the key of this id and no other.

        Raises:
            Refused: the key is unknown, or the bytes are not what it wrapped for this place.
        """
        ...

    def blind(self, use: bytes, text: bytes) -> bytes:
        """HMAC-SHA-256 of `text` under a key that only `use` has."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMaterial:
    """What a keyring holds. `created` tells of some keys when they were made."""

    primary: str
    keys: Mapping[str, bytes] = field(repr=False)
    index: bytes = field(repr=False)
    created: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def fresh(cls, *, at: datetime) -> KeyMaterial:
        """A new keyring with one key."""
        first = _new_id(1)
        return cls(
            primary=first,
            keys={first: secrets.token_bytes(KEY_BYTES)},
            index=secrets.token_bytes(KEY_BYTES),
            created={first: _told(at)},
        )

    @classmethod
    def parse(cls, text: str, *, origin: str) -> KeyMaterial:
        """The keyring that `text` is; `origin` names it in what is said of it, which never holds a key.

        Raises:
            BadKeyring: it is none.
        """
        try:
            return _parsed(json.loads(text, object_pairs_hook=_unique))
        except RecursionError:
            raise BadKeyring(f"{origin} is not a keyring: it is no JSON.") from None
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise BadKeyring(f"{origin} is not a keyring: it is no JSON ({where}).") from None
        except _Wrong as wrong:
            raise BadKeyring(f"{origin} is not a keyring: {wrong}.") from None

    def text(self) -> str:
        """The keyring as it is kept."""
        document: dict[str, Any] = {
            "primary": self.primary,
            "keys": {key_id: base64.b64encode(key).decode() for key_id, key in self.keys.items()},
            "index": base64.b64encode(self.index).decode(),
            "created": dict(self.created),
        }
        return json.dumps(document, indent=2) + "\n"

    def spare(self) -> str | None:
        """A key that is younger than the primary, by the number in its id, and waits to take its place."""
        newer = [key_id for key_id in self.keys if _number(key_id) > _number(self.primary)]
        return max(newer, key=_number, default=None)

    def with_spare(self, *, at: datetime) -> KeyMaterial:
        """With one more key, which wraps nothing yet."""
        added = _new_id(max(_number(key_id) for key_id in self.keys) + 1)
        return replace(
            self,
            keys={**self.keys, added: secrets.token_bytes(KEY_BYTES)},
            created={**self.created, added: _told(at)},
        )

    def promoted(self, key_id: str) -> KeyMaterial:
        """With another primary; the old one unwraps as before."""
        return replace(self, primary=key_id)

    def without(self, key_id: str) -> KeyMaterial:
        """Without a key that is not the primary."""
        return replace(
            self,
            keys={each: key for each, key in self.keys.items() if each != key_id},
            created={each: at for each, at in self.created.items() if each != key_id},
        )


class LoadedKeys:
    """The ciphers of a keyring's keys. Immutable: a changed keyring is loaded anew."""

    __slots__ = ("_ciphers", "_index", "material")

    def __init__(self, material: KeyMaterial) -> None:
        self.material = material
        self._ciphers = {key_id: AESGCM(key) for key_id, key in material.keys.items()}

    def wrap(self, key_id: str, data_key: bytes, place: bytes) -> bytes:
        """A data key wrapped for this place."""
        return seal_key(self._ciphers[key_id], data_key, place)

    def unwrap(self, key_id: str, wrapped: bytes, place: bytes) -> bytes:
        """The data key, or Refused."""
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Refused(Refusal.UNKNOWN_KEY)
        return unseal_key(cipher, wrapped, place)

    def blind(self, use: bytes, text: bytes) -> bytes:
        """HMAC-SHA-256 under a key derived for `use`."""
        key = hmac.digest(self.material.index, b"autom8 v1 blind index " + use, hashlib.sha256)
        return hmac.digest(key, text, hashlib.sha256)


class _Wrong(ValueError):
    """What is wrong with a keyring, in words that hold no key."""


def _new_id(number: int) -> str:
    """Random, so that two keyrings never mean two keys by one id; of one length, so that a rotation writes
    each row in its place and SQLite need not move rows, which leaves copies behind.
    """
    return f"k{number:04}-{secrets.token_hex(4)}"


def _number(key_id: str) -> int:
    counted = _COUNTED.fullmatch(key_id)
    return int(counted[1]) if counted else 0


def _told(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Wrong("a name stands in it twice")
    return found


def _parsed(document: Any) -> KeyMaterial:
    if not isinstance(document, dict):
        raise _Wrong('it must be an object with "primary", "keys" and "index"')
    if unknown := sorted(set(document) - _FIELDS):
        raise _Wrong(f"{unknown[0][:40]!r} is no part of one")
    texts = _texts(document, "keys")
    if not texts:
        raise _Wrong("it has no keys")
    for key_id in texts:
        if not _KEY_ID.fullmatch(key_id):
            raise _Wrong("a key's id must be 1 to 64 letters, digits, dots, dashes or underscores")
    keys = {key_id: _key(f"the key {key_id}", text) for key_id, text in texts.items()}
    index = _key('"index"', document.get("index"))
    if len({*keys.values(), index}) != len(keys) + 1:
        raise _Wrong("two of its keys are the same")
    primary = document.get("primary")
    if not isinstance(primary, str) or primary not in keys:
        raise _Wrong('"primary" must name one of its keys')
    return KeyMaterial(primary=primary, keys=keys, index=index, created=_texts(document, "created"))


def _texts(document: dict[str, Any], name: str) -> dict[str, str]:
    value = document.get(name, {})
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise _Wrong(f'"{name}" must be an object of texts')
    return value


def _key(name: str, text: object) -> bytes:
    try:
        key = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise _Wrong(f"{name} must be {KEY_BYTES} bytes in base64")
    if len(set(key)) < _DIFFERENT_BYTES_MIN:
        raise _Wrong(f"{name} is too regular to be a key")
    return key
