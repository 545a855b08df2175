"""The one place where a held run's next state is written: its row, attempt, task's status, and event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from autom8.kernel.events import RunEnded, RunsQueued
from autom8.kernel.vocabulary import Reason, RunState
from autom8.repositories.unit_of_work import Work
from autom8.scheduler.outcomes import Outcome
from autom8.scheduler.ports import Ending
from autom8.scheduler.views import seconds_between


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRun:
    """What a writer must show to end a run: which attempt of it, and its fence.

    `begun` says that the attempt's command may have done something. One that has not begun may still stand
    in the ledger, when the commit that recorded it was of unknown outcome.
    """

    run_id: int
    token: str
    attempt: int
    begun: bool


def end_attempt(
    work: Work, held: HeldRun, outcome: Outcome, *, ending: Ending | None = None, kept_bytes: int = 0
) -> bool:
    """Write how an attempt ended; False when the fence is stale and nothing was written.

    Repeating it after a commit whose outcome is unknown writes nothing more, and is True.
    """
    now = work.now()
    outcome = _unless_cancelled(work, held, outcome)
    again = outcome.retry_after is not None
    values = (
        _measures(ending)
        | _output_so_far(ending, kept_bytes)
        | (
            {
                "state": RunState.QUEUED,
                "reason": Reason.RETRY if held.begun else None,
                "detail": None,
                "not_before": now + outcome.retry_after if outcome.retry_after else None,
                "worker_id": None,
                "lease_token": None,
                "lease_until": None,
            }
            if again
            else {"state": outcome.state, "reason": outcome.reason, "detail": outcome.detail, "ended_at": now}
        )
    )
    row = work.leases.finish(run_id=held.run_id, token=held.token, values=values)
    if row is None:
        return work.leases.ended_by(held.run_id, held.token)
    _end_attempt_row(work, held, outcome, ending)
    if again:
        work.record(RunsQueued(run_ids=[held.run_id]))
    else:
        _announce(work, held, outcome, row)
    return True


def _unless_cancelled(work: Work, held: HeldRun, outcome: Outcome) -> Outcome:
    """What shall be tried again is not, when somebody asked meanwhile for the run to end."""
    if outcome.retry_after is None or (wanted := work.leases.cancel_reason(held.run_id)) is None:
        return outcome
    if not held.begun:
        return Outcome(state=RunState.CANCELLED, reason=Reason(wanted))
    return replace(outcome, retry_after=None)


def _measures(ending: Ending | None) -> dict[str, Any]:
    if ending is None:
        return {}
    return {
        "exit_code": ending.exit_code,
        "signal": ending.signal,
        "cpu_s": ending.cpu_s,
        "memory_bytes_max": ending.memory_bytes_max,
    }


def _output_so_far(ending: Ending | None, kept_bytes: int) -> dict[str, Any]:
    """What this attempt adds: a run's output is that of all its attempts; retention counts on it."""
    written = ending.output_bytes if ending is not None else kept_bytes
    return {
        "output_bytes": written,
        "output_kept_bytes": kept_bytes,
    }


def _end_attempt_row(work: Work, held: HeldRun, outcome: Outcome, ending: Ending | None) -> None:
    values: dict[str, Any] = {
        **_measures(ending),
        "state": outcome.state,
        "reason": outcome.reason,
        "detail": outcome.detail,
        "ended_at": work.now(),
    }
    if ending is not None:
        values["output_bytes"] = ending.output_bytes
    work.leases.finish_attempt(run_id=held.run_id, attempt=held.attempt, token=held.token, values=values)


def _announce(work: Work, held: HeldRun, outcome: Outcome, row: Any) -> None:
    now = work.now()
    work.leases.note_status(
        {
            "task_id": row.task_id,
            "run_id": held.run_id,
            "state": outcome.state,
            "reason": outcome.reason,
            "started_at": row.started_at,
            "ended_at": now,
        },
    )
    work.record(
        RunEnded(
            run_id=held.run_id,
            task_id=row.task_id,
            state=outcome.state,
            lateness_s=seconds_between(row.slot_at, row.started_at),
            duration_s=seconds_between(row.started_at, now),
        ),
    )
