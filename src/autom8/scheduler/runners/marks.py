"""The mark that every process of an attempt carries, so that it is known wherever it flees.

Owns how a mark is written and read. It is written twice: into the environment, and as the
hard limit on real-time CPU time (RLIMIT_RTTIME), set to a number of some 146,000 years that
names the attempt. A limit is inherited over fork, exec, setsid, a cleared environment and a change of
user, and nobody but root can raise it again. Must not know how processes are found or ended.
"""

from __future__ import annotations

import contextlib
import hashlib
import resource
from dataclasses import dataclass
from pathlib import Path

RUN_ID = "AUTOM8_RUN_ID"
ATTEMPT = "AUTOM8_ATTEMPT"
WORKER = "AUTOM8_WORKER"

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
        return {RUN_ID: str(self.run_id), ATTEMPT: str(self.attempt), WORKER: self.owner}

    def limit(self) -> int:
        """The limit that carries the mark, in microseconds of real-time CPU time."""
        return run_limit(self.owner, self.run_id) << _ATTEMPT_BITS | self.attempt % (1 << _ATTEMPT_BITS)

    def put_on(self, pid: int) -> None:
        """Set the marked limit on a process; where the system forbids it, the environment must do."""
        limit = self.limit()
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_RTTIME, (limit, limit))

    def is_on(self, pid: int) -> bool:
        """Whether a process carries this mark; False of a process that we may not read."""
        return limit_of(pid) == self.limit() or self.environment().items() <= environment_of(pid).items()


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
    """The hard limit on real-time CPU time of a process, a zombie too; -1 when unset or unreadable."""
    try:
        return resource.prlimit(pid, resource.RLIMIT_RTTIME)[1]
    except OSError:
        return -1


def environment_of(pid: int) -> dict[str, str]:
    """The environment a process was started with; empty when it has gone or may not be read."""
    try:
        block = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return {}
    pairs = (entry.partition("=") for entry in block.decode("utf-8", "surrogateescape").split("\0"))
    return {name: value for name, _, value in pairs}


def _owner_part(owner: str) -> int:
    digest = hashlib.blake2b(owner.encode(), digest_size=3).digest()
    return _MARKED >> (_RUN_BITS + _ATTEMPT_BITS) | int.from_bytes(digest)
