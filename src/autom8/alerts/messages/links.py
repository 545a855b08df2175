"""Links that acknowledge an incident: signed, for one contact, for a time, and once.

A link needs no row until it is used. What is signed is the incident, the contact, the message and the end. To
look at one changes nothing, since programs that guard people's mail open every link.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from autom8.alerts.incidents.service import IncidentOver
from autom8.kernel.actor import ANONYMOUS, Actor
from autom8.kernel.errors import NotFound
from autom8.kernel.events import IncidentChanged, LookDue
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

GOOD_FOR: Final = timedelta(days=7)
PATH: Final = "/a/"
TOKEN_CHARS: Final = 96
_FORM: Final = struct.Struct(">QQQ16s")  # incident, contact, end in seconds, what stands for the message
_SIGNATURE_BYTES: Final = 32
_DOMAIN: Final = b"autom8 acknowledge v1\0"  # another kind of link is signed as something else


class Acknowledge(Protocol):
    """Acknowledges in a work that is there, by a contact or by whoever it is said to be.

    Raises:
        IncidentOver: it was resolved.
        NotFound: there is no such incident.
    """

    def __call__(self, work: Work, incident_id: int, *, by: str, contact_id: int | None) -> None: ...


class LinkState(StrEnum):
    """What a link is worth now."""

    GOOD = "good"
    FORGED = "forged"  # not one of ours: a stranger learns nothing more
    EXPIRED = "expired"  # or its contact is gone
    USED = "used"
    OVER = "over"  # the incident was resolved, or is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A link as it is now. What it is about is told only while it is worth something."""

    state: LinkState
    title: str = ""
    acknowledged_by: str = ""
    language: str | None = None  # of its contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Makes links, and lets them be used. `acknowledge` acts within the work, for somebody of a name."""

    key: bytes = field(repr=False)
    base_url: str
    begin: BeginWork
    read: BeginWork
    acknowledge: Acknowledge

    def url(self, incident_id: int, contact_id: int, message_key: str, at: datetime) -> str:
        """The link of an incident for a contact, in a message; contact 0 is a channel's room."""
        until = int((at + GOOD_FOR).timestamp())
        said = hashlib.sha256(message_key.encode()).digest()[:16]
        body = _FORM.pack(incident_id, contact_id, until, said)
        token = base64.urlsafe_b64encode(body + self._signature(body)).decode()
        return f"{self.base_url}{PATH}{token}"

    def look(self, token: str) -> Seen:
        """What a link is worth; changes nothing."""
        opened = self._opened(token)
        if opened is None:
            return Seen(state=LinkState.FORGED)
        with self.read(ANONYMOUS) as work:
            return _look(work, opened)

    def use(self, token: str, *, actor: Actor = ANONYMOUS) -> Seen:
        """Acknowledge by a link, once. Says what it was worth before: only a good one did something."""
        opened = self._opened(token)
        if opened is None:
            return Seen(state=LinkState.FORGED)
        try:
            with self.begin(actor) as work:
                seen = _look(work, opened)
                if seen.state is LinkState.GOOD:
                    if not work.links.use(opened.digest, at=work.now(), until=opened.until):
                        return Seen(state=LinkState.USED, language=seen.language)  # at this very moment
                    contact_id = opened.contact_id or None
                    by = "" if contact_id else "a link in a message"
                    self.acknowledge(work, opened.incident_id, by=by, contact_id=contact_id)
                    _tell(work, opened)
                    work.commit()
                return seen
        except (IncidentOver, NotFound):  # meanwhile
            return Seen(state=LinkState.OVER)

    def _opened(self, token: str) -> _Opened | None:
        if len(token) != TOKEN_CHARS:
            return None
        try:
            data = base64.b64decode(token, altchars=b"-_", validate=True)
        except ValueError:
            return None
        body, signature = data[: _FORM.size], data[_FORM.size :]
        if len(signature) != _SIGNATURE_BYTES or not hmac.compare_digest(signature, self._signature(body)):
            return None
        incident_id, contact_id, until, _ = _FORM.unpack(body)
        return _Opened(
            incident_id=incident_id,
            contact_id=contact_id,
            until=datetime.fromtimestamp(until, UTC),
            digest=hashlib.sha256(data).digest(),
        )

    def _signature(self, body: bytes) -> bytes:
        return hmac.digest(self.key, _DOMAIN + body, hashlib.sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """What is signed in a link of ours."""

    incident_id: int
    contact_id: int
    until: datetime
    digest: bytes


def _look(work: Work, opened: _Opened) -> Seen:
    contact = _contact(work, opened)
    language: str | None = contact.language if contact is not None else None
    if work.now() >= opened.until or (opened.contact_id and contact is None):
        return Seen(state=LinkState.EXPIRED, language=language)
    if work.links.used(opened.digest):
        return Seen(state=LinkState.USED, language=language)
    found = work.incidents.find([opened.incident_id]).get(opened.incident_id)
    if found is None:
        return Seen(state=LinkState.OVER, language=language)
    return Seen(
        state=LinkState.GOOD if found.resolved_at is None else LinkState.OVER,
        title=found.title,
        acknowledged_by=_acknowledged_by(work, found),
        language=language,
    )


def _contact(work: Work, opened: _Opened) -> AnyRow | None:
    return next(iter(work.contacts.get_many([opened.contact_id])), None) if opened.contact_id else None


def _acknowledged_by(work: Work, incident: AnyRow) -> str:
    if incident.acknowledged_contact_id is None:
        return incident.acknowledged_by or ""
    return "".join(each.name for each in work.contacts.get_many([incident.acknowledged_contact_id]))


def _tell(work: Work, opened: _Opened) -> None:
    """The trail holds who it was by id alone, since a name is a contact's own."""
    work.record(
        IncidentChanged(
            action="incident.acknowledged",
            object_type="incident",
            object_id=str(opened.incident_id),
            details={"by_link": True, "contact_id": opened.contact_id or None},
            incident_id=opened.incident_id,
        )
    )
    work.record(LookDue())
