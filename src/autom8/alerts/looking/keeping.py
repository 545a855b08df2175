"""How an alert stands in its row: the pure values of `states` and `flapping` as columns, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from autom8.alerts.flapping import Flaps
from autom8.alerts.states import Alert, AlertState, begin
from autom8.repositories.query import AnyRow

_MICROSECOND: Final = timedelta(microseconds=1)
_QUIET_STATES: Final = frozenset({AlertState.OK, AlertState.RESOLVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An alert with what is kept of its coming and going. `id` is None while it has no row."""

    id: int | None
    alert: Alert
    flaps: Flaps = field(default_factory=Flaps)
    incident_id: int | None = None  # the open one


def read(row: AnyRow | None, at: datetime) -> Kept:
    """What is kept of an alert; of one without a row nothing is known yet."""
    if row is None:
        return Kept(id=None, alert=begin(at))
    return Kept(
        id=row.id,
        alert=Alert(
            state=AlertState(row.state),
            since=row.since,
            seen_at=row.seen_at,
            lasted=row.lasted_us * _MICROSECOND,
            unknown=row.unknown_us * _MICROSECOND,
            blind=row.blind,
            shut=row.shut,
            violated=row.violated,
            incident=row.incidents,
        ),
        flaps=_flaps(row),
        incident_id=row.incident_id,
    )


def worth_a_row(kept: Kept) -> bool:
    """Whether there is more to keep than that all is well, as of nearly all rules on nearly all tasks."""
    return kept.id is not None or kept.alert.state is not AlertState.OK or kept.alert.blind


def changed(before: Kept, after: Kept) -> bool:
    """Whether what is kept is to be written: a timer runs, or more than the instant of the look changed."""
    if before.flaps != after.flaps or before.incident_id != after.incident_id or before.id is None:
        return True
    alert = after.alert
    if alert.state not in _QUIET_STATES or alert.blind or alert.shut:
        return True
    was = before.alert
    return (was.state, was.blind, was.shut, was.violated, was.lasted, was.unknown) != (
        alert.state,
        alert.blind,
        alert.shut,
        alert.violated,
        alert.lasted,
        alert.unknown,
    )


def columns(kept: Kept) -> dict[str, Any]:
    """The columns of an alert's row that its steps change."""
    alert, flaps = kept.alert, kept.flaps
    return {
        "state": alert.state,
        "since": alert.since,
        "seen_at": alert.seen_at,
        "lasted_us": alert.lasted // _MICROSECOND,
        "unknown_us": alert.unknown // _MICROSECOND,
        "blind": alert.blind,
        "shut": alert.shut,
        "violated": alert.violated,
        "incidents": alert.incident,
        "incident_id": kept.incident_id,
        "flaps": {
            "raised": [each.isoformat() for each in flaps.raised],
            "last": flaps.last.isoformat() if flaps.last else None,
        },
        "flapping_since": flaps.since,
    }


def _flaps(row: AnyRow) -> Flaps:
    told: Mapping[str, Any] = row.flaps
    last = told.get("last")
    return Flaps(
        raised=tuple(datetime.fromisoformat(each) for each in told.get("raised", ())),
        since=row.flapping_since,
        last=datetime.fromisoformat(last) if last else None,
    )
