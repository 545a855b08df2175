"""The life of one alert: one rule on one object, from the first violation to its end.

Pure. An alert is a value that is kept between two looks, so that a restart goes on where it stood. It must
not know what is measured, who is told, silences or acknowledgements: what they hold back is still here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from autom8.kernel.errors import Invalid

SKEW_MAX: Final = timedelta(minutes=1)  # between the clocks of two servers that take turns to look
PATIENCE_MAX: Final = timedelta(days=366)
_ZERO: Final = timedelta()


class AlertState(StrEnum):
    """Where an alert stands."""

    OK = "ok"
    PENDING = "pending"  # violated, but not yet for long enough
    FIRING = "firing"
    RECOVERING = "recovering"  # fine again, but not yet for long enough
    RESOLVED = "resolved"  # as ok, after it fired
    NO_DATA = "no_data"  # nothing is known for so long that this itself is told

    @property
    def open(self) -> bool:
        """Whether an incident goes on in this state."""
        return self in _OPEN


_OPEN: Final = frozenset({AlertState.FIRING, AlertState.RECOVERING, AlertState.NO_DATA})


class Observation(StrEnum):
    """What a look saw."""

    VIOLATED = "violated"
    FINE = "fine"
    BETWEEN = "between"  # past the threshold that ends an alert, short of the one that raises it
    UNKNOWN = "unknown"  # no data


class NoData(StrEnum):
    """What it means when nothing is known for long."""

    ALERT = "alert"  # that is told, as if it were firing
    KEEP = "keep"  # it stays what it was
    OK = "ok"  # it is fine


class Change(StrEnum):
    """How an alert went from one state to the next."""

    PENDED = "pended"
    CLEARED = "cleared"  # fine before it fired
    FIRED = "fired"
    WENT_SILENT = "went_silent"  # no data, and that is told
    RECOVERED = "recovered"  # fine; resolved once it stays so
    RELAPSED = "relapsed"  # violated again before it was resolved: the same incident
    RESOLVED = "resolved"

    @property
    def raises(self) -> bool:
        """Whether it is a reason to tell somebody that something is wrong."""
        return self in {Change.FIRED, Change.WENT_SILENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long each thing must last before it counts; zero counts at once."""

    violated_for: timedelta = _ZERO  # before it fires
    fine_for: timedelta = _ZERO  # before it is resolved
    unknown_for: timedelta = timedelta(minutes=5)  # before no data means what `no_data` says
    no_data: NoData = NoData.KEEP
    raised_again_after: timedelta = timedelta(hours=1)  # still violated, after somebody resolved it by hand

    def check(self) -> Patience:
        """This patience, if it can be meant.

        Raises:
            Invalid: it can't; `fields` names each time that is below zero or longer than PATIENCE_MAX.
        """
        times = {
            "violated_for": self.violated_for,
            "fine_for": self.fine_for,
            "unknown_for": self.unknown_for,
            "raised_again_after": self.raised_again_after,
        }
        text = f"must be from 0 to {PATIENCE_MAX.days} days"
        wrong = {name: text for name, time in times.items() if not _ZERO <= time <= PATIENCE_MAX}
        if wrong:
            raise Invalid("; ".join(f"{name}: {text}" for name in wrong), fields=wrong)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What is kept of an alert. `incident` counts its incidents; the last of them may be open."""

    state: AlertState = AlertState.OK
    since: datetime
    seen_at: datetime  # the last look
    lasted: timedelta = _ZERO  # of what the state waits for, as the looks until then saw it
    unknown: timedelta = _ZERO  # of no data, as the looks until then saw it
    blind: bool = False  # the last look saw no data
    shut: bool = False  # resolved by hand, and not seen fine since
    violated: bool = (
        False  # it fired, and was not fine for long enough since; not so if only data was missing
    )
    incident: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One step of an alert, to be a line of its incident's story."""

    change: Change
    before: AlertState
    after: AlertState
    at: datetime
    incident: int | None  # that it is part of; None for what comes before one


Step = tuple[Alert, Transition | None]


def begin(at: datetime) -> Alert:
    """An alert of which nothing is known yet."""
    return Alert(since=at, seen_at=at)


