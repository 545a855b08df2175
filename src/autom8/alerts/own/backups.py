"""How old the newest backup is: the newest file of a folder, or the one file that is named.

A disk elsewhere may hang for ever; a thread of its own waits for it, so that nothing else does.
"""

from __future__ import annotations

import logging
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from autom8.kernel.clock import Clock

log = logging.getLogger(__name__)

LOOK_EVERY: Final = timedelta(minutes=5)
WAIT_S_MAX: Final = 10.0
FILES_MAX: Final = 200_000
AHEAD_MAX: Final = timedelta(hours=1)  # a file from further in the future says nothing of its age


class TooMany(Exception):
    """There are more files than are looked at; `newest` is of those that were."""

    def __init__(self, newest: float | None) -> None:
        super().__init__(f"it has more than {FILES_MAX:,} files")
        self.newest = newest


Found = float | Exception | None  # seconds since 1970, what is wrong, or that there is none


def newest(path: Path, *, latest: float) -> float | None:
    """When the newest file was last written, in seconds since 1970; None without one.

    Empty files are no backups, nor is what was written after `latest`. What goes while this looks is left
    out, and so are folders within that can't be read, such as `lost+found`, where a file is beside them.

    Raises:
        OSError: it can't be read.
        TooMany: there are more files than are looked at.
    """
    found, refused = None, None
    for count, each in enumerate(_entries(path)):
        if count == FILES_MAX:
            raise TooMany(found)
        if isinstance(each, OSError):
            refused = each
        elif stat.S_ISREG(each.st_mode) and each.st_size and each.st_mtime <= latest:
            found = max(found or each.st_mtime, each.st_mtime)
    if found is None and refused is not None:
        raise refused
    return found


def _entries(path: Path) -> Iterator[os.stat_result | OSError]:
    """The file itself, or what is in the folder however deep; an error for each folder that can't be read."""
    try:
        itself = path.stat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(itself.st_mode):
        yield itself
        return
    folders = [str(path)]
    while folders:
        try:
            entries = os.scandir(folders.pop())
        except FileNotFoundError:
            continue
        except OSError as error:
            yield error
            continue
        with entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    is_folder = entry.is_dir(follow_symlinks=False)
                    found = entry.stat(follow_symlinks=False)
                    if is_folder:
                        folders.append(entry.path)
                    yield found


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
        except Exception as error:  # whatever it is: it is told, and the next look tries again
            log.exception("backup_not_read")
            found.append(error)

    def _judge(self, found: Found) -> dict[str, Any]:
        at = found.newest if isinstance(found, TooMany) else found
        if isinstance(at, Exception):
            return self._told("unreadable", error=getattr(at, "strerror", None) or type(at).__name__)
        age = timedelta(seconds=self.clock.now().timestamp() - at) if at is not None else None
        if age is not None and age <= self.age_max:
            return {}
        if isinstance(found, TooMany):
            return self._told("unreadable", error=str(found))
        return self._told("none") if age is None else self._told("old", age_s=round(age.total_seconds()))

    def _told(self, why: str, **more: Any) -> dict[str, Any]:
        return {"path": str(self.path), "why": why, **more}
