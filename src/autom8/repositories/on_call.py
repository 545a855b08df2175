"""Escalation policies, on-call schedules and their overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import delete, func, insert, select, update

from autom8.kernel.errors import NotFound
from autom8.models import EscalationPolicy, OnCallOverride, OnCallSchedule, RuleSetting, table_of
from autom8.repositories.named import NamedRepository
from autom8.repositories.query import AnyRow, Filter

_POLICY = table_of(EscalationPolicy)
_SCHEDULE = table_of(OnCallSchedule)
_OVERRIDE = table_of(OnCallOverride)
_RULE = table_of(RuleSetting)


class PolicyNotFound(NotFound):
    """No escalation policy has this id or name."""

    code = "policy_not_found"


class ScheduleNotFound(NotFound):
    """No on-call schedule has this id or name."""

    code = "schedule_not_found"


class OverrideNotFound(NotFound):
    """The schedule has no override of this id."""

    code = "override_not_found"


class PolicyRepository(NamedRepository):
    """All SQL about escalation policies."""

    table = _POLICY
    noun = "escalation policy"
    not_found = PolicyNotFound
    filters: ClassVar[Mapping[str, Filter]] = {"is_default": _POLICY.c.is_default.is_}

    def default(self) -> AnyRow | None:
        """The policy of rules that name none, if there is one."""
        return self._session.connection().execute(self._rows().where(_POLICY.c.is_default)).first()

    def rules_naming(self, policy_id: int) -> Sequence[AnyRow]:
        """The settings of rules that name a policy."""
        named = _RULE.c.changes["policy_id"].as_integer() == policy_id
        columns = (_RULE.c.id, _RULE.c.kind, _RULE.c.rule, _RULE.c.scope, _RULE.c.scope_value)
        return self._session.connection().execute(select(*columns).where(named).order_by(_RULE.c.id)).all()

    def unset_default(self, at: datetime) -> int | None:
        """Have no policy be the default, so that another may be; the id of the one that was."""
        values = {"is_default": False, "version": _POLICY.c.version + 1, "updated_at": at}
        statement = update(_POLICY).where(_POLICY.c.is_default).values(**values).returning(_POLICY.c.id)
        return self._session.connection().execute(statement).scalar_one_or_none()


class ScheduleRepository(NamedRepository):
    """All SQL about on-call schedules."""

    table = _SCHEDULE
    noun = "on-call schedule"
    not_found = ScheduleNotFound

    def overrides(self, schedule_ids: Sequence[int], *, since: datetime) -> Mapping[int, list[AnyRow]]:
        """The overrides of these schedules that end after an instant, by start."""
        statement = (
            select(*_OVERRIDE.c)
            .where(_OVERRIDE.c.schedule_id.in_(schedule_ids), _OVERRIDE.c.ends_at > since)
            .order_by(_OVERRIDE.c.starts_at, _OVERRIDE.c.id)
        )
        found: dict[int, list[AnyRow]] = {}
        for row in self._session.connection().execute(statement):
            found.setdefault(row.schedule_id, []).append(row)
        return found

    def count_overrides(self, schedule_id: int, *, since: datetime) -> int:
        """How many overrides of a schedule end after an instant."""
        statement = select(func.count()).where(
            _OVERRIDE.c.schedule_id == schedule_id, _OVERRIDE.c.ends_at > since
        )
        return int(self._session.connection().execute(statement).scalar_one())

    def add_override(self, values: Mapping[str, Any]) -> int:
        """Add an override and say its id."""
        made = insert(_OVERRIDE).values(**values).returning(_OVERRIDE.c.id)
        return int(self._session.connection().execute(made).scalar_one())

    def remove_override(self, schedule_id: int, override_id: int) -> None:
        """Remove an override, or OverrideNotFound."""
        statement = delete(_OVERRIDE).where(
            _OVERRIDE.c.schedule_id == schedule_id, _OVERRIDE.c.id == override_id
        )
        if self._session.connection().execute(statement).rowcount != 1:
            raise OverrideNotFound(f"The schedule has no override {override_id}.")

    def override(self, override_id: int, *, of: int | None = None) -> AnyRow:
        """One override, `of` this schedule if one is named, or OverrideNotFound."""
        row = (
            self._session.connection()
            .execute(select(*_OVERRIDE.c).where(_OVERRIDE.c.id == override_id))
            .first()
        )
        if row is None or of not in {None, row.schedule_id}:
            raise OverrideNotFound(f"The schedule has no override {override_id}.")
        return row

    def overridden_for(self, contact_id: int) -> Sequence[int]:
        """The schedules that have an override which names a contact."""
        named = (_OVERRIDE.c.added == contact_id) | (_OVERRIDE.c.removed == contact_id)
        statement = select(_OVERRIDE.c.schedule_id).where(named).distinct()
        return self._session.connection().execute(statement).scalars().all()

    def rename_in_overrides(self, contact_id: int, new_id: int) -> None:
        """Have overrides name another contact instead; those that then say nothing are removed."""
        connection = self._session.connection()
        for column in (_OVERRIDE.c.added, _OVERRIDE.c.removed):
            connection.execute(update(_OVERRIDE).where(column == contact_id).values({column.name: new_id}))
        connection.execute(delete(_OVERRIDE).where(_OVERRIDE.c.added == _OVERRIDE.c.removed))

    def remove_overrides_of(self, contact_id: int) -> None:
        """Remove the overrides that name a contact."""
        named = (_OVERRIDE.c.added == contact_id) | (_OVERRIDE.c.removed == contact_id)
        self._session.connection().execute(delete(_OVERRIDE).where(named))
