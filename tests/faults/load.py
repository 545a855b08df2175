"""The load under which things are broken: 200 tasks, each with a slot every second or two."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults.ledger import open_runs
from tests.faults.server import Server
from tests.faults.starts import BEGIN, END

TASKS = 200
STUCK_S = 20.0  # nothing moves for so long; a busy machine is only slow


def add_load(server: Server, starts: Path, *, tasks: int = TASKS) -> list[int]:
    """Give a server its tasks; their ids."""
    return [int(server.ask("POST", "/tasks", body)["id"]) for body in _tasks(starts, tasks)]


def end_load(server: Server, url: str, ids: list[int]) -> None:
    """Pause all tasks, which completes their ledgers to now, and wait for what is still queued or runs."""
    for each in ids:
        server.ask("POST", f"/tasks/{each}/pause", {"reason": "the test has ended"})
    left, moved_at = open_runs(url), time.monotonic()
    while left:
        assert time.monotonic() - moved_at < STUCK_S, f"{len(left)} runs are stuck: {left[:10]}"
        time.sleep(0.2)
        before, left = left, open_runs(url)
        moved_at = moved_at if left == before else time.monotonic()


def task(name: str, line: str, starts: Path, **settings: Any) -> dict[str, Any]:
    """A task whose shell line notes its begin, does `line`, and notes its end."""
    return {
        "name": name,
        "shell": "/bin/sh",
        "command": [f"{BEGIN}; {line}; {END}"],
        "env": {"STARTS": str(starts)},
        **settings,
    }


def _tasks(starts: Path, count: int) -> Iterator[dict[str, Any]]:
    """Half of them each second, half every two; one in ten works a while, half of these may run again."""
    for number in range(count):
        every_s = 1 + number % 2
        works = number % 10 == 0
        settings: dict[str, Any] = {"schedule": {"kind": "interval", "every_s": every_s}}
        if number % 20 == 0:
            settings["delivery"] = "at_least_once"
        if number % 40 == 10:
            settings["concurrency"] = "queue"
        if number % 40 == 20:
            settings["catch_up"] = "all"
        if works:
            yield task(f"work-{number}", "sleep 0.4", starts, **settings)
        else:
            yield {**task(f"brief-{number}", ":", starts, **settings), "command": [BEGIN]}
