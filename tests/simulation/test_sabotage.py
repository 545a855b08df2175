"""The simulation must see what it is for: guards are taken out, and what they keep is seen to break."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from autom8.scheduler.catch_up import Plan
from autom8.scheduler.execution import Execution
from autom8.scheduler.firing import Fired, Firing, _run_row, plan_due_of
from autom8.scheduler.recovery import Reconciler
from autom8.scheduler.worker import Worker
from tests.simulation.node import Parts
from tests.simulation.scenario import Report, Scenario


class FiresInTwoTransactions(Firing):
    """Moves the cursor in one transaction, and writes the rows in another."""

    __slots__ = ()

    def fire(self) -> Fired:
        """Fire, as one would without thinking of a crash."""
        with self.begin() as work:
            now = work.now()
            due = work.ledger.lock_due(now, limit=500)
            definitions = self._definitions_of(work, due)
            plans: list[tuple[Any, Plan]] = [
                (task, plan_due_of(definitions[task.id, task.revision], task, now)) for task in due
            ]
            work.ledger.advance(
                [
                    {"task_id": task.id, "through": plan.through, "next": plan.next_run}
                    for task, plan in plans
                ],
            )
            wait = work.ledger.earliest()
            work.commit()
        with self.begin() as work:
            rows = [
                _run_row(task, definitions[task.id, task.revision], entry, now)
                for task, plan in plans
                for entry in plan.entries
            ]
            work.ledger.add_runs(rows)
            work.commit()
        return Fired(due=len(due), queued=len(due), wait=max(timedelta(), wait - now) if wait else None)


class OpensGatesFirst(Worker):
    """Lets a command begin before it is committed that it does."""

    __slots__ = ()

    def _record_starts(self, waiting: Sequence[Execution]) -> None:
        for each in waiting:
            if each.child is not None:
                each.child.open_gate()
        Worker._record_starts(self, waiting)


class BelievesTheWallClock(Reconciler):
    """Takes a lease for expired as soon as the wall clock says so."""

    __slots__ = ()

    def _expired(self) -> list[tuple[int, Any]]:
        Reconciler._expired(self)
        now = self.clock.now()
        return [(run_id, each) for run_id, each in self._seen.items() if each.lease_until < now]


def simulate(parts: Parts, **what: Any) -> Report:
    return Scenario(seed=5, span=timedelta(hours=10), parts=parts, **what).run()


def test_a_cursor_that_moves_alone_loses_slots() -> None:
    report = simulate(Parts(firing=FiresInTwoTransactions), doomed=0.2)

    assert any("stands in the ledger 0 times" in fault for fault in report.faults), str(report)


def test_a_gate_that_opens_early_is_seen() -> None:
    report = simulate(Parts(worker=OpensGatesFirst))

    assert any("began before it was recorded" in fault for fault in report.faults), str(report)


def test_a_wall_clock_that_steps_ends_live_runs() -> None:
    report = simulate(
        Parts(reconciler=BelievesTheWallClock), doomed=0.0, breaks_every_s=600.0, kinds=("clock",)
    )

    assert any("was called lost, and nothing was wrong" in fault for fault in report.faults), str(report)


def test_clocks_that_step_end_no_run() -> None:
    report = simulate(Parts(), doomed=0.0, breaks_every_s=600.0, kinds=("clock",))

    assert not report.faults, str(report)
