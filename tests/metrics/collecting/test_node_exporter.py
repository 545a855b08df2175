"""The same host read by us and by a real node_exporter in one run: the same values, and what each costs."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from autom8.kernel.clock import BootClock
from autom8.metrics.collecting.host import Host
from autom8.metrics.collecting.probes import host_probes
from autom8.metrics.collecting.timer import Timer
from tests.cli.collecting import collector, pss_bytes, until
from tests.metrics.collecting.fake_host import values
from tests.metrics.collecting.receiving import Receiver

Found = dict[tuple[str, ...], float]
_LINE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
# Ours, theirs, and labels of theirs that ours have not, or which say the same in other words.
SAME = [
    ("host_cpu_core_seconds_total", "node_cpu_seconds_total"),
    ("host_load1", "node_load1"),
    ("host_load5", "node_load5"),
    ("host_load15", "node_load15"),
    ("host_memory_size_bytes", "node_memory_MemTotal_bytes"),
    ("host_memory_free_bytes", "node_memory_MemFree_bytes"),
    ("host_memory_available_bytes", "node_memory_MemAvailable_bytes"),
    ("host_memory_buffers_bytes", "node_memory_Buffers_bytes"),
    ("host_memory_cached_bytes", "node_memory_Cached_bytes"),
    ("host_swap_size_bytes", "node_memory_SwapTotal_bytes"),
    ("host_swap_free_bytes", "node_memory_SwapFree_bytes"),
    ("host_filesystem_size_bytes", "node_filesystem_size_bytes"),
    ("host_filesystem_free_bytes", "node_filesystem_free_bytes"),
    ("host_filesystem_available_bytes", "node_filesystem_avail_bytes"),
    ("host_filesystem_inodes", "node_filesystem_files"),
    ("host_filesystem_inodes_free", "node_filesystem_files_free"),
    ("host_filesystem_readonly", "node_filesystem_readonly"),
    ("host_disk_read_bytes_total", "node_disk_read_bytes_total"),
    ("host_disk_written_bytes_total", "node_disk_written_bytes_total"),
    ("host_disk_reads_total", "node_disk_reads_completed_total"),
    ("host_disk_writes_total", "node_disk_writes_completed_total"),
    ("host_disk_read_seconds_total", "node_disk_read_time_seconds_total"),
    ("host_disk_write_seconds_total", "node_disk_write_time_seconds_total"),
    ("host_disk_io_seconds_total", "node_disk_io_time_seconds_total"),
    ("host_network_receive_bytes_total", "node_network_receive_bytes_total"),
    ("host_network_transmit_bytes_total", "node_network_transmit_bytes_total"),
    ("host_network_receive_packets_total", "node_network_receive_packets_total"),
    ("host_network_transmit_packets_total", "node_network_transmit_packets_total"),
    ("host_network_receive_errors_total", "node_network_receive_errs_total"),
    ("host_network_transmit_errors_total", "node_network_transmit_errs_total"),
    ("host_network_transmit_drops_total", "node_network_transmit_drop_total"),
    ("host_file_handles_max", "node_filefd_maximum"),
    ("host_boot_time_seconds", "node_boot_time_seconds"),
]
ROUNDED = 0.011  # of a counter in hundredths


class NodeExporter:
    """A node_exporter that runs."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid

    def text(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            return str(answer.read().decode())

    def values(self) -> Found:
        """All values by name and the values of their labels, in the order of the labels' names."""
        found: Found = {}
        for name, labels, value in _LINE.findall(self.text()):
            pairs = sorted(_LABEL.findall(labels))
            found[name, *(text.encode().decode("unicode_escape") for _, text in pairs)] = float(value)
        return found


@pytest.fixture
def node_exporter(tmp_path: Path) -> Iterator[NodeExporter]:
    program = shutil.which("prometheus-node-exporter")
    if program is None:
        pytest.skip("prometheus-node-exporter is not installed (./dev test as root installs it on Debian)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with (tmp_path / "node.log").open("wb") as log:
        argv = [program, f"--web.listen-address=127.0.0.1:{port}"]
        process = subprocess.Popen(argv, stdout=log, stderr=log, env=os.environ | {"GOMAXPROCS": "1"})
    exporter = NodeExporter(port, process.pid)
    try:
        until(lambda: _answers(exporter))
        yield exporter
    finally:
        process.kill()
        process.wait()


def _answers(exporter: NodeExporter) -> bool:
    with suppress(OSError):
        return bool(exporter.text())
    return False


def ours() -> Found:
    timer = Timer.by(BootClock())
    return values(reading for probe in host_probes(Host(), timer) for reading in probe.read())


def within(low: float, told: float, high: float, slack: float) -> bool:
    return min(low, high) - slack <= told <= max(low, high) + slack


@pytest.mark.serial
def test_it_tells_the_same_as_a_node_exporter(node_exporter: NodeExporter) -> None:
    """What theirs says before and after bounds what ours may say; gauges of a busy machine get some room."""
    before, told, after = node_exporter.values(), ours(), node_exporter.values()
    compared, differ = 0, []
    for our_name, their_name in SAME:
        gauge = not our_name.endswith("_total")
        mine = {key[1:]: value for key, value in told.items() if key[0] == our_name}
        assert mine, our_name
        for labels, value in mine.items():
            if labels == ("lo",):  # which Debian's leaves out
                continue
            low, high = before[their_name, *labels], after[their_name, *labels]
            room = (
                (256 << 20) if gauge and our_name.endswith("_bytes") else 5_000 if "inodes" in our_name else 0
            )
            compared += 1
            if not within(low, value, high, ROUNDED + room):
                differ.append((our_name, labels, low, value, high))
    handles = told["host_file_handles_used",]

    assert differ == []
    assert compared >= len(SAME) + 8
    assert handles == pytest.approx(before["node_filefd_allocated",], abs=500)


@pytest.mark.serial
def test_it_sees_every_real_disk_file_system_and_interface_that_a_node_exporter_sees(
    node_exporter: NodeExporter,
) -> None:
    theirs, mine = node_exporter.values(), ours()

    def named(found: Found, name: str) -> set[tuple[str, ...]]:
        return {key[1:] for key in found if key[0] == name}

    disks = named(theirs, "node_disk_reads_completed_total")
    disks = {key for key in disks if not key[0].startswith(("sr", "zram"))}
    wires = named(theirs, "node_network_receive_bytes_total") | {("lo",)}
    wires = {key for key in wires if not key[0].startswith("veth")}
    mounts = {key for key in named(theirs, "node_filesystem_size_bytes") if key[1] not in {"tmpfs", "ramfs"}}
    assert named(mine, "host_disk_reads_total") == disks
    assert named(mine, "host_network_receive_bytes_total") == wires
    assert named(mine, "host_filesystem_size_bytes") <= mounts
    # Of one file system it tells once, where theirs tells of each mount.
    assert {key[0] for key in named(mine, "host_filesystem_size_bytes")} == {key[0] for key in mounts}


@pytest.mark.serial
def test_it_costs_no_more_memory_than_a_node_exporter(node_exporter: NodeExporter, tmp_path: Path) -> None:
    receiver = Receiver()
    receiver.start()
    try:
        with collector(tmp_path / "ours", receiver.url) as running:
            until(lambda: len(receiver.requests) >= 2)
            node_exporter.text()
            ours_bytes, theirs_bytes = running.pss_bytes(), pss_bytes(node_exporter.pid)
    finally:
        receiver.stop()

    assert ours_bytes < theirs_bytes * 1.25, (ours_bytes, theirs_bytes)
