"""Groups of contacts, and the list of contacts that were erased."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from autom8.kernel.errors import Conflict, NotFound
from autom8.models import ContactErasure, ContactGroup, ContactMember, table_of
from autom8.repositories.query import AnyRow, Listing, Page, Paged

_GROUP: Final = table_of(ContactGroup)
_MEMBER: Final = table_of(ContactMember)
_ERASURE: Final = table_of(ContactErasure)
_COUNT: Final = (
    select(func.count()).where(_MEMBER.c.group_id == _GROUP.c.id).correlate(_GROUP).scalar_subquery()
)
_ROWS: Final[Select[*tuple[Any, ...]]] = select(*_GROUP.c)
_COUNTED: Final[Select[*tuple[Any, ...]]] = select(*_GROUP.c, _COUNT.label("members"))
_LISTING: Final = Listing(
    key=_GROUP.c.id,
    orders={"id": _GROUP.c.id, "name": _GROUP.c.name_key},
    default="name",
    filters={},
)
_ERASURES: Final[Select[*tuple[Any, ...]]] = select(*_ERASURE.c)
_ERASURE_LISTING: Final = Listing(
    key=_ERASURE.c.contact_id,
    orders={"id": _ERASURE.c.contact_id, "erased_at": _ERASURE.c.erased_at},
    default="-erased_at",
    filters={},
)


class GroupNotFound(NotFound):
    """No group has this id or name."""

    code = "group_not_found"

    def __init__(self, group: int | str) -> None:
        super().__init__(f"There is no group {group!r}.")


class GroupNameTaken(Conflict):
    """Another group has this name, or one that differs only in case or form."""

    code = "name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a group {name!r} already.")


class NotErased(NotFound):
    """No contact of this id was erased."""

    code = "not_erased"

    def __init__(self, contact_id: int) -> None:
        super().__init__(f"No contact {contact_id} was erased.")


class GroupRepository:
    """All SQL about groups."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, page: Page) -> Paged[AnyRow]:
        """Groups as rows with their number of `members`, by name unless the page says otherwise."""
        rows = self._session.connection().execute(_LISTING.select(_COUNTED, page)).all()
        return _LISTING.paged(rows, page, lambda row, name: row.name_key if name == "name" else row.id)

    def get(self, group_id: int) -> AnyRow:
        """One group with its number of `members`, or GroupNotFound."""
        return self._one(_COUNTED, group_id)

    def lock(self, group_id: int) -> AnyRow:
        """One group to be changed or removed, held until the end of the transaction, or GroupNotFound."""
        return self._one(_ROWS.with_for_update(), group_id)

    def hold(self, name_keys: Collection[str] = (), group_ids: Collection[int] = ()) -> Sequence[AnyRow]:
        """Those of the groups, by key or id, that are there; none can be removed before the transaction ends.

        Held before contacts are locked, in the order of their ids: who removes a group waits for nobody
        who waits for that group.
        """
        wanted = _GROUP.c.name_key.in_(name_keys) | _GROUP.c.id.in_(group_ids)
        statement = _ROWS.where(wanted).order_by(_GROUP.c.id).with_for_update(read=True, key_share=True)
        return self._session.connection().execute(statement).all()

    def add(self, row: Mapping[str, Any]) -> int:
        """Add a group and say its id.

        Raises:
            GroupNameTaken: there is one with this name.
        """
        try:
            made = self._session.connection().execute(insert(_GROUP).values(**row).returning(_GROUP.c.id))
            group_id: int = made.scalar_one()
        except IntegrityError as error:
            raise GroupNameTaken(row["name"]) from error
        return group_id

    def ensure_many(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
        """Add the groups whose names are not taken; the ids of those that were made."""
        connection = self._session.connection()
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        made: list[int] = []
        for row in rows:  # few, and each is told by its id
            statement = make(_GROUP).values(**row).on_conflict_do_nothing().returning(_GROUP.c.id)
            made += connection.execute(statement).scalars().all()
        return made

    def change(self, group_id: int, values: Mapping[str, Any]) -> None:
        """Change columns of a group.

        Raises:
            GroupNameTaken: another one has its new name.
        """
        try:
            self._session.connection().execute(update(_GROUP).where(_GROUP.c.id == group_id).values(**values))
        except IntegrityError as error:
            raise GroupNameTaken(values.get("name", "")) from error

    def get_many(self, group_ids: Collection[int]) -> Sequence[AnyRow]:
        """Those of the groups that are there, by id."""
        statement = _ROWS.where(_GROUP.c.id.in_(group_ids)).order_by(_GROUP.c.id)
        return self._session.connection().execute(statement).all()

    def members_of(self, group_ids: Collection[int]) -> Mapping[int, list[int]]:
        """The contacts in each of these groups, by their ids."""
        statement = select(_MEMBER.c.group_id, _MEMBER.c.contact_id).where(_MEMBER.c.group_id.in_(group_ids))
        found: dict[int, list[int]] = {}
        for row in self._session.connection().execute(statement.order_by(_MEMBER.c.contact_id)):
            found.setdefault(row.group_id, []).append(row.contact_id)
        return found

    def remove(self, group_id: int) -> None:
        """Remove a group; its members stay contacts."""
        connection = self._session.connection()
        connection.execute(delete(_MEMBER).where(_MEMBER.c.group_id == group_id))
        connection.execute(delete(_GROUP).where(_GROUP.c.id == group_id))

    def _one(self, statement: Select[Any], group_id: int) -> AnyRow:
        row = self._session.connection().execute(statement.where(_GROUP.c.id == group_id)).first()
        if row is None:
            raise GroupNotFound(group_id)
        return row


class ErasureRepository:
    """All SQL about erasures. Rows are added, and told their place in the audit trail, and stay."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, page: Page) -> Paged[AnyRow]:
        """Erasures, the latest first unless the page says otherwise."""
        rows = self._session.connection().execute(_ERASURE_LISTING.select(_ERASURES, page)).all()
        return _ERASURE_LISTING.paged(
            rows, page, lambda row, name: row.erased_at if name == "erased_at" else row.contact_id
        )

    def get(self, contact_id: int) -> AnyRow:
        """The erasure of a contact, or NotErased."""
        found = self.find_many([contact_id])
        if not found:
            raise NotErased(contact_id)
        return found[0]

    def find_many(self, contact_ids: Collection[int]) -> Sequence[AnyRow]:
        """Those of the contacts that were erased."""
        statement = _ERASURES.where(_ERASURE.c.contact_id.in_(contact_ids))
        return self._session.connection().execute(statement).all()

    def ensure(self, row: Mapping[str, Any]) -> None:
        """Note an erasure; one that is noted already is noted anew."""
        connection = self._session.connection()
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        statement = make(_ERASURE).values(**row)
        anew = {name: value for name, value in row.items() if name != "contact_id"}
        connection.execute(statement.on_conflict_do_update(index_elements=["contact_id"], set_=anew))

    def certify(self, contact_id: int, *, seq: int, hash_: bytes) -> None:
        """Say which audit entry tells of an erasure."""
        statement = update(_ERASURE).where(_ERASURE.c.contact_id == contact_id)
        self._session.connection().execute(statement.values(audit_seq=seq, audit_hash=hash_))
