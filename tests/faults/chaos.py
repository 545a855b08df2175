"""What is done to servers: killed, frozen, by chance; and how long each takes to begin commands again."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.faults.server import Server, wait_until
from tests.faults.slowness import slowness
from tests.faults.starts import StartLog

PATIENCE_S = 60.0  # longer than any promise, so that a broken one is measured, not merely noticed
SHORT_FREEZE_S = (0.5, 4.0)  # well within a lease


@dataclass(slots=True)
class Chaos:
    """Breaks servers at random and measures how long each break lasts for their tasks.

    `recoveries` are seconds from the start of a restart, or of a thaw, to the first command that begins on
    that server; `slow` is how much slower than alone the machine was meanwhile.
    """

    log: StartLog
    chance: random.Random
    slow: float = field(default_factory=slowness)
    recoveries: list[float] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def deeds(self) -> str:
        """What was done, in words."""
        return ", ".join(sorted(self.faults))

    @property
    def numbers(self) -> dict[str, float]:
        """How often, how long the longest recovery took, and how slow the machine was."""
        return {"times": self.faults.total(), "recovery_s": max(self.recoveries), "slow": self.slow}

    def rage(self, servers: Sequence[Server], *, for_s: float, deeds: Sequence[str]) -> None:
        """Break one server after the other, until the time is over; each is well again in the end."""
        end = time.monotonic() + for_s
        while time.monotonic() < end:
            time.sleep(self.chance.uniform(0.5, 2.5))
            self.do(self.chance.choice(deeds), self.chance.choice(servers))
        self.slow = max(self.slow, slowness())

    def do(self, deed: str, server: Server) -> None:
        """One fault and the recovery from it."""
        self.faults[deed] += 1
        deeds: dict[str, Callable[[Server], float]] = {
            "kill -9 of the server": lambda each: self._killed(each, each.kill_parent),
            "kill -9 of its worker process": lambda each: self._killed(each, each.kill_worker),
            "SIGSTOP, then SIGCONT": self._frozen,
        }
        self.recoveries.append(deeds[deed](server))

    def _killed(self, server: Server, kill: Callable[[], None]) -> float:
        """Kill, start again as a supervisor would, and wait for a command of a new worker process."""
        known, size = {server.worker, *server.workers}, self.log.size
        kill()
        began = time.monotonic()

        def recovered() -> bool:
            restart_if_gone(server)
            return any(
                each.what == "begin" and each.worker not in known and each.worker in _workers_below(server)
                for each in self.log.entries(after=size)
            )

        wait_until(recovered, within_s=PATIENCE_S, what=f"commands begin again\n{server.said()[-3000:]}")
        recovery = time.monotonic() - began
        server.await_ready()
        return recovery

    def _frozen(self, server: Server) -> float:
        server.freeze()
        time.sleep(self.chance.uniform(*SHORT_FREEZE_S))
        size, worker = self.log.size, server.worker
        server.thaw()
        began = time.monotonic()

        def recovered() -> bool:
            return any(
                each.what == "begin" and each.worker == worker for each in self.log.entries(after=size)
            )

        wait_until(recovered, within_s=PATIENCE_S, what=f"commands begin again\n{server.said()[-3000:]}")
        return time.monotonic() - began


def restart_if_gone(server: Server) -> None:
    """Start a server that has ended: what systemd or a container's supervisor does."""
    assert server.process is not None
    if server.process.poll() is not None:
        server.launch()


def _workers_below(server: Server) -> set[int]:
    return {each.pid for each in server.tree()}
