"""Contacts with their words, tags and memberships. Knows nothing of keys: values come sealed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, and_, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from autom8.kernel.errors import Conflict, NotFound
from autom8.models import Contact, ContactGroup, ContactMember, ContactTag, ContactWord, DataKey, table_of
from autom8.repositories.many import insert_many
from autom8.repositories.query import AnyRow, Listing, Page, Paged

_CONTACT: Final = table_of(Contact)
_WORD: Final = table_of(ContactWord)
_TAG: Final = table_of(ContactTag)
_MEMBER: Final = table_of(ContactMember)
_GROUP: Final = table_of(ContactGroup)
_ROWS: Final[Select[*tuple[Any, ...]]] = select(*_CONTACT.c)
# The columns of a new contact; the others are empty.
NEW: Final = (
    "id", "version", "created_at", "updated_at",
    "email_encrypted", "phone_encrypted", "notes_encrypted", "email_index", "phone_index",
    "name", "name_key", "zone", "language", "quiet_from", "quiet_until", "quiet_days", "channels",
)  # fmt: skip
_KEY: Final = table_of(DataKey)
_IDENTITIES: Final[Select[*tuple[Any, ...]]] = select(
    _CONTACT.c.id, _CONTACT.c.email_index, _CONTACT.c.phone_index, _CONTACT.c.name_key
)
_IMPORT_TURN: Final = 0x0A0708_1390  # the advisory lock of imports that write, on PostgreSQL
_LAST: Final = "\U0010ffff"  # sorts behind every character that a key holds
_UNIQUE: Final = "email_index"  # in the name of the only constraint that two callers can race for


def _begins(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """As a range of an index that compares by code point; LIKE would need one of its own."""
    return and_(column >= prefix, column < prefix + _LAST)


def _named(words: Sequence[str]) -> ColumnElement[bool]:
    """That each of `words` begins a word of the name."""
    return and_(
        *(_CONTACT.c.id.in_(select(_WORD.c.contact_id).where(_begins(_WORD.c.word, word))) for word in words)
    )


_LISTING: Final = Listing(
    key=_CONTACT.c.id,
    orders={"id": _CONTACT.c.id, "name": _CONTACT.c.name_key, "created_at": _CONTACT.c.created_at},
    default="name",
    filters={
        "ids": _CONTACT.c.id.in_,
        "words": _named,
        "name_prefix": lambda value: _begins(_CONTACT.c.name_key, value),
        "email_index": lambda value: _CONTACT.c.email_index == value,
        "phone_index": lambda value: _CONTACT.c.phone_index == value,
        "tag": lambda value: _CONTACT.c.id.in_(select(_TAG.c.contact_id).where(_TAG.c.tag == value)),
        "group_id": lambda value: _CONTACT.c.id.in_(
            select(_MEMBER.c.contact_id).where(_MEMBER.c.group_id == value)
        ),
    },
)


class ContactNotFound(NotFound):
    """No contact has this id; it may have been erased."""

    code = "contact_not_found"

    def __init__(self, contact_id: int) -> None:
        super().__init__(f"There is no contact {contact_id}.")


class EmailTaken(Conflict):
    """Another contact has this email."""

    code = "email_taken"

    def __init__(self, contact_id: int | None = None) -> None:
        who = "Another contact" if contact_id is None else f"Contact {contact_id}"
        super().__init__(f"{who} has this email already.")


class ContactRepository:
    """All SQL about contacts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # Reading

    def page(self, page: Page) -> Paged[AnyRow]:
        """Contacts as rows, by name unless the page says otherwise."""
        rows = self._all(_LISTING.select(_ROWS, page))
        return _LISTING.paged(rows, page, _value)

    def get(self, contact_id: int) -> AnyRow:
        """One contact as a row, or ContactNotFound."""
        return self._one(_ROWS, contact_id)

    def lock(self, contact_id: int) -> AnyRow:
        """One contact as it is now, held until the end of the transaction, or ContactNotFound.

        Who waited here for an erasure finds nothing.
        """
        return self._one(_ROWS.with_for_update(), contact_id)

    def lock_many(self, contact_ids: Collection[int]) -> Sequence[AnyRow]:
        """Those of the contacts that are there, held until the end of the transaction.

        Locked in the order of their ids, so that two callers can't wait for each other.
        """
        statement = _ROWS.where(_CONTACT.c.id.in_(contact_ids)).order_by(_CONTACT.c.id).with_for_update()
        return self._all(statement)

    def hold(self, contact_ids: Collection[int]) -> Sequence[AnyRow]:
        """Those of the contacts that are there; none can be erased before the transaction ends."""
        statement = _ROWS.where(_CONTACT.c.id.in_(contact_ids)).order_by(_CONTACT.c.id)
        return self._all(statement.with_for_update(read=True, key_share=True))

    def get_many(self, contact_ids: Collection[int]) -> Sequence[AnyRow]:
        """Those of the contacts that are there, by id."""
        return self._all(_ROWS.where(_CONTACT.c.id.in_(contact_ids)).order_by(_CONTACT.c.id))

    def tags_of(self, contact_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
        """The tags of contacts, sorted."""
        statement = (
            select(_TAG.c.contact_id, _TAG.c.tag)
            .where(_TAG.c.contact_id.in_(contact_ids))
            .order_by(_TAG.c.contact_id, _TAG.c.tag)
        )
        found: dict[int, list[str]] = defaultdict(list)
        for contact_id, tag in self._all(statement):
            found[contact_id].append(tag)
        return found

    def groups_of(self, contact_ids: Collection[int]) -> Mapping[int, Sequence[tuple[int, str]]]:
        """The ids and names of contacts' groups, sorted by name."""
        statement = (
            select(_MEMBER.c.contact_id, _GROUP.c.id, _GROUP.c.name)
            .join(_GROUP, _GROUP.c.id == _MEMBER.c.group_id)
            .where(_MEMBER.c.contact_id.in_(contact_ids))
            .order_by(_MEMBER.c.contact_id, _GROUP.c.name_key)
        )
        found: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for contact_id, group_id, name in self._all(statement):
            found[contact_id].append((group_id, name))
        return found

    def by_email(self, indexes: Collection[bytes]) -> Mapping[bytes, int]:
        """Which contacts have these emails."""
        statement = select(_CONTACT.c.email_index, _CONTACT.c.id).where(_CONTACT.c.email_index.in_(indexes))
        return {row.email_index: row.id for row in self._all(statement)}

    def like(
        self, *, emails: Collection[bytes], phones: Collection[bytes], names: Collection[str]
    ) -> Sequence[AnyRow]:
        """Contacts with one of these emails or phones, or with one of these names and neither, by id."""
        bare = and_(_CONTACT.c.email_index.is_(None), _CONTACT.c.phone_index.is_(None))
        found: list[AnyRow] = []
        for values, wanted in (
            (emails, _CONTACT.c.email_index.in_(emails)),
            (phones, _CONTACT.c.phone_index.in_(phones)),
            (names, and_(bare, _CONTACT.c.name_key.in_(names))),
        ):
            if values:  # one statement each: with OR, no index would be used
                found += self._all(_IDENTITIES.where(wanted))
        return sorted(found, key=lambda row: row.id)

    def unborn(self, purpose: str, before: datetime) -> Sequence[int]:
        """Ids that have a data key from before then, and no contact: an import ended before it made them."""
        contact = select(_CONTACT.c.id).where(_CONTACT.c.id == _KEY.c.owner_id).exists()
        statement = select(_KEY.c.owner_id).where(
            _KEY.c.purpose == purpose, _KEY.c.created_at < before, ~contact
        )
        return [row.owner_id for row in self._all(statement)]

    def take_import_turn(self) -> None:
        """Be the only import that writes until the transaction ends, so that none misses another's rows.

        On SQLite a writing transaction is alone already.
        """
        connection = self._session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_IMPORT_TURN)))

    def count(self, filters: Mapping[str, Any]) -> int:
        """How many contacts a list's filters leave."""
        statement = _LISTING.filtered(select(func.count()).select_from(_CONTACT), filters)
        count: int = self._session.connection().execute(statement).scalar_one()
        return count

    def after(self, contact_id: int, filters: Mapping[str, Any], *, limit: int) -> Sequence[AnyRow]:
        """The next contacts that a list's filters leave, by id."""
        statement = _LISTING.filtered(_ROWS, filters).where(_CONTACT.c.id > contact_id)
        return self._all(statement.order_by(_CONTACT.c.id).limit(limit))

    def ids(self, filters: Mapping[str, Any], *, limit: int) -> Sequence[int]:
        """The ids of the contacts that a list's filters leave, at most `limit`."""
        statement = _LISTING.filtered(select(_CONTACT.c.id), filters).order_by(_CONTACT.c.id).limit(limit)
        return [row.id for row in self._all(statement)]

    def tags(self, prefix: str, limit: int) -> Sequence[tuple[str, int]]:
        """The tags in use that begin so, sorted, and how many contacts have each."""
        statement = (
            select(_TAG.c.tag, func.count())
            .where(_begins(_TAG.c.tag, prefix))
            .group_by(_TAG.c.tag)
            .order_by(_TAG.c.tag)
            .limit(limit)
        )
        return [(tag, count) for tag, count in self._all(statement)]

    def repeated(self, column: str, after: str | bytes | None, limit: int) -> Sequence[str | bytes]:
        """Values of `name_key` or `phone_index` that several contacts have, in their order, above `after`."""
        value = _CONTACT.c[column]
        statement = select(value).where(value.is_not(None)).group_by(value).having(func.count() > 1)
        if after is not None:
            statement = statement.where(value > after)
        return [row[0] for row in self._all(statement.order_by(value).limit(limit))]

    def having(self, column: str, values: Collection[Any], *, each_max: int) -> Sequence[AnyRow]:
        """Contacts with one of these values of `name_key` or `phone_index`, some of each, by value and id."""
        value = _CONTACT.c[column]
        place = func.row_number().over(partition_by=value, order_by=_CONTACT.c.id).label("place")
        placed = select(*_CONTACT.c, place).where(value.in_(values)).subquery()
        statement = select(*(placed.c[each.name] for each in _CONTACT.c)).where(placed.c.place <= each_max)
        return self._all(statement.order_by(placed.c[column], placed.c.id))

    # Writing

    def add_many(
        self,
        rows: Sequence[Sequence[Any]],
        *,
        words: Iterable[tuple[int, str]],
        tags: Iterable[tuple[int, str]],
        members: Iterable[tuple[int, int]],
    ) -> None:
        """Add contacts, their values in the order of NEW, with their words, tags and groups, each once.

        Raises:
            EmailTaken: another contact has the email of one of them.
        """
        connection = self._session.connection()
        try:
            insert_many(connection, _CONTACT, NEW, rows)
        except IntegrityError as error:
            raise _told(error) from error
        insert_many(connection, _WORD, ("contact_id", "word"), list(words))
        insert_many(connection, _TAG, ("contact_id", "tag"), list(tags))
        insert_many(connection, _MEMBER, ("contact_id", "group_id"), list(members))

    def change(self, contact_id: int, values: Mapping[str, Any]) -> None:
        """Change columns of a contact.

        Raises:
            EmailTaken: another contact has its new email.
        """
        try:
            self._execute(update(_CONTACT).where(_CONTACT.c.id == contact_id).values(**values))
        except IntegrityError as error:
            raise _told(error) from error

    def set_many(self, contact_ids: Collection[int], values: Mapping[str, Any]) -> None:
        """Give contacts the same values."""
        self._execute(update(_CONTACT).where(_CONTACT.c.id.in_(contact_ids)).values(**values))

    def touch_many(self, contact_ids: Collection[int], *, at: datetime) -> None:
        """Give contacts a new version each."""
        self.set_many(contact_ids, {"version": _CONTACT.c.version + 1, "updated_at": at})

    def add_words(self, pairs: Iterable[tuple[int, str]]) -> None:
        """Have contacts, given by id, found by these words too."""
        self._ensure(_WORD, ("contact_id", "word"), pairs)

    def add_tags(self, pairs: Iterable[tuple[int, str]]) -> None:
        """Have contacts, given by id, carry these tags too."""
        self._ensure(_TAG, ("contact_id", "tag"), pairs)

    def add_members(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Have contacts, given by id, be in these groups too; the groups are locked by the caller."""
        self._ensure(_MEMBER, ("contact_id", "group_id"), pairs)

    def remove_words(self, contact_id: int) -> None:
        """Have a contact found by no word."""
        self._execute(delete(_WORD).where(_WORD.c.contact_id == contact_id))

    def remove_tags(self, contact_ids: Collection[int], tags: Collection[str]) -> None:
        """Take these tags off contacts."""
        self._execute(delete(_TAG).where(_TAG.c.contact_id.in_(contact_ids), _TAG.c.tag.in_(tags)))

    def remove_members(self, contact_ids: Collection[int], group_ids: Collection[int]) -> None:
        """Take contacts out of these groups."""
        members = _MEMBER.c.contact_id.in_(contact_ids)
        self._execute(delete(_MEMBER).where(members, _MEMBER.c.group_id.in_(group_ids)))

    def remove(self, contact_id: int) -> None:
        """Remove a contact with its words, tags and memberships; SQLite overwrites what it removes."""
        self.shred_from_now()
        for table in (_WORD, _TAG, _MEMBER):
            self._execute(delete(table).where(table.c.contact_id == contact_id))
        self._execute(delete(_CONTACT).where(_CONTACT.c.id == contact_id))

    def shred_from_now(self) -> None:
        """Have SQLite overwrite with zeros what this connection removes; PostgreSQL leaves that to VACUUM."""
        connection = self._session.connection()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete = ON")

    def _one(self, statement: Select[Any], contact_id: int) -> AnyRow:
        row = self._session.connection().execute(statement.where(_CONTACT.c.id == contact_id)).first()
        if row is None:
            raise ContactNotFound(contact_id)
        return row

    def _all(self, statement: Select[Any]) -> Sequence[AnyRow]:
        return self._session.connection().execute(statement).all()

    def _execute(self, statement: Any) -> None:
        self._session.connection().execute(statement)

    def _ensure(self, table: Table, columns: tuple[str, str], pairs: Iterable[tuple[int, Any]]) -> None:
        insert_many(self._session.connection(), table, columns, list(pairs), but_those_there=True)


def _value(row: AnyRow, name: str) -> Any:
    return {"key": row.id, "id": row.id, "name": row.name_key, "created_at": row.created_at}[name]


def _told(error: IntegrityError) -> Exception:
    return EmailTaken() if _UNIQUE in str(error.orig) else error
