"""Single runs that a test starts by hand and waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.faults.conftest import Ground
from tests.faults.server import Server, wait_until

BEGINS_S_MAX = 90.0


def run_by_hand(server: Server, body: Mapping[str, Any]) -> int:
    """Add a task and run it; the run's id."""
    made = server.ask("POST", "/tasks", body)
    return int(server.ask("POST", f"/tasks/{made['id']}/run", {})["id"])


def await_begun(ground: Ground, *names: str, attempt: int = 1) -> None:
    """Wait until the commands of these tasks have begun this attempt."""

    def begun() -> bool:
        there = {each.task for each in ground.starts.entries() if each.attempt == attempt}
        return there >= set(names)

    wait_until(begun, within_s=BEGINS_S_MAX, what=f"attempt {attempt} of {', '.join(names)} begins")
