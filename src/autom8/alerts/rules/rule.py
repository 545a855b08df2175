"""What holds for one rule on one object: the default, and what settings change of it, the nearest winning.

Pure. Settings are checked when they are written; one that can't be read, because somebody changed its row,
is left out and logged: a broken setting may silence nothing.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from autom8.alerts.expectations import DEFAULTS, HAPPENINGS, Expectation, Threshold
from autom8.alerts.states import NoData, Patience
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import AlertKind, ChannelRule, OwnRule, PushedRule, RuleScope, Severity

log = logging.getLogger(__name__)

LABELS_MAX: Final = 32
LABEL_CHARS_MAX: Final = 1_000
URL_CHARS_MAX: Final = 2_000
ID_MAX: Final = 2**63 - 1
_LABEL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)
_OF_THE_OBJECT: Final = frozenset({"alertname", "severity", "source", "task", "check", "channel", "tags"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What holds for a rule on an object. `policy_id` None asks for the default policy."""

    kind: AlertKind
    name: str
    enabled: bool = True
    threshold: Threshold | None = None
    patience: Patience = field(default_factory=Patience)
    severity: Severity = Severity.WARNING
    labels: Mapping[str, str] = field(default_factory=dict)
    runbook: str | None = None
    policy_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What somebody said of a rule. `value` is the tag or the id of the object; `changes` is JSON."""

    kind: AlertKind
    name: str
    scope: RuleScope
    value: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)


_NAMES: Final[Mapping[AlertKind, tuple[StrEnum, ...]]] = {
    AlertKind.TASK: tuple(Expectation),
    AlertKind.CHECK: (Expectation.FAILED, Expectation.MISSED, Expectation.RUNNING_LONGER_THAN),
    AlertKind.CHANNEL: tuple(ChannelRule),
    AlertKind.OWN: tuple(OwnRule),
    AlertKind.PUSHED: tuple(PushedRule),
}
# What nobody may sleep through. The rest can wait until a person's quiet hours are over.
_CRITICAL: Final = {
    (AlertKind.TASK, Expectation.LOST),
    (AlertKind.TASK, Expectation.MISSED),
    (AlertKind.CHECK, Expectation.MISSED),
    (AlertKind.CHANNEL, ChannelRule.FAILING),
    (AlertKind.OWN, OwnRule.OUTBOX_GROWING),
    (AlertKind.OWN, OwnRule.AUDIT_BROKEN),
    (AlertKind.OWN, OwnRule.DECRYPTION_REFUSED),
    (AlertKind.OWN, OwnRule.DISK_FILLING),
    (AlertKind.OWN, OwnRule.LOOKS_FAILING),
}
_PATIENCE: Final[Mapping[tuple[AlertKind, str], Patience]] = {
    (AlertKind.CHANNEL, ChannelRule.FAILING): Patience(violated_for=timedelta(minutes=2)),
    # A server that was away finds all overdue at first, and does it.
    (AlertKind.OWN, OwnRule.OUTBOX_GROWING): Patience(violated_for=timedelta(minutes=1)),
    # After somebody resolved it by hand, the next failure is no repetition, and nobody would see it later.
    **{(AlertKind.TASK, each): Patience(raised_again_after=timedelta()) for each in HAPPENINGS},
    (AlertKind.CHECK, Expectation.FAILED): Patience(raised_again_after=timedelta()),
}


def names_of(kind: AlertKind) -> tuple[str, ...]:
    """The rules that there are on objects of a kind."""
    return tuple(str(name) for name in _NAMES[kind])


@cache  # there are few, and a look asks for all of them for each object
def default(kind: AlertKind, name: str) -> Rule:
    """The rule as it is where nobody said anything of it."""
    threshold = DEFAULTS.get(Expectation(name)) if kind is AlertKind.TASK else None
    return Rule(
        kind=kind,
        name=name,
        enabled=kind is not AlertKind.TASK or threshold is not None,
        threshold=threshold,
        patience=_PATIENCE.get((kind, name), Patience()),
        severity=Severity.CRITICAL if (kind, name) in _CRITICAL else Severity.WARNING,
    )


def effective(
    kind: AlertKind, name: str, settings: Iterable[Setting], *, object_id: int, tags: Collection[str]
) -> Rule:
    """What holds for an object. Field by field: said of itself, of a tag, of all, or the default.

    Of several tags the one that comes first in the alphabet wins.
    """
    return Book(settings).rule(kind, name, object_id=object_id, tags=tags)


class Book:
    """Settings, each found by what it is about: an object's rules cost the same however many there are."""

    def __init__(self, settings: Iterable[Setting]) -> None:
        self._by_place = {(each.kind, each.name, each.scope, each.value): each for each in settings}

    def nearest_first(
        self, kind: AlertKind, name: str, *, object_id: int, tags: Collection[str]
    ) -> list[Setting]:
        """What is said of a rule on an object: of several that say a field, the first one holds."""
        places = [
            (RuleScope.ONE, str(object_id)),
            *((RuleScope.TAG, tag) for tag in sorted(tags)),
            (RuleScope.ALL, ""),
        ]
        found = (self._by_place.get((kind, name, scope, value)) for scope, value in places)
        return [each for each in found if each is not None]

    def rule(self, kind: AlertKind, name: str, *, object_id: int, tags: Collection[str]) -> Rule:
        """What holds for a rule on an object; a setting that can't be read is left out."""
        rule = default(kind, name)
        for setting in reversed(self.nearest_first(kind, name, object_id=object_id, tags=tags)):
            try:
                rule = changed(rule, setting.changes)
            except Invalid as error:
                log.warning("rule_setting_left_out", extra={"fields": {"rule": name, "error": str(error)}})
        return rule


