"""What the scheduler needs from outside: chance, processes, the machine, a doorbell.

Time is `autom8.kernel.clock.Clock`. The simulation in `tests/simulation` implements each of these
under a virtual clock, so nothing here may block, except where a docstring says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from autom8.kernel.vocabulary import Stream


class StopReason(StrEnum):
    """Why Autom8 ends a command that has not ended by itself."""

    TIMEOUT = "timeout"
    CANCEL = "cancel"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """One process, for ever: a pid alone is given again, a pid with its start time is not.

    `started_ticks` is field 22 of /proc/PID/stat (clock ticks since boot); `boot_id` is
    /proc/sys/kernel/random/boot_id.
    """

    pid: int
    started_ticks: int
    boot_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """All that is needed to start one attempt of a run.

    `argv` is passed as it is, without a shell; with `shell` set (an absolute path such as /bin/sh)
    it is one line that this shell reads by `-c`. `env` is what the command gets beside the
    allow-listed variables of the worker. `stdin` None means closed (/dev/null). `user` None means the
    worker's own. `output_head_bytes` + `output_tail_bytes` is the cap on kept output.
    """

    run_id: int
    attempt: int
    argv: tuple[str, ...]
    shell: str | None = None
    cwd: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes | None = None
    user: str | None = None
    timeout: timedelta | None = None
    grace: timedelta
    output_head_bytes: int
    output_tail_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPiece:
    """Some bytes that a command wrote, never cut inside a valid UTF-8 character.

    `dropped_before` is how many bytes were written just before this piece and not kept, because
    the cap was passed. Pieces after the head belong to the tail: the store keeps the newest of
    them, up to `Launch.output_tail_bytes`.
    """

    stream: Stream
    data: bytes
    tail: bool
    dropped_before: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a command ended. Exactly one of `exit_code` and `signal` is set.

    `stopped` says that Autom8 ended it, and why. `output_bytes` counts all that was written, kept or
    not. `memory_bytes_max` is None when the command ended before it could be sampled.
    """

    exit_code: int | None
    signal: int | None
    stopped: StopReason | None
    cpu_s: float | None
    memory_bytes_max: int | None
    output_bytes: int


class Child(Protocol):
    """A started process that waits at its gate, runs, and ends. None of its methods blocks."""

    @property
    def identity(self) -> ProcessIdentity:
        """Which process it is."""
        ...

    def open_gate(self) -> None:
        """Let the command begin. Before this, the child has done nothing of the command's."""
        ...

    def stop(self, reason: StopReason) -> None:
        """Ask it to end: TERM to its group, after the grace KILL to all; the first reason counts."""
        ...

    def kill(self) -> None:
        """KILL it and all its descendants at once."""
        ...

    def take_output(self) -> list[OutputPiece]:
        """What was written since the last call, oldest first; each byte is given once."""
        ...

    def ending(self) -> Ending | None:
        """How it ended, once it has and all of its output can be taken; None before that."""
        ...


class CannotStart(Exception):
    """The command can't be started (not found, not executable, no such folder, no such user, …).

    Its text is one line for the operator.
    """


class Processes(Protocol):
    """Starts commands, and ends what earlier incarnations of this worker left behind."""

    def start(self, launch: Launch) -> Child:
        """Start a child that waits at its gate; blocks for the few milliseconds that a fork takes.

        Raises:
            CannotStart: nothing was started, and nothing is left behind.
        """
        ...

    def end_survivors(self, identities: Sequence[ProcessIdentity], run_ids: Sequence[int]) -> int:
        """KILL what is left of these processes and their descendants; blocks until they are gone.

        A process is found by its identity (never by its pid alone), by the tree below it, and by
        the mark of its run in its environment. Returns how many were killed.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """One boot of a machine."""

    id: str
    at: datetime  # UTC


class Machine(Protocol):
    """The machine that a scheduler or worker runs on."""

    def boot(self) -> Boot:
        """The boot this process lives in."""
        ...


class Chance(Protocol):
    """Randomness, for jitter."""

    def random(self) -> float:
        """A number in [0, 1)."""
        ...
