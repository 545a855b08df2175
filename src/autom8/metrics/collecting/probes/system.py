"""Small facts of the whole host: load, file handles, and how long it has been up."""

from __future__ import annotations

from collections.abc import Iterator

from autom8.metrics.collecting.host import Host, read_file
from autom8.metrics.collecting.ports import Reading


class LoadProbe:
    """The three load averages."""

    name = "load"

    def __init__(self, host: Host) -> None:
        self._path = f"{host.proc}/loadavg"

    def read(self) -> Iterator[Reading]:
        """Over 1, 5 and 15 minutes."""
        one, five, fifteen, *_ = read_file(self._path).split()
        yield Reading("host_load1", float(one))
        yield Reading("host_load5", float(five))
        yield Reading("host_load15", float(fifteen))


class FileHandlesProbe:
    """File handles of the kernel."""

    name = "file_handles"

    def __init__(self, host: Host) -> None:
        self._path = f"{host.proc}/sys/fs/file-nr"

    def read(self) -> Iterator[Reading]:
        """Those in use, and how many there may be."""
        allocated, unused, most = read_file(self._path).split()
        yield Reading("host_file_handles_used", int(allocated) - int(unused))
        yield Reading("host_file_handles_max", int(most))


class UptimeProbe:
    """Since when the host is up."""

    name = "uptime"

    def __init__(self, host: Host) -> None:
        self._proc = host.proc

    def read(self) -> Iterator[Reading]:
        """Seconds of uptime, and the second of the start as the kernel reckons it."""
        yield Reading("host_uptime_seconds", float(read_file(f"{self._proc}/uptime").split()[0]))
        started = read_file(f"{self._proc}/stat").partition(b"\nbtime ")[2]
        if started:
            yield Reading("host_boot_time_seconds", int(started.split(maxsplit=1)[0]))
