"""API keys: the digest of each, whose it is, and when it was last used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session as SqlSession

from autom8.kernel.errors import NotFound
from autom8.models import ApiKey, User
from autom8.repositories.query import Listing, Page, Paged

_KEY: Final = ApiKey.__table__.c
_LISTING: Final = Listing(
    key=_KEY.id,
    orders={"id": _KEY.id, "name": _KEY.name, "created_at": _KEY.created_at},
    default="-id",
    filters={},
)
_HOLDER: Final[Select[*tuple[Any, ...]]] = select(
    ApiKey.id,
    ApiKey.key_id,
    ApiKey.secret_hash,
    ApiKey.scopes,
    ApiKey.requests_per_minute.label("key_limit"),
    ApiKey.expires_at,
    ApiKey.revoked_at,
    ApiKey.last_used_at,
    User.id.label("user_id"),
    User.name,
    User.role,
    User.disabled,
    User.requests_per_minute.label("user_limit"),
).join(User, User.id == ApiKey.user_id)


class ApiKeyNotFound(NotFound):
    """The user has no API key of this id."""

    code = "api_key_not_found"

    def __init__(self, id_: int) -> None:
        super().__init__(f"There is no API key {id_}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """That a key was used, when, and from where."""

    id: int
    at: datetime
    address: str


class ApiKeyRepository:
    """All SQL about API keys. Each is asked for with its owner, so that nobody reaches another's."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    def page(self, user_id: int, page: Page) -> Paged[ApiKey]:
        """A user's keys, the newest first unless the page says otherwise."""
        rows = self._session.scalars(
            _LISTING.select(select(ApiKey).where(_KEY.user_id == user_id), page)
        ).all()
        return _LISTING.paged(rows, page, lambda key, name: key.id if name == "key" else getattr(key, name))

    def get(self, user_id: int, id_: int) -> ApiKey:
        """One key of a user, or ApiKeyNotFound."""
        return self._one(select(ApiKey), user_id, id_)

    def lock(self, user_id: int, id_: int) -> ApiKey:
        """One key of a user as it is now, held until the end of the transaction, or ApiKeyNotFound."""
        statement = select(ApiKey).with_for_update().execution_options(populate_existing=True)
        return self._one(statement, user_id, id_)

    def lock_unrevoked(self, user_id: int) -> Sequence[ApiKey]:
        """A user's keys that were not revoked, held until the end of the transaction."""
        statement = select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
        return self._session.scalars(statement.order_by(ApiKey.id).with_for_update()).all()

    def count_good(self, user_id: int, now: datetime) -> int:
        """How many keys of a user are neither revoked nor expired."""
        good = and_(ApiKey.revoked_at.is_(None), or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now))
        statement = select(func.count()).select_from(ApiKey).where(ApiKey.user_id == user_id, good)
        return self._session.scalars(statement).one()

    def add(self, key: ApiKey) -> None:
        """Add a key."""
        self._session.add(key)
        self._session.flush()

    def find_holder(self, key_id: str) -> Row[*tuple[Any, ...]] | None:
        """A key by its public part, with its owner, in one row."""
        return self._session.connection().execute(_HOLDER.where(ApiKey.key_id == key_id)).first()

    def note_uses(self, uses: Sequence[KeyUse]) -> None:
        """Note when and from where keys were used; a later use that is noted already stays."""
        for use in sorted(uses, key=lambda each: each.id):  # in one order everywhere, as for all locks
            earlier = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < use.at)
            self._session.connection().execute(
                update(ApiKey)
                .where(ApiKey.id == use.id, earlier)
                .values(last_used_at=use.at, last_used_address=use.address)
            )

    def remove_before(self, instant: datetime) -> int:
        """Remove keys that were revoked or expired before `instant`."""
        removed = self._session.connection().execute(
            delete(ApiKey).where(or_(ApiKey.revoked_at < instant, ApiKey.expires_at < instant))
        )
        return removed.rowcount

    def _one(self, statement: Select[Any], user_id: int, id_: int) -> ApiKey:
        found: ApiKey | None = self._session.scalars(
            statement.where(ApiKey.id == id_, ApiKey.user_id == user_id)
        ).first()
        if found is None:
            raise ApiKeyNotFound(id_)
        return found
