"""Every name that the collector gives, in one table; the documentation and an exposition are made from it.

Names are Prometheus's way: a unit at the end, and `_total` at the end of what only grows.
"""

from __future__ import annotations

from typing import Final, NamedTuple

GAUGE: Final = "gauge"
COUNTER: Final = "counter"


class Metric(NamedTuple):
    """One name. `unit` is a word (empty for a plain number); `labels` are those beside `host`."""

    name: str
    kind: str
    unit: str
    help: str
    labels: tuple[str, ...] = ()


_MOUNT: Final = ("device", "fstype", "mountpoint")
_PROCESS: Final = ("name", "pid")
_SENSOR: Final = ("chip", "device", "sensor")

CATALOGUE: Final[tuple[Metric, ...]] = (
    Metric("host_cpu_count", GAUGE, "", "Cores that are online."),
    Metric(
        "host_cpu_seconds_total",
        COUNTER,
        "seconds",
        "Time of all cores together in each mode. Time of guests is part of user and nice.",
        ("mode",),
    ),
    Metric(
        "host_cpu_usage_percent",
        GAUGE,
        "percent",
        "Share of all cores' time in each mode since the last reading; the modes make 100.",
        ("mode",),
    ),
    Metric(
        "host_cpu_busy_percent",
        GAUGE,
        "percent",
        "Share of all cores' time since the last reading that was neither idle nor waiting for a disk.",
    ),
    Metric(
        "host_cpu_core_seconds_total",
        COUNTER,
        "seconds",
        "Time of each core in each mode.",
        ("core", "mode"),
    ),
    Metric(
        "host_cpu_core_usage_percent",
        GAUGE,
        "percent",
        "Share of a core's time in each mode since the last reading.",
        ("core", "mode"),
    ),
    Metric("host_load1", GAUGE, "", "Tasks that run or wait for a core or a disk, averaged over 1 minute."),
    Metric("host_load5", GAUGE, "", "The same over 5 minutes."),
    Metric("host_load15", GAUGE, "", "The same over 15 minutes."),
    Metric("host_memory_size_bytes", GAUGE, "bytes", "Memory that the kernel has."),
    Metric("host_memory_free_bytes", GAUGE, "bytes", "Memory used for nothing at all."),
    Metric("host_memory_available_bytes", GAUGE, "bytes", "Memory that programs can have without swapping."),
    Metric("host_memory_used_bytes", GAUGE, "bytes", "Size less available."),
    Metric("host_memory_used_percent", GAUGE, "percent", "Used of size."),
    Metric("host_memory_buffers_bytes", GAUGE, "bytes", "Buffers of block devices."),
    Metric("host_memory_cached_bytes", GAUGE, "bytes", "Pages of files, and shared memory."),
    Metric("host_swap_size_bytes", GAUGE, "bytes", "Swap space."),
    Metric("host_swap_free_bytes", GAUGE, "bytes", "Swap space that is not used."),
    Metric("host_swap_used_bytes", GAUGE, "bytes", "Size less free."),
    Metric("host_swap_used_percent", GAUGE, "percent", "Used of size; nothing on a host without swap."),
    Metric("host_filesystem_size_bytes", GAUGE, "bytes", "Size of a mounted file system.", _MOUNT),
    Metric("host_filesystem_free_bytes", GAUGE, "bytes", "Free space, that of root included.", _MOUNT),
    Metric("host_filesystem_available_bytes", GAUGE, "bytes", "Free space for everybody.", _MOUNT),
    Metric(
        "host_filesystem_used_percent",
        GAUGE,
        "percent",
        "Used, of used and available: what df tells.",
        _MOUNT,
    ),
    Metric("host_filesystem_inodes", GAUGE, "", "Inodes; nothing where there is no such limit.", _MOUNT),
    Metric("host_filesystem_inodes_free", GAUGE, "", "Inodes that are free.", _MOUNT),
    Metric("host_filesystem_inodes_used_percent", GAUGE, "percent", "Used inodes of all.", _MOUNT),
    Metric("host_filesystem_readonly", GAUGE, "", "1: the file system takes no writes; else 0.", _MOUNT),
    Metric(
        "host_filesystem_unreachable",
        GAUGE,
        "",
        "1: it did not answer in time, or with an error; else 0. Then nothing else is told of it.",
        _MOUNT,
    ),
    Metric("host_disk_read_bytes_total", COUNTER, "bytes", "Bytes read from a device.", ("device",)),
    Metric("host_disk_written_bytes_total", COUNTER, "bytes", "Bytes written to it.", ("device",)),
    Metric("host_disk_reads_total", COUNTER, "", "Reads that it completed.", ("device",)),
    Metric("host_disk_writes_total", COUNTER, "", "Writes that it completed.", ("device",)),
    Metric(
        "host_disk_read_seconds_total",
        COUNTER,
        "seconds",
        "Time that all reads took; its growth by that of reads is their latency.",
        ("device",),
    ),
    Metric(
        "host_disk_write_seconds_total",
        COUNTER,
        "seconds",
        "Time that all writes took; its growth by that of writes is their latency.",
        ("device",),
    ),
    Metric("host_disk_io_seconds_total", COUNTER, "seconds", "Time in which it was at work.", ("device",)),
    Metric("host_disk_io_in_progress", GAUGE, "", "Operations that it works on now.", ("device",)),
    Metric("host_network_receive_bytes_total", COUNTER, "bytes", "Bytes received.", ("interface",)),
    Metric("host_network_transmit_bytes_total", COUNTER, "bytes", "Bytes sent.", ("interface",)),
    Metric("host_network_receive_packets_total", COUNTER, "", "Packets received.", ("interface",)),
    Metric("host_network_transmit_packets_total", COUNTER, "", "Packets sent.", ("interface",)),
    Metric("host_network_receive_errors_total", COUNTER, "", "Packets received broken.", ("interface",)),
    Metric(
        "host_network_transmit_errors_total", COUNTER, "", "Packets that could not be sent.", ("interface",)
    ),
    Metric(
        "host_network_receive_drops_total", COUNTER, "", "Packets received and thrown away.", ("interface",)
    ),
    Metric(
        "host_network_transmit_drops_total", COUNTER, "", "Packets thrown away, not sent.", ("interface",)
    ),
    Metric("host_processes", GAUGE, "", "Processes in each state.", ("state",)),
    Metric(
        "host_process_cpu_percent",
        GAUGE,
        "percent",
        "The five processes that used most CPU since the last reading, in percent of one core.",
        _PROCESS,
    ),
    Metric(
        "host_process_memory_bytes",
        GAUGE,
        "bytes",
        "The five processes with most resident memory.",
        _PROCESS,
    ),
    Metric("host_file_handles_used", GAUGE, "", "Open file handles of the whole host."),
    Metric("host_file_handles_max", GAUGE, "", "How many the kernel allows."),
    Metric("host_temperature_celsius", GAUGE, "degrees Celsius", "What a sensor shows.", _SENSOR),
    Metric("host_uptime_seconds", GAUGE, "seconds", "Time since the start of the host, sleep included."),
    Metric("host_boot_time_seconds", GAUGE, "seconds", "When the host was started, since the epoch, UTC."),
    Metric(
        "host_collector_probe_up", GAUGE, "", "1: the probe could read; 0: it failed or hangs.", ("probe",)
    ),
    Metric("host_collector_probe_seconds", GAUGE, "seconds", "How long the probe took.", ("probe",)),
    Metric(
        "host_collector_probe_failures_total",
        COUNTER,
        "",
        "How often the probe failed, or did not end in time.",
        ("probe",),
    ),
    Metric(
        "host_collector_ticks_missed_total",
        COUNTER,
        "",
        "Readings that were due and did not take place: the host slept, or was too busy.",
    ),
    Metric(
        "host_collector_cpu_seconds_total", COUNTER, "seconds", "Time of the CPU that the collector used."
    ),
    Metric("host_collector_resident_bytes", GAUGE, "bytes", "Resident memory of the collector."),
    Metric("host_collector_batches_delivered_total", COUNTER, "", "Batches that the server took."),
    Metric(
        "host_collector_batches_dropped_total",
        COUNTER,
        "",
        "Batches that were lost: the buffer was full, the server refused them, or the disk had damaged them.",
        ("reason",),
    ),
    Metric("host_collector_buffer_batches", GAUGE, "", "Batches that wait for the server."),
    Metric("host_collector_buffer_bytes", GAUGE, "bytes", "Their size on the disk."),
)
