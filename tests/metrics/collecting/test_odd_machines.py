"""Probes on machines made of files: what is there is told, what is missing is no failure."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from autom8.metrics.collecting.host import Host, read_file
from autom8.metrics.collecting.probes.cpu import CpuProbe, shares
from autom8.metrics.collecting.probes.disks import DisksProbe
from autom8.metrics.collecting.probes.memory import MemoryProbe
from autom8.metrics.collecting.probes.network import INTERFACES_MAX, NetworkProbe
from autom8.metrics.collecting.probes.system import FileHandlesProbe, LoadProbe, UptimeProbe
from autom8.metrics.collecting.probes.temperatures import TemperaturesProbe
from tests.metrics.collecting.fake_host import NET_DEV, a_host, add_sensor, cpu_stat, values, write


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return a_host(tmp_path)


def test_a_machine_of_256_cores_tells_of_each(tmp_path: Path) -> None:
    host = a_host(tmp_path, cores=256)
    probe = CpuProbe(host, ticks_per_s=100)
    first = values(probe.read())
    write(Path(host.proc) / "stat", cpu_stat(256, (30, 1, 15, 150, 13, 0, 11, 0, 0, 0)))
    second = values(probe.read())

    assert first["host_cpu_count",] == 256
    assert first["host_cpu_core_seconds_total", "255", "user"] == 0.1
    assert first["host_cpu_seconds_total", "idle"] == 256.0
    assert not [name for name in first if name[0].endswith("percent")]
    assert second["host_cpu_core_usage_percent", "255", "user"] == 20
    assert second["host_cpu_usage_percent", "idle"] == 50
    assert second["host_cpu_busy_percent",] == 40  # neither idle nor waiting for a disk
    assert len(second) == 1 + 1 + 2 * 8 * 257


def test_a_kernel_that_knows_fewer_modes_has_zeros_for_the_others(host: Host) -> None:
    write(Path(host.proc) / "stat", "cpu  10 0 5 100\ncpu0 10 0 5 100\nintr 1\n")

    assert values(CpuProbe(host, ticks_per_s=100).read())["host_cpu_core_seconds_total", "0", "steal"] == 0


def test_a_core_that_comes_and_goes_harms_no_other(host: Host) -> None:
    probe = CpuProbe(host, ticks_per_s=100)
    list(probe.read())
    write(Path(host.proc) / "stat", cpu_stat(3, (20, 1, 5, 100, 3, 0, 1, 0)))
    with_one_more = values(probe.read())
    write(Path(host.proc) / "stat", cpu_stat(1, (30, 1, 5, 100, 3, 0, 1, 0)))

    assert ("host_cpu_core_usage_percent", "2", "user") not in with_one_more
    assert with_one_more["host_cpu_core_usage_percent", "1", "user"] == 100
    assert values(probe.read())["host_cpu_core_usage_percent", "0", "user"] == 100


def test_a_counter_that_goes_back_makes_no_share_below_zero_or_above_100() -> None:
    found = shares((10, 0, 0, 100, 50, 0, 0, 0), (20, 0, 0, 110, 40, 0, 0, 0))

    assert found["iowait"] == 0
    assert sum(found.values()) == 100
    assert shares((1, 1, 1, 1, 1, 1, 1, 1), (1, 1, 1, 1, 1, 1, 1, 1)) == {}


def test_memory_is_told_in_bytes_and_swap_only_has_a_share_where_there_is_swap(host: Host) -> None:
    found = values(MemoryProbe(host).read())
    assert found["host_memory_used_bytes",] == 5_000_000 * 1024
    assert found["host_memory_used_percent",] == 62.5
    assert found["host_swap_used_percent",] == 25

    write(Path(host.proc) / "meminfo", "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 250 kB\n")
    old = values(MemoryProbe(host).read())  # a kernel before 3.14, without swap
    assert old["host_memory_available_bytes",] == 400 * 1024
    assert old["host_swap_size_bytes",] == 0
    assert ("host_swap_used_percent",) not in old


def test_whole_disks_are_told_and_neither_partitions_nor_loops(host: Host) -> None:
    found = values(DisksProbe(host).read())

    assert {key[1] for key in found} == {"sda", "nvme0n1", "mmcblk0"}
    assert found["host_disk_read_bytes_total", "sda"] == 2000 * 512
    assert found["host_disk_written_bytes_total", "sda"] == 1000 * 512
    assert found["host_disk_read_seconds_total", "sda"] == 0.3
    assert found["host_disk_io_in_progress", "sda"] == 2
    assert found["host_disk_io_seconds_total", "sda"] == 0.5


def test_a_container_without_diskstats_and_sys_is_no_failure(host: Host) -> None:
    (Path(host.proc) / "diskstats").unlink()
    Path(host.sys).rmdir()

    assert list(DisksProbe(host).read()) == []
    assert list(TemperaturesProbe(host).read()) == []


def test_interfaces_are_told_but_for_containers_wires(host: Host) -> None:
    found = values(NetworkProbe(host).read())

    assert {key[1] for key in found} == {"lo", "eth0", "eth0:1"}
    assert found["host_network_receive_bytes_total", "eth0"] == 5000
    assert found["host_network_receive_errors_total", "eth0"] == 2
    assert found["host_network_receive_drops_total", "eth0"] == 3
    assert found["host_network_transmit_bytes_total", "eth0"] == 7000
    assert found["host_network_transmit_packets_total", "eth0"] == 70
    assert found["host_network_transmit_drops_total", "eth0"] == 5


def test_interfaces_without_end_are_bounded(host: Host) -> None:
    lines = "".join(f"  br{n}: " + "0 " * 16 + "\n" for n in range(2 * INTERFACES_MAX))
    write(Path(host.proc) / "net/dev", NET_DEV + lines)

    assert len({key[1] for key in values(NetworkProbe(host).read())}) == INTERFACES_MAX


def test_load_handles_and_uptime_are_told(host: Host) -> None:
    assert values(LoadProbe(host).read()) == {
        ("host_load1",): 0.5,
        ("host_load5",): 0.25,
        ("host_load15",): 0.1,
    }
    assert values(FileHandlesProbe(host).read()) == {
        ("host_file_handles_used",): 1300,
        ("host_file_handles_max",): 2.0**63,
    }
    assert values(UptimeProbe(host).read()) == {
        ("host_uptime_seconds",): 12345.67,
        ("host_boot_time_seconds",): 1_700_000_000,
    }


def test_sensors_are_told_by_chip_device_and_label(host: Host) -> None:
    add_sensor(
        host,
        "hwmon0",
        "coretemp",
        {"temp1_input": "45000\n", "temp1_label": "Package id 0\n", "temp2_input": "-5500\n"},
        device="coretemp.0",
    )
    for number in range(2):  # two of a kind are told apart by their device
        add_sensor(host, f"hwmon{number + 1}", "nvme", {"temp1_input": f"{number}000\n"}, f"nvme{number}")
    add_sensor(host, "hwmon3", "fan", {"fan1_input": "900\n"})

    assert values(TemperaturesProbe(host).read()) == {
        ("host_temperature_celsius", "coretemp", "coretemp.0", "Package id 0"): 45,
        ("host_temperature_celsius", "coretemp", "coretemp.0", "temp2"): -5.5,
        ("host_temperature_celsius", "nvme", "nvme0", "temp1"): 0,
        ("host_temperature_celsius", "nvme", "nvme1", "temp1"): 1,
    }


def test_a_sensor_that_fails_or_shows_nonsense_hides_no_other(host: Host) -> None:
    files = {"temp1_input": "", "temp2_input": "-128000000\n", "temp3_input": "30000\n"}
    add_sensor(host, "hwmon0", "board", files)
    (Path(host.sys) / "class/hwmon/hwmon0/temp4_input").mkdir()  # reading it gives an error, as a sensor may

    assert [key[3] for key in values(TemperaturesProbe(host).read())] == ["temp3"]


def test_where_no_sensor_is_there_the_zones_are_told(host: Host) -> None:
    write(Path(host.sys) / "class/thermal/thermal_zone0/type", "cpu-thermal\n")
    write(Path(host.sys) / "class/thermal/thermal_zone0/temp", "51234\n")
    write(Path(host.sys) / "class/thermal/cooling_device0/type", "fan\n")

    assert values(TemperaturesProbe(host).read()) == {
        ("host_temperature_celsius", "thermal", "thermal_zone0", "cpu-thermal"): 51.234
    }


def test_a_file_that_comes_in_pieces_is_read_to_its_end(tmp_path: Path) -> None:
    """The kernel gives /proc/self/mountinfo and its kind in pieces of whole lines, of about a page each."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    def write_slowly() -> None:
        with fifo.open("wb", buffering=0) as file:
            for n in range(5):
                file.write(b"line %d\n" % n)
                time.sleep(0.01)

    writer = threading.Thread(target=write_slowly)
    writer.start()
    found = read_file(str(fifo))
    writer.join()

    assert found == b"".join(b"line %d\n" % n for n in range(5))


def test_a_long_file_of_the_kernel_is_read_as_others_read_it() -> None:
    """/proc/self/maps of this process has several pages of lines."""
    lines = read_file("/proc/self/maps").splitlines()

    assert len(lines) > 100
    assert lines[-1].endswith((b"[vsyscall]", b"[vdso]", b"[stack]"))
