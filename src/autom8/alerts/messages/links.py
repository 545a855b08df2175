"""Links that acknowledge an incident: signed, for one contact, for a time, and once.

A link needs no row until it is used. What is signed is the incident, the contact, the message and the end.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from autom8.kernel.actor import ANONYMOUS
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

GOOD_FOR: Final = timedelta(days=7)
TOKEN_CHARS_MAX: Final = 200
_FORM: Final = struct.Struct(">QQQ16s")
_SIGNATURE_BYTES: Final = 32


class LinkState(StrEnum):
    """What a link is worth now."""

    GOOD = "good"
    FORGED = "forged"  # not one of ours: a stranger learns nothing more
    EXPIRED = "expired"
    USED = "used"
    OVER = "over"  # the incident was resolved, or is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A link as it is now; the incident only where the link is one of ours."""

    state: LinkState
    incident: AnyRow | None = None
    contact: AnyRow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Makes links, and lets them be used. `acknowledge` acts within the work, for the contact's name."""

    key: bytes
    base_url: str
    begin: BeginWork
    read: BeginWork
    acknowledge: Callable[[Work, int, str], None]

    def url(self, incident_id: int, contact_id: int, message_key: str, at: datetime) -> str:
        """The link of an incident for a contact, in a message."""
        until = int((at + GOOD_FOR).timestamp())
        said = hashlib.sha256(message_key.encode()).digest()[:16]
        body = _FORM.pack(incident_id, contact_id, until, said)
        token = base64.urlsafe_b64encode(body + self._signature(body)).decode().rstrip("=")
        return f"{self.base_url}/a/{token}"

    def look(self, token: str) -> Seen:
        """What a link is worth; changes nothing."""
        with self.read(ANONYMOUS) as work:
            return self._look(work, token)

    def use(self, token: str) -> Seen:
        """Acknowledge by a link, once. Says what it was worth before."""
        with self.begin(ANONYMOUS) as work:
            seen = self._look(work, token)
            if seen.state is not LinkState.GOOD or seen.incident is None:
                return seen
            until = datetime.fromtimestamp(_FORM.unpack(_decoded(token)[: _FORM.size])[2], UTC)
            if not work.links.use(_digest(token), at=work.now(), until=until):
                return Seen(state=LinkState.USED, incident=seen.incident, contact=seen.contact)
            name = seen.contact.name if seen.contact is not None else "a link"
            self.acknowledge(work, seen.incident.id, name)
            work.commit()
            return seen

    def _look(self, work: Work, token: str) -> Seen:
        body = self._opened(token)
        if body is None:
            return Seen(state=LinkState.FORGED)
        incident_id, contact_id, until, _ = _FORM.unpack(body)
        found = work.incidents.find([incident_id]).get(incident_id)
        contact = next(iter(work.contacts.get_many([contact_id])), None) if contact_id else None
        state = LinkState.GOOD
        if found is None or found.resolved_at is not None:
            state = LinkState.OVER
        if work.links.used(_digest(token)):
            state = LinkState.USED
        if work.now().timestamp() >= until:
            state = LinkState.EXPIRED
        return Seen(state=state, incident=found, contact=contact)

    def _opened(self, token: str) -> bytes | None:
        if len(token) > TOKEN_CHARS_MAX:
            return None
        data = _decoded(token)
        body, signature = data[: _FORM.size], data[_FORM.size :]
        if len(signature) != _SIGNATURE_BYTES or len(body) != _FORM.size:
            return None
        return body if hmac.compare_digest(signature, self._signature(body)) else None

    def _signature(self, body: bytes) -> bytes:
        return hmac.new(self.key, body, hashlib.sha256).digest()


def _decoded(token: str) -> bytes:
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""


def _digest(token: str) -> bytes:
    return hashlib.sha256(_decoded(token)).digest()
