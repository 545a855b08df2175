"""Traffic of each network interface, from /proc/net/dev."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from autom8.metrics.collecting.host import Host, read_file, shown
from autom8.metrics.collecting.ports import Reading

INTERFACES_MAX: Final = 100
_COLUMNS: Final = (  # the name's end, the column of what is received, that of what is sent
    ("bytes", 0, 8),
    ("packets", 1, 9),
    ("errors", 2, 10),
    ("drops", 3, 11),
)
# One end of a container's wire: each start of a container makes a new name.
_LEFT_OUT: Final = re.compile(rb"veth.*|cali[0-9a-f]{11}|lxc[0-9a-f]{8,}|vnet\d+|tap[0-9a-f-]{8,}")


class NetworkProbe:
    """Bytes, packets, errors and drops in both directions; wires of containers are left out."""

    name = "network"

    def __init__(self, host: Host) -> None:
        self._path = f"{host.proc}/net/dev"

    def read(self) -> Iterator[Reading]:
        """The first INTERFACES_MAX interfaces."""
        told = 0
        for line in read_file(self._path).splitlines()[2:]:
            interface, _, rest = line.rpartition(b":")
            if _LEFT_OUT.fullmatch(interface.strip()) or told == INTERFACES_MAX:
                continue
            told += 1
            counts = rest.split()
            labels = {"interface": shown(interface.strip())}
            for what, received, sent in _COLUMNS:
                yield Reading(f"host_network_receive_{what}_total", int(counts[received]), labels)
                yield Reading(f"host_network_transmit_{what}_total", int(counts[sent]), labels)
