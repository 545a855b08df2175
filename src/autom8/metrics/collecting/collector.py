"""The collector: reads all probes at a steady beat and hands what they say to a sink.

A probe that fails, or hangs, is named and counted and stops no other; so is a sink that fails.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from autom8.metrics.collecting.patience import Patience
from autom8.metrics.collecting.ports import Probe, Reading, Sample, Sink
from autom8.metrics.collecting.schedule import Schedule
from autom8.metrics.collecting.timer import Timer

log = logging.getLogger(__name__)

PROBE_WITHIN_S: Final = 5.0


@dataclass(slots=True, kw_only=True)
class Collector:
    """Reads `probes` every `every_s` seconds (from 1 up) and puts what they say into `sink`.

    `labels` stand on every sample, such as the host's name.
    """

    probes: Sequence[Probe]
    sink: Sink
    timer: Timer
    every_s: float = 15.0
    labels: Mapping[str, str] = field(default_factory=dict)
    probe_within_s: float = PROBE_WITHIN_S
    ticks_missed: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    _failing: dict[str, str] = field(default_factory=dict)
    _patience: Patience = field(default_factory=lambda: Patience("probes"))
    _sink_fails: bool = False

    def run(self, wait: Callable[[float], bool]) -> None:
        """Collect until `wait` says so: it waits so many seconds, or returns True sooner, to end."""
        schedule = Schedule(every_s=self.every_s, start_s=self.timer.elapsed_s())
        while True:
            wait_s = schedule.wait_s(self.timer.elapsed_s())
            if wait(max(0.0, wait_s)):
                return
            now_s = self.timer.elapsed_s()
            if schedule.wait_s(now_s) > 0:
                continue  # woken too soon
            self._note_missed(schedule.begin(now_s))
            self.tick()

    def tick(self) -> None:
        """Read all probes once and hand on what they say."""
        batch = self.batch()
        try:
            self.sink.put(batch)
        except Exception as error:
            if not self._sink_fails:
                log.exception("batch_lost", extra={"fields": {"error": type(error).__name__}})
            self._sink_fails = True
        else:
            self._sink_fails = False

    def batch(self) -> list[Sample]:
        """What all probes say now, with the same instant on each sample. What is no number is left out."""
        at = self.timer.now_ms()
        readings = [reading for probe in self.probes for reading in self._read(probe)]
        readings.append(Reading("host_collector_ticks_missed_total", self.ticks_missed))
        common = self.labels
        return [
            Sample(reading.name, {**common, **reading.labels}, at, float(reading.value))
            for reading in readings
            if math.isfinite(reading.value)
        ]

    def _read(self, probe: Probe) -> Iterator[Reading]:
        labels = {"probe": probe.name}
        began_s = self.timer.elapsed_s()
        try:
            found = self._patience.call(probe.name, lambda: list(probe.read()), within_s=self.probe_within_s)
        except Exception as error:  # noqa: BLE001 - whatever one probe meets, the others are read
            found = []
            self._failed(probe.name, error)
        else:
            self._is_well(probe.name)
        yield from found
        yield Reading("host_collector_probe_up", int(probe.name not in self._failing), labels)
        yield Reading("host_collector_probe_seconds", self.timer.elapsed_s() - began_s, labels)
        yield Reading("host_collector_probe_failures_total", self.failures[probe.name], labels)

    def _failed(self, name: str, error: Exception) -> None:
        self.failures[name] += 1
        kind = type(error).__name__
        if self._failing.get(name) != kind:  # said once, not each tick
            log.warning(
                "probe_failed", extra={"fields": {"probe": name, "error": kind, "reason": str(error)}}
            )
        self._failing[name] = kind

    def _is_well(self, name: str) -> None:
        if self._failing.pop(name, None) is not None:
            log.info("probe_well_again", extra={"fields": {"probe": name, "failures": self.failures[name]}})

    def _note_missed(self, missed: int) -> None:
        if missed:
            self.ticks_missed += missed
            log.warning(
                "ticks_missed", extra={"fields": {"missed": missed, "seconds": missed * self.every_s}}
            )
