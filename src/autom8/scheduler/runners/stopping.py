"""Ending a command with all that descends from it: TERM, the grace, then KILL until nothing is left.

Owns the order of these steps and the search for who belongs to an attempt. Must not know of output
or exit status. The main process must stay unreaped all the while: so its pid, which names its group
and session, can't be given to an innocent.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from autom8.scheduler.ports import ProcessIdentity
from autom8.scheduler.runners.census import Census, Process
from autom8.scheduler.runners.cgroup import Group
from autom8.scheduler.runners.marks import Mark
from autom8.scheduler.runners.pump import Pump, Timer

_LOOK_AGAIN_S = 0.01  # doubling, up to
_LOOK_AGAIN_S_MAX = 0.25
_GIVE_UP_S = 5.0  # a process that KILL does not end hangs in the kernel


@dataclass(frozen=True, slots=True)
class Family:
    """The processes of one attempt: how to find them, and how to signal all of them."""

    main: ProcessIdentity
    mark: Mark
    entering: Future[Group | None]

    @property
    def group(self) -> Group | None:
        """The main process' control group, once it is in there; blocks for the milliseconds until it is."""
        return self.entering.result()

    def alive(self, census: Census) -> list[Process]:
        """All that are alive, by tree, process group, session, mark and control group."""
        grouped = set(self.group.pids()) if self.group else set()
        return census.alive_below(census.where(self._is_ours) | grouped)

    def _is_ours(self, process: Process) -> bool:
        if self.main.pid in (process.pid, process.group, process.session):
            return True
        return process.started_ticks >= self.main.started_ticks and self.mark.is_on(process.pid)

    def signal(self, number: signal.Signals, found: list[Process]) -> None:
        """Signal the main process' group, then those that were found outside it."""
        if number is signal.SIGKILL and self.group:
            self.group.kill()
        with contextlib.suppress(OSError):
            os.killpg(self.main.pid, number)
        for process in found:
            if process.group != self.main.pid:
                process.signal(number)


class Searches:
    """Those who want a census; one is taken for all who ask in the same batch of the pump."""

    def __init__(self, pump: Pump) -> None:
        self._waiting: list[Callable[[Census], None]] = []
        pump.after_each_batch(self._run)

    def ask(self, use: Callable[[Census], None]) -> None:
        """Have `use` called with a fresh census at the end of this batch."""
        self._waiting.append(use)

    def _run(self) -> None:
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            census = Census()
            for use in waiting:
                use(census)


class Stopping:
    """One attempt's way to its end, once it has been asked for. Belongs to the pump's thread."""

    def __init__(self, family: Family, *, pump: Pump, searches: Searches, gone: Callable[[], None]) -> None:
        self._family = family
        self._pump = pump
        self._searches = searches
        self._gone = gone
        self._timer: Timer | None = None
        self._look_again_s = _LOOK_AGAIN_S
        self._give_up_at: float | None = None
        self._main_ended = False
        self.active = False  # from the first signal until nothing is left

    def terminate(self, grace_s: float) -> None:
        """TERM now, KILL after the grace."""
        self.active = True
        self._searches.ask(self._terminate)
        self._pump.after(grace_s, self._grace_over)

    def kill(self) -> None:
        """KILL now, and again until nothing is left."""
        if self._give_up_at is None:
            self.active = True
            self._give_up_at = self._pump.monotonic() + _GIVE_UP_S
            self._look_again_s = _LOOK_AGAIN_S
            self._searches.ask(self._look)

    def main_ended(self) -> None:
        """The main process has ended; its descendants keep what is left of the grace."""
        self._main_ended = True
        if self.active:
            self._searches.ask(self._look)

    def _terminate(self, census: Census) -> None:
        self._family.signal(signal.SIGTERM, self._family.alive(census))

    def _grace_over(self) -> None:
        if self.active:
            self.kill()

    def _look(self, census: Census) -> None:
        if not self.active:
            return
        left = self._family.alive(census)
        if not left or (self._give_up_at is not None and self._pump.monotonic() >= self._give_up_at):
            self.active = False
            self._gone()
            return
        if self._give_up_at is not None:
            self._family.signal(signal.SIGKILL, left)
        if self._give_up_at is not None or self._main_ended:
            self._look_later()

    def _look_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._pump.after(self._look_again_s, lambda: self._searches.ask(self._look))
        self._look_again_s = min(self._look_again_s * 2, _LOOK_AGAIN_S_MAX)