def changed(rule: Rule, changes: Mapping[str, Any]) -> Rule:
    """The rule after changes in JSON's types, times in seconds.

    Raises:
        Invalid: they can't be meant; `fields` names each that is wrong, as `changes` does.
    """
    try:
        return _changed(rule, changes)
    except Invalid as error:
        wrong = {_SAID_AS.get(name, name): text for name, text in error.fields.items()}
        raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong) from None


def _changed(rule: Rule, changes: Mapping[str, Any]) -> Rule:
    wrong: dict[str, str] = {}
    values: dict[str, Any] = {}
    for name, value in changes.items():
        read = _READERS.get(name)
        if read is None:
            wrong[name] = "is nothing that a rule has"
            continue
        try:
            values[name] = read(value)
        except (TypeError, ValueError, OverflowError) as error:
            wrong[name] = str(error)
    if wrong:
        raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
    times = {name.removesuffix("_s"): values.pop(name) for name in _TIMES if name in values}
    if "no_data" in values:
        times["no_data"] = values.pop("no_data")
    counted = {name: values.pop(name) for name in ("count",) if name in values}
    if "time_s" in values:
        counted["time"] = values.pop("time_s")
    if "labels" in values:
        values["labels"] = {**rule.labels, **values["labels"]}
    after = replace(rule, **values, patience=replace(rule.patience, **times).check())
    return replace(after, threshold=_threshold(after, counted))


def _threshold(rule: Rule, counted: Mapping[str, Any]) -> Threshold | None:
    if not counted:
        if rule.enabled and rule.kind is AlertKind.TASK and rule.threshold is None:
            _ = Threshold().check(Expectation(rule.name))  # says which number is needed
            return Threshold()
        return rule.threshold
    if rule.kind not in {AlertKind.TASK, AlertKind.CHECK}:
        raise Invalid("This rule has no threshold.", fields=dict.fromkeys(counted, "means nothing here"))
    return replace(rule.threshold or Threshold(), **counted).check(Expectation(rule.name))


def _bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("must be true or false")
    return value


def _int(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("must be a whole number")
    return value


def _policy(value: object) -> int | None:
    if value is None:
        return None
    if not 1 <= _int(value) <= ID_MAX:
        raise ValueError("must be the id of an escalation policy")
    return _int(value)


def _time(value: object) -> timedelta:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError("must be a number of seconds")
    return timedelta(seconds=value)


def _severity(value: object) -> Severity:
    if not isinstance(value, str) or value not in set(Severity):
        raise ValueError(f"must be one of {', '.join(Severity)}")
    return Severity(value)


def _no_data(value: object) -> NoData:
    if not isinstance(value, str) or value not in set(NoData):
        raise ValueError(f"must be one of {', '.join(NoData)}")
    return NoData(value)


def _labels(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping) or len(value) > LABELS_MAX:
        raise ValueError(f"must be at most {LABELS_MAX} names with their texts")
    for name, text in value.items():
        if not isinstance(name, str) or not _LABEL.fullmatch(name):
            raise ValueError("a name has letters, digits and _, and does not begin with a digit")
        if name in _OF_THE_OBJECT:
            raise ValueError(f"{name} is said by Autom8")
        if not isinstance(text, str) or len(text) > LABEL_CHARS_MAX or not text.isprintable():
            raise ValueError(f"{name} must be a line of at most {LABEL_CHARS_MAX} characters")
    return dict(value)


def _runbook(value: object) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > URL_CHARS_MAX or not value.isprintable() or " " in value:
        raise ValueError("must be a URL")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https URL")
    return value


_TIMES: Final = ("violated_for_s", "fine_for_s", "unknown_for_s", "raised_again_after_s")
_SAID_AS: Final = {"time": "time_s"} | {name.removesuffix("_s"): name for name in _TIMES}
_READERS: Final = {
    "enabled": _bool,
    "count": _int,
    "time_s": _time,
    **dict.fromkeys(_TIMES, _time),
    "no_data": _no_data,
    "severity": _severity,
    "labels": _labels,
    "runbook": _runbook,
    "policy_id": _policy,
}
FIELDS: Final = tuple(_READERS)
