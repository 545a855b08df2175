"""Records what is measured, in batches: whoever measures never waits for the store and never fails by it.

The queue is bounded. What does not fit is dropped and counted (`samples.dropped`), never silently.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from autom8.kernel.clock import Clock
from autom8.kernel.errors import Unavailable
from autom8.kernel.events import RunEnded
from autom8.kernel.telemetry import Telemetry
from autom8.metrics.ports import Measured, SampleStore

QUEUE_MAX: Final = 20_000


@dataclass(slots=True, kw_only=True)
class Recorder:
    """Collects samples from any thread; `flush` writes them."""

    store: SampleStore
    clock: Clock
    telemetry: Telemetry
    queue_max: int = QUEUE_MAX
    _queue: deque[Measured] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run_ended(self, event: RunEnded) -> None:
        """Record a run's end: that it ended so, how long it took, and how late it began."""
        task = ("task_id", str(event.task_id))
        self.record("autom8_run_ended", 1.0, (("state", event.state), task))
        if event.duration_s is not None:
            self.record("autom8_run_duration_seconds", event.duration_s, (task,))
        if event.lateness_s is not None:
            self.record("autom8_run_lateness_seconds", event.lateness_s, (task,))

    def record(self, name: str, value: float, labels: tuple[tuple[str, str], ...] = ()) -> None:
        """Take one sample of now. Never waits; when the queue is full, the sample is dropped and counted."""
        at = int(self.clock.now().timestamp() * 1_000)
        self.take([Measured(name=name, labels=labels, at=at, value=value)])

    def take(self, samples: Sequence[Measured]) -> None:
        """Take samples. Never waits; those that the queue has no room for are dropped and counted."""
        with self._lock:
            room = max(0, self.queue_max - len(self._queue))
            self._queue.extend(samples[:room])
        if len(samples) > room:
            self.telemetry.count("samples.dropped", len(samples) - room)

    def flush(self) -> int:
        """Write what was recorded; returns how many samples. What can't be written stays for the next time.

        Raises:
            Unavailable: the store is gone; nothing is lost but what the queue can't hold.
        """
        with self._lock:
            batch = list(self._queue)
            self._queue.clear()
        if not batch:
            return 0
        try:
            self.store.write(batch, now=self.clock.now())
        except Unavailable:
            with self._lock:
                room = self.queue_max - len(self._queue)
                self._queue.extendleft(reversed(batch[-room:] if room else []))
            self.telemetry.count("samples.dropped", max(0, len(batch) - room))
            raise
        return len(batch)

    def roll_up(self) -> None:
        """Roll up all that was changed."""
        while self.store.roll_up():
            pass

    def seal(self) -> None:
        """Pack all that is over."""
        while self.store.seal(now=self.clock.now()):
            pass

    def forget_old(self) -> int:
        """Remove samples past their time."""
        return self.store.forget(now=self.clock.now())
