"""What a server does as the collector of its own host: it reads what `autom8 collect` does, and keeps it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from autom8.bootstrap.services import Services
from autom8.kernel.clock import BootClock
from autom8.metrics.collecting.collector import Collector
from autom8.metrics.collecting.host import Host
from autom8.metrics.collecting.ports import Sample
from autom8.metrics.collecting.probes import host_probes
from autom8.metrics.collecting.timer import Timer
from autom8.metrics.ports import Measured

STOP_WITHIN_S: Final = 6.0  # a reading that hangs is given up after five


@dataclass(frozen=True, slots=True)
class Keeping:
    """The sink of a collector within its server: it hands on and never waits."""

    take: Callable[[Sequence[Measured]], None]

    def put(self, batch: Sequence[Sample]) -> None:
        """Hand on all samples of one instant."""
        self.take(
            [Measured(each.name, tuple(sorted(each.labels.items())), each.at, each.value) for each in batch]
        )


@dataclass(slots=True)
class HostWatch:
    """A collector in a thread of its own, from `start` until `stop`."""

    collector: Collector
    _ends: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read; the first reading is at once."""
        self._thread = threading.Thread(
            target=self.collector.run, args=(self._ends.wait,), name="autom8-collect", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End, with a reading that is under way."""
        self._ends.set()
        if self._thread is not None:
            self._thread.join(STOP_WITHIN_S)


def host_watch_of(services: Services, *, place: int) -> HostWatch | None:
    """What reads this host into the store under the label `host`; None where that is turned off.

    Of several servers on one data folder the first one reads.
    """
    settings = services.settings
    if not settings.collect_every_s or place > 1:
        return None
    timer = Timer.by(BootClock())
    collector = Collector(
        probes=host_probes(Host(), timer),
        sink=Keeping(services.recorder.take),
        timer=timer,
        every_s=float(settings.collect_every_s),
        labels={"host": settings.worker_name or os.uname().nodename},
    )
    return HostWatch(collector)
