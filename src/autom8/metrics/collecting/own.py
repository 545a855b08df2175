"""What the collector itself costs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from autom8.metrics.collecting.host import Host, read_file
from autom8.metrics.collecting.ports import Reading


class OwnProbe:
    """CPU time and memory of this process."""

    name = "collector"

    def __init__(self, host: Host) -> None:
        self._path = f"{host.proc}/self/statm"
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")

    def read(self) -> Iterator[Reading]:
        """Since its start, and now."""
        yield Reading("host_collector_cpu_seconds_total", time.process_time())
        resident = int(read_file(self._path).split()[1])
        yield Reading("host_collector_resident_bytes", resident * self._page_bytes)
