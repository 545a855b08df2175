"""Delivers batches to a server, in order, and keeps them while it can't be reached.

Owns two threads: one that posts, one that has what waits written to the disk itself every few seconds.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from autom8.metrics.collecting.buffer import Buffer
from autom8.metrics.collecting.encoding import bodies
from autom8.metrics.collecting.fates import Fate, fate_of, wait_s
from autom8.metrics.collecting.ports import NotAnswered, Post, Reading, Reply, Sample
from autom8.metrics.collecting.records import Record

log = logging.getLogger(__name__)

SYNC_EVERY_S: Final = 5.0
BETWEEN_S: Final = 0.5  # the least time between two batches while many wait: 120 a minute
KEY_BYTES: Final = 16


class Delivery:
    """The sink of a collector that works apart from its server. `delivered` and `refused` count batches."""

    name = "delivery"

    def __init__(
        self,
        buffer: Buffer,
        post: Post,
        *,
        every_s: float,
        elapsed_s: Callable[[], float],
        sync_every_s: float = SYNC_EVERY_S,
    ) -> None:
        """`every_s`: how often batches come; they leave at least four times as fast."""
        self._buffer = buffer
        self._post = post
        self._elapsed_s = elapsed_s
        self._between_s = min(BETWEEN_S, every_s / 4)
        self._sync_every_s = sync_every_s
        self._came = threading.Event()
        self._unsynced = threading.Event()
        self._ends = threading.Event()
        self._failures = 0
        self._why = ""
        self._refusals: set[int] = set()
        self.delivered = self.refused = 0
        self._threads = [
            threading.Thread(target=work, name=f"collect-{name}", daemon=True)
            for name, work in (("post", self._deliver), ("sync", self._sync))
        ]

    def start(self) -> None:
        """Begin to deliver."""
        for each in self._threads:
            each.start()

    def stop(self, *, within_s: float) -> None:
        """End, once what is being sent is sent or so much time is over; what waits stays in the buffer."""
        self._ends.set()
        self._came.set()
        self._unsynced.set()
        end_s = self._elapsed_s() + within_s
        for each in self._threads:
            each.join(max(0.0, end_s - self._elapsed_s()))

    def put(self, batch: Sequence[Sample]) -> None:
        """Keep a batch, and have it delivered. Each body has a key of its own, for good."""
        for body in bodies(batch):
            self._buffer.put(Record(os.urandom(KEY_BYTES).hex(), body))
        self._came.set()
        self._unsynced.set()

    def read(self) -> Iterator[Reading]:
        """What is known of deliveries: this is a probe too."""
        yield Reading("host_collector_batches_delivered_total", self.delivered)
        for reason, count in (
            ("full", self._buffer.full),
            ("refused", self.refused),
            ("damaged", self._buffer.damaged),
            ("unwritten", self._buffer.unwritten),
        ):
            yield Reading("host_collector_batches_dropped_total", count, {"reason": reason})
        yield Reading("host_collector_buffer_batches", self._buffer.batches)
        yield Reading("host_collector_buffer_bytes", self._buffer.bytes_waiting)

    def _deliver(self) -> None:
        while not self._ends.is_set():
            self._came.clear()
            record = self._buffer.head()
            if record is None:
                self._came.wait()
                continue
            self._ends.wait(self._try(record))

    def _try(self, record: Record) -> float:
        """Send one batch; seconds until the next may be sent."""
        try:
            reply = self._post(record.key, record.body)
        except NotAnswered as error:
            return self._failed(str(error), None)
        except Exception:  # the thread must go on, whatever this is
            log.exception("post_failed")
            return self._failed("fault", None)
        fate = fate_of(reply)
        if fate is Fate.LATER:
            return self._failed(f"status {reply.status}", reply.retry_after_s)
        self._buffer.done(record.key)
        if fate is Fate.REFUSED:
            self._note_refused(reply)
        else:
            self.delivered += 1
        if self._failures:
            log.info(
                "server_back", extra={"fields": {"tries": self._failures, "waiting": self._buffer.batches}}
            )
        self._failures, self._why = 0, ""
        return self._between_s if self._buffer.head() is not None else 0.0

    def _failed(self, why: str, asked_s: float | None) -> float:
        self._failures += 1
        if why != self._why:  # said once for each reason, not at each try
            fields = {"reason": why, "waiting": self._buffer.batches}
            log.warning("server_not_taking", extra={"fields": fields})
        self._why = why
        return wait_s(self._failures, asked_s=asked_s, chance=os.urandom(1)[0] / 255)

    def _note_refused(self, reply: Reply) -> None:
        self.refused += 1
        if reply.status not in self._refusals:
            self._refusals.add(reply.status)
            log.error("batch_refused", extra={"fields": {"status_code": reply.status, "code": reply.code}})

    def _sync(self) -> None:
        failing = False
        while not self._ends.is_set():
            self._unsynced.wait()
            self._ends.wait(self._sync_every_s)
            self._unsynced.clear()
            try:
                self._buffer.sync()
                failing = False
            except OSError as error:
                if not failing:
                    log.warning("buffer_not_synced", extra={"fields": {"reason": str(error)}})
                failing = True
