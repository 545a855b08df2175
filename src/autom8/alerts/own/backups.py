"""How old the newest backup is: the newest file of a folder, or the one file that is named.

A disk elsewhere may hang for ever; a thread of its own waits for it, so that nothing else does.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

from autom8.kernel.clock import Clock

LOOK_EVERY: Final = timedelta(minutes=5)
WAIT_S_MAX: Final = 10.0
FILES_MAX: Final = 200_000
AHEAD_MAX: Final = timedelta(hours=1)  # a file from further in the future says nothing of its age

Found = float | OSError | None  # seconds since 1970, what is wrong, or that there is none


def newest(path: Path, *, latest: float) -> float | None:
    """When the newest file was last written, in seconds since 1970; None without one.

    Empty files are no backups, nor is what was written after `latest`.

    Raises:
        OSError: it can't be read.
    """
    found: Iterable[os.stat_result]
    if path.is_dir():
        found = (entry.stat(follow_symlinks=False) for entry in islice(_entries(path), FILES_MAX))
    elif path.exists():
        found = [path.stat()]
    else:
        return None
    written = (each.st_mtime for each in found if stat.S_ISREG(each.st_mode) and each.st_size)
    return max((each for each in written if each <= latest), default=None)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(Path(entry.path))
            else:
                yield entry


@dataclass(slots=True, kw_only=True)
class BackupProbe:
    """Looks at one path. `age_max` is how old its newest file may be."""

    path: Path
    age_max: timedelta
    clock: Clock
    wait_s_max: float = WAIT_S_MAX
    newest: Callable[..., float | None] = newest
    _thread: threading.Thread | None = field(default=None)
    _found: list[Found] = field(default_factory=list)

    def __call__(self) -> dict[str, Any]:
        """What is amiss; empty when a backup is young enough."""
        if self._thread is None:
            self._found = []
            self._thread = threading.Thread(target=self._look, args=(self._found,), daemon=True)
            self._thread.name = "autom8-backup"
            self._thread.start()
        self._thread.join(self.wait_s_max)
        if self._thread.is_alive():
            return self._told("unreadable", error="it does not answer")
        self._thread = None
        return self._judge(self._found[0])

    def _look(self, found: list[Found]) -> None:
        latest = self.clock.now() + AHEAD_MAX
        try:
            found.append(self.newest(self.path, latest=latest.timestamp()))
        except OSError as error:
            found.append(error)

    def _judge(self, found: Found) -> dict[str, Any]:
        if isinstance(found, OSError):
            return self._told("unreadable", error=found.strerror or type(found).__name__)
        if found is None:
            return self._told("none")
        age = timedelta(seconds=self.clock.now().timestamp() - found)
        return self._told("old", age_s=round(age.total_seconds())) if age > self.age_max else {}

    def _told(self, why: str, **more: Any) -> dict[str, Any]:
        return {"path": str(self.path), "why": why, **more}
