"""What pings say of a job that runs elsewhere: when the next is due, and how the check stands.

Pure. The words are those of Healthchecks, so that its clients need no change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from autom8.alerts.expectations import Expectation, Judgement, Threshold
from autom8.alerts.states import Observation
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import CheckState, PingKind

PERIOD_MIN: Final = timedelta(seconds=60)
PERIOD_MAX: Final = timedelta(days=366)
GRACE_MIN: Final = timedelta(seconds=60)
GRACE_MAX: Final = timedelta(days=366)
EXIT_CODES: Final = range(256)
CronAfter = Callable[[str, str, datetime], datetime | None]
"""The first instant after another of a cron expression in a zone; Invalid where it can't be meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When pings are due: each `period`, or by a cron expression in a zone; and how late one may be."""

    period: timedelta | None = None
    cron: str | None = None
    zone: str = "UTC"
    grace: timedelta = timedelta(hours=1)

    def check(self, cron_after: CronAfter, now: datetime) -> Rhythm:
        """This rhythm, if it can be meant.

        Raises:
            Invalid: it can't; `fields` names `period_s`, `cron`, `zone` or `grace_s`.
        """
        wrong: dict[str, str] = {}
        if (self.period is None) == (self.cron is None):
            wrong["period_s"] = "give a period or a cron expression"
        elif self.period is not None and not PERIOD_MIN <= self.period <= PERIOD_MAX:
            wrong["period_s"] = f"must be from a minute to {PERIOD_MAX.days} days"
        if not GRACE_MIN <= self.grace <= GRACE_MAX:
            wrong["grace_s"] = f"must be from a minute to {GRACE_MAX.days} days"
        if wrong:
            raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
        if self.cron is not None and not self._comes(cron_after, now):
            raise Invalid("cron: it never comes", fields={"cron": "never comes"})
        return self

    def _comes(self, cron_after: CronAfter, now: datetime) -> bool:
        try:
            return cron_after(self.cron or "", self.zone, now) is not None
        except Invalid as error:  # it speaks of the schedule of a task
            wrong = {name.removeprefix("schedule."): text for name, text in (error.fields or {}).items()}
            if not wrong:
                raise
            text = "; ".join(f"{name}: {what}" for name, what in wrong.items())
            raise Invalid(text, fields=wrong) from error

    def due_after(self, at: datetime, cron_after: CronAfter) -> datetime:
        """When the next ping is due after one, or after the check began to be watched."""
        if self.period is not None:
            return at + self.period
        assert self.cron is not None
        return cron_after(self.cron, self.zone, at) or at + PERIOD_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is kept of a check between two pings.

    `counts_from` is the last ping that ended a run, or when the check began to be watched; `last_end` and
    `fails`, how many in a row, are of such pings since then.
    """

    counts_from: datetime
    expected_at: datetime
    last_ping_at: datetime | None = None
    last_end: PingKind | None = None
    fails: int = 0
    last_run: str | None = None
    started_at: datetime | None = None
    duration: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PingFact:
    """One ping. `run` tells runs apart that overlap. The rest is said by `taken` of one that ends a run."""

    id: int
    at: datetime
    kind: PingKind
    run: str | None = None
    late: bool = False
    fails: int = 0
    duration: timedelta | None = None


def watched_from(at: datetime, rhythm: Rhythm, cron_after: CronAfter) -> Standing:
    """A check that begins to be watched, or does so again: nothing of what was before counts."""
    return Standing(counts_from=at, expected_at=rhythm.due_after(at, cron_after))


def taken(
    standing: Standing, ping: PingFact, rhythm: Rhythm, cron_after: CronAfter, *, watched: bool = True
) -> tuple[Standing, PingFact]:
    """What is kept after a ping, and what is known of that. `watched`: the check is not paused.

    A start puts nothing off: only an end does, good or bad. A log says nothing. An end without a run's name
    ends whichever run was started last; one with a name ends only that, so that others stay watched.
    """
    seen = replace(standing, last_ping_at=ping.at)
    match ping.kind:
        case PingKind.LOG:
            return seen, ping
        case PingKind.START:
            return replace(seen, started_at=ping.at, last_run=ping.run), ping
    mine = standing.started_at is not None and (ping.run is None or ping.run == standing.last_run)
    took = max(ping.at - standing.started_at, timedelta()) if mine and standing.started_at else None
    fails = standing.fails + 1 if ping.kind is PingKind.FAIL else 0
    late = watched and ping.at >= standing.expected_at + rhythm.grace
    after = replace(
        seen,
        counts_from=ping.at,
        expected_at=rhythm.due_after(ping.at, cron_after),
        last_end=ping.kind,
        fails=fails,
        started_at=None if mine else standing.started_at,
        duration=took,
    )
    return after, replace(ping, late=late, fails=fails, duration=took)


def set_back(
    standing: Standing, rhythm: Rhythm, cron_after: CronAfter, *, at: datetime, before: datetime
) -> Standing:
    """What is kept after the clock was set back to `at` from `before`, or later, as if it never had.

    What is late stays late; a period and a run go on where they were. A cron expression is of the clock: its
    next instant is that after `at`.
    """
    step = before - at
    late = standing.expected_at + rhythm.grace <= before
    due_at = standing.expected_at - step if late or rhythm.cron is None else standing.expected_at
    started_at = standing.started_at
    return replace(
        standing,
        counts_from=min(standing.counts_from - step, at),
        expected_at=min(due_at, rhythm.due_after(at, cron_after)),
        started_at=min(started_at - step, at) if started_at is not None else None,
    )


def state_of(standing: Standing, grace: timedelta, *, enabled: bool, at: datetime) -> CheckState:
    """How a check stands, as lists show it."""
    if not enabled:
        return CheckState.PAUSED
    if at >= standing.expected_at + grace or standing.last_end is PingKind.FAIL:
        return CheckState.DOWN
    if standing.started_at is not None and at >= standing.started_at + grace:
        return CheckState.DOWN
    if standing.last_end is None:
        return CheckState.NEW
    return CheckState.LATE if at >= standing.expected_at else CheckState.UP


def judgements(
    unseen: Iterable[PingFact],
    standing: Standing,
    rhythm: Rhythm,
    thresholds: Mapping[str, Threshold | None],
    *,
    at: datetime,
) -> dict[str, Judgement]:
    """What each rule sees: pings that no look has judged, in their order, and how the check stands now.

    What was late or ran long and ended before anybody looked is seen too, and then that it ended.
    """
    ends = [
        each
        for each in sorted(unseen, key=lambda each: each.id)
        if each.kind in {PingKind.SUCCESS, PingKind.FAIL}
    ]
    enough = _threshold(thresholds, Expectation.FAILED).count
    limit = _threshold(thresholds, Expectation.RUNNING_LONGER_THAN).time or rhythm.grace
    late_at = standing.expected_at + rhythm.grace
    long_at = standing.started_at + limit if standing.started_at is not None else None
    late = (each.late for each in ends)
    long = (each.duration >= limit for each in ends if each.duration is not None)
    return {
        Expectation.FAILED: Judgement(observations=tuple(_failed(each, enough) for each in ends)),
        Expectation.MISSED: _by(late_at, at, over=late),
        Expectation.RUNNING_LONGER_THAN: _by(long_at, at, over=long),
    }


def _threshold(thresholds: Mapping[str, Threshold | None], name: Expectation) -> Threshold:
    return thresholds.get(name) or Threshold()


def _failed(end: PingFact, enough: int) -> Observation:
    if end.kind is PingKind.SUCCESS:
        return Observation.FINE
    return Observation.VIOLATED if end.fails >= enough else Observation.BETWEEN


def _by(limit_at: datetime | None, at: datetime, *, over: Iterable[bool]) -> Judgement:
    """Violated by each end that came too late, fine by the end itself; and now from an instant on."""
    past = [
        each
        for violated in over
        for each in ([Observation.VIOLATED, Observation.FINE] if violated else [Observation.FINE])
    ]
    if limit_at is None or at < limit_at:
        return Judgement(observations=(*past, Observation.FINE), look_at=limit_at)
    return Judgement(observations=(*past, Observation.VIOLATED))


def rhythm_from(schedule: Mapping[str, Any], grace_s: int) -> Rhythm:
    """The rhythm of a check's row."""
    period = schedule.get("period_s")
    return Rhythm(
        period=timedelta(seconds=period) if period is not None else None,
        cron=schedule.get("cron"),
        zone=schedule.get("zone") or "UTC",
        grace=timedelta(seconds=grace_s),
    )
