"""What becomes of the slots that are due: which are run, which are missed, which were skipped.

Pure, and the place of the ledger's promise: a plan accounts for each slot of its stretch exactly
once, so plans that follow one another leave nothing out and count nothing twice, wherever a crash
or a late wake-up cuts the time. It must not know the clock or the database; the firing writes what
is planned here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from autom8.kernel import defaults
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import CatchUp, Reason, RunState
from autom8.scheduler.schedules import Rule
from autom8.scheduler.slots import slots_due

PASS_SLOTS_MAX: Final = 10_000  # cron slots that one plan accounts for; a week of minutes
_LATENESS_MIN: Final = timedelta(seconds=1)
_LATENESS_MAX: Final = timedelta(days=3_660)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is still run after a delay."""

    catch_up: CatchUp = defaults.CATCH_UP
    lateness_max: timedelta = defaults.LATENESS_MAX

    def check(self) -> Policy:
        """This policy, if it can be meant.

        Raises:
            Invalid: it can't; `fields` names `lateness_max_s`.
        """
        if not _LATENESS_MIN <= self.lateness_max <= _LATENESS_MAX:
            message = "the greatest lateness is at least 1 second and at most 3660 days"
            raise Invalid(f"lateness_max_s: {message}", fields={"lateness_max_s": message})
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row for the ledger: a slot, or a range of neighbouring slots that share a fate.

    A range goes from `slot_at` through `slot_through`, both of them slots, and counts what lies
    between; a single slot has no `slot_through` and counts one. A slot that is QUEUED is always
    single and has no reason.
    """

    slot_at: datetime
    slot_through: datetime | None = None
    slot_count: int = 1
    state: RunState
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The fate of each slot up to `through`, in the order of the slots.

    The sum of `slot_count` over the entries is the number of slots since the last plan's `through`.
    `next_run` is the first slot after `through`; when it has passed already, the plan stopped early
    to bound its work, and another is due at once.
    """

    entries: tuple[Entry, ...]
    through: datetime
    next_run: datetime | None


def plan_due(rule: Rule, policy: Policy, *, through: datetime, now: datetime) -> Plan:
    """The fate of each slot in (through, now] of a task that is active.

    Later than `policy.lateness_max`: missed, too_late. Of the others, by `policy.catch_up`:

    - latest: the newest is queued, the others are missed, superseded;
    - all: the newest `defaults.CATCH_UP_RUNS_MAX` are queued; those before are missed, superseded
      too, for later slots of the same delay are run instead of them;
    - none: those not later than `defaults.ON_TIME` are queued, the others missed, no_catch_up.

    Missed neighbours with one reason are single rows up to `defaults.RANGE_OVER`, else one range.
    A clock that was set back (`now` before `through`) plans nothing and leaves `through` alone.
    """
    due = _due(rule, through, now)
    runs_from = _runs_from(due.seen, policy.catch_up, now)
    too_late = _index_of_lateness(due.seen, policy.lateness_max, now)
    missed = Reason.NO_CATCH_UP if policy.catch_up is CatchUp.NONE else Reason.SUPERSEDED
    planned = due.seen[: due.planned]
    entries = (
        *_missed_rows(planned[:too_late], Reason.TOO_LATE),
        *_missed_rows(planned[too_late:runs_from], missed),
        *(_row([slot], RunState.QUEUED) for slot in planned[max(too_late, runs_from) :]),
    )
    return Plan(entries=entries, through=due.through, next_run=due.next_run)


def plan_paused(rule: Rule, *, through: datetime, now: datetime) -> Plan:
    """The slots in (through, now] of a task that was paused all that time: skipped, as one row.

    Bounds its work and takes a clock that was set back as `plan_due` does.
    """
    due = _due(rule, through, now)
    planned = due.seen[: due.planned]
    entries = (_row(planned, RunState.SKIPPED, Reason.PAUSED),) if planned else ()
    return Plan(entries=entries, through=due.through, next_run=due.next_run)


@dataclass(frozen=True, slots=True)
class _Due:
    """Slots that are due: those `seen`, of which the first `planned` are planned now."""

    seen: Sequence[datetime]
    planned: int
    through: datetime
    next_run: datetime | None


def _due(rule: Rule, through: datetime, now: datetime) -> _Due:
    # The newest CATCH_UP_RUNS_MAX have a fate of their own. So a plan that stops early looks that
    # much further than it goes: then it knows of every slot it plans that it is not one of them.
    seen_max = PASS_SLOTS_MAX + defaults.CATCH_UP_RUNS_MAX
    until = max(through, now)
    seen, next_run = slots_due(rule, through, until, at_most=seen_max)
    if next_run is None or next_run > until:
        return _Due(seen, len(seen), until, next_run)
    return _Due(seen, PASS_SLOTS_MAX, seen[PASS_SLOTS_MAX - 1], seen[PASS_SLOTS_MAX])


def _runs_from(seen: Sequence[datetime], catch_up: CatchUp, now: datetime) -> int:
    """Where in `seen` begins what `catch_up` runs."""
    match catch_up:
        case CatchUp.LATEST:
            return max(0, len(seen) - 1)
        case CatchUp.ALL:
            return max(0, len(seen) - defaults.CATCH_UP_RUNS_MAX)
        case CatchUp.NONE:
            return _index_of_lateness(seen, defaults.ON_TIME, now)


def _index_of_lateness(seen: Sequence[datetime], lateness_max: timedelta, now: datetime) -> int:
    """Where in `seen` begins what is not later than `lateness_max`."""
    return bisect_left(seen, -lateness_max, key=lambda slot: slot - now)


def _missed_rows(slots: Sequence[datetime], reason: Reason) -> list[Entry]:
    if len(slots) > defaults.RANGE_OVER:
        return [_row(slots, RunState.MISSED, reason)]
    return [_row([slot], RunState.MISSED, reason) for slot in slots]


def _row(slots: Sequence[datetime], state: RunState, reason: Reason | None = None) -> Entry:
    return Entry(
        slot_at=slots[0],
        slot_through=slots[-1] if len(slots) > 1 else None,
        slot_count=len(slots),
        state=state,
        reason=reason,
    )
