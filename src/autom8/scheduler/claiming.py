"""Claims: a worker takes ready runs, as many as their tasks' concurrency policies let it.

What a claim of unknown outcome did is asked before the next one: each has a token of its own, so a run
that was claimed and not told of is found again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from autom8.kernel import defaults
from autom8.kernel.events import RunsSettled
from autom8.kernel.vocabulary import Concurrency, Reason, RunState
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.scheduler.admission import Admission, Candidate, InProgress, admit
from autom8.scheduler.definition import TaskDefinition, from_json
from autom8.scheduler.execution import Execution, WorkerIdentity
from autom8.scheduler.keeping import OutputKeeper
from autom8.scheduler.launching import launch_of

WINDOW_PER_SLOT: Final = 4  # candidates read for each free slot: some are skipped or wait


@dataclass(slots=True, kw_only=True)
class Claims:
    """Claims runs for one worker; used by one thread."""

    identity: WorkerIdentity
    begin: BeginWork
    read: BeginWork
    new_token: Callable[[], str]
    _doubtful: str | None = None  # the token of a claim whose outcome is unknown

    def take(self, room: int) -> tuple[list[Execution], bool]:
        """Up to `room` runs that may begin, now held by this worker; and whether to ask again at once.

        What an earlier claim took without being told comes first and alone.

        Raises:
            Unavailable: the database is gone; the next call finds out what was done.
        """
        if found := self._settle_doubt():
            return found, True
        if not self._any_ready():
            return [], False
        token = self._doubtful = self.new_token()
        with self.begin() as work:
            admission = self._admit(work, room)
            rows = self._write(work, admission, token)
            executions = _executions(work, rows, token)
            if admission.any:
                work.commit()
        self._doubtful = None
        # There may be more: what was decided on made room in the window, or live ones are to end at once.
        return executions, admission.any and (len(rows) < room or bool(admission.cancel))

    def _settle_doubt(self) -> list[Execution]:
        if self._doubtful is None:
            return []
        with self.read() as work:
            executions = _executions(work, work.leases.held_under(self._doubtful), self._doubtful)
        self._doubtful = None
        return executions

    def _any_ready(self) -> bool:
        with self.read() as work:
            return bool(work.leases.ready(work.now(), queues=self.identity.queues, limit=1))

    def _admit(self, work: Work, room: int) -> Admission:
        ready = work.leases.ready(work.now(), queues=self.identity.queues, limit=room * WINDOW_PER_SLOT)
        if not ready:
            return Admission()
        # Before counting: without this lock, 8 ran where 3 were allowed.
        tasks = work.leases.lock_tasks({row.task_id for row in ready})
        runs = work.leases.lock_runs({row.id for row in ready if row.task_id in tasks}, now=work.now())
        candidates = [
            Candidate(
                run_id=row.id,
                task_id=row.task_id,
                attempt=row.attempt,
                concurrency=Concurrency(row.concurrency),
                concurrency_max=row.concurrency_max,
            )
            for row in ready
            if row.id in runs
        ]
        in_progress: dict[int, InProgress] = {}
        for row in work.leases.in_progress(tasks):
            present = in_progress.setdefault(row.task_id, InProgress())
            (present.retrying if row.state == RunState.QUEUED else present.live).add(row.id)
        return admit(candidates, in_progress, room=room)

    def _write(self, work: Work, admission: Admission, token: str) -> Sequence[Any]:
        now = work.now()
        skipped = work.leases.skip(admission.overlap, reason=Reason.OVERLAP, at=now)
        skipped += work.leases.skip(admission.replaced, reason=Reason.REPLACED, at=now)
        if skipped:
            work.record(RunsSettled(ends=skipped))
        if admission.cancel:
            work.leases.ask_cancel(admission.cancel, reason=Reason.REPLACED, at=now)
        if not admission.claim:
            return []
        return work.leases.claim(
            admission.claim, worker_id=self.identity.id, token=token, until=now + defaults.LEASE
        )


def _executions(work: Work, rows: Sequence[Any], token: str) -> list[Execution]:
    """What a worker needs to start these claimed runs, oldest first."""
    wanted = {(row.task_id, row.task_revision) for row in rows}
    data = work.ledger.definitions(wanted)
    return [
        _execution(row, from_json(data[row.task_id, row.task_revision]), token)
        for row in sorted(rows, key=lambda each: each.id)
    ]


def _execution(row: Any, definition: TaskDefinition, token: str) -> Execution:
    launch = launch_of(row, definition)
    return Execution(
        run_id=row.id,
        task_id=row.task_id,
        token=token,
        attempt=launch.attempt,
        definition=definition,
        launch=launch,
        keeper=OutputKeeper(run_id=row.id, attempt=launch.attempt, tail_bytes_max=launch.output_tail_bytes),
    )
