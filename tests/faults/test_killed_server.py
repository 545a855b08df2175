"""kill -9 of a server under load, every few seconds: no slot is lost, none begins twice."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.faults.chaos import Chaos
from tests.faults.conftest import Ground
from tests.faults.ledger import judge
from tests.faults.load import add_load, end_load
from tests.faults.report import Notes
from tests.faults.server import Server

RECOVERY_S_MAX = 10.0
KILLS = ["kill -9 of the server", "kill -9 of the server", "kill -9 of its worker process"]


@pytest.mark.serial
@pytest.mark.parametrize(
    "for_s", [pytest.param(14.0), pytest.param(75.0, marks=pytest.mark.full)], ids=["briefly", "long"]
)
def test_a_server_killed_again_and_again_loses_no_slot_and_begins_none_twice(
    ground: Ground, make_server: Callable[..., Server], note: Notes, for_s: float
) -> None:
    server = make_server(ground).start()
    ids = add_load(server, ground.starts.path)
    chaos = Chaos(ground.starts, random.Random(7))

    chaos.rage([server], for_s=for_s, deeds=KILLS)

    end_load(server, ground.url, ids)
    verdict = judge(ground.url, ground.starts)
    note.load(chaos.deeds, ground.dialect, verdict, **chaos.numbers)
    assert not verdict.wrong, str(verdict)
    assert verdict.expected == verdict.counted > 0
    assert max(chaos.recoveries) <= RECOVERY_S_MAX * chaos.slow, chaos
