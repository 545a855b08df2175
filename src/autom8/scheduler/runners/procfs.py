"""Reading files of /proc with as few system calls as can be.

Each call gives the interpreter to another thread for a moment; in a busy server that costs far more
than the call, and a census makes hundreds. What has gone, or may not be read, reads as empty.
"""

from __future__ import annotations

import os
from pathlib import Path

_PAGE_BYTES = 4096


def read_page(path: str) -> bytes:
    """The first page of a file, which is all of most."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(file, _PAGE_BYTES)
    except OSError:
        return b""
    finally:
        os.close(file)


def read_whole(path: str) -> bytes:
    """All of a file."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def children_of(pid: int) -> list[int]:
    """The children of a process, of all its threads; none where the kernel lists them not."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - names, not paths
    except OSError:
        return []
    lists = (read_whole(f"/proc/{pid}/task/{thread}/children") for thread in threads)
    return [int(child) for children in lists for child in children.split()]
