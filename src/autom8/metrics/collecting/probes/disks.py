"""I/O of each block device, from /proc/diskstats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from autom8.metrics.collecting.host import Host, read_file, shown
from autom8.metrics.collecting.ports import Reading

_SECTOR_BYTES: Final = 512  # in this file, whatever the device's own are
_MS_PER_S: Final = 1_000
# What has no hardware behind it, and parts of what is told as a whole.
_LEFT_OUT: Final = re.compile(
    rb"(?:ram|zram|loop|fd|sr)\d+|(?:hd|sd|vd|xvd)[a-z]+\d+|(?:nvme\d+n\d+|mmcblk\d+|nbd\d+|md\d+)p\d+"
)


class DisksProbe:
    """Bytes, operations and time of whole devices; partitions, loops and disks in memory are left out."""

    name = "disks"

    def __init__(self, host: Host) -> None:
        self._path = f"{host.proc}/diskstats"

    def read(self) -> Iterator[Reading]:
        """Nothing in a container that has no such file."""
        try:
            lines = read_file(self._path).splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            _, _, device, *counts = line.split()
            if not _LEFT_OUT.fullmatch(device) and len(counts) >= 10:
                yield from _of(shown(device), [int(each) for each in counts[:10]])


def _of(device: str, counts: list[int]) -> Iterator[Reading]:
    reads, _, sectors_read, ms_reading, writes, _, sectors_written, ms_writing, in_progress, ms_busy = counts
    labels = {"device": device}
    yield Reading("host_disk_reads_total", reads, labels)
    yield Reading("host_disk_read_bytes_total", sectors_read * _SECTOR_BYTES, labels)
    yield Reading("host_disk_read_seconds_total", ms_reading / _MS_PER_S, labels)
    yield Reading("host_disk_writes_total", writes, labels)
    yield Reading("host_disk_written_bytes_total", sectors_written * _SECTOR_BYTES, labels)
    yield Reading("host_disk_write_seconds_total", ms_writing / _MS_PER_S, labels)
    yield Reading("host_disk_io_in_progress", in_progress, labels)
    yield Reading("host_disk_io_seconds_total", ms_busy / _MS_PER_S, labels)
