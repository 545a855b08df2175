"""Rules for callers: what holds for an object and who said so, and the settings that say it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from autom8.alerts.looking.sight import Rules
from autom8.alerts.reading import refuse
from autom8.alerts.rules.rule import Book, Rule, Setting, changed, default, names_of
from autom8.alerts.shelf import first_stamps, next_stamps, seen
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Conflict, Invalid, NotFound
from autom8.kernel.events import Bus, ChannelChanged, CheckChanged, LookDue, RuleChanged, TaskChanged
from autom8.kernel.naming import checked_tag, tag_key
from autom8.kernel.paging import Page, Paged
from autom8.kernel.vocabulary import AlertKind, LookKind, RuleScope
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

log = logging.getLogger(__name__)

SETTINGS_MAX: Final = 10_000
_TAGGED: Final = frozenset({AlertKind.TASK, AlertKind.CHECK})


class TooManySettings(Conflict):
    """So much is said of rules that no more is taken."""

    code = "too_many_rule_settings"

    def __init__(self) -> None:
        super().__init__(f"There are {SETTINGS_MAX} settings of rules; say it for a tag instead.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleService:
    """What callers may do with rules."""

    begin: BeginWork
    read: BeginWork

    def effective(self, kind: AlertKind, object_id: int | None, *, actor: Actor) -> list[dict[str, Any]]:
        """What holds for an object, or without one for all of a kind that say nothing of their own.

        `set_by` names the settings that concern it, the nearest first: of several that say a field, the first
        one holds.

        Raises:
            NotFound: there is no such object.
        """
        with self.read(actor) as work:
            tags = _tags_of(work, kind, object_id)
            book, made = book_of(work), []
            for name in names_of(kind):
                rule = book.rule(kind, name, object_id=object_id or 0, tags=tags)
                told = book.nearest_first(kind, name, object_id=object_id or 0, tags=tags)
                made.append(rule_json(rule) | {"set_by": [_said_by(each) for each in told]})
            return made

    def list_(self, page: Page, *, actor: Actor) -> Paged[dict[str, Any]]:
        """Settings; filters `kind`, `rule`, `scope`, `value`."""
        with self.read(actor) as work:
            found = work.rules.page(_asked(page))
            return Paged([_setting_json(row) for row in found.items], found.next)

    def get(self, setting_id: int, *, actor: Actor) -> dict[str, Any]:
        """One setting, or SettingNotFound."""
        with self.read(actor) as work:
            return _setting_json(work.rules.get(setting_id))

    def add(self, setting: Setting, *, actor: Actor) -> dict[str, Any]:
        """Say something of a rule.

        Raises:
            Invalid: there is no such rule, object or policy, or the changes can't be meant.
            SettingThere: something is said of it for this scope already.
            TooManySettings: so much is said already that no more is taken.
        """
        with self.begin(actor) as work:
            setting = _checked(work, setting)
            if work.rules.count() >= SETTINGS_MAX:
                raise TooManySettings
            setting_id = work.rules.add(
                {
                    "kind": setting.kind,
                    "rule": setting.name,
                    "scope": setting.scope,
                    "scope_value": setting.value,
                    "changes": dict(setting.changes),
                    **first_stamps(work.now()),
                }
            )
            return self._done(work, setting_id, setting, "set")

    def change(
        self, setting_id: int, changes: Mapping[str, Any], *, version: int | None, actor: Actor
    ) -> dict[str, Any]:
        """Say something else: fields that are given replace those that were said, null takes one back.

        Raises:
            SettingNotFound: no setting has this id.
            Stale: `version` is given and it has another by now.
            Invalid: the changes can't be meant.
        """
        with self.begin(actor) as work:
            row = seen(work.rules.lock(setting_id), version, "setting")
            after = {**row.changes, **changes}
            after = {name: value for name, value in after.items() if value is not None}
            setting = Setting(
                kind=AlertKind(row.kind),
                name=row.rule,
                scope=RuleScope(row.scope),
                value=row.scope_value,
                changes=after,
            )
            _check_changes(work, setting)
            work.rules.change(setting_id, {"changes": after, **next_stamps(row, work.now())})
            return self._done(work, setting_id, setting, "changed")

    def remove(self, setting_id: int, *, version: int | None, actor: Actor) -> None:
        """Take back what was said.

        Raises:
            SettingNotFound: no setting has this id.
            Stale: `version` is given and it has another by now.
        """
        with self.begin(actor) as work:
            row = seen(work.rules.lock(setting_id), version, "setting")
            work.rules.remove(setting_id)
            _announce(work, setting_id, _setting_of(row), "unset")
            work.commit()

    @staticmethod
    def _done(work: Work, setting_id: int, setting: Setting, verb: str) -> dict[str, Any]:
        _announce(work, setting_id, setting, verb)
        made = _setting_json(work.rules.get(setting_id))
        work.commit()
        return made


def book_of(work: Work) -> Book:
    """All settings that can be read, once in a work."""
    return work.remembered("rules", lambda: Book(_readable(work)))


def rules_of(work: Work) -> Rules:
    """The rules of each object that a look asks for."""
    book = book_of(work)

    def of(kind: AlertKind, object_id: int, tags: Collection[str]) -> Mapping[str, Rule]:
        return {name: book.rule(kind, name, object_id=object_id, tags=tags) for name in names_of(kind)}

    return of


def subscribe(bus: Bus) -> None:
    """Have what is said of one object alone go with it."""
    bus.within(TaskChanged, lambda event, work: _forget(work, AlertKind.TASK, event.task_id, event.action))
    bus.within(CheckChanged, lambda event, work: _forget(work, AlertKind.CHECK, event.check_id, event.action))
    bus.within(
        ChannelChanged, lambda event, work: _forget(work, AlertKind.CHANNEL, event.channel_id, event.action)
    )


def _forget(work: Work, kind: AlertKind, object_id: int, action: str) -> None:
    if action == f"{kind}.removed":
        work.rules.remove_of(kind, str(object_id))


def _readable(work: Work) -> list[Setting]:
    """Settings without those that nobody here can read, such as a newer release's: a look goes on."""
    found: list[Setting] = []
    for row in work.rules.all():
        try:
            setting = _setting_of(row)
            if setting.name not in names_of(setting.kind) or not isinstance(setting.changes, Mapping):
                raise ValueError("there is no such rule")
            changed(default(setting.kind, setting.name), setting.changes)
        except (ValueError, Invalid) as error:
            log.warning(
                "rule_setting_left_out", extra={"fields": {"setting_id": row.id, "error": str(error)}}
            )
        else:
            found.append(setting)
    return found


