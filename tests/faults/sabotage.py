"""`python -m tests.faults.sabotage NAME up …`: the server with one guard taken out, or with a fault put in.

A test that can't fail shows nothing: with its guard out, it must. Each function here is one such change, and
its first line says what the server then does wrong. Importing this changes nothing.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text, update

from autom8.alerts.checks.pinging import Pinged, Pinging
from autom8.bootstrap import place as bootstrap
from autom8.cli import server
from autom8.cli.main import main
from autom8.models import Run, table_of
from autom8.repositories import ledger
from autom8.repositories.leases import LeaseRepository
from autom8.repositories.ledger import LedgerRepository
from autom8.scheduler import pulse, recovery
from autom8.scheduler.dispatch import embedded
from autom8.scheduler.dispatch.embedded import EmbeddedEngine
from autom8.scheduler.execution import Execution
from autom8.scheduler.firing import Fired, Firing, _run_row, plan_due_of
from autom8.scheduler.ports import ProcessIdentity
from autom8.scheduler.recovery import Reconciler
from autom8.scheduler.runners import stopping
from autom8.scheduler.runners.cgroup import Groups
from autom8.scheduler.runners.child import CommandChild
from autom8.scheduler.runners.command import CommandProcesses
from autom8.scheduler.runners.output import OutputBuffer
from autom8.scheduler.worker import Worker
from tests.faults import sabotaged_telling
from tests.faults.replacing import WINDOW_S
from tests.faults.replacing import put as _put

_RUN = table_of(Run)
UNIQUE = "uq_run_task_id_slot_at_target"
FAULT = "FAULT_FILE"  # a thread dies when this file is there, and takes the file along


def cursor_moves_alone() -> None:
    """Moves the cursors in one transaction, and writes the runs in another."""

    def fire(self: Firing) -> Fired:
        with self.begin() as work:
            now = work.now()
            due = work.ledger.lock_due(now, limit=500)
            definitions = self._definitions_of(work, due)
            plans = [(task, plan_due_of(definitions[task.id, task.revision], task, now)) for task in due]
            work.ledger.advance(
                [{"task_id": task.id, "through": plan.through, "next": plan.next_run} for task, plan in plans]
            )
            work.commit()
        time.sleep(WINDOW_S)
        with self.begin() as work:
            rows = [
                _run_row(task, definitions[task.id, task.revision], entry, now)
                for task, plan in plans
                for entry in plan.entries
            ]
            work.ledger.add_runs(rows)
            work.commit()
        return Fired(due=len(due), queued=0, wait=timedelta(milliseconds=200))

    _put(Firing, "fire", fire)


def slots_unguarded() -> None:
    """Fires without locking the due tasks, into a ledger that takes a slot twice."""
    ledger._DUE._for_update_arg = None
    lock_due = LedgerRepository.lock_due

    def unguarded(self: LedgerRepository, *args: Any, **named: Any) -> Any:
        connection = self._session.connection()
        if connection.execute(
            text("SELECT 1 FROM pg_constraint WHERE conname = :name"), {"name": UNIQUE}
        ).first():
            connection.execute(text(f"ALTER TABLE run DROP CONSTRAINT IF EXISTS {UNIQUE}"))
        return lock_due(self, *args, **named)

    _put(LedgerRepository, "lock_due", unguarded)


def gate_opens_first() -> None:
    """Lets a command begin before it is committed that it does."""
    record = Worker._record_starts

    def early(self: Worker, waiting: Sequence[Execution]) -> None:
        for each in waiting:
            if each.child is not None:
                each.child.open_gate()
        time.sleep(WINDOW_S)
        record(self, waiting)

    _put(Worker, "_record_starts", early)


def survivors_live() -> None:
    """Leaves the commands of an earlier incarnation alone, and settles their runs."""

    def spare(_self: CommandProcesses, _: Sequence[ProcessIdentity], __: Sequence[int]) -> int:
        return 0

    _put(CommandProcesses, "end_survivors", spare)


def nothing_is_settled() -> None:
    """Forgets the runs of an earlier incarnation, and has no reconciler."""
    _put(recovery, "settle", lambda *_: False)


def others_are_settled() -> None:
    """Settles all live runs at its start, whoever holds them."""
    held_by = LeaseRepository.held_by

    def everybody(self: LeaseRepository, _: int) -> Sequence[Run]:
        workers = {row.worker_id for row in self.live()}
        return [run for worker in workers for run in held_by(self, worker)]

    _put(LeaseRepository, "held_by", everybody)


def no_fence() -> None:
    """Takes any worker's word for any run, and tells none that it has lost one."""

    def finish(self: LeaseRepository, *, run_id: int, token: str, values: Any) -> Any:
        statement = update(_RUN).where(_RUN.c.id == run_id).values(**values)
        returning = statement.returning(_RUN.c.task_id, _RUN.c.slot_at, _RUN.c.started_at)
        return self._session.connection().execute(returning).first()

    _put(LeaseRepository, "finish", finish)
    _put(LeaseRepository, "heartbeat", lambda _self, held, **_: dict.fromkeys(held))


def taken_runs_go_on() -> None:
    """Leaves the command of a run alone that was taken away."""
    _put(Worker, "_let_go", lambda *_: None)


