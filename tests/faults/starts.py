"""The log that commands keep of themselves: what really began and ended, whatever our tables say.

Each command appends whole lines with O_APPEND. Must not know the ledger.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

# One write(2) by the shell's own echo: lines of many commands never mix. PPID is the worker that started it.
BEGIN = 'echo "begin $AUTOM8_RUN_ID $AUTOM8_ATTEMPT $PPID $AUTOM8_TASK $AUTOM8_SLOT_AT" >> "$STARTS"'
END = 'echo "end $AUTOM8_RUN_ID $AUTOM8_ATTEMPT $PPID $AUTOM8_TASK $AUTOM8_SLOT_AT" >> "$STARTS"'


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a command began or came to its own end."""

    what: str
    run_id: int
    attempt: int
    worker: int
    task: str
    slot: str  # empty for a run without one


@dataclass(frozen=True, slots=True)
class StartLog:
    """The file that the commands of a test append to."""

    path: Path

    def entries(self, *, after: int = 0) -> list[Entry]:
        """The lines from byte `after` on, in the order in which they were written."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(after)
            text = file.read().decode()
        return [_entry(line) for line in text.splitlines() if line]

    @property
    def size(self) -> int:
        """How many bytes it has now."""
        return self.path.stat().st_size if self.path.exists() else 0

    def begun_by_others(self, workers: Container[int], *, after: int = 0) -> bool:
        """Whether a command has begun since byte `after` that none of these worker processes started."""
        return any(each.what == "begin" and each.worker not in workers for each in self.entries(after=after))


def _entry(line: str) -> Entry:
    what, run_id, attempt, worker, task, *slot = line.split()
    return Entry(what, int(run_id), int(attempt), int(worker), task, slot[0] if slot else "")