def step(alert: Alert, observation: Observation, *, patience: Patience, at: datetime) -> Step:
    """The alert after a look, and the one transition that it made, if any.

    The same look once more changes nothing. Time counts between two looks that saw the same, however far
    apart. A wall clock that steps back adds none, and takes nothing away; up to SKEW_MAX it may be another
    server's that is behind, and time stands still until it has caught up, so that none counts twice.
    """
    at = _instant(alert, at)
    passed = max(at - alert.seen_at, _ZERO)
    blind = observation is Observation.UNKNOWN
    unknown = alert.unknown + (passed if alert.blind else _ZERO) if blind else _ZERO
    looked = replace(alert, seen_at=at, unknown=unknown, blind=blind)
    if blind:
        if unknown < patience.unknown_for or patience.no_data is NoData.KEEP:
            return looked, None  # what a timer waits for is not seen, so the timer stands still
        if patience.no_data is NoData.ALERT:
            return _silent(looked, passed, patience)
    if alert.blind and not blind:
        passed = _ZERO  # nobody saw what was meanwhile
    violated = observation is Observation.VIOLATED
    if observation is Observation.BETWEEN:
        violated = alert.violated  # it neither raises what was only silent nor ends what is violated
    if violated:
        return _violated(looked, passed, patience)
    return _fine(looked, passed, patience)


def _silent(alert: Alert, passed: timedelta, patience: Patience) -> Step:
    if alert.state is AlertState.NO_DATA:
        return alert, None
    if alert.shut:
        return _wait(alert, passed, patience.raised_again_after, Change.WENT_SILENT)
    return _go(alert, Change.WENT_SILENT)


def _violated(alert: Alert, passed: timedelta, patience: Patience) -> Step:
    match alert.state:
        case AlertState.FIRING:
            return alert, None
        case AlertState.RECOVERING:
            return _go(alert, Change.RELAPSED if alert.violated else Change.FIRED)  # else it was never told
        case AlertState.NO_DATA:
            return _go(alert, Change.FIRED)
        case AlertState.PENDING:
            return _wait(alert, passed, patience.violated_for, Change.FIRED)
    if alert.shut and alert.violated:  # of a silence that was resolved by hand, this is no repetition
        return _wait(alert, passed, patience.raised_again_after, Change.FIRED)
    return _go(alert, Change.PENDED if patience.violated_for else Change.FIRED)


def _fine(alert: Alert, passed: timedelta, patience: Patience) -> Step:
    match alert.state:
        case AlertState.PENDING:
            return _go(alert, Change.CLEARED)
        case AlertState.FIRING | AlertState.NO_DATA:
            return _go(alert, Change.RECOVERED if patience.fine_for else Change.RESOLVED)
        case AlertState.RECOVERING:
            return _wait(alert, passed, patience.fine_for, Change.RESOLVED)
    return replace(alert, shut=False, violated=False, lasted=_ZERO), None


def resolve(alert: Alert, *, at: datetime) -> Step:
    """End an open incident by hand. It is raised again once it was fine, or stayed wrong for too long."""
    if not alert.state.open:
        return alert, None
    after, transition = _go(replace(alert, seen_at=_instant(alert, at)), Change.RESOLVED)
    return replace(after, shut=True, violated=alert.violated), transition


def next_look(alert: Alert, patience: Patience) -> datetime | None:
    """When a timer may be over, if the next looks see what the last one saw; None while none runs."""
    if alert.blind:
        if patience.no_data is NoData.KEEP:
            return None
        if alert.unknown < patience.unknown_for:
            return alert.seen_at + patience.unknown_for - alert.unknown
    limit = {
        AlertState.PENDING: patience.violated_for,
        AlertState.RECOVERING: patience.fine_for,
    }.get(alert.state)
    if alert.shut:
        limit = patience.raised_again_after
    return None if limit is None else alert.seen_at + max(limit - alert.lasted, _ZERO)


def _instant(alert: Alert, at: datetime) -> datetime:
    """When a look was: as its clock says, unless that is behind the last look's by what clocks may differ."""
    return max(at, alert.seen_at) if alert.seen_at - at <= SKEW_MAX else at


def _wait(alert: Alert, passed: timedelta, limit: timedelta, change: Change) -> Step:
    """Let the timer of the alert's state run on, and take the step once it is over."""
    alert = replace(alert, lasted=alert.lasted + passed)
    return (alert, None) if alert.lasted < limit else _go(alert, change)


_AFTER: Final = {
    Change.PENDED: AlertState.PENDING,
    Change.CLEARED: AlertState.OK,
    Change.FIRED: AlertState.FIRING,
    Change.WENT_SILENT: AlertState.NO_DATA,
    Change.RECOVERED: AlertState.RECOVERING,
    Change.RELAPSED: AlertState.FIRING,
    Change.RESOLVED: AlertState.RESOLVED,
}


def _go(alert: Alert, change: Change) -> Step:
    after, at = _AFTER[change], alert.seen_at
    opened = after.open and not alert.state.open
    incident = alert.incident + opened
    violated = change is Change.FIRED or (alert.violated and change is not Change.RESOLVED)
    moved = replace(
        alert, state=after, since=at, lasted=_ZERO, shut=False, violated=violated, incident=incident
    )
    part = incident if after.open or alert.state.open else None
    return moved, Transition(change=change, before=alert.state, after=after, at=at, incident=part)
