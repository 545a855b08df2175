"""Descendants of commands whose parents have died: they become our children, and we reap them.

Owns our being a subreaper (prctl(2)): an orphan stays below us instead of going to init, which
containers often lack. Must not reap what another part of this program has started and waits for:
only what carries our mark.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Container

from autom8.scheduler.runners.marks import is_owners, limit_of
from autom8.scheduler.runners.procfs import children_of

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of every orphan below us; where the system refuses, they go to init."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans(owner: str, *, spare: Container[int]) -> None:
    """Reap our zombies that carry a mark of `owner`, but those whose exit status others await."""
    if not _any_zombie():
        return  # the usual case costs one system call
    for pid in children_of(os.getpid()):
        if pid not in spare and is_owners(limit_of(pid), owner):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _any_zombie() -> bool:
    try:
        return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return False
