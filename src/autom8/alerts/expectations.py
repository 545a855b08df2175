"""What a task's runs say of what is expected of it: each expectation's observations, and when to look again.

Pure. Runs that ended since the last look are read one by one in the order of their ends, so that a failure
between two looks is seen though the next run was fine. It must not know how long a thing must last before it
counts (that is `states`), who is told, nor where facts are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from autom8.alerts.states import Observation
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import CROWDED_OUT, LIVE_STATES, Reason, RunState

COUNT_MAX: Final = 100  # in a row, or skipped within a time
TIME_MIN: Final = timedelta(seconds=1)
TIME_MAX: Final = timedelta(days=366)
CODES_KNOWN_MIN: Final = 5  # before an exit code can be strange
CODES_KNOWN_MAX: Final = 20  # lately; what is older is forgotten


class Expectation(StrEnum):
    """What is expected of a task, by the name of its violation."""

    FAILED = "failed"  # so many runs in a row
    MISSED = "missed"  # a slot was not run
    LOST = "lost"  # nobody knows how a run ended, or the server's stop cut it off
    LATE_BY = "late_by"  # a run starts later than its slot by as much as this
    RUNNING_LONGER_THAN = "running_longer_than"  # than this; of a check that has no time: than its grace
    NO_SUCCESS_FOR = "no_success_for"  # no run ended well for as long as this
    EXIT_PATTERN_CHANGED = "exit_pattern_changed"  # an exit code that none of the runs before had
    TOO_MANY_SKIPPED = "too_many_skipped"  # so many slots within a time, because an earlier run went on


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Where an expectation is violated: `count` runs or slots, and `time` where it is about time."""

    count: int = 1
    time: timedelta | None = None

    def check(self, expectation: Expectation) -> Threshold:
        """This threshold, if it can be meant of `expectation`.

        Raises:
            Invalid: it can't; `fields` names `count` or `time`.
        """
        wrong: dict[str, str] = {}
        if not 1 <= self.count <= COUNT_MAX:
            wrong["count"] = f"must be from 1 to {COUNT_MAX}"
        elif self.count > 1 and expectation not in _COUNTED:
            wrong["count"] = "means nothing here"
        if (self.time is not None) != (expectation in _TIMED):
            wrong["time"] = "is needed" if self.time is None else "means nothing here"
        elif self.time is not None and not TIME_MIN <= self.time <= TIME_MAX:
            wrong["time"] = f"must be from a second to {TIME_MAX.days} days"
        if wrong:
            raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
        return self


