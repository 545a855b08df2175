"""The published fault report: runs the long tests that break things, and writes what they measured.

`python -m tests.faults.report` does it all and writes docs/fault-report.md. A test notes its facts through
the fixture `note`; they cost nothing when nobody asked for them.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from tests.faults.ledger import Verdict
from tests.faults.server import ROOT

NOTES = "FAULT_NOTES"  # the file that notes are appended to
PAGE = ROOT / "docs" / "fault-report.md"
COMMAND = "python -m tests.faults.report"

HEAD = """\
# Fault report

What was done to real servers, how often, and what became of every slot. Made by
`{command}` on {date} (UTC),
on {machine}.

A slot is one expected instant of one task. *Expected* slots are computed from the schedules alone, *counted*
ones are read from the ledger after all is over. *Begun* is what the commands themselves appended to a file
when they started. A *double* start is a slot whose command began twice, or an attempt that began before the
one before it was gone; a silent *miss* is a slot that did not run and does not say why. *Recovery* is the
time from the end of a fault, or from a restart, to the first command that begins.
{busy}
## Under load: 200 tasks, a slot every second or two of each

| what was broken | database | times | expected | counted | begun | double | missed | longest recovery |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{rows}

What became of the slots, as the history says it of each:

{fates}

## One fault at a time

| what was broken | database | what was seen |
| --- | --- | --- |
{facts}

## The tests can fail

{guards}

## What this does not show

The power of a machine was not cut: kill -9 leaves the kernel to write what a database has handed over. A
network that is cut between a server and its PostgreSQL, without either of them ending, was not tried; a
frozen server is the nearest to it. Faults between any two statements, and weeks of slots, are shown by the
simulation.
"""


class Notes:
    """Takes down what a test saw."""

    def load(self, what: str, database: str, verdict: Verdict, **numbers: Any) -> None:
        """The verdict of a scenario under load; `times` and `recovery_s` among the numbers."""
        kept = {
            name: getattr(verdict, name)
            for name in ("expected", "counted", "begun", "doubles", "misses", "states")
        }
        self._append({"kind": "load", "what": what, "database": database, **kept, **numbers})

    def fact(self, what: str, database: str, seen: str, *, slow: float = 1.0) -> None:
        """What one fault led to, in words."""
        self._append({"kind": "fact", "what": what, "database": database, "seen": seen, "slow": slow})

    def guard(self, guard: str, promise: str, test: str) -> None:
        """A guard that was taken out, and the test that failed without it."""
        self._append({"kind": "guard", "guard": guard, "what": promise, "test": test})

    def _append(self, note: Mapping[str, Any]) -> None:
        if path := os.environ.get(NOTES):
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(json.dumps(note) + "\n")


def page(notes: Sequence[Mapping[str, Any]], *, date: datetime) -> str:
    """The report as a page of the documentation."""
    loads = [note for note in notes if note["kind"] == "load"]
    slow = max((note.get("slow", 1.0) for note in notes), default=1.0)
    return HEAD.format(
        command=COMMAND,
        date=date.strftime("%Y-%m-%d %H:%M"),
        machine=_machine(),
        busy=_busy(slow),
        rows="\n".join(map(_row, loads)),
        fates="\n".join(f"- {note['what']}, {note['database']}: {_fates(note['states'])}" for note in loads),
        facts="\n".join(
            f"| {note['what']} | {note['database']} | {note['seen']} |"
            for note in notes
            if note["kind"] == "fact"
        ),
        guards=_guards([note for note in notes if note["kind"] == "guard"]),
    )


def _row(note: Mapping[str, Any]) -> str:
    cells = [note["what"], note["database"], note["times"]]
    cells += [f"{note[name]:,}" for name in ("expected", "counted", "begun", "doubles", "misses")]
    return f"| {' | '.join(map(str, cells))} | {note['recovery_s']:.1f} s |"


def _fates(states: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(states.items()))


def _guards(guards: Sequence[Mapping[str, Any]]) -> str:
    if not guards:
        return "Not run this time: the tests in `tests/faults/test_guards.py` take each guard out in turn."
    lines = [f"| {note['what']} | `{note['test']}` |" for note in guards]
    head = "Each guard was taken out once, and the test that needs it failed.\n\n"
    return head + "| what the server did wrong | the test that failed |\n| --- | --- |\n" + "\n".join(lines)


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores of {_processor()}, {memory:.0f} GiB of memory, "
        f"Linux {platform.release().partition('-')[0]}, Python {platform.python_version()}"
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _busy(slow: float) -> str:
    if slow < 1.5:
        return ""
    return f"\nThe machine was shared: at worst, what needs the CPU took {slow:.1f} times as long as alone.\n"


def main() -> int:
    """Run the long tests and write the page; pytest's exit status."""
    with tempfile.TemporaryDirectory() as folder:
        # Given a file of one's own, several runs make one page.
        notes = Path(os.environ.get(NOTES) or Path(folder) / "notes")
        argv = [sys.executable, "-m", "pytest", "tests/faults", "--full", "-q", "-k", "not briefly"]
        argv += sys.argv[1:]
        status = subprocess.run(argv, cwd=ROOT, env={**os.environ, NOTES: str(notes)}, check=False).returncode
        taken = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]
    PAGE.write_text(page(taken, date=datetime.now(UTC)), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
