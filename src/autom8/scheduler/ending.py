"""The one place where a held run's next state is written: its row, its attempt, its task's status, the event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autom8.kernel.events import RunEnded, RunsQueued
from autom8.kernel.vocabulary import Reason, RunState
from autom8.repositories.unit_of_work import Work
from autom8.scheduler.outcomes import Outcome
from autom8.scheduler.ports import Ending
from autom8.scheduler.views import seconds_between


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRun:
    """What a writer must show to end a run: which attempt of it, and its fence. `attempt` 0: none has begun."""

    run_id: int
    token: str
    attempt: int


def end_attempt(
    work: Work, held: HeldRun, outcome: Outcome, *, ending: Ending | None = None, kept_bytes: int = 0
) -> bool:
    """Write how an attempt ended; False when the fence is stale and nothing was written.

    Repeating it after a commit whose outcome is unknown writes nothing more, and is True.
    """
    now = work.now()
    again = outcome.retry_after is not None
    values = _measures(ending, kept_bytes) | (
        {
            "state": RunState.QUEUED,
            "reason": Reason.RETRY if held.attempt else None,
            "detail": None,
            "not_before": now + outcome.retry_after if outcome.retry_after else None,
            "worker_id": None,
            "lease_token": None,
            "lease_until": None,
        }
        if again
        else {"state": outcome.state, "reason": outcome.reason, "detail": outcome.detail, "ended_at": now}
    )
    row = work.leases.finish(run_id=held.run_id, token=held.token, values=values)
    if row is None:
        return work.leases.ended_by(held.run_id, held.token)
    if held.attempt:
        _end_attempt_row(work, held, outcome, ending)
    if again:
        work.record(RunsQueued(run_ids=[held.run_id]))
    else:
        _announce(work, held, outcome, row)
    return True


def _measures(ending: Ending | None, kept_bytes: int) -> dict[str, Any]:
    if ending is None:
        return {}
    return {
        "exit_code": ending.exit_code,
        "signal": ending.signal,
        "cpu_s": ending.cpu_s,
        "memory_bytes_max": ending.memory_bytes_max,
        "output_bytes": ending.output_bytes,
        "output_kept_bytes": kept_bytes,
    }


def _end_attempt_row(work: Work, held: HeldRun, outcome: Outcome, ending: Ending | None) -> None:
    values: Mapping[str, Any] = {
        **_measures(ending, 0),
        "state": outcome.state,
        "reason": outcome.reason,
        "detail": outcome.detail,
        "ended_at": work.now(),
    }
    kept = {name: value for name, value in values.items() if name != "output_kept_bytes"}
    work.leases.finish_attempt(run_id=held.run_id, attempt=held.attempt, token=held.token, values=kept)


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
