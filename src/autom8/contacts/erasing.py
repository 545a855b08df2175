"""Erasure: a contact's key is destroyed and its rows removed, with a certificate in the audit trail.

Also repeats erasures in a copy that does not know of them, as a restored backup does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from autom8.contacts.people import same_text
from autom8.contacts.ports import Disk, Vault
from autom8.contacts.ranges import ranges
from autom8.contacts.store import TABLE, unsealed
from autom8.contacts.views import Certificate, ReplayFate
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Conflict, Invalid
from autom8.kernel.events import AuditAppended, ContactErased, ContactsChanged
from autom8.kernel.paging import Page, Paged
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

REASON_CHARS_MAX: Final = 200
IDS_AHEAD_MAX: Final = 1_000_000  # of a list's ids; what is passed over is gone for good


class OtherInstallation(Conflict):
    """A list of erasures is of another installation, whose ids are other people's here."""

    code = "other_installation"

    def __init__(self) -> None:
        super().__init__("This list of erasures is of another installation: its contacts are not these.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureService:
    """Erases contacts, and shows that they were."""

    begin: BeginWork
    read: BeginWork
    vault: Vault
    disk: Disk
    installation_key: str

    def erase(self, contact_id: int, *, confirm: str, reason: str = "", actor: Actor) -> Certificate:
        """Erase a contact whose name `confirm` is, and certify it. Nothing brings it back.

        The key of its fields, and what the trail holds of it under that key, can't be read any more.

        Raises:
            ContactNotFound: no contact has this id.
            Invalid: `confirm` is not its name, or the reason can't be kept.
        """
        _check_reason(reason)
        with self.begin(actor) as work:
            row = work.contacts.lock(contact_id)
            if not same_text(confirm, row.name):
                text = "must be the contact's name, as it is shown"
                raise Invalid(f"confirm {text}", fields={"confirm": text})
            self._refuse_personal(work, row, reason)
            self.erase_within(work, row, reason=reason)
            work.commit()
        self.disk.shred()
        return self.get(contact_id, actor=actor)

    def erase_within(self, work: Work, row: AnyRow, *, reason: str, merged_into: int | None = None) -> None:
        """Erase a locked contact within `work`, and announce it."""
        work.contacts.shred_from_now()
        key_id = self.vault.destroy(work, [row.id]).get(row.id)
        work.contacts.remove(row.id)
        work.erasures.ensure(
            {
                "contact_id": row.id,
                "data_key_id": key_id,
                "erased_at": work.now(),
                "erased_by": work.actor.name or work.actor.kind.value,
                "reason": reason,
                "audit_seq": None,
                "audit_hash": None,
            }
        )
        work.record(
            ContactErased(
                action="contact.erased",
                object_type="contact",
                object_id=str(row.id),
                details={"data_key": key_id, "reason": reason},
                contact_id=row.id,
                data_key_id=key_id,
                merged_into=merged_into,
            )
        )

    def certify(self, appended: AuditAppended, work: Work) -> None:
        """Note, within the erasure's own transaction, the audit entry that tells of it."""
        if isinstance(appended.told, ContactErased):
            work.erasures.certify(appended.told.contact_id, seq=appended.seq, hash_=appended.hash)

    def get(self, contact_id: int, *, actor: Actor) -> Certificate:
        """The certificate of one erasure, or NotErased."""
        with self.read(actor) as work:
            return Certificate.of(work.erasures.get(contact_id))

    def list_(self, page: Page, *, actor: Actor) -> Paged[Certificate]:
        """Certificates, the latest first; orders `erased_at`, `id`."""
        with self.read(actor) as work:
            found = work.erasures.page(page)
            return Paged([Certificate.of(row) for row in found.items], found.next)

    def replay(self, erasures: Sequence[Certificate], *, installation: str, actor: Actor) -> ReplayFate:
        """Erase again whom another copy of this installation erased, and keep those certificates.

        To be done after a restore, before anybody is told anything. Repeating it changes nothing.

        Raises:
            OtherInstallation: the list is of another installation.
            Invalid: an id is so high that no copy of this installation can have given it.
        """
        if installation != self.installation_key:
            raise OtherInstallation
        with self.begin(actor) as work:
            fate = self.replay_within(work, erasures)
            work.commit()
        self.disk.shred()
        return fate

    def replay_within(self, work: Work, erasures: Sequence[Certificate]) -> ReplayFate:
        """As `replay`, within `work`.

        After a restore an id may have been given again to somebody else, who was added after the erasure:
        such a contact stays. From now on, no id of the list is given again.
        """
        told = {each.contact_id: each for each in erasures}
        known = {row.contact_id for row in work.erasures.find_many(list(told))}
        rows = work.contacts.lock_many(list(told))
        back = [row for row in rows if row.created_at <= told[row.id].erased_at]
        for row in back:
            self.erase_within(work, row, reason=told[row.id].reason)
        there = {row.id for row in rows}
        noted = [each for each in told.values() if each.contact_id not in known | there]
        for each in noted:
            work.erasures.ensure(_row(each))
        if noted:
            _announce_noted(work, [each.contact_id for each in noted])
        _never_again(work, TABLE, [each.contact_id for each in noted])
        _never_again(work, "data_key", [each.data_key_id for each in noted if each.data_key_id])
        return ReplayFate(
            erased=len(back),
            noted=len(noted),
            known=len(known - there),
            given_anew=len(rows) - len(back),
        )

    def _refuse_personal(self, work: Work, row: AnyRow, reason: str) -> None:
        """The reason stays for ever, so it must not hold what is being erased."""
        key = self.vault.open(work, [row.id]).get(row.id)
        values = unsealed(row, key)
        personal = [row.name, values.get("email"), values.get("phone")]
        if any(value and value.casefold() in reason.casefold() for value in personal):
            text = "must not hold the contact's name, email or phone: it is kept for ever"
            raise Invalid(f"reason {text}", fields={"reason": text})


def _never_again(work: Work, table: str, ids: Sequence[int]) -> None:
    """Have no new row get one of these ids: a restored counter stands where the backup's stood."""
    if ids:
        [next_id] = work.ids.allocate(table, 1)
        if max(ids) - next_id > IDS_AHEAD_MAX:
            text = f"must hold no id more than {IDS_AHEAD_MAX} above those given here"
            raise Invalid(f"erasures {text}", fields={"erasures": text})
        work.ids.allocate(table, max(ids) - next_id)


def _announce_noted(work: Work, contact_ids: Sequence[int]) -> None:
    """Of certificates that were brought here, and that no entry of this trail stands behind."""
    details = {"count": len(contact_ids), "contacts": ranges(sorted(contact_ids))}
    work.record(
        ContactsChanged(
            action="contact.erasures_noted",
            object_type="contact",
            object_id="",
            details=details,
            contact_ids=contact_ids,
        )
    )


def _row(certificate: Certificate) -> dict[str, Any]:
    digest = certificate.audit_hash
    return {
        "contact_id": certificate.contact_id,
        "data_key_id": certificate.data_key_id,
        "erased_at": certificate.erased_at,
        "erased_by": certificate.erased_by,
        "reason": certificate.reason,
        "audit_seq": certificate.audit_seq,
        "audit_hash": None if digest is None else bytes.fromhex(digest),
    }


def _check_reason(reason: str) -> None:
    if len(reason) > REASON_CHARS_MAX or not reason.isprintable():
        text = f"must be one line of at most {REASON_CHARS_MAX} characters"
        raise Invalid(f"reason {text}", fields={"reason": text})
