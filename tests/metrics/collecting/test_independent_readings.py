"""What the probes tell of this very machine is what others read of it: psutil, and /proc by hand."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from autom8.kernel.clock import BootClock
from autom8.metrics.collecting.host import Host, read_file
from autom8.metrics.collecting.patience import Patience
from autom8.metrics.collecting.ports import Reading
from autom8.metrics.collecting.probes.cpu import CpuProbe
from autom8.metrics.collecting.probes.disks import DisksProbe
from autom8.metrics.collecting.probes.filesystems import FilesystemsProbe
from autom8.metrics.collecting.probes.memory import MemoryProbe
from autom8.metrics.collecting.probes.network import NetworkProbe
from autom8.metrics.collecting.probes.processes import ProcessesProbe, parsed
from autom8.metrics.collecting.probes.system import FileHandlesProbe, LoadProbe, UptimeProbe
from autom8.metrics.collecting.timer import Timer
from tests.metrics.collecting.fake_host import values

HERE = Host()
TIMER = Timer.by(BootClock())
Found = dict[tuple[str, ...], float]


def between(read: Callable[[], float], probe: Callable[[], Iterator[Reading]], key: tuple[str, ...]) -> bool:
    """Whether a value lies between what another reads before and after; for what only grows, it must."""
    for _ in range(5):  # what a counter of a busy machine is rounded to may differ by a tick
        before, told, after = read(), values(probe())[key], read()
        if min(before, after) - 0.011 <= told <= max(before, after) + 0.011:
            return True
    return False


@pytest.mark.parametrize("mode", ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"])
def test_cpu_seconds_are_those_of_psutil(mode: str) -> None:
    def core() -> float:
        return float(getattr(psutil.cpu_times(percpu=True)[0], mode))

    assert between(core, CpuProbe(HERE).read, ("host_cpu_core_seconds_total", "0", mode))
    assert between(
        lambda: getattr(psutil.cpu_times(), mode), CpuProbe(HERE).read, ("host_cpu_seconds_total", mode)
    )


def test_the_cores_are_counted() -> None:
    assert values(CpuProbe(HERE).read())["host_cpu_count",] == psutil.cpu_count()


def test_a_process_that_works_shows_as_busy_cpu_and_among_the_first() -> None:
    cpu, processes = CpuProbe(HERE), ProcessesProbe(HERE, TIMER)
    list(cpu.read()), list(processes.read())
    began_s, used_s = time.monotonic(), time.process_time()
    while time.monotonic() - began_s < 0.5:
        pass
    told = values(processes.read())
    share = 100 * (time.process_time() - used_s) / (time.monotonic() - began_s)
    name = Path("/proc/self/comm").read_text().strip()

    assert told["host_process_cpu_percent", name, str(os.getpid())] == pytest.approx(share, abs=10)
    assert values(cpu.read())["host_cpu_busy_percent",] > 0


def test_load_is_that_of_the_system() -> None:
    for index, minutes in enumerate((1, 5, 15)):
        assert between(
            lambda index=index: os.getloadavg()[index],  # type: ignore[misc]
            LoadProbe(HERE).read,
            (f"host_load{minutes}",),
        )


@pytest.mark.parametrize(
    ("key", "theirs"),
    [
        ("host_memory_size_bytes", lambda: psutil.virtual_memory().total),
        ("host_memory_available_bytes", lambda: psutil.virtual_memory().available),
        ("host_memory_free_bytes", lambda: psutil.virtual_memory().free),
        ("host_memory_buffers_bytes", lambda: psutil.virtual_memory().buffers),
        ("host_swap_size_bytes", lambda: psutil.swap_memory().total),
        ("host_swap_used_bytes", lambda: psutil.swap_memory().used),
    ],
)
def test_memory_is_that_of_psutil(key: str, theirs: Callable[[], float]) -> None:
    told = values(MemoryProbe(HERE).read())[key,]

    assert told == pytest.approx(theirs(), abs=256 << 20)  # others on this machine come and go meanwhile


def test_disks_count_as_psutil_does() -> None:
    theirs = psutil.disk_io_counters(perdisk=True)
    told = values(DisksProbe(HERE).read())
    devices = {key[1] for key in told}

    assert devices <= theirs.keys()
    for device in devices:
        later = psutil.disk_io_counters(perdisk=True)[device]
        for key, name, unit in (
            ("host_disk_reads_total", "read_count", 1),
            ("host_disk_writes_total", "write_count", 1),
            ("host_disk_read_bytes_total", "read_bytes", 1),
            ("host_disk_written_bytes_total", "write_bytes", 1),
            ("host_disk_read_seconds_total", "read_time", 1_000),
            ("host_disk_write_seconds_total", "write_time", 1_000),
            ("host_disk_io_seconds_total", "busy_time", 1_000),
        ):
            low, high = getattr(theirs[device], name) / unit, getattr(later, name) / unit
            assert low <= told[key, device] <= high, key


def test_the_network_counts_as_psutil_does() -> None:
    theirs = psutil.net_io_counters(pernic=True, nowrap=False)
    told = values(NetworkProbe(HERE).read())
    later = psutil.net_io_counters(pernic=True, nowrap=False)

    for interface in {key[1] for key in told}:
        for key, name in (
            ("receive_bytes", "bytes_recv"),
            ("transmit_bytes", "bytes_sent"),
            ("receive_packets", "packets_recv"),
            ("transmit_packets", "packets_sent"),
            ("receive_errors", "errin"),
            ("transmit_errors", "errout"),
            ("receive_drops", "dropin"),
            ("transmit_drops", "dropout"),
        ):
            low, high = getattr(theirs[interface], name), getattr(later[interface], name)
            assert low <= told[f"host_network_{key}_total", interface] <= high, key


def test_file_systems_have_the_space_that_statvfs_and_psutil_say() -> None:
    told = values(FilesystemsProbe(HERE, Patience("here"), TIMER).read())
    sizes = {key: value for key, value in told.items() if key[0] == "host_filesystem_size_bytes"}

    assert sizes, "a machine has at least one real file system"
    for (_, device, fstype, point), size in sizes.items():
        usage, found = psutil.disk_usage(point), os.statvfs(point)
        assert size == usage.total
        free = told["host_filesystem_free_bytes", device, fstype, point]
        assert free == pytest.approx(usage.total - usage.used, abs=256 << 20)
        assert told["host_filesystem_used_percent", device, fstype, point] == pytest.approx(
            usage.percent, abs=1
        )
        if found.f_files:
            assert told["host_filesystem_inodes", device, fstype, point] == found.f_files


def test_processes_are_as_many_as_psutil_counts() -> None:
    before = len(psutil.pids())
    told = values(ProcessesProbe(HERE, TIMER).read())
    counted = sum(value for key, value in told.items() if key[0] == "host_processes")

    assert counted == pytest.approx((before + len(psutil.pids())) / 2, abs=20)


def test_this_process_has_the_memory_that_psutil_says() -> None:
    mine = parsed(read_file("/proc/self/stat"))

    assert mine.process.pid == os.getpid()
    assert mine.pages * os.sysconf("SC_PAGE_SIZE") == pytest.approx(
        psutil.Process().memory_info().rss, rel=0.05
    )


def test_file_handles_uptime_and_boot_time_are_the_kernels() -> None:
    handles = values(FileHandlesProbe(HERE).read())
    assert handles["host_file_handles_max",] == int(Path("/proc/sys/fs/file-max").read_text())
    assert 0 < handles["host_file_handles_used",] < handles["host_file_handles_max",]

    uptime = values(UptimeProbe(HERE).read())
    assert uptime["host_uptime_seconds",] == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=0.5)
    assert uptime["host_boot_time_seconds",] == psutil.boot_time()
