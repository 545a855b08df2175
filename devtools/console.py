"""Talks to the person at the terminal: progress with times, quiet children, failures in a line or two.

Knows nothing of what the steps do. All of it goes to stderr, so that a command's own output stays clean.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools.diagnosis import unreachable

ROOT = Path(__file__).resolve().parent.parent
STILL_AT_IT_S = 5
LINES_SHOWN_MAX = 25
GRACE_S = 5
NOT_DONE = 75  # EX_TEMPFAIL: a check could not be done; neither passed nor failed

_started = time.monotonic()


class Failure(Exception):
    """An expected failure of set-up; its text says what is wrong and what to do."""


class StepFailed(Failure):
    """A child process that set-up depends on did not succeed."""

    def __init__(self, doing: str, *, code: int, output: str) -> None:
        tail = "\n".join(f"  | {line}" for line in output.splitlines()[-LINES_SHOWN_MAX:])
        super().__init__(
            unreachable(output, doing=doing) or f"failed while {doing} (exit code {code}):\n{tail}"
        )


def say(what: str) -> None:
    """Print one line of progress, with the seconds since ./dev was called."""
    print(f"[{time.monotonic() - _started:6.1f} s] {what}", file=sys.stderr, flush=True)


def step(
    argv: Sequence[str | Path], *, doing: str, env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> str:
    """Run a child quietly and return what it printed; every few seconds a line tells that it is alive.

    Raises:
        StepFailed: it could not be started or ended with another code than 0.
    """
    say(doing)
    began = time.monotonic()
    lines: list[str] = []
    try:
        child = subprocess.Popen(
            [str(part) for part in argv],
            cwd=cwd,
            env=dict(env) if env is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise StepFailed(doing, code=127, output=str(error)) from None
    reader = threading.Thread(target=_collect, args=(child, lines), daemon=True)
    reader.start()
    try:
        _wait(child, lines, began)
    except BaseException:
        _end(child)
        raise
    reader.join(GRACE_S)
    if child.returncode:
        raise StepFailed(doing, code=child.returncode, output="".join(lines))
    return "".join(lines)


def _collect(child: subprocess.Popen[str], lines: list[str]) -> None:
    assert child.stdout is not None
    with child.stdout as output:
        for line in output:
            lines.append(line)  # noqa: PERF402 - line by line, so that the latest can be shown


def _wait(child: subprocess.Popen[str], lines: list[str], began: float) -> None:
    while True:
        try:
            child.wait(STILL_AT_IT_S)
        except subprocess.TimeoutExpired:
            latest = next((line.strip() for line in reversed(lines) if line.strip()), "")
            say(f"  … {time.monotonic() - began:.0f} s{': ' + latest[:90] if latest else ''}")
        else:
            return


def _end(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
