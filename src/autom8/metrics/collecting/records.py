"""The form in which a batch is kept in a file: what is damaged is known as such, and found past.

One record: 4 bytes that mark its start, the length of the rest (4 bytes), a CRC-32 of that length and the
rest (4 bytes), and the rest: the batch's key (16 bytes) and its body (zlib). Numbers are big-endian.
"""

from __future__ import annotations

import zlib
from struct import Struct
from typing import Final, NamedTuple

MARK: Final = b"\xa8b1\n"
_HEAD: Final = Struct(">4sII")
_LENGTH: Final = Struct(">I")
_KEY_BYTES: Final = 16
_LEVEL: Final = 1  # a tenth of the size for a third of a millisecond
REST_BYTES_MAX: Final = 16 << 20
HEAD_BYTES: Final = _HEAD.size


class Record(NamedTuple):
    """A batch to be delivered: its Idempotency-Key (32 hexadecimal digits) and its body."""

    key: str
    body: bytes


class Found(NamedTuple):
    """Where a record stands in some bytes, and what it holds."""

    start: int
    end: int
    rest: bytes

    def record(self) -> Record:
        """The record, unpacked."""
        return Record(self.rest[:_KEY_BYTES].hex(), zlib.decompress(self.rest[_KEY_BYTES:]))


def packed(record: Record) -> bytes:
    """A record as bytes."""
    rest = bytes.fromhex(record.key) + zlib.compress(record.body, _LEVEL)
    length = _LENGTH.pack(len(rest))
    return _HEAD.pack(MARK, len(rest), zlib.crc32(rest, zlib.crc32(length))) + rest


def rest_length(head: bytes) -> int | None:
    """How many bytes follow a record's first HEAD_BYTES; None when these are no record's beginning."""
    if len(head) < HEAD_BYTES:
        return None
    mark, length, _ = _HEAD.unpack_from(head)
    return length if mark == MARK and _KEY_BYTES < length <= REST_BYTES_MAX else None


def record_at(data: bytes, start: int) -> Found | None:
    """The record that stands whole at `start`."""
    head = data[start : start + HEAD_BYTES]
    length = rest_length(head)
    if length is None:
        return None
    end = start + HEAD_BYTES + length
    rest = data[start + HEAD_BYTES : end]
    _, _, crc = _HEAD.unpack(head)
    if len(rest) < length or zlib.crc32(rest, zlib.crc32(_LENGTH.pack(length))) != crc:
        return None
    return Found(start, end, rest)


def next_record(data: bytes, start: int) -> Found | None:
    """The first whole record from `start` on, past whatever is damaged; None when there is no more."""
    while start >= 0:
        if (found := record_at(data, start)) is not None:
            return found
        start = data.find(MARK, start + 1)
    return None
