"""Where the kernel tells what it knows, and how its files are read. Knows none of their contents."""

from __future__ import annotations

import os
from typing import Final, NamedTuple

_PIECE_BYTES: Final = 64 * 1024


class Host(NamedTuple):
    """The two trees of a host; tests put others in their place."""

    proc: str = "/proc"
    sys: str = "/sys"


def read_file(path: str) -> bytes:
    """All of a file. Cheaper than `open`, which matters for a file of each process.

    The kernel gives many of its files in pieces of whole lines, however much is asked for: a short piece says
    nothing of the end.

    Raises:
        OSError: there is none, or it can't be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        pieces = []
        while piece := os.read(descriptor, _PIECE_BYTES):
            pieces.append(piece)
        return b"".join(pieces)
    finally:
        os.close(descriptor)


def shown(name: bytes) -> str:
    r"""A name that the kernel gives, as text: what is no UTF-8 stands as `\xNN`."""
    return name.decode("utf-8", "backslashreplace")
