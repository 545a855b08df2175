"""How much room there is on the disks that Autom8 writes to, and whether it will soon be gone.

What is asked for is a share of the disk, within bounds: a twentieth of a large disk is room for years, and on
a small one it is gone within a minute.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any, Final

from autom8.kernel import defaults
from autom8.kernel.clock import Clock

SHARE_OF_SMALL: Final = 0.2  # of a disk on which the least room would be most of it
FREE_AGAIN: Final = 1.2  # times what is asked for, lest it comes and goes
TREND_OVER: Final = timedelta(hours=1)
TREND_LEAST: Final = timedelta(minutes=30)
TREND_END: Final = timedelta(minutes=20)  # it must still fill
TREND_FREE_BELOW: Final = 0.4  # of the disk: an emptier one has time
SAMPLES_MAX: Final = 61


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a disk has, and what of it this process may use. `inodes` is 0 where they are not counted."""

    device: int
    size_bytes: int
    free_bytes: int
    inodes: int
    free_inodes: int


Measure = Callable[[Path], Room]


def measure(folder: Path) -> Room:
    """The room on the disk of a folder.

    Raises:
        OSError: it can't be said.
    """
    found = os.statvfs(folder)
    return Room(
        device=folder.stat().st_dev,
        size_bytes=found.f_blocks * found.f_frsize,
        free_bytes=found.f_bavail * found.f_frsize,
        inodes=found.f_files,
        free_inodes=found.f_favail,
    )


def wanted_bytes(room: Room, percent: int) -> float:
    """How much must be free: a share of the disk, at least and at most so much, of a small one a fifth."""
    share = room.size_bytes * percent / 100
    within = min(max(share, defaults.DISK_FREE_LEAST), defaults.DISK_FREE_MOST)
    return min(within, max(room.size_bytes * SHARE_OF_SMALL, share))


def slope(samples: Sequence[tuple[float, int]]) -> float:
    """Bytes a second by which free space changes: the median over all pairs, which a burst does not move."""
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(samples, 2) if b[0] > a[0]]
    return median(slopes) if slopes else 0.0


@dataclass(slots=True, kw_only=True)
class DiskProbe:
    """Looks at the disks of some folders, at each once. `percent` 0 asks for nothing."""

    folders: Sequence[Path]
    percent: int
    clock: Clock
    measure: Measure = measure
    _samples: dict[int, deque[tuple[float, int]]] = field(default_factory=dict)
    _short: set[int] = field(default_factory=set)

    def __call__(self) -> dict[str, Any] | None:
        """The disks that fill up; empty when there is room, None while that can't be said."""
        if not self.percent:
            return {}
        rooms: dict[int, tuple[Path, Room]] = {}
        for folder in self.folders:
            try:
                room = self.measure(folder)
            except OSError:
                return None
            rooms.setdefault(room.device, (folder, room))
        amiss = [told for path, room in rooms.values() if (told := self._judge(path, room)) is not None]
        return {"disks": amiss} if amiss else {}

    def _judge(self, path: Path, room: Room) -> dict[str, Any] | None:
        at = self.clock.monotonic()
        samples = self._samples.setdefault(room.device, deque(maxlen=SAMPLES_MAX))
        samples.append((at, room.free_bytes))
        why, full_in_s = self._why(room, samples)
        (self._short.add if why else self._short.discard)(room.device)
        if not why:
            return None
        told = {
            "path": str(path),
            "why": why,
            "free_bytes": room.free_bytes,
            "size_bytes": room.size_bytes,
            "free_inodes": room.free_inodes,
            "inodes": room.inodes,
        }
        return told | ({"full_in_s": round(full_in_s)} if full_in_s is not None else {})

    def _why(self, room: Room, samples: Sequence[tuple[float, int]]) -> tuple[str, float | None]:
        more = FREE_AGAIN if room.device in self._short else 1.0
        if room.free_bytes < wanted_bytes(room, self.percent) * more:
            return "bytes", None
        if room.inodes and room.free_inodes * 100 < room.inodes * self.percent * more:
            return "inodes", None
        full_in_s = _full_in_s(room, samples)
        if full_in_s is not None and full_in_s < defaults.DISK_FULL_WITHIN.total_seconds() * more:
            return "trend", full_in_s
        return "", None


def _full_in_s(room: Room, samples: Sequence[tuple[float, int]]) -> float | None:
    """When the disk is full if it goes on as within the last hour; None when it does not fill."""
    latest = samples[-1][0]
    lately = [each for each in samples if latest - each[0] <= TREND_OVER.total_seconds()]
    if latest - lately[0][0] < TREND_LEAST.total_seconds():
        return None
    if room.free_bytes >= room.size_bytes * TREND_FREE_BELOW:
        return None
    # What was written at once may lie in half of all pairs; it does not lie in the end as well.
    end = [each for each in lately if latest - each[0] <= TREND_END.total_seconds()]
    change = max(slope(lately), slope(end))
    return room.free_bytes / -change if change < 0 else None