def wall_clock_leases() -> None:
    """Takes a lease for expired as soon as the wall clock says so."""
    seen = Reconciler._expired

    def believe(self: Reconciler) -> list[Any]:
        seen(self)
        now = self.clock.now()
        return [(run_id, each) for run_id, each in self._seen.items() if each.lease_until < now]

    _put(Reconciler, "_expired", believe)


def no_reconciler() -> None:
    """Takes nothing over from a worker that is gone."""
    _put(Reconciler, "look", lambda _: 0)


def trouble_kills() -> None:
    """Lets each thread die of a database that is away for a moment."""
    _put(embedded, "Unavailable", type("NeverRaised", (Exception,), {}))


def output_unbounded() -> None:
    """Reads what a command prints as fast as it comes, and keeps all of it until it is written."""
    _put(OutputBuffer, "full", property(lambda _: False))
    _put(OutputBuffer, "_drop_oldest", lambda _: None)


def no_timeout() -> None:
    """Lets commands run for ever."""
    begin = CommandChild._begin

    def patiently(self: CommandChild, began: float) -> None:
        self._launch = replace(self._launch, timeout=None)
        begin(self, began)

    _put(CommandChild, "_begin", patiently)


def no_kill() -> None:
    """Never goes beyond TERM."""
    _put(stopping.Stopping, "_grace_over", lambda _: None)


def escapees_live() -> None:
    """Ends the process group of a command, and nothing that has left it."""
    _put(stopping.Family, "_is_ours", lambda self, process: self.main.pid == process.group)
    _put(Groups, "put", lambda *_, **__: None)  # a control group alone would hold them all


def orphaned_worker() -> None:
    """Lets a worker process outlive its parent."""
    _put(server, "_end_with_parent", lambda *_: None)


def exits_before_the_kill() -> None:
    """Lets a worker without its parent go before the signals to its commands are sent."""
    _put(EmbeddedEngine, "abandon", lambda self: self.worker.kill_all())


def home_unlocked() -> None:
    """Takes no lock on the data folder."""
    _put(bootstrap, "lock_place", lambda *_, **__: 1)


def stops_at_once() -> None:
    """Stops without waiting for commands, ending them or recording anything."""
    _put(EmbeddedEngine, "stop", lambda _: None)


def claims_while_stopping() -> None:
    """Goes on claiming runs when it was told to stop."""
    _put(Worker, "accepting", property(lambda _: True, lambda *_: None))


def threads_die_quietly() -> None:
    """Dies of a fault in a thread, and lets the process live on without it."""
    thread_dies()

    def quiet(_self: EmbeddedEngine, loop: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                loop()
            except Exception:  # noqa: BLE001 - silence is the fault
                return

        return run

    _put(EmbeddedEngine, "_guarded", quiet)


def thread_dies() -> None:
    """As it should be; but the thread that the fault's file names dies once, of a fault nobody foresaw."""
    for name, cls, method in (
        ("fire", Firing, "fire"),
        ("work", Worker, "step"),
        ("heartbeat", Worker, "heartbeat"),
    ):
        setattr(cls, method, _mortal(name, getattr(cls, method)))


def thread_hangs() -> None:
    """As it should be; but firing stands still while the fault's file is there, and is missed after 12 s."""
    fault, fire = Path(os.environ[FAULT]), Firing.fire

    def hanging(self: Firing) -> Fired:
        while fault.exists():
            time.sleep(0.1)
        return fire(self)

    _put(Firing, "fire", hanging)
    _put(pulse, "STALLED_AFTER", timedelta(seconds=12))


def believes_its_threads() -> None:
    """Takes a thread that is alive for one that works."""
    thread_hangs()
    _put(EmbeddedEngine, "ailing", lambda self: [] if self.healthy else ["threads"])


def impatient() -> None:
    """As it should be; but it waits two seconds for the database, and not thirty."""
    _put(server, "DATABASE_WAIT_S", 2.0)


def pings_answered_first() -> None:
    """Answers pings, and keeps them a moment later."""
    take = Pinging.take

    def later(self: Pinging, key: str, pinged: Pinged) -> bool:
        threading.Timer(WINDOW_S, take, (self, key, pinged)).start()
        return True

    _put(Pinging, "take", later)


def guesses_unlimited() -> None:
    """Looks each guessed key of a ping up, however many come."""
    from autom8.api import pings

    _put(pings, "WRONG_PER_MINUTE", 10**9)


def tracebacks() -> None:
    """Says why it can't start in a traceback."""
    from autom8.cli import program

    _put(program, "Autom8Error", type("NeverRaised", (Exception,), {}))


def guard(name: str) -> Callable[[], None]:
    """The sabotage of this name, here or in `sabotaged_telling`."""
    found: Callable[[], None] = {**vars(sabotaged_telling), **globals()}[name]
    return found


def _mortal(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    fault = Path(os.environ[FAULT])

    def run(*args: Any, **named: Any) -> Any:
        if fault.exists() and fault.read_text() == name:
            fault.unlink()
            raise RuntimeError("a fault that nobody foresaw")
        return method(*args, **named)

    return run


if __name__ == "__main__":
    guard(sys.argv[1])()
    sys.exit(main(sys.argv[2:]))
