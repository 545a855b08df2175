"""Autom8 as an Alertmanager: takes alerts that others push, and lists them with what holds them back.

Shapes and meanings are those of Alertmanager's API v2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from autom8.alerts.silences.holding import dependencies_of, held_by_parent, silences_of, silencing
from autom8.alerts.silences.matchers import Matcher, matches
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Invalid
from autom8.kernel.events import LookDue
from autom8.kernel.vocabulary import AlertKind, LookKind
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

RESOLVED_AFTER: Final = timedelta(minutes=5)  # what has no end ends then, unless it is pushed again
ALERTS_MAX: Final = 10_000  # of one request
LABELS_MAX: Final = 100
TEXT_CHARS_MAX: Final = 10_000
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
RECEIVER: Final = "autom8"
_LABEL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}", re.ASCII)
_FNV_OFFSET: Final = 0xCBF29CE484222325
_FNV_PRIME: Final = 0x100000001B3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which alerts are listed."""

    matchers: Sequence[Matcher] = ()
    active: bool = True
    silenced: bool = True
    inhibited: bool = True
    unprocessed: bool = True
    receiver: str = ""


@dataclass(slots=True)
class _Standing:
    """What an incident's labels make of a pushed alert."""

    id: int
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PushService:
    """What programs ask of an Alertmanager."""

    begin: BeginWork
    read: BeginWork
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def push(self, alerts: Sequence[Mapping[str, Any]], *, actor: Actor) -> None:
        """Take alerts: those that are new are wrong from now on, those that are known go on or end.

        Raises:
            Invalid: one of them can't be meant; none is taken.
        """
        if len(alerts) > ALERTS_MAX:
            raise Invalid(f"At most {ALERTS_MAX} alerts are taken at once.", fields={"": "too many alerts"})
        with self.begin(actor) as work:
            now = work.now()
            rows = {row["fingerprint"]: row for row in (_row(each, now) for each in alerts)}
            known = work.pushed.by_fingerprint(sorted(rows))
            put = [_merged(row, known.get(key)) for key, row in rows.items()]
            put = [row for row in put if row["ends_at"] > now or row["fingerprint"] in known]
            ids = work.pushed.put(put)
            work.looks.bring_forward(LookKind.PUSHED, ids, now)
            work.record(LookDue())
            work.commit()

    def alerts(self, asked: Asked, *, actor: Actor) -> list[dict[str, Any]]:
        """The alerts that are wrong now, with what holds each back."""
        with self.read(actor) as work:
            if asked.receiver and not re.fullmatch(asked.receiver, RECEIVER):
                return []
            return [each for each in _listed(work) if _wanted(each, asked)]

    def groups(self, asked: Asked, *, actor: Actor) -> list[dict[str, Any]]:
        """The same, grouped by `alertname`."""
        by_name: dict[str, list[dict[str, Any]]] = {}
        for each in self.alerts(asked, actor=actor):
            by_name.setdefault(each["labels"].get("alertname", ""), []).append(each)
        return [
            {"labels": {"alertname": name} if name else {}, "receiver": {"name": RECEIVER}, "alerts": alerts}
            for name, alerts in sorted(by_name.items())
        ]


def fingerprint_of(labels: Mapping[str, str]) -> str:
    """The fingerprint that Prometheus gives labels: FNV-1a of names and values, with 255 after each."""
    hash_ = _FNV_OFFSET
    for name in sorted(labels):
        for part in (name, labels[name]):
            for byte in (*part.encode(), 255):
                hash_ = (hash_ ^ byte) * _FNV_PRIME & 0xFFFFFFFFFFFFFFFF
    return f"{hash_:016x}"


