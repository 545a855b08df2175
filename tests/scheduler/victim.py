"""A server that kills itself between two statements, again and again: python -m tests.scheduler.victim.

Each life is a process of its own, forked from this one, which has loaded everything and holds no connection.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.scheduler.fault_points import Points, add_due_task, kill_myself, live, restart, watched
from tests.scheduler.house import HandProcesses, House, opened


class NotedProcesses(HandProcesses):
    """Writes each command that begins to a file that outlives the server."""

    def __init__(self, starts: Path) -> None:
        super().__init__()
        self.begun = _Noted(starts)


class _Noted(list[tuple[int, int]]):
    def __init__(self, starts: Path) -> None:
        super().__init__()
        self._starts = starts

    def append(self, start: tuple[int, int]) -> None:
        with self._starts.open("a") as file:
            file.write(f"{start[0]}\n")
        super().append(start)


def in_a_process(deed: Callable[[], object]) -> int:
    """Do it in a child of this process; its exit status."""
    pid = os.fork()
    if pid == 0:
        deed()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def die(url: str, starts: Path, place: int) -> None:
    with opened(url) as database:
        house = House(database)
        worker, _ = house.worker(processes=NotedProcesses(starts))
        add_due_task(house, f"at {place}")
        with watched(database, Points(strike_at=place, strike=kill_myself)):
            live(house, worker)
    os._exit(3)  # it has lived to the end: there is no such place


def come_back(url: str, starts: Path) -> None:
    with opened(url) as database:
        house = House(database)
        house.clock.advance(60)
        restart(house, NotedProcesses(starts))


def main(url: str, starts: str, places: str) -> None:
    place, stride = 0, 1 if places == "all" else 8
    while (status := in_a_process(partial(die, url, Path(starts), place))) == -9:
        if in_a_process(lambda: come_back(url, Path(starts))) != 0:
            raise SystemExit(f"place {place}: the next server could not go on")
        place += stride
    if status != 3:
        raise SystemExit(f"place {place}: ended with {status}")


if __name__ == "__main__":
    main(*sys.argv[1:])
