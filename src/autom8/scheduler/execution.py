"""A run in a worker's hands: what it was claimed as, its child, and its output on the way to the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from autom8.kernel import defaults
from autom8.repositories.unit_of_work import Work
from autom8.scheduler.definition import TaskDefinition
from autom8.scheduler.ending import HeldRun
from autom8.scheduler.keeping import Batch, OutputKeeper
from autom8.scheduler.ports import Child, Launch


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerIdentity:
    """Which worker this is: `id` stays over restarts, `incarnation` is of this process."""

    id: int
    incarnation: str
    queues: tuple[str, ...] = (defaults.QUEUE,)


@dataclass(slots=True, kw_only=True)
class Execution:
    """A run in this worker's hands. `attempt` is the number that its start has or will have."""

    run_id: int
    task_id: int
    token: str
    attempt: int
    definition: TaskDefinition
    launch: Launch
    child: Child | None = None
    refused: str | None = None
    recorded: bool = False  # its start is committed; its gate is open
    cancel_reason: str | None = None
    keeper: OutputKeeper
    unwritten: list[Batch] = field(default_factory=list)

    @property
    def held(self) -> HeldRun:
        """What proves that this worker may write the run."""
        return HeldRun(run_id=self.run_id, token=self.token, attempt=self.attempt, begun=self.recorded)

    @property
    def over(self) -> bool:
        """Whether its command has ended, or could not be started: only that is left to be written."""
        return self.refused is not None or (self.child is not None and self.child.ending() is not None)


def take_output(execution: Execution, *, at: datetime) -> None:
    """Read what its command wrote since the last time; it is kept here until it is stored."""
    if execution.child is not None and (pieces := execution.child.take_output()):
        execution.unwritten.append(execution.keeper.batch(pieces, at=at))


def store_output(work: Work, execution: Execution) -> None:
    """Write what is unwritten; repeating it writes nothing more."""
    for batch in execution.unwritten:
        work.outputs.append(batch.rows)
        if batch.trim_below is not None:
            work.outputs.trim_tail(
                run_id=execution.run_id,
                attempt=execution.attempt,
                below=batch.trim_below,
                dropped=batch.dropped,
            )
