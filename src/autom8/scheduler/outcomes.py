"""What the end of an attempt means for its run: ended, or tried again after a wait.

Pure. The worker, the reconciler and a restarted worker all ask here, so that one end has one meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from autom8.kernel.vocabulary import Delivery, Reason, RunState
from autom8.scheduler.definition import TaskDefinition
from autom8.scheduler.ports import Chance, Ending, StopReason

LOST_STARTS_MAX: Final = 20  # at_least_once: a command that takes its worker down is not started for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt went. `retry_after` says that the run is queued again; None that it has ended so."""

    state: RunState
    reason: Reason | None = None
    detail: str | None = None
    retry_after: timedelta | None = None


def of_ending(
    ending: Ending, *, definition: TaskDefinition, attempt: int, cancel_reason: str | None, chance: Chance
) -> Outcome:
    """The outcome of a command that ended, by itself or because it was told to."""
    match ending.stopped:
        case StopReason.CANCEL:
            return Outcome(state=RunState.CANCELLED, reason=Reason(cancel_reason or Reason.BY_PERSON))
        case StopReason.SHUTDOWN if definition.delivery is Delivery.AT_LEAST_ONCE:
            return Outcome(state=RunState.CANCELLED, reason=Reason.SHUTDOWN, retry_after=timedelta())
        case StopReason.SHUTDOWN:
            return Outcome(state=RunState.CANCELLED, reason=Reason.SHUTDOWN)
        case StopReason.TIMEOUT:
            state, reason = RunState.TIMED_OUT, Reason.TIMEOUT
        case None if ending.exit_code == 0:
            return Outcome(state=RunState.SUCCEEDED)
        case None:
            state = RunState.FAILED
            reason = Reason.EXIT_CODE if ending.signal is None else Reason.SIGNAL
    wait = retry_wait(definition, attempt=attempt, chance=chance)
    return Outcome(state=state, reason=reason, retry_after=wait)


def of_refusal(detail: str, *, definition: TaskDefinition, attempt: int, chance: Chance) -> Outcome:
    """The outcome of a command that could not be started."""
    wait = retry_wait(definition, attempt=attempt, chance=chance)
    return Outcome(state=RunState.FAILED, reason=Reason.NOT_STARTED, detail=detail, retry_after=wait)


def of_loss(
    reason: Reason, *, started: bool, delivery: Delivery, attempt: int, cancel_reason: str | None
) -> Outcome:
    """The outcome of a run whose worker is gone.

    A command begins only after its start is recorded, so a run that was merely claimed is whole: it is
    queued again and nothing is lost.
    """
    if cancel_reason is not None and not started:
        return Outcome(state=RunState.CANCELLED, reason=Reason(cancel_reason))
    if not started:
        return Outcome(state=RunState.LOST, reason=reason, retry_after=timedelta())
    again = delivery is Delivery.AT_LEAST_ONCE and cancel_reason is None and attempt < LOST_STARTS_MAX
    detail = f"The worker of attempt {attempt} was gone before it ended; what the command did is not known."
    return Outcome(
        state=RunState.LOST, reason=reason, detail=detail, retry_after=timedelta() if again else None
    )


def retry_wait(definition: TaskDefinition, *, attempt: int, chance: Chance) -> timedelta | None:
    """How long to wait after failed attempt number `attempt` (from 1); None when no retry is left.

    Doubles from `retry_first` up to `retry_longest`, and strays by `retry_jitter` to either side.
    """
    if attempt > definition.retries_max:
        return None
    longest = definition.retry_longest
    doublings = min(attempt - 1, 40)  # far past any `retry_longest`, and no overflow
    wait_s = min(definition.retry_first.total_seconds() * 2**doublings, longest.total_seconds())
    jitter = 1 + definition.retry_jitter * (2 * chance.random() - 1)
    return timedelta(seconds=wait_s * jitter)
