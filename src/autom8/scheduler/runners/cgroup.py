"""A control group (cgroup v2) for each attempt, where one can be made.

Owns the folders below our own group: autom8-OWNER/run-RUN-ATTEMPT. From such a group no process
gets out by forking, and all in it can be killed at once. Where there is no writable cgroup v2,
there are no groups, and nobody is the worse but who flees cleverly.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from autom8.scheduler.runners.marks import worker_name

_MOUNTS = Path("/proc/self/mountinfo")
_OWN = Path("/proc/self/cgroup")


class Group:
    """The group of one attempt."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def pids(self) -> list[int]:
        """Who is in it; zombies are not."""
        try:
            return [int(line) for line in (self._folder / "cgroup.procs").read_text("ascii").split()]
        except OSError:
            return []

    def kill(self) -> None:
        """KILL all in it at once; before Linux 5.14 this does nothing."""
        with contextlib.suppress(OSError):
            _write(self._folder / "cgroup.kill", 1)

    def remove(self) -> None:
        """Remove it, unless a process was left in it on purpose."""
        with contextlib.suppress(OSError):
            self._folder.rmdir()


class Groups:
    """The groups of one worker's attempts; none where they can't be made."""

    def __init__(self, owner: str, *, parent: Path | None) -> None:
        """Make room below `parent`, the group to make them in (see `own_group`)."""
        self._root = parent / self.name_of(owner) if parent else None
        if self._root is not None:
            try:
                self._root.mkdir(exist_ok=True)
            except OSError:
                self._root = None
            self._remove_empty()

    @staticmethod
    def name_of(owner: str) -> str:
        """The name of the folder that holds the groups of an owner."""
        return f"autom8-{worker_name(owner)}"

    @property
    def usable(self) -> bool:
        """Whether groups can be made, as far as was found out."""
        return self._root is not None

    def put(self, pid: int, *, run_id: int, attempt: int) -> Group | None:
        """Put a process that has no children yet into a group of its own."""
        if self._root is None:
            return None
        folder = self._root / f"run-{run_id}-{attempt}"
        try:
            folder.mkdir(exist_ok=True)
            with contextlib.suppress(ProcessLookupError):  # killed at its gate
                _write(folder / "cgroup.procs", pid)
        except OSError:
            self.close()
            self._root = None  # we may make folders, but not fill them
            return None
        return Group(folder)

    def of_run(self, run_id: int) -> list[Group]:
        """The groups there are of a run's attempts, those of earlier incarnations too."""
        return [Group(folder) for folder in self._root.glob(f"run-{run_id}-*")] if self._root else []

    def close(self) -> None:
        """Remove what is empty."""
        self._remove_empty()
        if self._root is not None:
            Group(self._root).remove()

    def _remove_empty(self) -> None:
        """Remove the groups of runs whose last process has gone, long after them maybe."""
        if self._root is not None:
            for folder in self._root.glob("run-*"):
                Group(folder).remove()


def own_group() -> Path | None:
    """The folder of the cgroup v2 that this process is in; None where it isn't to be seen."""
    try:
        own = next(line[3:] for line in _OWN.read_text("utf-8").splitlines() if line.startswith("0::"))
        mounts = (line.split(" - ") for line in _MOUNTS.read_text("utf-8").splitlines())
        mount = next(left.split() for left, right in mounts if right.startswith("cgroup2 "))
    except (OSError, StopIteration):
        return None
    root, point = mount[3], Path(mount[4])
    folder = point / own.removeprefix(root if root != "/" else "").lstrip("/")
    return folder if folder.is_dir() else None


def _write(file: Path, number: int) -> None:
    with file.open("r+", encoding="ascii") as there:  # which makes no file where the kernel has none
        there.write(str(number))
