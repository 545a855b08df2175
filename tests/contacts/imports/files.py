"""Files to import, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select

from autom8.contacts.imports.orders import Fate, ImportOrder, ImportReport, Progress
from autom8.contacts.views import ContactView
from autom8.kernel.actor import SCOPES_BY_ROLE, Actor
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import ActorKind, ImportMode, OnExisting, Role
from autom8.models import Contact, DataKey
from tests.api.rig import House

OPERATOR = Actor(kind=ActorKind.LOCAL, name="operator", scopes=SCOPES_BY_ROLE[Role.ADMIN])
ALL, GOOD = ImportMode.ALL, ImportMode.GOOD


def csv(*rows: str, head: str = "name,email,phone,tags,groups,notes") -> bytes:
    """A file of these rows."""
    return "\r\n".join((head, *rows, "")).encode()


def people(count: int, *, start: int = 0) -> bytes:
    """A file of so many people; each third has an email, each third a phone, each third neither."""
    kinds = ("p{0}@example.org,", ",+4930{0:07}", ",")
    rows = [
        f"Person {number}," + kinds[number % 3].format(number + 1_000_000) + ",crew,Team,met at {number}"
        for number in range(start, start + count)
    ]
    return csv(*rows)


def run(house: House, data: bytes, **order: Any) -> tuple[ImportReport, list[Fate]]:
    """Import a file to its end: the report, and the fates of all rows."""
    order = {name: _kinds[name](value) if name in _kinds else value for name, value in order.items()}
    report: ImportReport | None = None
    fates: list[Fate] = []
    steps = house.services.contacts.imports.run(data, ImportOrder(**order), actor=OPERATOR)
    for step in steps:
        if isinstance(step, ImportReport):
            report = step
        elif not isinstance(step, Progress):
            fates += step
    assert report is not None
    return report, fates


_kinds: dict[str, Any] = {"mode": ImportMode, "on_existing": OnExisting}


def contacts(house: House) -> list[ContactView]:
    """All contacts, by id."""
    found: list[ContactView] = []
    cursor = None
    while True:
        page = Page(limit=200, cursor=cursor, order="id")
        paged = house.services.contacts.people.list_(page, actor=OPERATOR)
        found += paged.items
        if (cursor := paged.next) is None:
            return found


def counts(house: House) -> tuple[int, int]:
    """How many contacts there are, and how many keys of theirs."""
    with house.services.units.reading() as work:
        connection = work.session.connection()
        keys = select(func.count()).select_from(DataKey).where(DataKey.purpose == "contact")
        return (
            connection.execute(select(func.count()).select_from(Contact)).scalar_one(),
            connection.execute(keys).scalar_one(),
        )


def entries(house: House, action: str) -> list[Any]:
    """The details of the audit entries of an action, newest first."""
    page = Page(limit=200, filters={"action": action})
    return [each.details for each in house.services.audit.list_(page, actor=OPERATOR).items]


def brief(fates: Iterable[Fate]) -> list[tuple[int, str, dict[str, str]]]:
    """Lines, fates and reasons."""
    return [(each.line, each.fate.value, dict(each.why)) for each in fates]
