"""What callers may ask about runs: read them and their output, start one by hand, cancel one."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Conflict, Invalid
from autom8.kernel.events import RunCancelRequested, RunEnded, RunRequested, RunsQueued
from autom8.kernel.vocabulary import Reason, RunState
from autom8.repositories.query import Page, Paged
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.scheduler.definition import from_json, storable
from autom8.scheduler.firing import new_run
from autom8.scheduler.views import OutputPage, OutputView, RunView, run_view

OUTPUT_PAGE_BYTES_MAX: Final = 1024 * 1024
OUTPUT_PIECES_MAX: Final = 500
PARAMETERS_MAX: Final = 100
PARAMETER_BYTES_MAX: Final = 32_768
_PARAMETER_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


class RunEndedAlready(Conflict):
    """The run has ended, so it can't be cancelled."""

    code = "run_ended"

    def __init__(self, run_id: int, state: str) -> None:
        super().__init__(f"Run {run_id} has ended already: {state}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunService:
    """Runs, for everybody who asks."""

    begin: BeginWork
    read: BeginWork

    def list_(self, page: Page, *, actor: Actor) -> Paged[RunView]:
        """Runs, newest first, or as the page says.

        Raises:
            Invalid: the page's order, filter or cursor is not of this list.
        """
        with self.read(actor) as work:
            paged = work.runs.page(page)
            return Paged([run_view(row) for row in paged.items], paged.next)

    def get(self, run_id: int, *, actor: Actor) -> RunView:
        """One run with its attempts.

        Raises:
            RunNotFound: no run has this id.
        """
        with self.read(actor) as work:
            return run_view(work.runs.get(run_id), work.runs.attempts(run_id))

    def start(self, task_id: int, *, parameters: Mapping[str, str], actor: Actor) -> RunView:
        """Queue a run of a task now, paused or not; its concurrency policy holds as for any run.

        Raises:
            TaskNotFound: no task has this id.
            Invalid: a parameter's name or value can't be passed on.
        """
        _check_parameters(parameters)
        with self.begin(actor) as work:
            task = work.tasks.lock(task_id)  # or its removal, meanwhile, would leave the run behind
            row = new_run(from_json(task.definition), task_id=task_id, revision=task.revision, now=work.now())
            run_id = work.runs.add(
                row | {"parameters": dict(parameters) or None, "requested_by": _name_of(actor)}
            )
            details = {
                "task": task.name,
                "parameters": sorted(parameters),
            }  # names only: values may be secret
            work.record(
                RunRequested(
                    action="run.started",
                    object_type="run",
                    object_id=str(run_id),
                    details=details,
                    run_id=run_id,
                ),
            )
            work.record(RunsQueued(run_ids=[run_id]))
            work.commit()
            return run_view(work.runs.get(run_id))

    def cancel(self, run_id: int, *, actor: Actor) -> RunView:
        """End a run: at once while it waits, else its command is asked to end. Asking twice is the same.

        Raises:
            RunNotFound: no run has this id.
            RunEndedAlready: it has ended in another way.
        """
        with self.begin(actor) as work:
            run = work.runs.lock(run_id)
            state = RunState(run.state)
            if state.final and state is not RunState.CANCELLED:
                raise RunEndedAlready(run_id, state)
            if not state.final and run.cancel_requested_at is None:
                run.cancel_requested_at, run.cancel_reason = work.now(), Reason.BY_PERSON
                if state is RunState.QUEUED:
                    self._end_waiting(work, run)
                details = {"task": run.task_name, "state": state}
                work.record(
                    RunCancelRequested(
                        action="run.cancelled",
                        object_type="run",
                        object_id=str(run_id),
                        details=details,
                        run_id=run_id,
                    ),
                )
                work.commit()
            return run_view(work.runs.get(run_id), work.runs.attempts(run_id))

    def output(
        self, run_id: int, *, after: str | None, actor: Actor, limit: int = OUTPUT_PIECES_MAX
    ) -> OutputPage:
        """Output after an opaque cursor, over all attempts; at most 1 MiB of it, and `limit` pieces.

        Raises:
            RunNotFound: no run has this id.
            Invalid: the cursor is not of this run.
        """
        attempt, seq = _decode(after, run_id)
        with self.read(actor) as work:
            run = work.runs.get(run_id)  # before its output: what is written in between is then not the end
            wanted = max(1, min(limit, OUTPUT_PIECES_MAX))
            rows = _within_a_page(work.outputs.after(run_id, attempt=attempt, seq=seq, limit=wanted))
            if rows:
                attempt, seq = rows[-1].attempt, rows[-1].seq
            more = bool(work.outputs.after(run_id, attempt=attempt, seq=seq, limit=1))
            items = [
                OutputView(
                    attempt=row.attempt,
                    stream=row.stream,
                    at=row.at,
                    text=row.chunk.decode("utf-8", errors="replace"),
                    dropped_before=row.dropped_before,
                )
                for row in rows
            ]
            complete = RunState(run.state).final and not more
            return OutputPage(items=items, next=_encode(run_id, attempt, seq), complete=complete)

    def _end_waiting(self, work: Work, run: Any) -> None:
        run.state, run.reason, run.ended_at = RunState.CANCELLED, Reason.BY_PERSON, work.now()
        if run.started_at is not None:  # it waited for its retry
            work.leases.note_status(
                {
                    "task_id": run.task_id,
                    "run_id": run.id,
                    "state": run.state,
                    "reason": run.reason,
                    "started_at": run.started_at,
                    "ended_at": run.ended_at,
                },
            )
        ended = RunEnded(
            run_id=run.id, task_id=run.task_id, state=run.state, lateness_s=None, duration_s=None
        )
        work.record(ended)


def _name_of(actor: Actor) -> str:
    return actor.name or actor.kind


def _check_parameters(parameters: Mapping[str, str]) -> None:
    wrong = {
        f"parameters.{name}": "a name has letters, digits and _, a value no NUL and at most 32 KiB"
        for name, value in parameters.items()
        if not _PARAMETER_NAME.fullmatch(name)
        or not storable(value)
        or len(value.encode(errors="replace")) > PARAMETER_BYTES_MAX
    }
    if len(parameters) > PARAMETERS_MAX:
        wrong["parameters"] = f"at most {PARAMETERS_MAX} parameters"
    if len({name.upper() for name in parameters}) != len(parameters):
        wrong["parameters"] = "two names differ only in case"
    if wrong:
        raise Invalid("; ".join(wrong.values()), fields=wrong)


def _within_a_page(rows: Sequence[Any]) -> Sequence[Any]:
    size = 0
    for index, row in enumerate(rows):
        size += len(row.chunk)
        if size > OUTPUT_PAGE_BYTES_MAX and index:
            return rows[:index]
    return rows


def _encode(run_id: int, attempt: int, seq: int) -> str:
    return base64.urlsafe_b64encode(f"{run_id}.{attempt}.{seq}".encode()).decode().rstrip("=")


def _decode(cursor: str | None, run_id: int) -> tuple[int, int]:
    if not cursor:
        return 0, -1
    try:
        run, attempt, seq = (
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").split(".")
        )
        if int(run) != run_id or not 0 <= int(attempt) < 2**31 or not -1 <= int(seq) < 2**31:
            raise ValueError(cursor)
        return int(attempt), int(seq)
    except ValueError as error:
        raise Invalid(
            "The cursor is not of this run.", fields={"after": "is not a cursor of this run"}
        ) from error
