"""A checkpoint: a signed statement of what the trail's first entries are. Rules only: no I/O, no clock.

What is signed is the text of a C2SP tlog-checkpoint (origin, size, root), with the last entry's chain hash
and the instant as extension lines; `note` gives it as a C2SP signed note, which witnesses' tools read.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from autom8.audit.entry import instant_text
from autom8.audit.merkle import HASH_BYTES
from autom8.kernel.errors import Invalid

_ED25519: Final = b"\x01"  # the algorithm, in a signed note's key
_FIELDS: Final = ("origin", "size", "root", "last_hash", "at", "public_key", "signature")


class NotACheckpoint(Invalid):
    """A text is no checkpoint, or no key of one."""

    code = "not_a_checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The trail of `origin` had `size` entries with this Merkle root and last chain hash at this instant."""

    origin: str
    size: int
    root: bytes
    last_hash: bytes
    at: datetime
    public_key: bytes
    signature: bytes

    @property
    def key_id(self) -> str:
        """The id of its key, in hex."""
        return key_id(self.origin, self.public_key)

    @property
    def text(self) -> bytes:
        """What was signed."""
        root = b64encode(self.root).decode()
        lines = (
            self.origin,
            str(self.size),
            root,
            f"last {self.last_hash.hex()}",
            f"at {instant_text(self.at)}",
        )
        return "".join(f"{line}\n" for line in lines).encode()

    @property
    def note(self) -> str:
        """The checkpoint as a C2SP signed note."""
        stamp = b64encode(bytes.fromhex(self.key_id) + self.signature).decode()
        return f"{self.text.decode()}\n\N{EM DASH} {self.origin} {stamp}\n"

    @property
    def genuine(self) -> bool:
        """Whether its key signed it; whose key that is, is another question."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(self.signature, self.text)
        except (InvalidSignature, ValueError):
            return False
        return True

    def as_json(self) -> dict[str, Any]:
        """The checkpoint as it is kept elsewhere, exported and logged."""
        return {
            "origin": self.origin,
            "size": self.size,
            "root": self.root.hex(),
            "last_hash": self.last_hash.hex(),
            "at": instant_text(self.at),
            "key_id": self.key_id,
            "public_key": b64encode(self.public_key).decode(),
            "signature": b64encode(self.signature).decode(),
        }

    def line(self) -> bytes:
        """The checkpoint as one line of a file."""
        return orjson.dumps(self.as_json()) + b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs checkpoints of one installation with one key."""

    origin: str
    seed: bytes = field(repr=False)

    @property
    def public_key(self) -> bytes:
        """The key that its signatures are checked with."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    def sign(self, *, size: int, root: bytes, last_hash: bytes, at: datetime) -> Checkpoint:
        """A checkpoint of the trail as it is now."""
        draft = Checkpoint(
            origin=self.origin,
            size=size,
            root=root,
            last_hash=last_hash,
            at=at,
            public_key=self.public_key,
            signature=b"",
        )
        return replace(draft, signature=Ed25519PrivateKey.from_private_bytes(self.seed).sign(draft.text))


def key_id(origin: str, public_key: bytes) -> str:
    """The id of a key as signed notes have it: the first four bytes of a hash, in hex."""
    return hashlib.sha256(origin.encode() + b"\n" + _ED25519 + public_key).hexdigest()[:8]


def verifier_key(origin: str, public_key: bytes) -> str:
    """A public key as signed notes write it: name, key id and key."""
    return f"{origin}+{key_id(origin, public_key)}+{b64encode(_ED25519 + public_key).decode()}"


def read_public_key(text: str) -> bytes:
    """The public key that somebody noted: as base64, as hex, or as a signed note's verifier key.

    Raises:
        NotACheckpoint: it is none of these.
    """
    text = text.strip()
    if len(text) == 2 * HASH_BYTES:
        try:
            return bytes.fromhex(text)
        except ValueError:
            pass
    try:  # base64 may hold a `+` too, so the parts are counted from the left
        parts = text.split("+", 2)
        if len(parts) == 3 and len(parts[1]) == 8:
            key = b64decode(parts[2], validate=True)
            key = key[1:] if key[:1] == _ED25519 else b""
        else:
            key = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != HASH_BYTES:
        raise NotACheckpoint("This is no public key; `autom8 audit key` shows the one of a server.")
    return key


def read_checkpoint(data: str | bytes | Mapping[str, Any]) -> Checkpoint:
    """A checkpoint from its JSON; whether it is genuine is not looked at.

    Raises:
        NotACheckpoint: it is none.
    """
    try:
        body = data if isinstance(data, Mapping) else orjson.loads(data)
        origin, size, root, last_hash, at, public_key, signature = (body[name] for name in _FIELDS)
        found = Checkpoint(
            origin=origin,
            size=size,
            root=bytes.fromhex(root),
            last_hash=bytes.fromhex(last_hash),
            at=datetime.fromisoformat(at),
            public_key=b64decode(public_key, validate=True),
            signature=b64decode(signature, validate=True),
        )
        sound = type(size) is int and size > 0 and len(found.root) == len(found.last_hash) == HASH_BYTES
        if sound and "\n" not in origin and instant_text(found.at) == at:
            return found
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotACheckpoint("This is no checkpoint of an audit trail.") from error
    raise NotACheckpoint("This is no checkpoint of an audit trail.")
