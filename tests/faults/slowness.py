"""How much of this machine is left to us: promises in seconds are made for a machine that does nothing else.

A share of it, as on a build server or beside other tests, stretches everything that needs the CPU alike.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

_WORK = "sum(range(6_000_000))"
_ROUNDS = 3


def slowness() -> float:
    """How many times longer than its CPU time a process takes just now; 1.0 on an idle machine."""
    return max(_once() for _ in range(_ROUNDS))


def _once() -> float:
    before = _cpu_s()
    began = time.monotonic()
    subprocess.run([sys.executable, "-S", "-E", "-c", _WORK], check=True)
    wall_s = time.monotonic() - began
    return max(1.0, wall_s / max(0.01, _cpu_s() - before))


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
