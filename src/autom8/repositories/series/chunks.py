"""Packs the samples of one series into bytes, and reads them again.

Instants are held as their differences and values as numbers of 8 bytes, whole ones as differences too. Each
is turned by byte place (all first bytes, then all second ones, …), which makes runs that zlib packs well.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any, Final, NamedTuple

_HEAD: Final = struct.Struct("<BqII")  # form, first instant, count, bytes of the packed instants
_FLOATS: Final = 1
_WHOLE: Final = 2
_WHOLE_MAX: Final = 2.0**53
_GAP_MAX: Final = 2**31 - 1
_LEVEL: Final = 6
COUNT_MAX: Final = 100_000


class Points(NamedTuple):
    """Samples of one series, ascending: instants in milliseconds since 1970, and values."""

    times: array[int]  # "q"
    values: array[float]  # "d"


class DamagedChunk(ValueError):
    """The bytes are no chunk of ours."""


def pack(times: Sequence[int], values: Sequence[float]) -> bytes:
    """The bytes of samples, which are ascending, of different instants, and finite.

    Raises:
        ValueError: there are none, too many, or two are more than 24 days apart.
    """
    if not 0 < len(times) == len(values) <= COUNT_MAX:
        raise ValueError(f"A chunk holds 1 to {COUNT_MAX} samples.")
    gaps = [later - earlier for earlier, later in pairwise(times)]
    if gaps and max(gaps) > _GAP_MAX:
        raise ValueError("These samples are too far apart for one chunk.")
    packed_gaps = zlib.compress(_turned(array("i", gaps)), _LEVEL)
    form, numbers = _numbers(values)
    return (
        _HEAD.pack(form, times[0], len(times), len(packed_gaps))
        + packed_gaps
        + zlib.compress(_turned(numbers), _LEVEL)
    )


def unpack(data: bytes) -> Points:
    """The samples in a chunk's bytes.

    Raises:
        DamagedChunk: they are none.
    """
    try:
        form, first, count, gap_bytes = _HEAD.unpack_from(data)
        if form not in {_FLOATS, _WHOLE} or not 0 < count <= COUNT_MAX:
            raise DamagedChunk("This is no chunk.")
        gaps = _turned_back("i", _inflated(data[_HEAD.size : _HEAD.size + gap_bytes], 4 * (count - 1)))
        kind = "d" if form == _FLOATS else "q"
        numbers = _turned_back(kind, _inflated(data[_HEAD.size + gap_bytes :], 8 * count))
    except (struct.error, zlib.error) as error:
        raise DamagedChunk("This is no chunk.") from error
    values: Any = numbers if form == _FLOATS else array("d", accumulate(numbers))
    return Points(array("q", accumulate(gaps, initial=first)), values)


def _numbers(values: Sequence[float]) -> tuple[int, array[int] | array[float]]:
    """Whole numbers as differences, where no value loses anything by it (as -0.0 would)."""
    floats = array("d", values)
    if all(each.is_integer() and abs(each) < _WHOLE_MAX for each in floats):
        whole = [int(each) for each in floats]
        if array("d", whole).tobytes() == floats.tobytes():
            first = whole[:1]
            return _WHOLE, array("q", first + [later - earlier for earlier, later in pairwise(whole)])
    return _FLOATS, floats


def _turned(numbers: array[int] | array[float]) -> bytes:
    width = numbers.itemsize
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    data = numbers.tobytes()
    return b"".join(data[place::width] for place in range(width))


def _turned_back(kind: str, data: bytes) -> array[int]:
    numbers: array[int] = array(kind)
    width = numbers.itemsize
    count = len(data) // width
    straight = bytearray(len(data))
    for place in range(width):
        straight[place::width] = data[place * count : (place + 1) * count]
    numbers.frombytes(bytes(straight))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _inflated(data: bytes, expected: int) -> bytes:
    """At most as many bytes as there must be: no bytes of a stranger's making grow without end."""
    unpacker = zlib.decompressobj()
    made = unpacker.decompress(data, expected + 1)
    if len(made) != expected or not unpacker.eof or unpacker.unused_data:
        raise DamagedChunk("This is no chunk.")
    return made