_COUNTED: Final = frozenset({Expectation.FAILED, Expectation.TOO_MANY_SKIPPED})
_TIMED: Final = frozenset(
    {
        Expectation.LATE_BY,
        Expectation.RUNNING_LONGER_THAN,
        Expectation.NO_SUCCESS_FOR,
        Expectation.TOO_MANY_SKIPPED,
    }
)
# Of every task that says nothing else. Those that are not here ask for a number that only its owner knows.
DEFAULTS: Final = {
    Expectation.FAILED: Threshold(),
    Expectation.MISSED: Threshold(),
    Expectation.LOST: Threshold(),
    Expectation.LATE_BY: Threshold(time=timedelta(minutes=5)),
    Expectation.TOO_MANY_SKIPPED: Threshold(count=3, time=timedelta(hours=1)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFact:
    """One row of the ledger. `slots` is how many share its fate; `again` says that it was begun before."""

    id: int
    state: RunState
    reason: Reason | None = None
    slots: int = 1
    slot_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """What a look brings. `before` ended and were seen by an earlier look; `ended` were seen by none. Of the
    former the latest COUNT_MAX are enough, and what they are `lacking` by the thresholds.

    `active_since` is when the task began to be as it is: made, or resumed after a pause; None while it is
    paused. `next_run` is a slot that no run stands for yet.
    """

    before: Sequence[RunFact] = ()
    ended: Sequence[RunFact] = ()
    running: Sequence[RunFact] = ()  # claimed and queued ones with them
    next_run: datetime | None = None
    active_since: datetime | None = None
    succeeded_at: datetime | None = None  # the latest success ever, of what is in `before` or older


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a look saw, in its order: each is a step of the alert. Empty when nothing new can be said.

    `look_at` is when it may be otherwise though nothing happens; `run_id` is the latest run that violated.
    """

    observations: tuple[Observation, ...] = ()
    look_at: datetime | None = None
    run_id: int | None = None


def judge(expectation: Expectation, threshold: Threshold, facts: TaskFacts, *, at: datetime) -> Judgement:
    """What the facts say of an expectation at an instant.

    Each end is to be judged once: who keeps what was seen brings the same runs in `before` the next time.
    """
    seen: list[tuple[Observation, int | None]] = []
    before = sorted(facts.before, key=_order)
    for run in sorted(facts.ended, key=_order):
        observation = _OF_ENDS[expectation](threshold, before, run)
        if observation is not None:
            seen.append((observation, run.id))
        before.append(run)
    present, run_id, look_at = _OF_THE_PRESENT[expectation](threshold, before, facts, at)
    if present is not None:
        seen.append((present, run_id))
    violating = [run_id for observation, run_id in seen if observation is Observation.VIOLATED]
    return Judgement(
        observations=tuple(observation for observation, _ in seen),
        look_at=look_at,
        run_id=violating[-1] if violating else None,
    )


def lacking(
    facts: TaskFacts, thresholds: Mapping[Expectation, Threshold], *, newest: int, at: datetime
) -> list[tuple[RunState, datetime]]:
    """What these facts, of a task's `newest` runs, lack for thresholds: states, each with since when.

    Many slots that were skipped while one run went on, or runs that come quickly, leave of what is counted
    too little among them.
    """
    runs = sorted([*facts.before, *facts.ended, *facts.running], key=lambda run: run.id)[-newest:]
    if len(runs) < newest:
        return []  # there are no others
    reach = runs[0].ended_at or at  # what ended later is among them, unless it was begun before all of them
    wanted: list[tuple[RunState, datetime]] = []
    skipped = thresholds.get(Expectation.TOO_MANY_SKIPPED)
    if skipped is not None and at - _time(skipped) < reach:
        wanted.append((RunState.SKIPPED, at - _time(skipped)))
    ends = [run for run in facts.ended if _went(run) in _BY_ITSELF]
    if sum(_went(run) in _BY_ITSELF for run in runs) < _counted(thresholds) and ends:
        wanted += [(state, _EVER) for state in _ENDS_BY_ITSELF]
    began = min((run.started_at for run in ends if run.started_at is not None), default=reach)
    if began < reach and thresholds.keys() & {Expectation.MISSED, Expectation.LOST}:
        wanted += [(state, began) for state in _AMISS]
    return wanted


def _counted(thresholds: Mapping[Expectation, Threshold]) -> int:
    """How many ends in a row are looked at, one that is new with them."""
    failed = thresholds.get(Expectation.FAILED)
    codes = CODES_KNOWN_MAX + 1 if Expectation.EXIT_PATTERN_CHANGED in thresholds else 0
    return max(failed.count if failed is not None else 0, codes)


class _Went(StrEnum):
    """How a run went, as far as expectations ask. What somebody wanted so is none of these."""

    WELL = "well"
    BADLY = "badly"
    LOST = "lost"
    MISSED = "missed"
    SKIPPED = "skipped"


_WENT: Final = {
    RunState.SUCCEEDED: _Went.WELL,
    RunState.FAILED: _Went.BADLY,
    RunState.TIMED_OUT: _Went.BADLY,
    RunState.LOST: _Went.LOST,
    RunState.MISSED: _Went.MISSED,
}


_BY_ITSELF: Final = frozenset({_Went.WELL, _Went.BADLY})
_ENDS_BY_ITSELF: Final = (RunState.SUCCEEDED, RunState.FAILED, RunState.TIMED_OUT)
_AMISS: Final = (RunState.MISSED, RunState.LOST, RunState.CANCELLED)
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _went(run: RunFact) -> _Went | None:
    if run.state is RunState.CANCELLED and run.reason is Reason.SHUTDOWN:
        return _Went.LOST
    if run.state is RunState.SKIPPED:
        return _Went.SKIPPED if run.reason in CROWDED_OUT else None
    return _WENT.get(run.state)


def _order(run: RunFact) -> tuple[datetime, int]:
    assert run.ended_at is not None
    return run.ended_at, run.id


_End: TypeAlias = Callable[[Threshold, Sequence[RunFact], RunFact], Observation | None]
_Seen: TypeAlias = tuple[Observation | None, int | None, datetime | None]
_Present: TypeAlias = Callable[[Threshold, Sequence[RunFact], TaskFacts, datetime], _Seen]


def _failed(threshold: Threshold, before: Sequence[RunFact], run: RunFact) -> Observation | None:
    went = [each for each in map(_went, [*before, run]) if each in _BY_ITSELF]
    match _went(run):
        case _Went.WELL:
            return Observation.FINE
        case _Went.BADLY:
            enough = len(went) >= threshold.count and _Went.WELL not in went[-threshold.count :]
            return Observation.VIOLATED if enough else Observation.BETWEEN
    return None


def _missed(_: Threshold, before: Sequence[RunFact], run: RunFact) -> Observation | None:
    return _until_a_later_one(_Went.MISSED, before, run)


def _lost(_: Threshold, before: Sequence[RunFact], run: RunFact) -> Observation | None:
    return _until_a_later_one(_Went.LOST, before, run)


def _until_a_later_one(amiss: _Went, before: Sequence[RunFact], run: RunFact) -> Observation | None:
    """Violated by a run that went so, until one that began after it has come to its end by itself."""
    if _went(run) is amiss:
        return Observation.VIOLATED
    began = run.started_at
    if began is None or _went(run) not in _BY_ITSELF:
        return None
    ends = [each.ended_at for each in before if _went(each) is amiss and each.ended_at is not None]
    return Observation.FINE if all(end <= began for end in ends) else None


def _late(threshold: Threshold, _: Sequence[RunFact], run: RunFact) -> Observation | None:
    if run.slot_at is None or run.started_at is None:
        return None
    late = run.started_at - run.slot_at >= _time(threshold)
    return Observation.VIOLATED if late else Observation.FINE


def _ran_long(threshold: Threshold, _: Sequence[RunFact], run: RunFact) -> Observation | None:
    if run.started_at is None or run.ended_at is None:
        return None
    long = run.ended_at - run.started_at >= _time(threshold)
    return Observation.VIOLATED if long else Observation.FINE


def _strange_exit(_: Threshold, before: Sequence[RunFact], run: RunFact) -> Observation | None:
    known = [each.exit_code for each in before if each.exit_code is not None][-CODES_KNOWN_MAX:]
    if run.exit_code is None or len(known) < CODES_KNOWN_MIN:
        return None
    return Observation.FINE if run.exit_code in known else Observation.VIOLATED


def _nothing(_: Threshold, __: Sequence[RunFact], ___: RunFact) -> None:
    """Ends alone say nothing of this."""


def _no_word(_: Threshold, __: Sequence[RunFact], ___: TaskFacts, ____: datetime) -> _Seen:
    """Nothing of this changes without an end."""
    return None, None, None


def _late_now(threshold: Threshold, _: Sequence[RunFact], facts: TaskFacts, at: datetime) -> _Seen:
    """Late is what has not begun in time, a slot that nobody has fired with it, and what began too late."""
    limit = _time(threshold)
    slots = [(each, each.slot_at) for each in facts.running if each.slot_at is not None]
    begun = [(each.started_at - slot_at, each.id) for each, slot_at in slots if each.started_at is not None]
    waiting = [(slot_at, each.id) for each, slot_at in slots if each.started_at is None and not each.again]
    due: list[tuple[datetime, int | None]] = [*waiting]
    if facts.next_run is not None and facts.active_since is not None:
        due.append((facts.next_run, None))
    late = [id_ for slot_at, id_ in due if slot_at + limit <= at]
    late += [id_ for lateness, id_ in begun if lateness >= limit]
    look_at = _next(at, (slot_at + limit for slot_at, _ in due))
    if late:
        return Observation.VIOLATED, late[-1], look_at
    return (Observation.FINE if begun else None), None, look_at


def _long_now(threshold: Threshold, _: Sequence[RunFact], facts: TaskFacts, at: datetime) -> _Seen:
    limit = _time(threshold)
    began = [
        (each.started_at + limit, each.id)
        for each in facts.running
        if each.started_at is not None and each.state in LIVE_STATES
    ]
    long = [id_ for over_at, id_ in began if over_at <= at]
    look_at = _next(at, (over_at for over_at, _ in began))
    return (Observation.VIOLATED if long else Observation.FINE), long[-1] if long else None, look_at


def _unsuccessful(threshold: Threshold, before: Sequence[RunFact], facts: TaskFacts, at: datetime) -> _Seen:
    if facts.active_since is None:
        return Observation.FINE, None, None
    ends = [each.ended_at for each in before if _went(each) is _Went.WELL and each.ended_at is not None]
    successes = [each for each in ends if each <= at]  # one that is later was before the clock stepped back
    since = max([facts.active_since, *successes, *([facts.succeeded_at] if facts.succeeded_at else [])])
    over_at = since + _time(threshold)
    if at < over_at:
        return Observation.FINE, None, over_at
    return Observation.VIOLATED, None, None


def _skipped(threshold: Threshold, before: Sequence[RunFact], _: TaskFacts, at: datetime) -> _Seen:
    """Fine again below half, lest it comes and goes with each slot."""
    window = _time(threshold)
    lately = [
        (each.ended_at + window, each)
        for each in before
        if _went(each) is _Went.SKIPPED and each.ended_at is not None and each.ended_at + window > at
    ]
    slots = sum(each.slots for _, each in lately)
    look_at = _next(at, (over_at for over_at, _ in lately))
    if slots >= threshold.count:
        return Observation.VIOLATED, lately[-1][1].id, look_at
    return (Observation.BETWEEN if 2 * slots >= threshold.count else Observation.FINE), None, look_at


def _time(threshold: Threshold) -> timedelta:
    assert threshold.time is not None  # checked when it was given
    return threshold.time


def _next(at: datetime, instants: Iterable[datetime]) -> datetime | None:
    return min((each for each in instants if each > at), default=None)


_OF_ENDS: Final[dict[Expectation, _End]] = {
    Expectation.FAILED: _failed,
    Expectation.MISSED: _missed,
    Expectation.LOST: _lost,
    Expectation.LATE_BY: _late,
    Expectation.RUNNING_LONGER_THAN: _ran_long,
    Expectation.NO_SUCCESS_FOR: _nothing,
    Expectation.EXIT_PATTERN_CHANGED: _strange_exit,
    Expectation.TOO_MANY_SKIPPED: _nothing,
}
_OF_THE_PRESENT: Final[dict[Expectation, _Present]] = {
    Expectation.FAILED: _no_word,
    Expectation.MISSED: _no_word,
    Expectation.LOST: _no_word,
    Expectation.LATE_BY: _late_now,
    Expectation.RUNNING_LONGER_THAN: _long_now,
    Expectation.NO_SUCCESS_FOR: _unsuccessful,
    Expectation.EXIT_PATTERN_CHANGED: _no_word,
    Expectation.TOO_MANY_SKIPPED: _skipped,
}
# Seen once, when it happens, and not again at each look: each is something new.
HAPPENINGS: Final = frozenset(each for each, present in _OF_THE_PRESENT.items() if present is _no_word)
