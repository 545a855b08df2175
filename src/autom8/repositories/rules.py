"""Settings of rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from autom8.kernel.errors import Conflict, NotFound
from autom8.kernel.vocabulary import AlertKind, RuleScope
from autom8.models import RuleSetting, table_of
from autom8.repositories.query import AnyRow, Listing, Page, Paged

_SETTING: Final = table_of(RuleSetting)
_ROWS: Final[Select[*tuple[Any, ...]]] = select(*_SETTING.c)
_KNOWN: Final = _SETTING.c.kind.in_([*map(str, AlertKind)])  # a newer release may have written others
_LISTING: Final = Listing(
    key=_SETTING.c.id,
    orders={"id": _SETTING.c.id},
    default="id",
    filters={
        "kind": lambda value: _SETTING.c.kind == value,
        "rule": lambda value: _SETTING.c.rule == value,
        "scope": lambda value: _SETTING.c.scope == value,
        "value": lambda value: _SETTING.c.scope_value == value,
    },
)


class SettingNotFound(NotFound):
    """No setting of a rule has this id."""

    code = "rule_setting_not_found"


class SettingThere(Conflict):
    """There is a setting of this rule for this scope; change that one."""

    code = "rule_setting_there"


class RuleRepository:
    """All SQL about settings of rules."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, page: Page) -> Paged[AnyRow]:
        """Settings, the oldest first."""
        rows = self._session.connection().execute(_LISTING.select(_ROWS.where(_KNOWN), page)).all()
        return _LISTING.paged(rows, page, lambda row, _: row.id)

    def all(self) -> Sequence[AnyRow]:
        """All settings."""
        return self._session.connection().execute(_ROWS.order_by(_SETTING.c.id)).all()

    def count(self) -> int:
        """How many settings there are."""
        return self._session.connection().execute(select(func.count()).select_from(_SETTING)).scalar_one()

    def lock(self, setting_id: int) -> AnyRow:
        """One setting, held until the end of the transaction, or SettingNotFound."""
        return self._one(_ROWS.with_for_update(), setting_id)

    def get(self, setting_id: int) -> AnyRow:
        """One setting, or SettingNotFound."""
        return self._one(_ROWS, setting_id)

    def add(self, values: Mapping[str, Any]) -> int:
        """Add a setting and say its id, or SettingThere."""
        try:
            made = insert(_SETTING).values(**values).returning(_SETTING.c.id)
            return int(self._session.connection().execute(made).scalar_one())
        except IntegrityError as error:
            raise SettingThere("There is a setting of this rule for this scope; change that one.") from error

    def change(self, setting_id: int, values: Mapping[str, Any]) -> None:
        """Change columns of a setting."""
        statement = update(_SETTING).where(_SETTING.c.id == setting_id)
        self._session.connection().execute(statement.values(**values))

    def remove(self, setting_id: int) -> None:
        """Remove a setting."""
        self._session.connection().execute(delete(_SETTING).where(_SETTING.c.id == setting_id))

    def remove_of(self, kind: str, object_id: str) -> None:
        """Remove what is said of one object alone."""
        of_it = (
            _SETTING.c.kind == kind,
            _SETTING.c.scope == RuleScope.ONE,
            _SETTING.c.scope_value == object_id,
        )
        self._session.connection().execute(delete(_SETTING).where(*of_it))

    def _one(self, statement: Select[Any], setting_id: int) -> AnyRow:
        row = self._session.connection().execute(statement.where(_SETTING.c.id == setting_id)).first()
        if row is None:
            raise SettingNotFound(f"There is no setting {setting_id} of a rule.")
        return row
