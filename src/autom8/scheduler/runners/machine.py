"""The machine as the scheduler needs to know it: which boot this is, and since when.

Owns the reading of these two from /proc. Knows nothing of processes or runs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from autom8.scheduler.ports import Boot

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_STAT = Path("/proc/stat")


@cache  # a process sees one boot only
def boot_id() -> str:
    """The boot that this process lives in, as the kernel names it."""
    return _BOOT_ID.read_text(encoding="ascii").strip()


class LinuxMachine:
    """The machine that this process runs on."""

    def boot(self) -> Boot:
        """The boot this process lives in; `at` is exact to the second and follows clock steps."""
        lines = _STAT.read_text(encoding="ascii").splitlines()
        since = next(line for line in lines if line.startswith("btime "))
        return Boot(id=boot_id(), at=datetime.fromtimestamp(int(since.split()[1]), UTC))
