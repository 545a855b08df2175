"""Hosts made of files: /proc and /sys as odd machines have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from autom8.metrics.collecting.host import Host
from autom8.metrics.collecting.ports import Reading

MEMINFO = """MemTotal:       8000000 kB
MemFree:        1000000 kB
MemAvailable:   3000000 kB
Buffers:         200000 kB
Cached:         2500000 kB
SwapTotal:      2000000 kB
SwapFree:       1500000 kB
HugePages_Total:       0
"""
NET_DEV = """Inter-|   Receive                                       |  Transmit
 face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier
    lo:  100       1    0    0    0     0          0         0   100       1    0    0    0     0       0
  eth0: 5000      50    2    3    0     0          0         0  7000      70    4    5    0     0       0
veth1a2b3c4: 9     9    0    0    0     0          0         0     9       9    0    0    0     0       0
 eth0:1:  11       1    0    0    0     0          0         0    12       1    0    0    0     0       0
"""
DISKSTATS = """   7       0 loop0 11 0 28 2 0 0 0 0 0 4 2 0 0 0 0 0 0
   8       0 sda 100 5 2000 300 50 6 1000 400 2 500 700 0 0 0 0 0 0
   8       1 sda1 90 5 1900 290 40 6 900 390 0 490 690 0 0 0 0 0 0
 259       0 nvme0n1 10 0 80 30 5 0 40 20 0 25 50 0 0 0 0
 259       1 nvme0n1p1 10 0 80 30 5 0 40 20 0 25 50 0 0 0 0
 179       0 mmcblk0 1 0 8 3 0 0 0 0 0 3 3
   8      16 old 1 2 3 4
"""
MOUNTINFO = "25 30 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"


def write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def cpu_stat(cores: int, ticks: Iterable[int] = (10, 1, 5, 100, 3, 0, 1, 0, 0, 0)) -> str:
    """/proc/stat of a machine on which each core did the same."""
    each = list(ticks)
    lines = ["cpu  " + " ".join(str(tick * cores) for tick in each)]
    lines += [f"cpu{core} " + " ".join(map(str, each)) for core in range(cores)]
    return "\n".join([*lines, "intr 12345 " + "0 " * 500, "ctxt 1", "btime 1700000000", "processes 9", ""])


def process_stat(
    pid: int, name: str = "sh", *, state: str = "S", ticks: tuple[int, int] = (0, 0), pages: int = 0
) -> str:
    """One process's stat; it began at tick 1000 + pid."""
    user, system = ticks
    before = f"{pid} ({name}) {state} 1 1 1 0 -1 4194560 0 0 0 0 {user} {system} 0 0 20 0 1 0 {1000 + pid}"
    return f"{before} 1000000 {pages} 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0\n"


def a_host(folder: Path, *, cores: int = 2, mountinfo: str | bytes = MOUNTINFO) -> Host:
    """A whole host, with everything that a probe looks at but for sensors."""
    proc, system = folder / "proc", folder / "sys"
    write(proc / "stat", cpu_stat(cores))
    write(proc / "loadavg", "0.50 0.25 0.10 2/345 6789\n")
    write(proc / "meminfo", MEMINFO)
    write(proc / "diskstats", DISKSTATS)
    write(proc / "net/dev", NET_DEV)
    write(proc / "sys/fs/file-nr", "1312\t12\t9223372036854775807\n")
    write(proc / "uptime", "12345.67 2345.67\n")
    write(proc / "self/mountinfo", mountinfo)
    write(proc / "self/statm", "5000 2500 900 1 0 1500 0\n")
    write(proc / "1/stat", process_stat(1, "init", pages=100))
    system.mkdir(parents=True, exist_ok=True)
    return Host(str(proc), str(system))


def add_sensor(host: Host, monitor: str, chip: str, files: Mapping[str, str], device: str = "") -> None:
    """A monitor in /sys/class/hwmon, with these files in it."""
    folder = Path(host.sys) / "class/hwmon" / monitor
    write(folder / "name", chip + "\n")
    for name, text in files.items():
        write(folder / name, text)
    if device:
        target = Path(host.sys) / "devices" / device
        target.mkdir(parents=True, exist_ok=True)
        (folder / "device").symlink_to(target)


def values(readings: Iterable[Reading]) -> dict[tuple[str, ...], float]:
    """Readings by name and the values of their labels, in the order of the labels' names."""
    found: dict[tuple[str, ...], float] = {}
    for reading in readings:
        key = (reading.name, *(reading.labels[name] for name in sorted(reading.labels)))
        assert key not in found, f"{key} is told twice"
        found[key] = float(reading.value)
    return found


class HandClock:
    """A timer's two clocks, moved by hand."""

    def __init__(self) -> None:
        self.s = 1_000.0

    def elapsed_s(self) -> float:
        return self.s

    def now_ms(self) -> int:
        return 1_700_000_000_000 + int(self.s * 1_000)
