"""Export of contacts as a file, a few at a time: whoever takes them out is told of before the first byte."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from autom8.contacts.cards.writers import FORMATS, Format
from autom8.contacts.draft import ContactDraft
from autom8.contacts.people import ContactService
from autom8.contacts.store import ContactStore
from autom8.contacts.views import ContactView
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Conflict
from autom8.kernel.events import ContactsRead
from autom8.kernel.paging import Page
from autom8.repositories.unit_of_work import BeginWork

log = logging.getLogger(__name__)

_AT_ONCE: Final = 500


class ContactUnreadable(Conflict):
    """A value of a contact can't be read, so a file with all contacts can't be made."""

    code = "contact_unreadable"

    def __init__(self, contact_id: int, names: str) -> None:
        super().__init__(
            f"The {names} of contact {contact_id} can't be read: correct or erase it, then export again."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportService:
    """Writes files of contacts. The faces check that the caller may take them out."""

    begin: BeginWork
    read: BeginWork
    store: ContactStore
    contacts: ContactService
    installation_key: str

    def run(self, format_: str, filters: Mapping[str, Any], *, actor: Actor) -> Iterator[bytes]:
        """The pieces of a file of the contacts that a list's filters leave, by id, unmasked.

        The first piece comes when the audit entry is committed. Contacts that are added or erased meanwhile
        may be in it or not. What goes wrong later, such as a stored value that is refused, ends the file so
        that no reader takes it for whole: its status is sent by then, and WSGI servers end a body that
        raises as if nothing had happened.

        Raises:
            Invalid: a filter can't be meant.
        """
        asked = self.contacts.asked(Page(filters=filters), actor).filters
        form = FORMATS[format_]
        with self.begin(actor) as work:
            details = {"format": format_, "contacts": work.contacts.count(asked), "filters": sorted(asked)}
            work.record(
                ContactsRead(action="contact.exported", object_type="contact", object_id="", details=details)
            )
            work.commit()
        yield form.head()
        try:
            yield from self._pieces(form, asked, actor)
        except Exception:
            log.exception("export_broke_off")
            yield form.broken_off

    def _pieces(self, form: Format, asked: Mapping[str, Any], actor: Actor) -> Iterator[bytes]:
        last = 0
        while True:
            with self.read(actor) as work:
                rows = work.contacts.after(last, asked, limit=_AT_ONCE)
                views = self.store.views(work, rows, masked=False)
            if not views:
                return
            yield b"".join(form.contact(_draft_of(each), self._uid(each.id)) for each in views)
            last = views[-1].id

    def _uid(self, contact_id: int) -> str:
        """The same for the same contact of this installation, so that address books know it again."""
        return uuid.uuid5(uuid.UUID(self.installation_key), f"contact {contact_id}").urn


def _draft_of(view: ContactView) -> ContactDraft:
    if view.unreadable:
        raise ContactUnreadable(view.id, " and ".join(view.unreadable))
    return ContactDraft(
        name=view.name,
        email=view.email,
        phone=view.phone,
        notes=view.notes,
        tags=tuple(view.tags),
        groups=tuple(each.name for each in view.groups),
        zone=view.zone,
        language=view.language,
        quiet=view.quiet,
        channels=tuple(view.channels),
    )
