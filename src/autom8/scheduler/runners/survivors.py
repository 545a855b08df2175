"""Ending what earlier incarnations of this worker left behind.

Owns the search by identity and by mark, over all processes of the machine. What this incarnation
has started is never touched, nor is anything that is known by its pid alone.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable, Sequence

from autom8.scheduler.ports import ProcessIdentity
from autom8.scheduler.runners.census import Census, Process
from autom8.scheduler.runners.cgroup import Groups
from autom8.scheduler.runners.marks import (
    RUN_ID,
    WORKER,
    environment_of,
    limit_of,
    limit_run,
    run_limit,
    worker_name,
)
from autom8.scheduler.runners.stopping import Family

_LOOK_AGAIN_S = 0.01
_GIVE_UP_S = 5.0  # a process that KILL does not end hangs in the kernel


class Survivors:
    """The processes that earlier incarnations of `owner` started for some runs."""

    def __init__(
        self,
        identities: Sequence[ProcessIdentity],
        run_ids: Sequence[int],
        *,
        owner: str,
        groups: Groups,
        living: Callable[[], Iterable[Family]],
    ) -> None:
        """Say whom to look for; the families in `living` are this incarnation's own, and spared."""
        self._identities = identities
        self._living = living
        self._owner = owner
        self._limits = {run_limit(owner, run_id) for run_id in run_ids}
        self._run_ids = {str(run_id) for run_id in run_ids}
        self._groups = [group for run_id in run_ids for group in groups.of_run(run_id)]

    def end(self) -> int:
        """KILL them until none is left; returns how many there were. Blocks, for seconds at most."""
        killed: set[tuple[int, int]] = set()
        give_up_at = time.monotonic() + _GIVE_UP_S
        while (left := self._alive(Census())) and time.monotonic() < give_up_at:
            killed |= {(each.pid, each.started_ticks) for each in left if each.signal(signal.SIGKILL)}
            time.sleep(_LOOK_AGAIN_S)
        for group in self._groups:
            group.remove()
        return len(killed)

    def _alive(self, census: Census) -> list[Process]:
        mains = {identity.pid for identity in self._identities if census.find(identity)}
        grouped = {pid for group in self._groups for pid in group.pids()}
        ours = census.where(lambda process: self._is_ours(process, mains)) | grouped
        spared = {each.pid for family in self._living() for each in family.alive(census)}
        return [process for process in census.alive_below(ours) if process.pid not in spared]

    def _is_ours(self, process: Process, mains: set[int]) -> bool:
        if not mains.isdisjoint((process.pid, process.group, process.session)):
            return True
        if limit_run(limit_of(process.pid)) in self._limits:
            return True
        env = environment_of(process.pid)
        return env.get(WORKER) == worker_name(self._owner) and env.get(RUN_ID) in self._run_ids
