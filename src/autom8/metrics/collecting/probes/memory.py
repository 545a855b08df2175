"""Memory and swap, from /proc/meminfo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from autom8.metrics.collecting.host import Host, read_file
from autom8.metrics.collecting.ports import Reading

_KIB: Final = 1024


class MemoryProbe:
    """Bytes, and percent used."""

    name = "memory"

    def __init__(self, host: Host) -> None:
        self._path = f"{host.proc}/meminfo"

    def read(self) -> Iterator[Reading]:
        """Memory always; the percentage of swap only where there is swap."""
        found = sizes(read_file(self._path))
        size, free = found["MemTotal"], found["MemFree"]
        available = found.get("MemAvailable", free + found.get("Buffers", 0) + found.get("Cached", 0))
        yield Reading("host_memory_size_bytes", size)
        yield Reading("host_memory_free_bytes", free)
        yield Reading("host_memory_available_bytes", available)
        yield Reading("host_memory_used_bytes", size - available)
        yield Reading("host_memory_used_percent", 100 * (size - available) / size)
        yield Reading("host_memory_buffers_bytes", found.get("Buffers", 0))
        yield Reading("host_memory_cached_bytes", found.get("Cached", 0))
        swap, unused = found.get("SwapTotal", 0), found.get("SwapFree", 0)
        yield Reading("host_swap_size_bytes", swap)
        yield Reading("host_swap_free_bytes", unused)
        yield Reading("host_swap_used_bytes", swap - unused)
        if swap:
            yield Reading("host_swap_used_percent", 100 * (swap - unused) / swap)


def sizes(meminfo: bytes) -> dict[str, int]:
    """Bytes by the kernel's names."""
    found = {}
    for line in meminfo.splitlines():
        name, _, rest = line.partition(b":")
        value, *unit = rest.split()
        found[name.decode()] = int(value) * (_KIB if unit == [b"kB"] else 1)
    return found
