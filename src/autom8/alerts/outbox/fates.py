"""What becomes of notices that are about to be told: sent, held until an instant, or dropped.

Asked twice: when messages are made of them, and again before each try. Pure but for what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from autom8.alerts.hours import Hours, quiet_until
from autom8.alerts.incidents.escalating import HeldBack
from autom8.kernel.vocabulary import Severity
from autom8.repositories.query import AnyRow


class Fate(StrEnum):
    """What becomes of a notice now."""

    SEND = "send"
    HOLD = "hold"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fated:
    """A notice's fate; `until` is when it may be another where it is held, `why` where it is dropped."""

    fate: Fate
    until: datetime | None = None
    why: str = ""


_SEND = Fated(fate=Fate.SEND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a lane's notices are judged by. `told` is the last notice of each alert that is in a message.

    `under_way` are alerts of which nothing may be told now, since what was made before is on its way or
    waits, and when that may be another.
    """

    incidents: Mapping[int, AnyRow]
    told: Mapping[int, AnyRow]
    quiet: Hours | None
    holding: Callable[[AnyRow], HeldBack | None]
    under_way: Mapping[int, datetime | None] = field(default_factory=dict)


def fates_of(notices: Sequence[AnyRow], facts: Facts, *, at: datetime) -> Mapping[int, Fated]:
    """The fates of a lane's notices, which are in the order in which they were made.

    What waits of one alert shares a fate as far as order asks: nothing overtakes what is held before it. An
    end is told to whom its raise was told, and to nobody else.
    """
    fates: dict[int, Fated] = {}
    by_alert: dict[int, list[AnyRow]] = {}
    for notice in notices:
        by_alert.setdefault(notice.alert_id, []).append(notice)
    for alert_id, of_alert in by_alert.items():
        last = facts.told.get(alert_id)
        wrong = last is not None and not last.ends  # as far as this lane was told
        held = None
        if alert_id in facts.under_way:
            held = Fated(fate=Fate.HOLD, until=facts.under_way[alert_id])
        for notice in of_alert:
            fate = _fate(notice, facts, wrong=wrong, at=at)
            if fate.fate is not Fate.DROP and held is not None:
                fate = held
            elif fate.fate is Fate.HOLD:
                held = fate
            if fate.fate is not Fate.DROP:
                wrong = not notice.ends
            fates[notice.id] = fate
    return fates


def _fate(notice: AnyRow, facts: Facts, *, wrong: bool, at: datetime) -> Fated:
    incident = facts.incidents.get(notice.incident_id)
    if incident is None:
        return Fated(fate=Fate.DROP, why="gone")
    if notice.ends:
        if not wrong:
            return Fated(fate=Fate.DROP, why="never_told")
    elif (fate := _fate_of_raise(notice, incident, facts)) is not None:
        return fate
    if facts.quiet is not None and incident.severity != Severity.CRITICAL:
        until = quiet_until(facts.quiet, at)
        if until is not None:
            return Fated(fate=Fate.HOLD, until=until)
    return _SEND


def _fate_of_raise(notice: AnyRow, incident: AnyRow, facts: Facts) -> Fated | None:
    held = facts.holding(incident)
    if held is not None:
        if incident.resolved_at is not None:
            return Fated(fate=Fate.DROP, why="silenced")
        return Fated(fate=Fate.HOLD, until=held.until)
    if incident.acknowledged_at is not None and notice.contact_id and notice.step >= 0:
        return Fated(fate=Fate.DROP, why="acknowledged")
    return None
