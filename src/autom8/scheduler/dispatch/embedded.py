"""Embedded dispatch: the scheduler and one worker as threads of this process.

Owns the threads and their waits; what they do stands in `firing`, `worker` and `recovery`. A thread that
dies takes the process down, and the supervisor starts it again: a half-dead scheduler would be silent.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final

from autom8.kernel import defaults
from autom8.kernel.clock import Clock
from autom8.kernel.errors import Unavailable
from autom8.kernel.telemetry import Telemetry
from autom8.scheduler.clockwork import Clockwork
from autom8.scheduler.firing import Firing
from autom8.scheduler.ports import StopReason
from autom8.scheduler.pulse import Pulse
from autom8.scheduler.recovery import Reconciler
from autom8.scheduler.retention import Retention
from autom8.scheduler.worker import Worker

log = logging.getLogger(__name__)

LOOK_AT_LEAST_S: Final = 1.0  # the firing loop wakes so often by its own monotonic wait
CONTENDED_S: Final = 0.005  # another scheduler holds the due tasks; look again soon
TROUBLE_S: Final = 0.5  # the database is gone; try again after this
ABANDON_S_MAX: Final = 1.5  # whoever killed our parent may start another server now
STEP_S: Final = 2.0  # a wall clock that moves by more than this against the monotonic one has stepped
RECORDING_MAX: Final = timedelta(seconds=15)  # on stop, for the end of the last commands to be written
DUTIES: Final = ("fire", "work", "heartbeat", "reconcile")
DIED: Final = 70  # exit status of a process whose scheduler thread died


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """What another feature does in a thread of its own: a step says how many seconds to wait.

    `close` waits for what it has begun.
    """

    step: Callable[[], float]
    close: Callable[[], None]
    bell: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True, kw_only=True)
class EmbeddedEngine:
    """Runs everything of the scheduler in this process, until it is stopped."""

    firing: Firing
    worker: Worker
    reconciler: Reconciler
    retention: Retention
    clock: Clock
    telemetry: Telemetry
    stop_grace: timedelta
    chores: dict[str, tuple[timedelta, Callable[[], object]]] = field(default_factory=dict)
    companions: dict[str, Companion] = field(default_factory=dict)
    stepped: Callable[[timedelta], object] = field(default=lambda _: None)  # told by how much; must not wait
    _draining: threading.Event = field(default_factory=threading.Event)  # no more is fired or claimed
    _stopping: threading.Event = field(default_factory=threading.Event)
    _fire_bell: threading.Event = field(default_factory=threading.Event)
    _work_bell: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _clockwork: Clockwork = field(init=False)
    _pulse: Pulse = field(init=False)

    def __post_init__(self) -> None:
        self._clockwork = Clockwork(clock=self.clock, wake=self._fire_bell.set)
        self._pulse = Pulse(self.clock)

    def ring_firing(self) -> None:
        """Some task's next slot may be another now."""
        self._fire_bell.set()

    def ring_worker(self) -> None:
        """A run is ready, a cancel was asked for, or a command has ended."""
        self.worker.ring()
        self._work_bell.set()

    def child_changed(self) -> None:
        """A command has ended or has much to say: look at it, without asking the database for more."""
        self._work_bell.set()

    def start(self) -> None:
        """Begin to fire and to work."""
        for duty in (*DUTIES, *self.companions):
            self._pulse.done(duty)
        for name, (interval, chore) in (self._own_chores() | self.chores).items():
            self._clockwork.every(interval, self._tolerant(chore), name=name)
        self._clockwork.start()
        loops = {"fire": self._fire, "work": self._work, "heartbeat": self._beat}
        loops |= {name: partial(self._accompany, name, each) for name, each in self.companions.items()}
        for name, loop in loops.items():
            thread = threading.Thread(target=self._guarded(loop), name=f"autom8-{name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _own_chores(self) -> dict[str, tuple[timedelta, Callable[[], object]]]:
        return {
            "reconcile": (timedelta(seconds=5), self._reconcile),
            "boot": (timedelta(minutes=1), self.firing.fire_boot),
            "paused": (timedelta(minutes=1), self.firing.complete_paused),
            "retention": (timedelta(minutes=10), self.retention.prune),
        }

    def _reconcile(self) -> None:
        self.reconciler.look()
        self._pulse.done("reconcile")

    @property
    def healthy(self) -> bool:
        """Whether every thread is at work."""
        return self._clockwork.alive and all(thread.is_alive() for thread in self._threads)

    def ailing(self) -> list[str]:
        """The duties that are not done as they should be, though their threads may be alive; none when well.

        Among them is one that writes, so that a database which can only be read is noticed.
        """
        return self._pulse.stalled() if self.healthy else ["threads"]

    def stop(self) -> None:
        """Fire and take no more runs, give running commands the grace, then end and record them. Blocks.

        What can't be recorded, because the database is away, is settled at the next start.
        """
        self._draining.set()
        self._fire_bell.set()
        self._clockwork.stop()
        self.worker.accepting = False
        self._wait_idle(self.stop_grace)
        if self.worker.busy:
            self.worker.stop_all(StopReason.SHUTDOWN)
            self._wait_idle(self.worker.longest_grace + RECORDING_MAX)
            self.abandon()
        self._stopping.set()
        self._fire_bell.set()
        self._work_bell.set()
        for companion in self.companions.values():
            companion.bell.set()
        for thread in self._threads:
            thread.join(timeout=5)
        for companion in self.companions.values():
            companion.close()

    def abandon(self) -> None:
        """End all commands at once and record nothing: the next start of this process settles them."""
        self.worker.kill_all()
        end = self.clock.monotonic() + ABANDON_S_MAX
        while self.worker.commanding and self.clock.monotonic() < end:
            time.sleep(0.01)  # another thread sends the signals: to exit before that would spare the commands

    def _wait_idle(self, longest: timedelta) -> None:
        end = self.clock.monotonic() + longest.total_seconds()
        while self.worker.busy and self.clock.monotonic() < end:
            self._work_bell.set()
            self._stopping.wait(0.05)

    def _fire(self) -> None:
        step = _StepWatch(self.clock)
        self._tolerant(self.firing.fire_boot)()
        while not self._draining.is_set():
            self._fire_bell.clear()
            if stepped := step.noticed():
                log.warning("clock_stepped", extra={"fields": {"step_s": stepped.total_seconds()}})
                self._clockwork.clock_stepped()
                self.stepped(stepped)
            if not self._clockwork.alive:
                raise RuntimeError("The clockwork's thread has died.")
            wait = self._fire_once()
            if not self._draining.is_set():  # its bell may have been cleared above
                self._fire_bell.wait(wait)

    def _fire_once(self) -> float:
        try:
            fired = self.firing.fire()
        except Unavailable as error:
            log.warning("firing_postponed", extra={"fields": _trouble(error)})
            return TROUBLE_S
        self._pulse.done("fire")
        if fired.due:
            self.telemetry.count("slots.fired", fired.queued)
        if fired.wait is None:
            return LOOK_AT_LEAST_S
        if fired.wait <= timedelta():
            return CONTENDED_S if not fired.due else 0.0
        wait_s = fired.wait.total_seconds()
        if wait_s <= LOOK_AT_LEAST_S:
            return wait_s  # the loop looks by then anyway; the clockwork's threads would add their own delay
        self._clockwork.wake_at(fired.wait)
        return LOOK_AT_LEAST_S

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._work_bell.clear()
            try:
                wait = self.worker.step()
                self._pulse.done("work")
            except Unavailable as error:
                log.warning("work_postponed", extra={"fields": _trouble(error)})
                wait = TROUBLE_S
            self._work_bell.wait(wait)

    def _beat(self) -> None:
        beat = self._tolerant(self.worker.heartbeat)
        wait = defaults.HEARTBEAT.total_seconds()
        while not self._stopping.wait(wait):
            beaten = beat()
            if beaten:
                self._pulse.done("heartbeat")
            wait = defaults.HEARTBEAT.total_seconds() if beaten else TROUBLE_S

    def _accompany(self, name: str, companion: Companion) -> None:
        while not self._stopping.is_set():
            companion.bell.clear()
            try:
                wait = companion.step()
                self._pulse.done(name)
            except Unavailable as error:
                log.warning("step_postponed", extra={"fields": {"duty": name} | _trouble(error)})
                wait = TROUBLE_S
            if not self._stopping.is_set():
                companion.bell.wait(wait)

    def _tolerant(self, chore: Callable[[], object]) -> Callable[[], bool]:
        """A chore that comes again and says if it was done: a database that is away is no reason to die."""

        def run() -> bool:
            try:
                chore()
            except Unavailable as error:
                fields = {"chore": getattr(chore, "__qualname__", repr(chore))} | _trouble(error)
                log.warning("chore_postponed", extra={"fields": fields})
                return False
            return True

        return run

    def _guarded(self, loop: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                loop()
            except BaseException:
                log.critical("scheduler_thread_died", exc_info=True)
                logging.shutdown()
                os._exit(DIED)

        return run


def _trouble(error: Unavailable) -> dict[str, str]:
    """What an operator wants to know of it: the driver's own words too."""
    return {"error": str(error), "cause": str(error.__cause__ or "")}


class _StepWatch:
    """Notices that the wall clock has moved against the monotonic one since it was last asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = self._read()

    def noticed(self) -> timedelta:
        """By how much it has stepped, forward or back; nothing where that is no more than STEP_S."""
        before, self._offset = self._offset, self._read()
        step = self._offset - before
        return timedelta(seconds=step) if abs(step) > STEP_S else timedelta()

    def _read(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()
