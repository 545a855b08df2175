"""Makes notices: on which ways contacts are told, and the rows that say so."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from autom8.alerts.flapping import Notice
from autom8.kernel.events import NoticesMade
from autom8.kernel.vocabulary import AlertKind, ChannelKind, ContactChannel, NoticeState, Severity
from autom8.repositories.notices import Way
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

NO_STEP: Final = -1
_WAITING: Final = {"state": NoticeState.WAITING, "why": None, "message_id": None}
_COPIED: Final = (
    "incident_id",
    "alert_id",
    "transition",
    "step",
    "kind",
    "contact_id",
    "pages",
    "ends",
    "made_at",
)
# Of who prefers nothing, and after what is preferred: a person who can be reached is reached.
USUAL_WAYS: Final = (
    ContactChannel.EMAIL,
    ContactChannel.PUSH,
    ContactChannel.CHAT,
    ContactChannel.SMS,
    ContactChannel.CALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Of what somebody is told: a transition of an incident, and the escalation's step that asked for it."""

    incident_id: int
    alert_id: int
    transition: int
    step: int
    notice: Notice
    pages: bool
    at: datetime

    @classmethod
    def of(
        cls, incident: AnyRow, notice: Notice, *, transition: int, at: datetime, step: int = NO_STEP
    ) -> Cause:
        """The cause that an incident's row gives."""
        return cls(
            incident_id=incident.id,
            alert_id=incident.alert_id,
            transition=transition,
            step=step,
            notice=notice,
            pages=incident.severity == Severity.CRITICAL and not notice.ends,
            at=at,
        )


def tell(work: Work, ways: Sequence[Way], cause: Cause) -> None:
    """Have these ways be told, each once, as soon as the transaction is committed."""
    rows: list[dict[str, Any]] = [
        {
            **_WAITING,
            "incident_id": cause.incident_id,
            "alert_id": cause.alert_id,
            "transition": cause.transition,
            "step": cause.step,
            "kind": cause.notice,
            "contact_id": contact_id,
            "channel_id": channel_id,
            "pages": cause.pages,
            "ends": cause.notice.ends,
            "made_at": cause.at,
        }
        for contact_id, channel_id in ways
    ]
    if rows:
        work.notices.add(rows, due=cause.at)
        work.record(NoticesMade())


def ways_of(
    work: Work, contact_ids: Collection[int], channel_ids: Collection[int], incident: AnyRow
) -> list[Way]:
    """One way for each contact, the one that it prefers of those that are there, and each room.

    A channel that the incident itself is about is not used for it.
    """
    channels = _usable(work, incident)
    contacts = {each.id: each for each in work.contacts.get_many(contact_ids)}
    there = [each for each in contact_ids if each in contacts]
    first = {each: next(_by_preference(contacts[each], channels), None) for each in there}
    ways: list[Way] = [(each, channel.id) for each, channel in first.items() if channel is not None]
    ways += [(0, each) for each in channel_ids if each in channels]
    return list(dict.fromkeys(ways))


def tell_otherwise(work: Work, contact_id: int, notices: Sequence[AnyRow], at: datetime) -> None:
    """Have a contact be told on another way of what theirs does not bring, if it is not over by now."""
    contact = next(iter(work.contacts.get_many([contact_id])), None) if contact_id else None
    if contact is None:
        return
    incidents = work.incidents.find({each.incident_id for each in notices})
    used = {id_: _used(work, id_, contact_id) for id_ in incidents}
    rows: list[dict[str, Any]] = []
    ways = {id_: list(_by_preference(contact, _usable(work, each))) for id_, each in incidents.items()}
    for notice in notices:
        incident = incidents.get(notice.incident_id)
        if incident is None or (incident.resolved_at is not None and not notice.ends):
            continue
        tried = used[incident.id].get((notice.transition, notice.step), set())
        channel_id = next((each.id for each in ways[incident.id] if each.id not in tried), None)
        if channel_id is not None:
            kept = {name: getattr(notice, name) for name in _COPIED}
            rows.append({**kept, "channel_id": channel_id, **_WAITING})
    if rows:
        work.notices.add(rows, due=at)
        work.record(NoticesMade())


def _used(work: Work, incident_id: int, contact_id: int) -> Mapping[tuple[int, int], set[int]]:
    """The channels on which a contact is told of an incident, by transition and step."""
    used: dict[tuple[int, int], set[int]] = {}
    for each in work.notices.of_incident(incident_id):
        if each.contact_id == contact_id:
            used.setdefault((each.transition, each.step), set()).add(each.channel_id)
    return used


def _usable(work: Work, incident: AnyRow) -> Mapping[int, AnyRow]:
    failing = incident.object_id if incident.kind == AlertKind.CHANNEL else None
    usable = work.remembered("usable_channels", work.channels.usable)
    return {each.id: each for each in usable if each.id != failing}


def _by_preference(contact: AnyRow, channels: Mapping[int, AnyRow]) -> Iterator[AnyRow]:
    """The channels that reach a contact: the preferred ways first, of each its own channel first."""
    for way in dict.fromkeys([*map(ContactChannel, contact.channels), *USUAL_WAYS]):
        of_way = [each for each in channels.values() if ChannelKind(each.kind).way is way]
        yield from (each for each in of_way if each.contact_id == contact.id)
        yield from (each for each in of_way if each.contact_id is None and _has_address(contact, each))


def _has_address(contact: AnyRow, channel: AnyRow) -> bool:
    match ChannelKind(channel.kind):
        case ChannelKind.EMAIL:
            return contact.email_encrypted is not None
        case ChannelKind.TWILIO:
            return contact.phone_encrypted is not None
    return False
