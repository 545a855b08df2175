"""Makes of a message's row and notices what its channel sends, for who reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from autom8.alerts.channels.outgoing import Address, Outgoing
from autom8.alerts.digests import Unsent, lines_of
from autom8.alerts.flapping import Notice
from autom8.alerts.messages.facts import runs_of
from autom8.alerts.messages.lines import LineFacts, Reader
from autom8.alerts.messages.links import GOOD_FOR
from autom8.alerts.messages.rendering import Rendered, rendered
from autom8.alerts.messages.templates import read_templates
from autom8.alerts.messages.wording import words_of
from autom8.kernel.errors import Invalid, NotFound
from autom8.kernel.vocabulary import ChannelKind
from autom8.kernel.zones import zone_named
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

AddressOf = Callable[[Work, AnyRow], Address]


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """`address_of` opens what is sealed of a contact's row; `ack_url` makes a link for a contact."""

    address_of: AddressOf
    base_url: str
    ack_url: Callable[[int, int, str, datetime], str]

    def compose(self, work: Work, message: AnyRow, notices: Sequence[AnyRow], at: datetime) -> Outgoing:
        """What is sent for a message.

        Raises:
            NotFound: the contact, or all that it told of, is gone.
            DecryptionRefused: the contact's address can't be read.
        """
        contact = _contact(work, message.contact_id)
        reader = self._reader(contact, message, at)
        lines = _lines(work, notices)
        if not lines:
            raise NotFound("All that this message told of is gone.")
        channel = work.channels.get(message.channel_id)
        it = rendered(lines, reader, read_templates(channel.templates))
        return self._outgoing(work, channel, contact, it, message)

    def test_message(self, work: Work, channel: AnyRow, contact_id: int | None) -> Outgoing:
        """A message by which a channel is tried.

        Raises:
            Invalid: the channel reaches contacts, and none is named.
        """
        contact = _contact(work, contact_id or channel.contact_id or 0)
        if ChannelKind(channel.kind).addressed and contact is None:
            raise Invalid("Say to whom.", fields={"contact_id": "is needed for a channel of this kind"})
        words = words_of(contact.language if contact is not None else None)
        text = words.test_text.format(channel=channel.name)
        return Outgoing(
            key=str(uuid4()),
            subject=f"{words.test}: {channel.name}",
            text=text + "\n",
            event={"channel": channel.name},
            event_type="test",
            to=None if contact is None else self.address_of(work, contact),
        )

    def _reader(self, contact: AnyRow | None, message: AnyRow, at: datetime) -> Reader:
        def ack_url(incident_id: int) -> str:
            if not self.base_url:
                return ""
            # The same in each try, lest one message have two links; anew where it is sent again much later.
            since = message.made_at if at - message.made_at < GOOD_FOR / 2 else at
            return self.ack_url(incident_id, message.contact_id, message.key, since)

        return Reader(
            words=words_of(contact.language if contact is not None else None),
            zone=_zone(contact),
            base_url=self.base_url,
            ack_url=ack_url,
        )

    def _outgoing(
        self, work: Work, channel: AnyRow, contact: AnyRow | None, it: Rendered, message: AnyRow
    ) -> Outgoing:
        addressed = ChannelKind(channel.kind).addressed
        return Outgoing(
            key=message.key,
            subject=it.subject,
            text=it.text,
            html=it.html,
            thread=it.thread,
            event=it.event,
            event_type=it.event_type,
            url=it.url,
            pages=message.pages,
            ends=message.ends,
            to=self.address_of(work, contact) if addressed and contact is not None else None,
        )


def _contact(work: Work, contact_id: int) -> AnyRow | None:
    return work.contacts.get(contact_id) if contact_id else None


def _zone(contact: AnyRow | None) -> ZoneInfo:
    return zone_named(contact.zone if contact is not None and contact.zone else "UTC")


def _lines(work: Work, notices: Sequence[AnyRow]) -> list[LineFacts]:
    """A line for each alert, as its last notice tells it."""
    by_id: Mapping[int, AnyRow] = {each.id: each for each in notices}
    incidents = work.incidents.find({each.incident_id for each in notices})
    unsent = [
        Unsent(id=each.id, subject=str(each.alert_id), at=each.made_at, pages=each.pages, ends=each.ends)
        for each in notices
        if each.incident_id in incidents
    ]
    lines = sorted(lines_of(unsent), key=lambda line: not line.pages)
    last = [by_id[line.notices[-1].id] for line in lines]
    runs = runs_of(work, [incidents[each.incident_id] for each in last], quoted=len(last) == 1)
    return [
        LineFacts(
            incident=incidents[notice.incident_id],
            notice=Notice(notice.kind),
            spells=line.spells,
            run=runs.get(notice.incident_id),
        )
        for line, notice in zip(lines, last, strict=True)
    ]
