"""How much memory a tree of processes takes, sampled.

Owns the reading of /proc/PID/status and /proc/PID/task/*/children; cheap enough for every second.
`ru_maxrss` alone won't do: it is inherited over fork, so that of a small command shows our own
size.
"""

from __future__ import annotations

import re
import resource
from collections.abc import Iterable

from autom8.scheduler.runners.procfs import children_of, read_page

_MEMORY = re.compile(rb"^Vm(HWM|RSS):\s+(\d+) kB", re.MULTILINE)


def memory_of(pids: Iterable[int]) -> int | None:
    """The most bytes that these processes are known to have held: together now, or one of them ever."""
    peak, total = 0, 0
    for pid in pids:
        found = dict(_MEMORY.findall(read_page(f"/proc/{pid}/status")))
        peak = max(peak, int(found.get(b"HWM", 0)))
        total += int(found.get(b"RSS", 0))
    return max(peak, total) * 1024 or None


def tree_of(pid: int) -> list[int]:
    """A process and its descendants, read from the top; where the kernel lists no children, itself."""
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting.extend(children_of(found[-1]))
    return found


def peak_above_ours(maxrss_bytes: int) -> int | None:
    """The peak that an ended child's `ru_maxrss` tells; None when that may be our own, inherited."""
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return maxrss_bytes if maxrss_bytes > ours else None
