"""Silences, maintenance windows and dependencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from autom8.kernel.errors import NotFound
from autom8.models import Dependency, Silence, table_of
from autom8.repositories.named import NamedRepository
from autom8.repositories.query import AnyRow, Listing, Page, Paged

_SILENCE: Final = table_of(Silence)
_ROWS: Final[Select[*tuple[Any, ...]]] = select(*_SILENCE.c)


def _in_state(asked: tuple[datetime, *tuple[str, ...]]) -> ColumnElement[bool]:
    """Those that are in any of these states at an instant, which comes first."""
    at, *states = asked
    of = {
        "pending": (_SILENCE.c.starts_at > at) & (_SILENCE.c.ends_at > at),
        "active": (_SILENCE.c.starts_at <= at) & (_SILENCE.c.ends_at > at),
        "expired": _SILENCE.c.ends_at <= at,
    }
    return or_(*(of[each] for each in states))


_LISTING: Final = Listing(
    key=_SILENCE.c.id,
    orders={"id": _SILENCE.c.id, "ends_at": _SILENCE.c.ends_at},
    default="-id",
    filters={"state": _in_state},
)


class SilenceNotFound(NotFound):
    """No silence has this id."""

    code = "silence_not_found"


class DependencyNotFound(NotFound):
    """No dependency has this id or name."""

    code = "dependency_not_found"


class SilenceRepository:
    """All SQL about silences."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, page: Page) -> Paged[AnyRow]:
        """Silences, the latest first unless the page says otherwise."""
        rows = self._session.connection().execute(_LISTING.select(_ROWS, page)).all()
        return _LISTING.paged(rows, page, lambda row, name: row.ends_at if name == "ends_at" else row.id)

    def get(self, silence_id: int) -> AnyRow:
        """One silence, or SilenceNotFound."""
        return self._one(_ROWS.where(_SILENCE.c.id == silence_id), silence_id)

    def lock(self, silence_id: int) -> AnyRow:
        """One silence, held until the end of the transaction, or SilenceNotFound."""
        return self._one(_ROWS.where(_SILENCE.c.id == silence_id).with_for_update(), silence_id)

    def by_key(self, key: str) -> AnyRow:
        """The silence of this UUID, or SilenceNotFound."""
        return self._one(_ROWS.where(_SILENCE.c.key == key), key)

    def lock_by_key(self, key: str) -> AnyRow:
        """The same, held until the end of the transaction."""
        return self._one(_ROWS.where(_SILENCE.c.key == key).with_for_update(), key)

    def not_over(self, at: datetime) -> Sequence[AnyRow]:
        """All that hold, or will."""
        statement = _ROWS.where(_SILENCE.c.ends_at > at).order_by(_SILENCE.c.id)
        return self._session.connection().execute(statement).all()

    def since(self, instant: datetime) -> Sequence[AnyRow]:
        """All that are not over for longer than since an instant, the latest first."""
        statement = _ROWS.where(_SILENCE.c.ends_at > instant).order_by(_SILENCE.c.id.desc())
        return self._session.connection().execute(statement).all()

    def add(self, values: Mapping[str, Any]) -> int:
        """Add a silence and say its id."""
        made = insert(_SILENCE).values(**values).returning(_SILENCE.c.id)
        return int(self._session.connection().execute(made).scalar_one())

    def change(self, silence_id: int, values: Mapping[str, Any]) -> None:
        """Change columns of a silence."""
        statement = update(_SILENCE).where(_SILENCE.c.id == silence_id)
        self._session.connection().execute(statement.values(**values))

    def remove_over_before(self, instant: datetime, *, limit: int) -> int:
        """Remove silences that were over before, the oldest first; how many."""
        over = select(_SILENCE.c.id).where(_SILENCE.c.ends_at < instant).order_by(_SILENCE.c.ends_at)
        statement = delete(_SILENCE).where(_SILENCE.c.id.in_(over.limit(limit)))
        return self._session.connection().execute(statement).rowcount

    def _one(self, statement: Select[Any], silence_id: int | str) -> AnyRow:
        row = self._session.connection().execute(statement).first()
        if row is None:
            raise SilenceNotFound(f"There is no silence {silence_id}.")
        return row


class DependencyRepository(NamedRepository):
    """All SQL about dependencies."""

    table = table_of(Dependency)
    noun = "dependency"
    not_found = DependencyNotFound
