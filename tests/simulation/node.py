"""One simulated server: its scheduler and worker, driven by events instead of threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from autom8.kernel import defaults
from autom8.kernel.errors import Unavailable
from autom8.kernel.events import Bus, RunsQueued
from autom8.scheduler.firing import Firing
from autom8.scheduler.ports import Boot
from autom8.scheduler.recovery import Reconciler, take_up_work
from autom8.scheduler.worker import Worker
from tests.simulation.commands import Commands, Start
from tests.simulation.world import Crash, Doom, World, WorldClock

# Polls are rarer here than in a real server: a week has 600,000 seconds, and they find nothing. What they
# guard against, a lost doorbell, is simulated, and then waits for them.
POLL_S = 300.0
BUSY_POLL_S = 20.0
RECONCILE_S = 10.0
TROUBLE_S = 0.5
RESTART_S = 3.0


@dataclass(slots=True)
class Machine:
    """A machine that never boots again."""

    name: str
    at: datetime

    def boot(self) -> Boot:
        """Its one boot."""
        return Boot(id=self.name, at=self.at)


@dataclass(slots=True, kw_only=True)
class Parts:
    """What a node is made of; a sabotage test swaps one."""

    firing: type[Firing] = Firing
    worker: type[Worker] = Worker
    reconciler: type[Reconciler] = Reconciler


@dataclass(slots=True)
class Node:
    """A server that is up, frozen or dead."""

    world: World
    name: str
    starts: list[Start]
    slots: int = 16
    parts: Parts = field(default_factory=Parts)
    deaf: float = 0.0  # how often a doorbell is lost
    frozen_until: float = 0.0
    draw_doom: Callable[[], Doom | None] = lambda: None  # what shall break inside the next thing it does
    doom: Doom | None = None
    up: bool = False
    incarnation: int = 0
    troubled_at: list[float] = field(default_factory=list)  # when it crashed, froze, or woke
    clock: WorldClock = field(init=False)
    commands: Commands = field(init=False)
    firing: Any = None
    worker: Any = None
    reconciler: Any = None
    _planned: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = WorldClock(self.world)
        self.commands = Commands(self.world, self.name, self.starts)
        self.world.watchers.append(self.watch)

    def start(self) -> None:
        """Start, or start again after a crash."""
        if self.up:
            return
        self.incarnation += 1
        tokens = iter(range(1_000_000))
        mark = f"{self.name}.{self.incarnation}"
        bus = Bus()
        bus.after(RunsQueued, lambda _: self._ring())
        units = self.world.units(bus, self.clock)
        machine = Machine(self.name, self.world.begins_at)
        try:
            identity = take_up_work(
                key=self.name,
                name=self.name,
                incarnation=mark,
                begin=units.writing,
                processes=self.commands,
                machine=machine,
            )
        except (Crash, Unavailable):
            self.world.after(RESTART_S, self.start)
            return
        self.firing = self.parts.firing(begin=units.writing, machine=machine)
        self.worker = self.parts.worker(
            identity=identity,
            slots=self.slots,
            begin=units.writing,
            read=units.reading,
            processes=self.commands,
            clock=self.clock,
            chance=self.world.chance,
            new_token=lambda: f"{mark}.{next(tokens)}",
        )
        self.reconciler = self.parts.reconciler(begin=units.writing, clock=self.clock)
        self.commands.changed_hook[:] = [lambda: self._plan("step", 0.001, self._step)]
        self.up = True
        self._planned.clear()
        self._plan("fire", 0.0, self._fire)
        self._plan("step", 0.0, self._step)
        self._plan("beat", defaults.HEARTBEAT.total_seconds(), self._beat)
        self._plan("reconcile", RECONCILE_S, self._reconcile)

    def crash(self) -> None:
        """Die at once; the machine and its processes live on."""
        self.up = False
        self.troubled_at.append(self.world.elapsed_s)
        self.firing = self.worker = self.reconciler = None
        self._planned.clear()
        self.commands.changed_hook.clear()

    def freeze(self, span: timedelta) -> None:
        """Stand still, and wake up knowing nothing of it."""
        self.frozen_until = self.world.elapsed_s + span.total_seconds()
        self.troubled_at += [self.world.elapsed_s, self.frozen_until]

    def call(self, what: Callable[[], object]) -> bool:
        """Do one thing of this node's; a crash inside kills it. Returns whether it was done."""
        if self.doom is None:
            self.doom = self.draw_doom()
        try:
            with self.world.faults.armed(self.doom or Doom()) as struck:
                try:
                    what()
                finally:
                    if struck():
                        self.doom = None  # else it goes on to the next thing that this node does
        except Crash:
            self.crash()
            self.world.after(RESTART_S, self.start)
            return False
        except Unavailable:
            return False
        return True

    def _ring(self) -> None:
        # The other nodes hear nothing of this one's bell, as with several servers on one database: they poll.
        if self.world.chance.random() >= self.deaf and self.worker is not None:
            self.worker.ring()
            self._plan("step", 0.001, self._step)

    def _plan(self, name: str, seconds: float, happening: Callable[[], None]) -> None:
        """Let one of this node's loops go on after `seconds`, or sooner if it was planned sooner."""
        at = self.world.elapsed_s + seconds
        if self._planned.get(name, float("inf")) <= at:
            return
        self._planned[name] = at
        incarnation = self.incarnation

        def happen() -> None:
            if not self.up or self.incarnation != incarnation or self._planned.get(name) != at:
                return
            if self.world.elapsed_s < self.frozen_until:
                self._planned[name] = self.frozen_until
                self.world.after(
                    self.frozen_until - self.world.elapsed_s, lambda: self._thaw(name, happening)
                )
                return
            del self._planned[name]
            happening()

        self.world.after(seconds, happen)

    def _thaw(self, name: str, happening: Callable[[], None]) -> None:
        if self.up:
            self._planned.pop(name, None)
            self._plan(name, 0.0, happening)

    def _fire(self) -> None:
        waits: list[float] = []

        def fire() -> None:
            fired = self.firing.fire()
            wait = POLL_S if fired.wait is None else fired.wait.total_seconds()
            waits.append(min(wait, POLL_S))

        self.call(fire)
        if self.up:
            self._plan("fire", waits[0] if waits else TROUBLE_S, self._fire)

    def _step(self) -> None:
        self.call(lambda: self.worker.step())
        if self.up:
            self._plan("step", BUSY_POLL_S if self.worker.busy else POLL_S, self._step)
            if self.worker.busy:
                self.world.tell_all()

    def _beat(self) -> None:
        self.call(lambda: self.worker.heartbeat())
        if self.up:
            self._plan("beat", defaults.HEARTBEAT.total_seconds(), self._beat)

    def _reconcile(self) -> None:
        self.call(lambda: self.reconciler.look())
        if self.up and self.world.any_lease():
            self._plan("reconcile", RECONCILE_S, self._reconcile)

    def watch(self) -> None:
        """Some node holds a lease: look at it until it is gone."""
        if self.up:
            self._plan("reconcile", RECONCILE_S, self._reconcile)
