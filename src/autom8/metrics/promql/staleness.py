"""The NaN that Prometheus writes where a series ends. It is told from other NaNs by its bits alone."""

from __future__ import annotations

import struct
from array import array
from typing import Final

STALE_BITS: Final = 0x7FF0000000000002
_MARK: Final = struct.pack("=Q", STALE_BITS)
_WIDTH: Final = 8


def stale_marker() -> array[float]:
    """An array "d" of one stale marker, to be appended to values.

    A Python float may lose the marker's bits on some machines; an array never does.
    """
    return array("d", _MARK)


def stale_places(values: array[float]) -> list[int]:
    """The indexes of stale markers, ascending."""
    data = values.tobytes()
    places, found = [], data.find(_MARK)
    while found >= 0:
        if found % _WIDTH == 0:
            places.append(found // _WIDTH)
        found = data.find(_MARK, found + 1)
    return places
