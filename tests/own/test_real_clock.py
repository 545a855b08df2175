"""The clock of a real server steps: it says so, by how much, and its looks go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.faults.conftest import Ground, make_server
from tests.faults.server import Server, wait_until
from tests.faults.test_clock_changes import FakeClock, clock, shifted
from tests.services.postgres import private_postgres

__all__ = ["clock", "make_server", "private_postgres", "shifted"]


@pytest.mark.serial
@pytest.mark.parametrize("hours", [1, -1])
def test_a_real_step_is_an_incident_with_its_size(
    shifted: Ground, make_server: Callable[..., Server], clock: FakeClock, hours: int
) -> None:
    server = make_server(shifted, env=clock.env).start()
    clock.step_to(timedelta(hours=hours))
    found: list[dict[str, Any]] = []

    def told() -> bool:
        found[:] = server.insist("GET", "/incidents")["items"]
        return any(each["title"] == "Autom8: clock stepped" for each in found)

    wait_until(told, within_s=20, what="the step is told")
    summary = next(each["annotations"]["summary"] for each in found if "clock" in each["title"])
    assert f"stepped {'forward' if hours > 0 else 'back'} by 1:00:0" in summary or "0:59:5" in summary
