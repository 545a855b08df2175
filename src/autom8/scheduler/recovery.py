"""What becomes of runs whose worker is gone: a restarted worker settles its own, the reconciler everybody's.

A wall clock that steps must not end a live run, so a lease counts as expired only when this observer has
seen it unrenewed for the whole lease by its own monotonic clock. Time in which it could not look (it was
frozen, or the database was away, and then nobody could renew anything) does not count; nor does time in
which it could look and nobody could write.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from autom8.kernel import defaults
from autom8.kernel.clock import Clock
from autom8.kernel.errors import Unavailable
from autom8.kernel.vocabulary import Delivery, Reason, RunState
from autom8.models import Run
from autom8.models import Worker as WorkerRow
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.scheduler.ending import HeldRun, end_attempt
from autom8.scheduler.execution import WorkerIdentity
from autom8.scheduler.outcomes import of_loss
from autom8.scheduler.ports import Machine, Processes, ProcessIdentity

log = logging.getLogger(__name__)

WATCH_GAP_MAX: Final = defaults.LEASE / 2  # between two looks; after a longer one, watching begins anew
SETTLE_MAX: Final = 200  # runs settled in one transaction


def settle(work: Work, run: Run, reason: Reason) -> bool:
    """End or requeue a locked run whose worker is gone, by its delivery; False: its fence has moved on."""
    held = HeldRun(
        run_id=run.id,
        token=run.lease_token or "",
        attempt=run.attempt,
        begun=run.state == RunState.RUNNING,
    )
    outcome = of_loss(
        reason,
        started=held.begun,
        delivery=Delivery(run.delivery),
        attempt=run.attempt,
        cancel_reason=run.cancel_reason if run.cancel_requested_at is not None else None,
    )
    kept_bytes = work.outputs.kept_bytes(run.id, run.attempt) if held.begun else 0
    return end_attempt(work, held, outcome, kept_bytes=kept_bytes)


def take_up_work(
    *, key: str, name: str, incarnation: str, begin: BeginWork, processes: Processes, machine: Machine
) -> WorkerIdentity:
    """Register this incarnation of the worker `key`, once what its earlier ones left is ended and settled.

    First every surviving process is killed, then the runs are settled: the other way round, a run could be
    started again while its earlier command still goes on. Runs of other workers are not touched.
    """
    with begin() as work:
        row = _registered(work, key=key, name=name, machine=machine)
        left = work.leases.left_behind(row.id, row.incarnation)
        survivors = [
            ProcessIdentity(pid=each.pid, started_ticks=each.process_started_ticks, boot_id=each.boot_id)
            for each in left
            if each.pid is not None and each.process_started_ticks is not None and each.boot_id is not None
        ]
        run_ids = sorted({each.run_id for each in left} | {run.id for run in work.leases.held_by(row.id)})
        worker_id = row.id
        work.commit()
    killed = processes.end_survivors(survivors, run_ids) if run_ids else 0
    with begin() as work:
        held = work.leases.held_by(worker_id)
        for run in held:
            settle(work, run, Reason.WORKER_RESTARTED)
        if (known := work.leases.find_worker(key)) is not None:
            known.incarnation = incarnation
            known.started_at = work.now()
        work.commit()
    if held:
        log.warning("earlier_runs_settled", extra={"fields": {"runs": len(held), "processes_killed": killed}})
    return WorkerIdentity(id=worker_id, incarnation=incarnation)


def _registered(work: Work, *, key: str, name: str, machine: Machine) -> WorkerRow:
    row = work.leases.find_worker(key)
    if row is None:
        now = work.now()
        row = work.leases.add_worker(
            WorkerRow(key=key, name=name, incarnation="", boot_id="", started_at=now),
        )
    row.name, row.boot_id = name, machine.boot().id
    return row


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A lease as this observer first saw it."""

    token: str
    lease_until: datetime
    first_seen: float  # monotonic seconds


@dataclass(slots=True, kw_only=True)
class Reconciler:
    """Settles runs whose lease nobody renews. Any number of schedulers may each have one."""

    begin: BeginWork
    clock: Clock
    _seen: dict[int, _Sighting] = field(default_factory=dict)
    _looked_at: float = float("-inf")

    def look(self) -> int:
        """Look at all leases once; returns how many runs were settled. Called every few seconds.

        Raises:
            Unavailable: the database is gone or can't write; watching begins anew.
        """
        try:
            return sum(self._settled(run_id, each) for run_id, each in self._expired()[:SETTLE_MAX])
        except Unavailable:
            self._seen = {}
            raise

    def _settled(self, run_id: int, sighting: _Sighting) -> bool:
        with self.begin() as work:
            run = work.leases.take_over(run_id, token=sighting.token, lease_until=sighting.lease_until)
            if run is None or not settle(work, run, Reason.WORKER_GONE):
                return False
            work.commit()
            log.warning("lease_expired", extra={"fields": {"run_id": run_id}})
            return True

    def _expired(self) -> list[tuple[int, _Sighting]]:
        with self.begin() as work:  # not a read: on SQLite it would not wait for a writer, as renewals must
            live = work.leases.live()
        now = self.clock.monotonic()
        if now - self._looked_at > WATCH_GAP_MAX.total_seconds():
            self._seen = {}
        self._looked_at = now
        seen: dict[int, _Sighting] = {}
        for row in live:
            known = self._seen.get(row.id)
            if known is not None and (known.token, known.lease_until) == (row.lease_token, row.lease_until):
                seen[row.id] = known
            else:
                seen[row.id] = _Sighting(row.lease_token, row.lease_until, now)
        self._seen = seen
        lease_s = defaults.LEASE.total_seconds()
        return [(run_id, each) for run_id, each in seen.items() if now - each.first_seen >= lease_s]
