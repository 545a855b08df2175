"""Processes, from /proc/PID/stat: how many in each state, and which use most CPU and memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final, NamedTuple

from autom8.metrics.collecting.host import Host, read_file, shown
from autom8.metrics.collecting.ports import Reading
from autom8.metrics.collecting.timer import Timer
from autom8.metrics.collecting.top import Process, Top

STATES: Final = {
    "R": "running",
    "S": "sleeping",
    "D": "uninterruptible",
    "Z": "zombie",
    "T": "stopped",
    "t": "traced",
    "I": "idle",
}
OTHER: Final = "other"
CPU_PERCENT_LEAST: Final = 1.0
MEMORY_BYTES_LEAST: Final = 1.0  # threads of the kernel have none


class Found(NamedTuple):
    """What one process says: its state's letter, CPU time in clock ticks, resident pages."""

    process: Process
    state: str
    ticks: int
    pages: int


class ProcessesProbe:
    """Counts, and the first five by CPU and by memory."""

    name = "processes"

    def __init__(self, host: Host, timer: Timer) -> None:
        self._proc = host.proc
        self._elapsed_s = timer.elapsed_s
        self._per_s = os.sysconf("SC_CLK_TCK")
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")
        self._before: dict[Process, int] = {}
        self._before_s = 0.0
        self._by_cpu = Top(at_least=CPU_PERCENT_LEAST)
        self._by_memory = Top(at_least=MEMORY_BYTES_LEAST)

    def read(self) -> Iterator[Reading]:
        """All states, also those that no process is in; those by CPU from the second reading on."""
        now_s = self._elapsed_s()
        found = list(self._found())
        counts = dict.fromkeys([*STATES.values(), OTHER], 0)
        for each in found:
            counts[STATES.get(each.state, OTHER)] += 1
        for state, count in counts.items():
            yield Reading("host_processes", count, {"state": state})
        sizes = {each.process: float(each.pages * self._page_bytes) for each in found}
        for (name, pid), size in self._by_memory.choose(sizes, now_s=now_s).items():
            yield Reading("host_process_memory_bytes", size, {"name": name, "pid": pid})
        percents = self._percents(found, now_s)
        for (name, pid), percent in self._by_cpu.choose(percents, now_s=now_s).items():
            yield Reading("host_process_cpu_percent", percent, {"name": name, "pid": pid})

    def _percents(self, found: list[Found], now_s: float) -> dict[Process, float]:
        before, since_s = self._before, now_s - self._before_s
        self._before, self._before_s = {each.process: each.ticks for each in found}, now_s
        if since_s <= 0 or not before:
            return {}
        per_tick = 100 / self._per_s / since_s
        return {
            each.process: max(0, each.ticks - before[each.process]) * per_tick
            for each in found
            if each.process in before
        }

    def _found(self) -> Iterator[Found]:
        for name in os.listdir(self._proc):  # noqa: PTH208 - strings are cheaper, each tick, than paths
            if name.isdecimal():
                try:
                    yield parsed(read_file(f"{self._proc}/{name}/stat"))
                except (FileNotFoundError, ProcessLookupError, PermissionError):
                    continue  # it has ended meanwhile, or is hidden from us


def parsed(line: bytes) -> Found:
    """One line of /proc/PID/stat. The name, in brackets, may itself hold blanks and brackets.

    Raises:
        ValueError: it is none.
    """
    before, _, after = line.rpartition(b") ")
    pid, _, name = before.partition(b" (")
    fields = after.split(maxsplit=22)
    if len(fields) < 22:
        raise ValueError("a process's stat is cut short")
    return Found(
        process=Process(pid=int(pid), started=int(fields[19]), name=shown(name)),
        state=fields[0].decode(),
        ticks=int(fields[11]) + int(fields[12]),
        pages=int(fields[21]),
    )
