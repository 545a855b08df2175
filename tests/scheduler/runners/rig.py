"""What the runner's tests start commands with: a real runner that forgets none of its children."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from autom8.kernel.clock import SystemClock
from autom8.kernel.vocabulary import Stream
from autom8.scheduler.ports import Ending, Launch, OutputPiece
from autom8.scheduler.runners.census import find_process
from autom8.scheduler.runners.child import CommandChild
from autom8.scheduler.runners.command import CommandProcesses

PATIENCE_S = 60.0  # a guard against hanging, never a measure of speed
NO_GROUPS = Path("/proc/no-control-groups-here")
PYTHON = (sys.executable, "-I", "-S", "-c")


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended, and all it has written."""

    ending: Ending
    pieces: list[OutputPiece]

    @property
    def stdout(self) -> bytes:
        """All that was kept of its stdout."""
        return b"".join(piece.data for piece in self.pieces if piece.stream is Stream.STDOUT)

    @property
    def stderr(self) -> bytes:
        """All that was kept of its stderr."""
        return b"".join(piece.data for piece in self.pieces if piece.stream is Stream.STDERR)


class Rig:
    """A runner under test."""

    def __init__(self, owner: str, *, groups: Path | None = None) -> None:
        self.owner = owner
        self.changes = 0
        self.processes = CommandProcesses(SystemClock(), self._changed, owner=owner, group_parent=groups)
        self.children: list[CommandChild] = []

    def _changed(self) -> None:
        self.changes += 1

    def start(self, *argv: str, **wanted: Any) -> CommandChild:
        """Start a command, which waits at its gate; `wanted` are fields of `Launch`."""
        defaults: dict[str, Any] = {
            "run_id": len(self.children) + 1,
            "attempt": 1,
            "grace": timedelta(seconds=PATIENCE_S),
            "output_head_bytes": 1 << 20,
            "output_tail_bytes": 1 << 20,
        }
        child = self.processes.start(Launch(argv=argv, **{**defaults, **wanted}))
        self.children.append(child)
        return child

    def begin(self, *argv: str, **wanted: Any) -> CommandChild:
        """Start a command and open its gate."""
        child = self.start(*argv, **wanted)
        child.open_gate()
        return child

    def begin_line(self, line: str, **wanted: Any) -> CommandChild:
        """Have /bin/sh begin with one line."""
        return self.begin(line, **{"shell": "/bin/sh", **wanted})

    def run(self, *argv: str, **wanted: Any) -> Finished:
        """Start a command and wait until it has ended."""
        return finish(self.begin(*argv, **wanted))

    def close(self) -> None:
        """End what was started, and the runner."""
        for child in self.children:
            child.kill()
        until(lambda: all(child.ending() for child in self.children))
        self.processes.close()


def finish(child: CommandChild) -> Finished:
    """Take all that a command writes until it has ended."""
    pieces: list[OutputPiece] = []

    def ended() -> bool:
        over = child.ending() is not None
        pieces.extend(child.take_output())
        return over

    until(ended)
    ending = child.ending()
    assert ending is not None
    return Finished(ending, pieces)


def until(condition: Callable[[], object]) -> None:
    """Wait for something that must come to be."""
    give_up_at = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up_at, "it did not come to be"
        time.sleep(0.002)


def pid_in(file: Path) -> int:
    """The pid that a command writes into a file, once it has."""
    until(lambda: file.exists() and file.read_text().endswith("\n"))
    return int(file.read_text())


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    process = find_process(pid)
    return process is not None and process.alive


def program_of(pid: int) -> str:
    """The name of the program that a process runs now."""
    return Path(f"/proc/{pid}/exe").readlink().name


def open_descriptors() -> int:
    """How many descriptors this process has open; the runner's thread may have one more for a moment."""
    return len(list(Path("/proc/self/fd").iterdir()))
