"""The files of a buffer: numbered segments that are only appended to, and the cursor that says what is done.

A segment is never written to again once its process has ended, and no number is used twice: so a cursor
that a crash left behind can only point too early, and then a batch is sent again under the same key.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from struct import Struct
from typing import Final, NamedTuple

from autom8.metrics.collecting.records import HEAD_BYTES, Found, next_record, record_at, rest_length

_SUFFIX: Final = ".segment"
_CURSOR: Final = Struct(">QQI")  # segment, offset, and a CRC-32 of the two
_PLACE: Final = Struct(">QQ")


class Place(NamedTuple):
    """A place among the segments: all before it is done."""

    segment: int
    offset: int


def path_of(folder: Path, number: int) -> Path:
    """The file of a segment."""
    return folder / f"{number:016d}{_SUFFIX}"


def numbers_in(folder: Path) -> list[int]:
    """The segments that are there, the oldest first."""
    stems = (path.name.removesuffix(_SUFFIX) for path in folder.glob(f"*{_SUFFIX}"))
    return sorted(int(stem) for stem in stems if stem.isascii() and stem.isdecimal())


def count_records(path: Path, offset: int) -> tuple[int, int]:
    """How many whole records stand in a segment from `offset` on, and how many stretches that are none."""
    data = path.read_bytes()
    whole = damaged = 0
    while (found := next_record(data, offset)) is not None:
        whole, damaged = whole + 1, damaged + (found.start > offset)
        offset = found.end
    return whole, damaged + (offset < len(data))


def read_record(path: Path, offset: int) -> Found | None:
    """The first whole record of a segment from `offset` on; None at its end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        head = os.pread(descriptor, HEAD_BYTES, offset)
        if not head:
            return None
        length = rest_length(head)
        if length is not None:
            found = record_at(head + os.pread(descriptor, length, offset + HEAD_BYTES), 0)
            if found is not None:
                return Found(offset, offset + found.end, found.rest)
        data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        return next_record(data, offset)
    finally:
        os.close(descriptor)


class Appender:
    """Writes one new segment. What a failed write left of a record is cut off again, or seen as damage."""

    def __init__(self, folder: Path, number: int) -> None:
        """Raises: OSError."""
        self.number = number
        self.bytes = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(path_of(folder, number), flags, 0o600)

    def append(self, data: bytes) -> None:
        """Write all of `data`, so that it outlives this process.

        Raises:
            OSError: it is not written, such as on a full disk.
        """
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            os.ftruncate(self._descriptor, self.bytes)
            raise
        self.bytes += len(data)

    def another_descriptor(self) -> int:
        """A descriptor of the same file, for an fsync that holds up no writer; the caller closes it."""
        return os.dup(self._descriptor)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


class Cursor:
    """The file that says how far batches are delivered."""

    def __init__(self, folder: Path) -> None:
        """Raises: OSError."""
        self._descriptor = os.open(folder / "cursor", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def read(self) -> Place:
        """What was written last; the very beginning when there is none, or it is damaged."""
        data = os.pread(self._descriptor, _CURSOR.size, 0)
        if len(data) == _CURSOR.size:
            segment, offset, crc = _CURSOR.unpack(data)
            if zlib.crc32(data[: _PLACE.size]) == crc:
                return Place(segment, offset)
        return Place(0, 0)

    def write(self, place: Place) -> None:
        """Keep a place; a crash leaves this one or the one before.

        Raises:
            OSError: it is not kept.
        """
        data = _PLACE.pack(*place)
        os.pwrite(self._descriptor, _CURSOR.pack(*place, zlib.crc32(data)), 0)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)
