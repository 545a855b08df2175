"""Batches on their way, on the disk: put in order, delivered in order, and kept while nobody takes them.

A batch that was put outlives this process at once, and a power cut after the next `sync`. It is bounded:
when it is full the oldest segment goes, and its batches are counted. Where the disk takes nothing, a few
wait in memory. For two threads: one that puts and one that delivers; `sync` is called by a third.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import zlib
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Final

from autom8.kernel.defaults import MIB
from autom8.kernel.errors import Misconfigured
from autom8.metrics.collecting.records import Record, packed
from autom8.metrics.collecting.segments import (
    Appender,
    Cursor,
    Place,
    count_records,
    numbers_in,
    path_of,
    read_record,
)

log = logging.getLogger(__name__)

SEGMENT_BYTES_MAX: Final = MIB
_SEGMENTS_LEAST: Final = 8  # so that a full buffer loses an eighth at a time, and no more
_IN_MEMORY_MAX: Final = 40


class BufferRefused(Misconfigured):
    """The folder of the buffer can't be used."""

    code = "buffer_refused"


class Buffer:
    """One folder's batches. `full` and `unwritten` count those that were lost because there was no room.

    `damaged` counts stretches of files that hold no whole batch: a crash or the disk did that.
    """

    def __init__(self, folder: Path, *, bytes_max: int) -> None:
        """Take up what an earlier process left.

        Raises:
            BufferRefused: another process uses the folder, or it can't be written.
        """
        self._folder = folder
        self._bytes_max = bytes_max
        self._segment_bytes_max = min(SEGMENT_BYTES_MAX, bytes_max // _SEGMENTS_LEAST)
        self._lock = threading.Lock()
        self._memory: deque[Record] = deque()
        self._head: Record | None = None
        self._head_end = Place(0, 0)
        self._writer: Appender | None = None
        self._unsynced: dict[int, int] = {}  # by segment, a descriptor of each that was written to
        self.full = self.damaged = self.unwritten = 0
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._held = _held(folder)
            self._cursor = Cursor(folder)
            self._at = self._cursor.read()
            self._take_up()
        except OSError as error:
            raise BufferRefused(f"{folder} can't hold what is collected: {error.strerror}.") from error

    def put(self, record: Record) -> None:
        """Append a batch. Never raises: what can't be kept is counted."""
        data = packed(record)
        with self._lock:
            with suppress(OSError):
                while self._memory:
                    self._append(packed(self._memory[0]))
                    self._memory.popleft()
                    self._head = None
                self._append(data)
                return
            self._memory.append(record)
            if len(self._memory) > _IN_MEMORY_MAX:
                self._memory.popleft()
                self._head = None
                self.unwritten += 1

    def head(self) -> Record | None:
        """The oldest batch, which stays until it is `done`; None when there is none."""
        with self._lock:
            if self._head is None:
                self._head = self._find_head()
            return self._head

    def done(self, key: str) -> None:
        """The batch of this key is over with, delivered or not. Nothing happens if it is gone already."""
        with self._lock:
            head = self._head or self._find_head()  # it may have gone from memory to the disk meanwhile
            if head is None or head.key != key:
                return
            self._head = None
            if self._memory and self._memory[0].key == key:
                self._memory.popleft()
                return
            self._count[self._head_end.segment] -= 1
            self._go_to(self._head_end)

    def sync(self) -> None:
        """Have all that waits on the disk itself. What is delivered already is not worth the wait.

        Raises:
            OSError: the disk did not take it.
        """
        with self._lock:
            waits = bool(self._waiting())
            unsynced, self._unsynced = self._unsynced, {}
        try:
            if waits and unsynced:
                for each in unsynced.values():
                    os.fsync(each)
                _sync_folder(self._folder)
        finally:
            for each in unsynced.values():
                os.close(each)

    @property
    def batches(self) -> int:
        """How many wait."""
        with self._lock:
            return self._waiting()

    @property
    def bytes_waiting(self) -> int:
        """Their size on the disk."""
        with self._lock:
            return self._bytes_waiting()

    def close(self) -> None:
        """Let go of the folder; what waits stays there."""
        with suppress(OSError):
            self.sync()
        with self._lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            self._cursor.close()
            os.close(self._held)

    def _take_up(self) -> None:
        """See what is there, and remove what is delivered."""
        self._size: dict[int, int] = {}
        self._count: dict[int, int] = {}
        for number in numbers_in(self._folder):
            path = path_of(self._folder, number)
            if number < self._at.segment:
                path.unlink()
                continue
            self._size[number] = path.stat().st_size
            done = self._at.offset if number == self._at.segment else 0
            self._count[number], damaged = count_records(path, done)
            self.damaged += damaged
        self._next_number = max([self._at.segment, *self._size], default=0) + 1

    def _append(self, data: bytes) -> None:
        writer = self._writer
        if writer is None or writer.bytes + len(data) > max(self._segment_bytes_max, len(data)):
            writer = self._next_segment()
        while self._bytes_waiting() + len(data) > self._bytes_max and len(self._size) > 1:
            self._drop_oldest()
        if writer.number not in self._unsynced:
            self._unsynced[writer.number] = writer.another_descriptor()
        writer.append(data)
        self._size[writer.number] = writer.bytes
        self._count[writer.number] += 1

    def _next_segment(self) -> Appender:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        writer = self._writer = Appender(self._folder, self._next_number)
        self._next_number += 1
        self._size[writer.number] = self._count[writer.number] = 0
        return writer

    def _drop_oldest(self) -> None:
        oldest = min(self._size)
        lost = self._count[oldest]
        self.full += lost
        self._head = None
        self._leave(oldest)
        if lost:
            fields = {"batches": lost, "bytes_max": self._bytes_max, "dropped_in_all": self.full}
            log.warning("buffer_full", extra={"fields": fields})

    def _find_head(self) -> Record | None:
        for number in sorted(self._size):
            offset = self._at.offset if number == self._at.segment else 0
            with suppress(OSError, zlib.error):
                found = read_record(path_of(self._folder, number), offset)
                if found is not None:
                    self._head_end = Place(number, found.end)
                    return found.record()
            if self._writer is not None and number == self._writer.number:
                break
            self.damaged += self._count[number]  # it was whole when it was counted
            self._leave(number)
        return self._memory[0] if self._memory else None

    def _leave(self, number: int) -> None:
        """Go past a segment and remove it."""
        del self._size[number], self._count[number]
        self._go_to(Place(min(self._size, default=number + 1), 0))
        with suppress(OSError):
            path_of(self._folder, number).unlink()

    def _go_to(self, place: Place) -> None:
        self._at = place
        with suppress(OSError):  # then a crash has it sent again, under the same key
            self._cursor.write(place)

    def _waiting(self) -> int:
        return sum(self._count.values()) + len(self._memory)

    def _bytes_waiting(self) -> int:
        return sum(self._size.values()) - (self._at.offset if self._at.segment in self._size else 0)


def _held(folder: Path) -> int:
    """A lock that lasts as long as this process: two must not deliver the same batches."""
    descriptor = os.open(folder / "lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise BufferRefused(f"Another collector uses {folder}; give this one another --data.") from None
    return descriptor


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
