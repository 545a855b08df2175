"""Which mounts are told of: real file systems, each once. Rules only: no I/O.

What is left out: file systems that hold no files of anybody's (proc, sysfs and their kind), those in memory,
images that are always full (squashfs, iso9660), and all but one mount of the same file system.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from autom8.metrics.collecting.host import shown

MOUNTS_MAX: Final = 200
_PSEUDO: Final = frozenset(
    b"autofs binder binfmt_misc bpf cgroup cgroup2 configfs cpuset debugfs devfs devpts devtmpfs efivarfs"
    b" fusectl hugetlbfs iso9660 mqueue none nsfs proc procfs pstore ramfs resctrl rootfs rpc_pipefs"
    b" securityfs selinuxfs smackfs squashfs sysfs tmpfs tracefs"
    b" fuse.gvfsd-fuse fuse.lxcfs fuse.portal fuse.snapfuse".split()
)
_LAYERED: Final = frozenset({b"overlay", b"aufs", b"fuse.fuse-overlayfs"})  # the root of a container, and
# on its host the same again for each container, where the disk below is told of anyhow
_DISTANT: Final = frozenset(
    b"9p afs beegfs ceph cifs coda fuse.ceph fuse.glusterfs fuse.s3fs fuse.sshfs glusterfs gfs2 lustre ncpfs"
    b" nfs nfs4 ocfs2 orangefs smb3 smbfs virtiofs".split()
)
_ESCAPED: Final = re.compile(rb"\\([0-7]{3})")
_ROOT: Final = b"/"


class Mount(NamedTuple):
    """One mount. `point` is as the kernel takes it; `distant`: somebody else must answer for it.

    `readonly` is the file system's: a service sees many mounts as such that are none for others.
    """

    point: bytes
    device: str
    fstype: str
    distant: bool
    readonly: bool

    @property
    def labels(self) -> dict[str, str]:
        """What tells it from others."""
        return {"device": self.device, "fstype": self.fstype, "mountpoint": shown(self.point)}


class _Line(NamedTuple):
    """One line of mountinfo. `number` is the file system's (major:minor), `root` what of it is mounted."""

    number: bytes
    root: bytes
    point: bytes
    fstype: bytes
    source: bytes
    super_options: list[bytes]


def real_mounts(mountinfo: bytes) -> list[Mount]:
    """The mounts worth telling of, those of this machine first; at most MOUNTS_MAX."""
    lines = [line for text in mountinfo.split(b"\n") if (line := _parsed(text)) is not None]
    on_top = {line.point: line for line in lines}  # a later mount hides an earlier one on the same point
    first: dict[bytes, _Line] = {}
    for line in sorted(on_top.values(), key=lambda each: each.root != _ROOT):  # a whole one before a part
        if _is_real(line):
            first.setdefault(line.number, line)
    mounts = [_told(line) for line in _in_order(first.values(), lines)]
    return sorted(mounts, key=lambda each: each.distant)[:MOUNTS_MAX]


def _in_order(chosen: Iterable[_Line], lines: list[_Line]) -> list[_Line]:
    kept = set(map(id, chosen))
    return [line for line in lines if id(line) in kept]


def _is_real(line: _Line) -> bool:
    if line.fstype in _LAYERED:
        return line.point == _ROOT
    return line.fstype not in _PSEUDO


def _told(line: _Line) -> Mount:
    return Mount(
        point=line.point,
        device=shown(line.source),
        fstype=shown(line.fstype),
        distant=line.fstype in _DISTANT or line.fstype.startswith(b"fuse."),
        readonly=b"ro" in line.super_options,
    )


def _parsed(text: bytes) -> _Line | None:
    """`36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw` (proc_pid_mountinfo(5))."""
    before, dash, after = text.partition(b" - ")
    fields, rest = before.split(b" "), after.split(b" ")
    if not dash or len(fields) < 6 or len(rest) < 2:
        return None
    return _Line(
        number=fields[2],
        root=unescaped(fields[3]),
        point=unescaped(fields[4]),
        fstype=rest[0],
        source=unescaped(rest[1]),
        super_options=rest[2].split(b",") if len(rest) > 2 else [],
    )


def unescaped(field: bytes) -> bytes:
    r"""A field as it was: the kernel writes blanks, line ends and backslashes as `\040` and the like."""
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 8) & 0xFF]), field)
