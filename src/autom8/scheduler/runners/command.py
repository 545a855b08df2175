"""The command runner: starts commands, tells the worker of their output and end, ends what is left behind.

Owns the wiring of this folder's parts behind the port `Processes`. Knows nothing of tasks, the
ledger or the store. Linux only: it needs /proc, pidfd and, where there are, a subreaper and cgroup
v2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from autom8.kernel.clock import Clock
from autom8.scheduler.ports import CannotStart, Launch, ProcessIdentity
from autom8.scheduler.runners.cgroup import Groups, own_group
from autom8.scheduler.runners.child import CommandChild, Surroundings
from autom8.scheduler.runners.gate import Gated
from autom8.scheduler.runners.marks import Mark
from autom8.scheduler.runners.orphans import adopt_orphans, reap_orphans
from autom8.scheduler.runners.prepare import prepare
from autom8.scheduler.runners.pump import Pump, Timer
from autom8.scheduler.runners.stopping import Family, Searches
from autom8.scheduler.runners.survivors import Survivors

_REAP_BUSY_S = 1.0
_REAP_IDLE_S = 30.0


class CommandProcesses:
    """Starts commands as children of this process, with one thread that looks after all of them.

    `owner` names this worker among all workers of the machine, and is the same for each of its
    incarnations: by it are its processes told from those of others. `on_change` is called, by that
    thread, when a child has ended or has 64 KiB of output waiting; it must not block.
    `group_parent` is the cgroup v2 folder to make the attempts' groups in, by default our own.
    """

    def __init__(
        self,
        clock: Clock,
        on_change: Callable[[], None],
        *,
        owner: str,
        group_parent: Path | None = None,
    ) -> None:
        self._owner = owner
        self._groups = Groups(owner, parent=group_parent or own_group())
        self._entrance = ThreadPoolExecutor(1, thread_name_prefix="autom8-cgroup")
        self._children: dict[int, CommandChild] = {}
        self._awaited: set[int] = set()  # the pids of processes whose exit status we take ourselves
        self._pump = Pump(clock.monotonic)
        self._around = Surroundings(
            pump=self._pump,
            searches=Searches(self._pump),
            on_change=on_change,
            on_reaped=self._forget,
        )
        self._closed = False
        self._reap_timer: Timer | None = None
        self._idle = True
        adopt_orphans()
        self._pump.start()

    @property
    def has_groups(self) -> bool:
        """Whether each attempt gets a control group, out of which nothing escapes."""
        return self._groups.usable

    def start(self, launch: Launch) -> CommandChild:
        """Start a child that waits at its gate; blocks for the few milliseconds that a fork takes.

        Raises:
            CannotStart: nothing was started, and nothing is left behind.
        """
        if self._closed:
            raise CannotStart("this worker has stopped starting commands")
        mark = Mark(self._owner, launch.run_id, launch.attempt)
        gated = Gated(prepare(launch, mark), stdin=launch.stdin)
        self._awaited.add(gated.pid)
        if self._idle:
            self._idle = False
            self._pump.call(self._reap)
        # The kernel may take 12 ms for it (a grace period of RCU); meanwhile the start is being recorded.
        entering = self._entrance.submit(
            self._groups.put, gated.pid, run_id=launch.run_id, attempt=launch.attempt
        )
        family = Family(gated.identity, mark, entering)
        child = CommandChild(gated, launch, family=family, around=self._around)
        self._children[gated.pid] = child
        child.watch()
        return child

    def end_survivors(self, identities: Sequence[ProcessIdentity], run_ids: Sequence[int]) -> int:
        """KILL what is left of these processes and their descendants; blocks until they are gone.

        A process is found by its identity, by the tree, group and session below it, by the mark of
        its run and by its run's control group. What this incarnation has started is spared. Returns
        how many were killed.
        """
        return Survivors(
            identities, run_ids, owner=self._owner, groups=self._groups, living=self._living
        ).end()

    def close(self) -> None:
        """Stop looking after children: those at their gate never begin, the others go on unwatched.

        Call it when nothing else is being called here any more.
        """
        self._closed = True
        self._pump.close()
        for child in self._children.values():
            child.leave()
        self._children.clear()
        self._entrance.shutdown()
        self._groups.close()

    def _forget(self, pid: int) -> None:
        self._awaited.discard(pid)
        self._children.pop(pid, None)

    def _living(self) -> list[Family]:
        return [child.family for child in list(self._children.values())]

    def _reap(self) -> None:
        if self._reap_timer is not None:
            self._reap_timer.cancel()
        reap_orphans(self._owner, spare=self._awaited)
        self._idle = not self._awaited
        self._reap_timer = self._pump.after(_REAP_IDLE_S if self._idle else _REAP_BUSY_S, self._reap)
