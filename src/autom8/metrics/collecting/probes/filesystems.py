"""Space and inodes of each mounted file system. One that hangs is told of, and stops no other."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from autom8.metrics.collecting.host import Host, read_file
from autom8.metrics.collecting.mounts import Mount, real_mounts
from autom8.metrics.collecting.patience import Hangs, Patience
from autom8.metrics.collecting.ports import Reading
from autom8.metrics.collecting.timer import Timer

EACH_S: Final = 1.0
ALL_S: Final = 3.0  # below what the collector gives a probe
LEAST_S: Final = 0.02  # for each when the time of all is used up


class Space(NamedTuple):
    """What a file system says of itself, in bytes and inodes."""

    size: int
    free: int
    available: int
    inodes: int
    inodes_free: int


class FilesystemsProbe:
    """Real file systems, each by one mount; see `mounts`."""

    name = "filesystems"

    def __init__(
        self,
        host: Host,
        patience: Patience,
        timer: Timer,
        ask: Callable[[bytes], Space | None] | None = None,
    ) -> None:
        self._path = f"{host.proc}/self/mountinfo"
        self._patience = patience
        self._elapsed_s = timer.elapsed_s
        self._ask = ask or space_of

    def read(self) -> Iterator[Reading]:
        """Those of this machine first; what does not answer is `unreachable`."""
        end = self._elapsed_s() + ALL_S
        for mount in real_mounts(read_file(self._path)):
            try:
                space = self._space(mount, within_s=max(LEAST_S, min(EACH_S, end - self._elapsed_s())))
            except PermissionError:
                continue  # another user's FUSE mount: nobody else may look
            except (Hangs, OSError):
                yield Reading("host_filesystem_unreachable", 1, mount.labels)
                continue
            if space is not None:
                yield from _told(mount, space)

    def _space(self, mount: Mount, *, within_s: float) -> Space | None:
        ask, point = self._ask, mount.point
        return self._patience.call(mount.labels["mountpoint"], lambda: ask(point), within_s=within_s)


def _told(mount: Mount, space: Space) -> Iterator[Reading]:
    labels = mount.labels
    used = space.size - space.free
    yield Reading("host_filesystem_unreachable", 0, labels)
    yield Reading("host_filesystem_readonly", int(mount.readonly), labels)
    yield Reading("host_filesystem_size_bytes", space.size, labels)
    yield Reading("host_filesystem_free_bytes", space.free, labels)
    yield Reading("host_filesystem_available_bytes", space.available, labels)
    if used + space.available:
        yield Reading("host_filesystem_used_percent", 100 * used / (used + space.available), labels)
    if space.inodes:  # btrfs and others make them as they need them
        taken = space.inodes - space.inodes_free
        yield Reading("host_filesystem_inodes", space.inodes, labels)
        yield Reading("host_filesystem_inodes_free", space.inodes_free, labels)
        yield Reading("host_filesystem_inodes_used_percent", 100 * taken / space.inodes, labels)


def space_of(point: bytes) -> Space | None:
    """Ask the kernel; None for what has no size, and for a single file that is mounted on another."""
    found = os.statvfs(point)
    if not found.f_blocks or not stat.S_ISDIR(os.stat(point).st_mode):  # noqa: PTH116 - names need not be text
        return None
    unit = found.f_frsize or found.f_bsize
    return Space(
        size=found.f_blocks * unit,
        free=found.f_bfree * unit,
        available=found.f_bavail * unit,
        inodes=found.f_files,
        inodes_free=found.f_ffree,
    )