def _row(alert: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    labels = {name: value for name, value in _texts(alert.get("labels"), "labels").items() if value}
    if not labels:
        raise Invalid("labels: at least one is needed", fields={"labels": "at least one is needed"})
    if bad := [name for name in labels if not _LABEL.fullmatch(name)]:
        raise Invalid(f"labels: {bad[0][:50]!r} is no name", fields={"labels": f"{bad[0][:50]!r} is no name"})
    starts_at, ends_at = alert.get("startsAt"), alert.get("endsAt")
    zero = datetime(1, 1, 2, tzinfo=UTC)  # Go's zero time stands for none
    starts = starts_at if starts_at is not None and starts_at > zero else None
    ends = ends_at if ends_at is not None and ends_at > zero else None
    for name, at in (("startsAt", starts), ("endsAt", ends)):
        if at is not None and not EARLIEST <= at <= LATEST:
            text = f"must be in the years {EARLIEST.year} to {LATEST.year - 1}"
            raise Invalid(f"{name}: {text}", fields={name: text})
    starts = starts or min(now, ends or now)
    if ends is not None and ends < starts:
        raise Invalid("endsAt: is before startsAt", fields={"endsAt": "is before startsAt"})
    url = str(alert.get("generatorURL") or "")
    return {
        "fingerprint": fingerprint_of(labels),
        "labels": labels,
        "annotations": _texts(alert.get("annotations"), "annotations"),
        "generator_url": url[:TEXT_CHARS_MAX],
        "starts_at": starts,
        "ends_at": ends or now + RESOLVED_AFTER,
        "updated_at": now,
    }


def _merged(row: dict[str, Any], known: AnyRow | None) -> dict[str, Any]:
    """An alert that goes on began when it began, as Alertmanager merges those that overlap."""
    if known is None or known.ends_at < row["starts_at"]:
        return row
    return row | {"starts_at": min(known.starts_at, row["starts_at"])}


def _texts(value: object, what: str) -> dict[str, str]:
    told = value or {}
    if not isinstance(told, Mapping) or len(told) > LABELS_MAX:
        raise Invalid(f"{what}: too many", fields={what: f"must be at most {LABELS_MAX} names with texts"})
    for name, text in told.items():
        if not isinstance(text, str) or len(text) > TEXT_CHARS_MAX or "\0" in text or "\0" in name:
            raise Invalid(f"{what}: {name[:50]!r} is no text", fields={what: "must be texts"})
    return dict(told)


def _listed(work: Work) -> list[dict[str, Any]]:
    now = work.now()
    silences = silences_of(work.silences.not_over(now))
    dependencies = dependencies_of(work.dependencies.all())
    open_ones = work.incidents.open_ones()
    incidents = {each.object_id: each for each in open_ones if each.kind == AlertKind.PUSHED}
    fingerprints = {row.id: row.fingerprint for row in work.pushed.not_over(now)}
    listed: list[dict[str, Any]] = []
    for row in work.pushed.not_over(now):
        incident = incidents.get(row.id)
        labels: Mapping[str, str] = incident.labels if incident is not None else row.labels
        silenced = [each.key for each in silencing(silences, labels, now)]
        child = incident if incident is not None else _Standing(0, labels)
        found = held_by_parent(dependencies, child, open_ones) if dependencies else None
        inhibited = [] if found is None else [_name_of(found[1], fingerprints)]
        listed.append(_alert_json(row, silenced, inhibited))
    return listed


def _name_of(parent: Any, fingerprints: Mapping[int, str]) -> str:
    """By which name Alertmanager's API knows an incident: its fingerprint, or that of its labels."""
    known = fingerprints.get(parent.object_id) if parent.kind == AlertKind.PUSHED else None
    return known or fingerprint_of(parent.labels)


def _alert_json(row: AnyRow, silenced: list[str], inhibited: list[str]) -> dict[str, Any]:
    return {
        "labels": row.labels,
        "annotations": row.annotations,
        "startsAt": row.starts_at,
        "endsAt": row.ends_at,
        "updatedAt": row.updated_at,
        "generatorURL": row.generator_url,
        "fingerprint": row.fingerprint,
        "receivers": [{"name": RECEIVER}],
        "status": {
            "state": "suppressed" if silenced or inhibited else "active",
            "silencedBy": silenced,
            "inhibitedBy": inhibited,
            "mutedBy": [],
        },
    }


def _wanted(alert: Mapping[str, Any], asked: Asked) -> bool:
    status = alert["status"]
    if not matches(asked.matchers, alert["labels"]):
        return False
    if not asked.active and status["state"] == "active":
        return False
    if not asked.silenced and status["silencedBy"]:
        return False
    return asked.inhibited or not status["inhibitedBy"]
