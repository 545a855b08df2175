"""Groups of contacts, such as teams: added, renamed and removed. Who is in one is changed with contacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from autom8.contacts.folding import group_key
from autom8.contacts.store import group_row
from autom8.contacts.validation import checked_group_name
from autom8.contacts.views import GroupView
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Invalid, Stale
from autom8.kernel.events import GroupChanged
from autom8.kernel.paging import Page, Paged
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

DESCRIPTION_CHARS_MAX: Final = 1_000


class GroupStale(Stale):
    """The group was changed since the caller looked."""

    code = "stale"

    def __init__(self) -> None:
        super().__init__("The group was changed meanwhile; look again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupService:
    """What callers may do with groups."""

    begin: BeginWork
    read: BeginWork

    def list_(self, page: Page, *, actor: Actor) -> Paged[GroupView]:
        """Groups by name; orders `name`, `id`."""
        with self.read(actor) as work:
            found = work.groups.page(page)
            return Paged([GroupView.of(row) for row in found.items], found.next)

    def get(self, group_id: int, *, actor: Actor) -> GroupView:
        """One group, or GroupNotFound."""
        with self.read(actor) as work:
            return GroupView.of(work.groups.get(group_id))

    def add(self, name: str, description: str = "", *, actor: Actor) -> GroupView:
        """Add a group.

        Raises:
            Invalid: the name or the description can't be one.
            GroupNameTaken: there is one with this name.
        """
        wanted = _checked({"name": name, "description": description})
        with self.begin(actor) as work:
            group_id = work.groups.add(group_row(wanted["name"], work.now(), wanted["description"]))
            _announce("group.added", group_id, wanted, work)
            view = GroupView.of(work.groups.get(group_id))
            work.commit()
        return view

    def change(
        self, group_id: int, changes: Mapping[str, str], *, version: int | None, actor: Actor
    ) -> GroupView:
        """Change a group's `name` or `description`; what is so already changes nothing and announces nothing.

        Raises:
            GroupNotFound: no group has this id.
            Stale: `version` is given and the group has another by now.
            Invalid: the name or the description can't be one.
            GroupNameTaken: another one has the new name.
        """
        wanted = _checked(changes)
        with self.begin(actor) as work:
            row = work.groups.lock(group_id)
            _refuse_stale(row, version)
            changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
            if changed:
                values = {**changed, "version": row.version + 1, "updated_at": work.now()}
                if "name" in changed:
                    values["name_key"] = group_key(changed["name"])
                work.groups.change(group_id, values)
                _announce("group.changed", group_id, changed, work)
            view = GroupView.of(work.groups.get(group_id))
            if changed:
                work.commit()
        return view

    def remove(self, group_id: int, *, version: int | None, actor: Actor) -> None:
        """Remove a group; its members stay contacts.

        Raises:
            GroupNotFound: no group has this id.
            Stale: `version` is given and the group has another by now.
        """
        with self.begin(actor) as work:
            row = work.groups.lock(group_id)
            _refuse_stale(row, version)
            work.groups.remove(group_id)
            _announce("group.removed", group_id, {"name": row.name}, work)
            work.commit()


def _refuse_stale(row: AnyRow, version: int | None) -> None:
    if version is not None and row.version != version:
        raise GroupStale


def _checked(values: Mapping[str, str]) -> dict[str, str]:
    wanted, wrong = dict(values), {}
    if "name" in wanted:
        try:
            wanted["name"] = checked_group_name(wanted["name"])
        except ValueError as error:
            wrong["name"] = str(error)
    description = wanted.get("description", "")
    if len(description) > DESCRIPTION_CHARS_MAX or any(ord(char) < 32 for char in description):
        wrong["description"] = f"must be one line of at most {DESCRIPTION_CHARS_MAX} characters"
    if wrong:
        raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
    return wanted


def _announce(action: str, group_id: int, details: Mapping[str, Any], work: Work) -> None:
    work.record(
        GroupChanged(
            action=action, object_type="group", object_id=str(group_id), details=details, group_id=group_id
        ),
    )
