"""The mark that every process of an attempt carries, so that it is known wherever it flees.

Owns what a mark is and how it is read. It is carried twice: in the environment, and as the hard
limit on file locks (RLIMIT_LOCKS, which Linux has not enforced since 2.4), set to a number that
names the attempt. A limit is inherited over fork, exec, setsid, a cleared environment and a change
of user, and nobody but the mightiest root can raise it again. Must not know how processes are
started, found or ended.
"""

from __future__ import annotations

import hashlib
import re
import resource
from dataclasses import dataclass

from autom8.scheduler.runners.procfs import read_page, read_whole

RUN_ID = "AUTOM8_RUN_ID"
ATTEMPT = "AUTOM8_ATTEMPT"
WORKER = "AUTOM8_WORKER"

RLIMIT_LOCKS = 10  # asm-generic/resource.h; the same on every architecture; Python has no name for it
_LIMIT = re.compile(rb"^Max file locks +\S+ +(\d+)", re.MULTILINE)

# A marked limit: bit 62, then 24 bits of the owner, 30 of the run, 8 of the attempt.
_MARKED = 1 << 62
_RUN_BITS = 30
_ATTEMPT_BITS = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """Which attempt a process belongs to; `owner` is its worker, the same for all its incarnations."""

    owner: str
    run_id: int
    attempt: int

    def environment(self) -> dict[str, str]:
        """The variables that carry the mark."""
        return {RUN_ID: str(self.run_id), ATTEMPT: str(self.attempt), WORKER: worker_name(self.owner)}

    def limit(self) -> int:
        """The limit that carries the mark."""
        return run_limit(self.owner, self.run_id) << _ATTEMPT_BITS | self.attempt % (1 << _ATTEMPT_BITS)

    def is_on(self, pid: int) -> bool:
        """Whether a process carries this mark; False of a process that we may not read."""
        return limit_of(pid) == self.limit() or self.environment().items() <= environment_of(pid).items()


def worker_name(owner: str) -> str:
    """What the environment says of the owner: 16 hex characters that tell nothing but which one it is."""
    return hashlib.blake2b(owner.encode(), digest_size=8).hexdigest()


def run_limit(owner: str, run_id: int) -> int:
    """What the marked limits of all attempts of a run have in common (see `limit_run`)."""
    return _owner_part(owner) << _RUN_BITS | run_id % (1 << _RUN_BITS)


def limit_run(limit: int) -> int:
    """The part of a marked limit that names owner and run."""
    return limit >> _ATTEMPT_BITS


def is_owners(limit: int, owner: str) -> bool:
    """Whether a limit is a mark of any run of this owner."""
    return limit_run(limit) >> _RUN_BITS == _owner_part(owner)


def limit_of(pid: int) -> int:
    """The hard limit on file locks of a process, a zombie too; -1 when there is none or it has gone."""
    try:
        return resource.prlimit(pid, RLIMIT_LOCKS)[1]
    except PermissionError:  # another user's: anybody may read this, if more slowly
        found = _LIMIT.search(read_page(f"/proc/{pid}/limits"))
        return int(found[1]) if found else -1
    except OSError:
        return -1


def environment_of(pid: int) -> dict[str, str]:
    """The environment a process was started with; empty when it has gone or may not be read."""
    block = read_whole(f"/proc/{pid}/environ").decode("utf-8", "surrogateescape")
    pairs = (entry.partition("=") for entry in block.split("\0"))
    return {name: value for name, _, value in pairs}


def _owner_part(owner: str) -> int:
    digest = hashlib.blake2b(owner.encode(), digest_size=3).digest()
    return _MARKED >> (_RUN_BITS + _ATTEMPT_BITS) | int.from_bytes(digest)