def rule_json(rule: Rule) -> dict[str, Any]:
    """What callers see of a rule; times in seconds."""
    threshold, patience = rule.threshold, rule.patience
    time = threshold.time if threshold is not None else None
    return {
        "kind": rule.kind,
        "rule": rule.name,
        "enabled": rule.enabled,
        "count": threshold.count if threshold is not None else None,
        "time_s": time.total_seconds() if time is not None else None,
        "violated_for_s": patience.violated_for.total_seconds(),
        "fine_for_s": patience.fine_for.total_seconds(),
        "unknown_for_s": patience.unknown_for.total_seconds(),
        "no_data": patience.no_data,
        "raised_again_after_s": patience.raised_again_after.total_seconds(),
        "severity": rule.severity,
        "labels": dict(rule.labels),
        "runbook": rule.runbook,
        "policy_id": rule.policy_id,
    }


def _checked(work: Work, setting: Setting) -> Setting:
    """The setting with its value as it is kept."""
    if setting.name not in names_of(setting.kind):
        known = ", ".join(names_of(setting.kind))
        refuse({"rule": f"there is none of this name for a {setting.kind}; there are {known}"})
    match setting.scope:
        case RuleScope.ALL if setting.value:
            refuse({"value": "must be left out where all are meant"})
        case RuleScope.TAG:
            if setting.kind not in _TAGGED:
                refuse({"scope": f"a {setting.kind} has no tags"})
            try:
                setting = replace(setting, value=checked_tag(setting.value))
            except ValueError as error:
                refuse({"value": str(error)})
        case RuleScope.ONE:
            if setting.kind is AlertKind.OWN:
                refuse({"scope": "there is one Autom8: say it for all"})
            if not setting.value.isascii() or not setting.value.isdigit() or len(setting.value) > 18:
                refuse({"value": "must be the id of the object"})
            setting = replace(setting, value=str(int(setting.value)))  # 007 would concern nothing
            _tags_of(work, setting.kind, int(setting.value))
    _check_changes(work, setting)
    return setting


def _check_changes(work: Work, setting: Setting) -> None:
    try:
        changed(default(setting.kind, setting.name), setting.changes)
    except Invalid as error:
        refuse({f"changes.{name}": text for name, text in error.fields.items()})
    policy_id = setting.changes.get("policy_id")
    if policy_id is not None and not work.policies.hold([policy_id]):
        refuse({"changes.policy_id": "there is no such escalation policy"})


def _tags_of(work: Work, kind: AlertKind, object_id: int | None) -> tuple[str, ...]:
    """The tags of an object that must be there."""
    if object_id is None:
        return ()
    match kind:
        case AlertKind.TASK:
            return tuple(work.tasks.get(object_id).definition.get("tags", ()))
        case AlertKind.CHECK:
            return tuple(work.checks.get(object_id).tags)
        case AlertKind.CHANNEL:
            work.channels.get(object_id)
        case AlertKind.PUSHED if not work.pushed.find_many([object_id]):
            raise NotFound(f"There is no pushed alert {object_id}.")
    return ()


def _asked(page: Page) -> Page:
    """The page with its tag as tags are kept."""
    filters = dict(page.filters)
    if filters.get("scope") == RuleScope.TAG and filters.get("value") is not None:
        filters["value"] = tag_key(filters["value"])
    return replace(page, filters=filters)


def _said_by(setting: Setting) -> dict[str, Any]:
    return {"scope": setting.scope, "value": setting.value, "fields": sorted(setting.changes)}


def _setting_of(row: AnyRow) -> Setting:
    return Setting(
        kind=AlertKind(row.kind),
        name=row.rule,
        scope=RuleScope(row.scope),
        value=row.scope_value,
        changes=row.changes,
    )


def _setting_json(row: AnyRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "rule": row.rule,
        "scope": row.scope,
        "value": row.scope_value,
        "changes": row.changes,
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _announce(work: Work, setting_id: int, setting: Setting, verb: str) -> None:
    work.record(
        RuleChanged(
            action=f"rule.{verb}",
            object_type="rule",
            object_id=str(setting_id),
            details={
                "kind": setting.kind,
                "rule": setting.name,
                "scope": setting.scope,
                "value": setting.value,
                "changes": dict(setting.changes),
            },
        )
    )
    work.looks.bring_all_forward(LookKind(setting.kind), work.now())
    work.record(LookDue())
