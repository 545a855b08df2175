"""What processes cost: CPU time and memory of a tree, and on which core it may run."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class CpuTime:
    """Seconds of CPU since their start: of the processes themselves, and of children that have ended."""

    own_s: float
    children_s: float

    def __sub__(self, earlier: CpuTime) -> CpuTime:
        return CpuTime(self.own_s - earlier.own_s, self.children_s - earlier.children_s)


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def cpu_time(pid: int) -> CpuTime:
    """CPU time of a tree. It holds only processes that live on; children that ended are counted apart."""
    own = children = 0.0
    for each in tree(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            own += times.user + times.system
            children += times.children_user + times.children_system
    return CpuTime(own, children)


def switches(pid: int) -> int:
    """How often the tree's threads were put to sleep or pushed aside: for one that idles, its wake-ups."""
    return sum(_switches(Path(f"/proc/{each.pid}/task")) for each in tree(pid))


def memory_mb(pid: int) -> float:
    """Megabytes (10^6) of the tree, each shared page split among those who share it (PSS)."""
    return float(sum(each.memory_full_info().pss for each in tree(pid))) / 1e6


@contextlib.contextmanager
def pinned(core: int) -> Iterator[None]:
    """Processes that are started in the block stay on this core; on a machine with one, all share it."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(allowed)[core % len(allowed)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _switches(threads: Path) -> int:
    total = 0
    for status in threads.glob("*/status"):
        with contextlib.suppress(OSError):
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            total += int(fields["voluntary_ctxt_switches"]) + int(fields["nonvoluntary_ctxt_switches"])
    return total
