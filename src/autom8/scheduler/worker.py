"""A worker: claims runs, starts their commands, keeps their leases and output, and writes how they ended.

It is stepped, never waits, and knows time, chance and processes only through ports, so that the
simulation can drive many of them in one thread. `dispatch/embedded.py` drives it by threads. Every write
names the lease's token; what a write of unknown outcome did is asked before anything else is done.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from autom8.kernel import defaults
from autom8.kernel.clock import Clock
from autom8.kernel.errors import Unavailable
from autom8.kernel.ids import new_lease_token
from autom8.kernel.vocabulary import Reason, RunState
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.scheduler.claiming import Claims
from autom8.scheduler.ending import end_attempt
from autom8.scheduler.execution import Execution, WorkerIdentity, store_output, take_output
from autom8.scheduler.outcomes import Outcome, of_ending, of_refusal
from autom8.scheduler.ports import CannotStart, Chance, Processes, StopReason

log = logging.getLogger(__name__)

OUTPUT_EVERY_S: Final = 0.25
POLL_EVERY_S: Final = 1.0
START_S_MAX: Final = (defaults.LEASE - defaults.HEARTBEAT).total_seconds() / 2


@dataclass(slots=True, kw_only=True)
class Worker:
    """Runs commands for one incarnation. `step` and `heartbeat` may be called from two threads."""

    identity: WorkerIdentity
    slots: int
    begin: BeginWork
    read: BeginWork
    processes: Processes
    clock: Clock
    chance: Chance
    new_token: Callable[[], str] = new_lease_token
    accepting: bool = True
    _executions: dict[int, Execution] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _claims: Claims = field(init=False)
    _output_at: float = 0.0
    _polled_at: float = float("-inf")
    _rung: bool = True
    _abandoned: bool = False

    def __post_init__(self) -> None:
        self._claims = Claims(
            identity=self.identity, begin=self.begin, read=self.read, new_token=self.new_token
        )

    def ring(self) -> None:
        """Say that a run may be waiting, or that a cancel was asked for."""
        self._rung = True

    @property
    def busy(self) -> int:
        """How many runs are in this worker's hands."""
        return len(self._executions)

    def step(self) -> float:
        """Do all that can be done now; returns how many seconds the next step may wait at most.

        Raises:
            Unavailable: the database is gone; nothing is forgotten, and the next step goes on from here.
        """
        self._finish_ended()
        self._write_output()
        now = self.clock.monotonic()
        if self._rung or now - self._polled_at >= POLL_EVERY_S:
            self._rung = False  # before looking: what rings meanwhile is heard the next time
            try:
                self._obey_cancels()
                self._claim()
            except Unavailable:
                self._rung = True
                raise
            self._polled_at = now
        self._start_claimed()
        return OUTPUT_EVERY_S if self._executions else POLL_EVERY_S

    def heartbeat(self) -> None:
        """Renew the leases of all held runs, and end the commands of those that were taken away.

        Raises:
            Unavailable: the database is gone; the leases run on.
        """
        held = {each.run_id: each.token for each in self._held()}
        if not held:
            return
        with self.begin() as work:
            still = work.leases.heartbeat(held, until=work.now() + defaults.LEASE)
            work.commit()
        for run_id in held.keys() - still.keys():
            self._let_go(run_id, held[run_id])

    def stop_all(self, reason: StopReason) -> None:
        """Ask every command to end; those not begun yet are given back."""
        self.accepting = False
        for each in self._held():
            if each.child is not None:
                each.child.stop(reason)

    def kill_all(self) -> None:
        """KILL every command soon, and write no end from here on; `commanding` says when they are gone."""
        self._abandoned = True  # before the first KILL: it must not be taken for a command's own end
        for each in self._held():
            if each.child is not None:
                each.child.kill()

    @property
    def longest_grace(self) -> timedelta:
        """How long the commands in hand may take to end once they are asked to."""
        return max((each.launch.grace for each in self._held()), default=timedelta())

    @property
    def commanding(self) -> bool:
        """Whether any command, or a process of one, may still be alive."""
        return any(each.child is not None and each.child.ending() is None for each in self._held())

    def _held(self) -> list[Execution]:
        """What is in hand, in the order in which everybody locks: two workers can't wait for each other."""
        with self._lock:
            return sorted(self._executions.values(), key=lambda each: (each.task_id, each.run_id))

    def _let_go(self, run_id: int, token: str) -> None:
        """A run is no longer ours: end its command, write nothing."""
        with self._lock:
            execution = self._executions.get(run_id)
            if execution is None or execution.token != token or execution.over:
                return  # its end has been written meanwhile, or will be refused
            del self._executions[run_id]
        if execution.child is not None:
            execution.child.kill()
        log.warning("run_taken_away", extra={"fields": {"run_id": run_id, "attempt": execution.attempt}})

    def _claim(self) -> None:
        room = self.slots - len(self._executions)
        if not self.accepting or room <= 0:
            return
        taken, more = self._claims.take(room)
        for each in taken:
            with self._lock:
                earlier = self._executions.get(each.run_id)
                self._executions[each.run_id] = each
            if earlier is not None and earlier.child is not None:
                earlier.child.kill()  # it was taken from us while we were frozen, and has come back
        self._rung = self._rung or more

    # start

    def _start_claimed(self) -> None:
        waiting = [each for each in self._held() if not each.recorded]
        if not waiting:
            return
        if not self.accepting:
            self._give_back(waiting)
            return
        for each in waiting:
            if each.child is None and each.refused is None:
                self._spawn(each)
        self._record_starts(waiting)

    def _give_back(self, waiting: Sequence[Execution]) -> None:
        """Queue runs again whose commands have not begun: the server is stopping."""
        with self.begin() as work:
            for each in waiting:
                outcome = Outcome(state=RunState.LOST, reason=Reason.SHUTDOWN, retry_after=timedelta())
                end_attempt(work, each.held, outcome)
            work.commit()
        for each in waiting:
            if each.child is not None:
                each.child.kill()
            self._forget(each)

    def _spawn(self, execution: Execution) -> None:
        try:
            execution.child = self.processes.start(execution.launch)
        except CannotStart as refusal:
            execution.refused = str(refusal)

    def _record_starts(self, waiting: Sequence[Execution]) -> None:
        """Commit who the children are, then open their gates: a command never runs unrecorded."""
        begun: dict[int, bool] = {}
        asked_at = self.clock.monotonic()
        with self.begin() as work:
            for each in waiting:
                begun[each.run_id] = work.leases.start(
                    run_id=each.run_id, token=each.token, attempt=self._attempt_row(work, each)
                )
            work.commit()
        if self.clock.monotonic() - asked_at > START_S_MAX:
            return  # we were frozen: ask again whether they are still ours, before a gate is opened
        for each in waiting:
            if not begun[each.run_id]:
                self._start_refused(each)
            else:
                each.recorded = True
                if each.child is not None:
                    each.child.open_gate()

    def _attempt_row(self, work: Work, execution: Execution) -> dict[str, Any]:
        identity = execution.child.identity if execution.child is not None else None
        return {
            "attempt": execution.attempt,
            "worker_id": self.identity.id,
            "incarnation": self.identity.incarnation,
            "pid": identity.pid if identity else None,
            "process_started_ticks": identity.started_ticks if identity else None,
            "boot_id": identity.boot_id if identity else None,
            "state": RunState.RUNNING,
            "started_at": work.now(),
            "output_bytes": 0,
        }

    def _start_refused(self, execution: Execution) -> None:
        """It was cancelled before its gate opened, or is no longer ours; either way its command never ran."""
        with self.begin() as work:
            reason = Reason(work.leases.cancel_reason(execution.run_id) or Reason.BY_PERSON)
            end_attempt(work, execution.held, Outcome(state=RunState.CANCELLED, reason=reason))
            work.commit()
        if execution.child is not None:
            execution.child.kill()
        self._forget(execution)

    # cancel

    def _obey_cancels(self) -> None:
        if not self._executions:
            return
        with self.read() as work:
            wanted = work.leases.cancelled(self.identity.id)
        for run_id, reason in wanted.items():
            execution = self._executions.get(run_id)
            if execution is not None and execution.cancel_reason is None:
                execution.cancel_reason = reason
                if execution.child is not None:
                    execution.child.stop(StopReason.CANCEL)

    # output and end

    def _write_output(self) -> None:
        now = self.clock.monotonic()
        if now - self._output_at < OUTPUT_EVERY_S:
            return
        self._output_at = now
        recorded = [each for each in self._held() if each.recorded]
        for each in recorded:
            if not each.unwritten:  # else it is not read until that is written: so memory stays bounded
                take_output(each, at=self.clock.now())
        waiting = {each.run_id: each for each in recorded if each.unwritten}
        if not waiting:
            return
        with self.begin() as work:
            held = work.leases.still_held({run_id: each.token for run_id, each in waiting.items()})
            for run_id in held:
                store_output(work, waiting[run_id])
            work.commit()
        for each in waiting.values():
            each.unwritten.clear()

    def _finish_ended(self) -> None:
        ended = [(each, outcome) for each in self._held() if (outcome := self._outcome(each)) is not None]
        if not ended:
            return
        for each, _ in ended:
            take_output(each, at=self.clock.now())
        with self.begin() as work:
            for each, outcome in ended:
                self._write_end(work, each, outcome)
            work.commit()
        for each, _ in ended:
            self._forget(each)
        self._rung = True  # there is room again

    def _outcome(self, execution: Execution) -> Outcome | None:
        if not execution.recorded or self._abandoned:
            return None
        if execution.refused is not None:
            return of_refusal(
                execution.refused,
                definition=execution.definition,
                attempt=execution.attempt,
                chance=self.chance,
            )
        ending = execution.child.ending() if execution.child is not None else None
        if ending is None:
            return None
        return of_ending(
            ending,
            definition=execution.definition,
            attempt=execution.attempt,
            cancel_reason=execution.cancel_reason,
            chance=self.chance,
        )

    def _write_end(self, work: Work, execution: Execution, outcome: Outcome) -> None:
        ending = execution.child.ending() if execution.child is not None else None
        kept = execution.keeper.kept_bytes
        if end_attempt(work, execution.held, outcome, ending=ending, kept_bytes=kept):
            store_output(work, execution)
        else:
            fields = {"run_id": execution.run_id, "attempt": execution.attempt}
            log.warning("finish_refused", extra={"fields": fields})

    def _forget(self, execution: Execution) -> None:
        with self._lock:
            if self._executions.get(execution.run_id) is execution:
                del self._executions[execution.run_id]
