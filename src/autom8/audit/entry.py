"""The form of an audit entry: its canonical bytes and its hash. Rules only: no I/O, no clock.

An entry's hash covers the hash before it, so that an entry can't be changed, moved, added or taken out
unseen. What is cut off at the end is seen by comparing with a hash that was noted elsewhere.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Autom8Error
from autom8.kernel.events import Audited

VERSION: Final = 1
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
CANONICAL_BYTES_MAX: Final = 64 * 1024
ENTRY_TAG: Final = b"autom8 audit entry v1\0"
_GENESIS_TAG: Final = b"autom8 audit genesis v1\0"
_DEPTH_MAX: Final = 16
_WHOLE_BITS_MAX: Final = 53  # beyond it other readers of JSON round


class AuditRefused(Autom8Error):
    """An operation can't be audited, so it is not carried out."""

    code = "audit_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry before it is chained."""

    seq: int
    at: datetime
    actor: Actor
    event: Audited

    def canonical(self) -> bytes:
        """The entry as compact JSON with sorted keys: the same bytes for the same entry, for ever.

        Raises:
            AuditRefused: its details are not plain JSON, or it is too large to keep.
        """
        body = {
            "v": VERSION,
            "seq": self.seq,
            "at": instant_text(self.at),
            "actor": self._actor(),
            "address": self.actor.address,
            "request_id": self.actor.request_id,
            "action": self.event.action,
            "object": {"type": self.event.object_type, "id": self.event.object_id},
            "details": _plain(self.event.details, depth=0),
        }
        try:
            written = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        except TypeError as error:  # lone surrogates
            raise AuditRefused("An audit entry can't be written as JSON.") from error
        if len(written) > CANONICAL_BYTES_MAX:
            raise AuditRefused(f"An audit entry of {len(written)} bytes is too large to keep.")
        return written

    def _actor(self) -> dict[str, Any]:
        actor = self.actor
        found: dict[str, Any] = {"kind": actor.kind.value, "id": actor.id, "name": actor.name}
        if actor.key_id is not None:  # which of a user's keys was shown
            found["key"] = actor.key_id
        return found


def genesis(installation_key: str) -> bytes:
    """What the first entry follows: it ties the chain to its installation."""
    return hashlib.sha256(_GENESIS_TAG + installation_key.encode()).digest()


def chained(previous_hash: bytes, canonical: bytes) -> bytes:
    """The hash of an entry that follows `previous_hash`."""
    return hashlib.sha256(ENTRY_TAG + previous_hash + canonical).digest()


def instant_text(at: datetime) -> str:
    """RFC 3339 in UTC, always with six digits of a second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _plain(value: object, *, depth: int) -> Any:
    """`value` if it is JSON that every reader reads alike."""
    if depth > _DEPTH_MAX:
        raise AuditRefused("The details of an audit entry are nested too deeply.")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int) and value.bit_length() <= _WHOLE_BITS_MAX:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {str(key): _plain(each, depth=depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, depth=depth + 1) for each in value]
    raise AuditRefused(f"The details of an audit entry hold a {type(value).__name__} that is not plain JSON.")
