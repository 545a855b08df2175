"""Autom8 as an Alertmanager: takes alerts that others push, and lists them with what holds them back.

Shapes and meanings are those of Alertmanager's API v2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from autom8.alerts.pushed.ending import EARLIEST, over_at
from autom8.alerts.silences.dependencies import Labelled
from autom8.alerts.silences.holding import held_by, holding_silences
from autom8.alerts.silences.matchers import NAME_CHARS_MAX, Matcher, Operator, matches
from autom8.alerts.silences.silence import silencing
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
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
RECEIVER: Final = "autom8"
REFUSED_TOLD_MAX: Final = 20
_ZERO: Final = datetime(1, 1, 2, tzinfo=UTC)  # what is before is Go's zero time, which stands for none
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
    started_at: datetime = EARLIEST

    def push(self, alerts: Sequence[Mapping[str, Any]], *, actor: Actor) -> None:
        """Take alerts: those that are new are wrong from now on, those that are known go on or end.

        One that can't be meant keeps no other from being taken.

        Raises:
            Invalid: there are too many, and none is taken; or some can't be meant, and the others are taken.
        """
        if len(alerts) > ALERTS_MAX:
            raise Invalid(f"At most {ALERTS_MAX} alerts are taken at once.", fields={"": "too many alerts"})
        wrong: dict[str, str] = {}
        with self.begin(actor) as work:
            now = work.now()
            rows = list(_rows(alerts, now, wrong))
            fingerprints = sorted({row["fingerprint"] for row in rows})
            known = work.pushed.by_fingerprint(fingerprints)
            put: dict[str, dict[str, Any]] = {}
            ended: set[str] = set()
            for row in rows:
                name = row["fingerprint"]
                before = put.get(name) or (_times(known[name]) if name in known else None)
                if before is not None or row["ends_at"] > now:
                    put[name] = _merged(row, before)
                if before is not None and self._was_over(before, now):
                    ended.add(name)
            ids = work.pushed.put(list(put.values()))
            work.looks.bring_forward(LookKind.PUSHED, ids.values(), now)
            work.looks.note_ended(LookKind.PUSHED, [ids[name] for name in ended])
            work.record(LookDue())
            work.commit()
        if wrong:
            told = dict(list(wrong.items())[:REFUSED_TOLD_MAX])
            message = "; ".join(f"{name} {text}" for name, text in told.items())
            raise Invalid(f"{len(wrong)} of {len(alerts)} alerts were not taken: {message}", fields=told)

    def _was_over(self, before: Mapping[str, Any], now: datetime) -> bool:
        known = {name: before[name] for name in ("ends_at", "updated_at")}
        return over_at(**known, serving_since=self.started_at) <= now

    def alerts(self, asked: Asked, *, actor: Actor) -> list[dict[str, Any]]:
        """The alerts that are wrong now, by fingerprint, with what holds each back.

        Raises:
            Invalid: `receiver` is no regular expression.
        """
        if asked.receiver:
            receiver = Matcher(name="receiver", operator=Operator.MATCHES, value=asked.receiver).check()
            if not receiver.matches({"receiver": RECEIVER}):
                return []
        with self.read(actor) as work:
            found = [each for each in _listed(work) if _wanted(each, asked)]
        return sorted(found, key=lambda each: str(each["fingerprint"]))

    def groups(self, asked: Asked, *, actor: Actor) -> list[dict[str, Any]]:
        """The same, grouped by `alertname`."""
        by_name: dict[str, list[dict[str, Any]]] = {}
        for each in self.alerts(asked, actor=actor):
            by_name.setdefault(each["labels"].get("alertname", ""), []).append(each)
        return [
            {
                "labels": {"alertname": name} if name else {},
                "routeLabels": {},
                "receiver": {"name": RECEIVER},
                "alerts": alerts,
            }
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


def _rows(
    alerts: Sequence[Mapping[str, Any]], now: datetime, wrong: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """The alerts that can be meant, as rows; what is `wrong` with each other one by its place."""
    for index, each in enumerate(alerts):
        try:
            yield _row(each, now)
        except Invalid as error:
            wrong[f"alerts.{index}"] = str(error)


def _row(alert: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    labels = {name: value for name, value in _texts(alert.get("labels"), "labels").items() if value}
    if not labels:
        raise Invalid("needs at least one label")
    starts, ends = (_instant(alert.get(name), name) for name in ("startsAt", "endsAt"))
    starts = starts or min(now, ends or now)
    if ends is not None and ends < starts:
        raise Invalid("ends before it starts")
    url = str(alert.get("generatorURL") or "")
    return {
        "fingerprint": fingerprint_of(labels),
        "labels": labels,
        "annotations": _texts(alert.get("annotations"), "annotations"),
        "generator_url": url[:TEXT_CHARS_MAX].replace("\0", ""),
        "starts_at": starts,
        "ends_at": ends or now + RESOLVED_AFTER,
        "updated_at": now,
    }


def _instant(at: datetime | None, name: str) -> datetime | None:
    if at is None or at <= _ZERO:
        return None
    if not EARLIEST <= at <= LATEST:
        raise Invalid(f"has a {name} beyond the years {EARLIEST.year} to {LATEST.year - 1}")
    return at


def _times(row: AnyRow) -> dict[str, Any]:
    return {"starts_at": row.starts_at, "ends_at": row.ends_at, "updated_at": row.updated_at}


def _merged(row: dict[str, Any], known: Mapping[str, Any] | None) -> dict[str, Any]:
    """What becomes of a known alert, as Alertmanager merges those that overlap.

    It began when it began. A later end stays, unless nobody had said it: it was but the time after which
    what is not pushed again is over.
    """
    if known is None or known["ends_at"] < row["starts_at"]:
        return row
    merged = row | {"starts_at": min(known["starts_at"], row["starts_at"])}
    if known["ends_at"] > row["ends_at"]:
        now = row["updated_at"]
        if row["ends_at"] > now:
            stays = known["ends_at"] != known["updated_at"] + RESOLVED_AFTER
        else:
            stays = known["ends_at"] <= now
        merged["ends_at"] = known["ends_at"] if stays else row["ends_at"]
    return merged


def _texts(value: object, what: str) -> dict[str, str]:
    told = value or {}
    if not isinstance(told, Mapping) or len(told) > LABELS_MAX:
        raise Invalid(f"has more than {LABELS_MAX} {what}")
    for name, text in told.items():
        if not 1 <= len(name) <= NAME_CHARS_MAX or "\0" in name:
            raise Invalid(f"has {what} with a name that is empty, too long, or holds a NUL")
        if not isinstance(text, str) or len(text) > TEXT_CHARS_MAX or "\0" in text:
            raise Invalid(f"has {what} with a text that is too long, or holds a NUL")
    return dict(told)


def _listed(work: Work) -> Iterator[dict[str, Any]]:
    now = work.now()
    silences, held = holding_silences(work, now), held_by(work)
    rows = work.pushed.not_over(now)
    incidents = {each.object_id: each for each in work.incidents.open_of(AlertKind.PUSHED)} if rows else {}
    fingerprints = {row.id: row.fingerprint for row in rows}
    for row in rows:
        child: Labelled = incidents.get(row.id) or _Standing(0, {"source": "pushed", **row.labels})
        silenced = [each.key for each in silencing(silences, child.labels, now)]
        found = held.parent_of(child)
        inhibited = [] if found is None else [_name_of(found[1], fingerprints)]
        yield _alert_json(row, silenced, inhibited)


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
