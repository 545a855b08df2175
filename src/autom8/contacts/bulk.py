"""Many contacts changed alike, in one transaction and with one audit entry that names them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from autom8.contacts.draft import ContactDraft
from autom8.contacts.people import ContactService
from autom8.contacts.ranges import ranges
from autom8.contacts.validation import checked
from autom8.contacts.views import BulkFate
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Invalid
from autom8.kernel.events import ContactsChanged
from autom8.kernel.naming import checked_tag
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import BulkAction
from autom8.repositories.contact_groups import GroupNotFound
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

CONTACTS_MAX: Final = 5_000  # locked at once, and named in one entry


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkChange:
    """What shall be done: `value` is a tag, a group's id, a zone or a language; None clears the last two."""

    action: BulkAction
    value: str | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkService:
    """Changes many contacts at once."""

    begin: BeginWork
    contacts: ContactService

    def change(
        self, change: BulkChange, *, ids: Sequence[int] | None, filters: Mapping[str, Any], actor: Actor
    ) -> BulkFate:
        """Change the contacts of these ids, or without ids those that the filters of a list leave.

        A contact that is not there any more is passed over; one that is so already stays as it is.

        Raises:
            Invalid: the value can't be meant, or it is too many contacts.
            GroupNotFound: there is no such group.
        """
        change = _checked(change)
        with self.begin(actor) as work:
            _hold_group(work, change)
            rows = work.contacts.lock_many(self._chosen(work, ids, filters, actor))
            changed = _ACTIONS[change.action](work, rows, change.value)
            if changed:
                work.contacts.touch_many(changed, at=work.now())
                _announce(work, change, changed)
                work.commit()
        return BulkFate(matched=len(rows), changed=len(changed))

    def _chosen(
        self, work: Work, ids: Sequence[int] | None, filters: Mapping[str, Any], actor: Actor
    ) -> Collection[int]:
        if ids is not None:
            chosen = set(ids)
        else:
            page = self.contacts.asked(Page(filters=filters), actor)
            chosen = set(work.contacts.ids(page.filters, limit=CONTACTS_MAX + 1))
        if len(chosen) > CONTACTS_MAX:
            text = f"must leave {CONTACTS_MAX} contacts at most"
            raise Invalid(f"filter {text}", fields={"ids" if ids is not None else "filter": text})
        return chosen


def _checked(change: BulkChange) -> BulkChange:
    try:
        match change.action:
            case BulkAction.TAG | BulkAction.UNTAG:
                return BulkChange(action=change.action, value=checked_tag(str(change.value or "")))
            case BulkAction.SET_ZONE | BulkAction.SET_LANGUAGE:
                field = change.action.value.removeprefix("set_")
                draft = replace(ContactDraft(name=""), **{field: change.value})  # type: ignore[arg-type] # a text
                normal = checked(draft, only=[field])
                return BulkChange(action=change.action, value=getattr(normal, field))
    except ValueError as error:
        raise Invalid(f"tag: {error}", fields={"tag": str(error)}) from None
    return change


def _hold_group(work: Work, change: BulkChange) -> None:
    if change.action in {BulkAction.ADD_TO_GROUP, BulkAction.REMOVE_FROM_GROUP}:
        assert isinstance(change.value, int)
        if not work.groups.hold(group_ids=[change.value]):
            raise GroupNotFound(change.value)


def _tag(work: Work, rows: Sequence[AnyRow], tag: Any) -> Sequence[int]:
    tags = work.contacts.tags_of([row.id for row in rows])
    changed = [row.id for row in rows if tag not in tags.get(row.id, ())]
    work.contacts.add_tags((contact_id, tag) for contact_id in changed)
    return changed


def _untag(work: Work, rows: Sequence[AnyRow], tag: Any) -> Sequence[int]:
    tags = work.contacts.tags_of([row.id for row in rows])
    changed = [row.id for row in rows if tag in tags.get(row.id, ())]
    work.contacts.remove_tags(changed, [tag])
    return changed


def _add_to_group(work: Work, rows: Sequence[AnyRow], group_id: Any) -> Sequence[int]:
    changed = [each for each, inside in _inside(work, rows, group_id) if not inside]
    work.contacts.add_members((contact_id, group_id) for contact_id in changed)
    return changed


def _remove_from_group(work: Work, rows: Sequence[AnyRow], group_id: Any) -> Sequence[int]:
    changed = [each for each, inside in _inside(work, rows, group_id) if inside]
    work.contacts.remove_members(changed, [group_id])
    return changed


def _inside(work: Work, rows: Sequence[AnyRow], group_id: int) -> Sequence[tuple[int, bool]]:
    groups = work.contacts.groups_of([row.id for row in rows])
    return [(row.id, any(group_id == each for each, _ in groups.get(row.id, ()))) for row in rows]


def _set(column: str) -> Callable[[Work, Sequence[AnyRow], Any], Sequence[int]]:
    def set_(work: Work, rows: Sequence[AnyRow], value: Any) -> Sequence[int]:
        changed = [row.id for row in rows if getattr(row, column) != value]
        work.contacts.set_many(changed, {column: value})
        return changed

    return set_


def _announce(work: Work, change: BulkChange, changed: Sequence[int]) -> None:
    work.record(
        ContactsChanged(
            action="contact.bulk_changed",
            object_type="contact",
            object_id="",
            details={
                "action": change.action.value,
                "value": change.value,
                "count": len(changed),
                "contacts": ranges(changed),
            },
            contact_ids=changed,
        )
    )


_ACTIONS: Final[dict[BulkAction, Callable[[Work, Sequence[AnyRow], Any], Sequence[int]]]] = {
    BulkAction.TAG: _tag,
    BulkAction.UNTAG: _untag,
    BulkAction.ADD_TO_GROUP: _add_to_group,
    BulkAction.REMOVE_FROM_GROUP: _remove_from_group,
    BulkAction.SET_ZONE: _set("zone"),
    BulkAction.SET_LANGUAGE: _set("language"),
}
