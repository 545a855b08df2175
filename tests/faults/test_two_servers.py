"""Two servers on one PostgreSQL, one of them killed or frozen at random: nothing is lost, nothing doubles."""

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
DEEDS = ["kill -9 of the server", "kill -9 of its worker process", "SIGSTOP, then SIGCONT"]


@pytest.mark.serial
@pytest.mark.parametrize(
    "for_s", [pytest.param(14.0), pytest.param(90.0, marks=pytest.mark.full)], ids=["briefly", "long"]
)
def test_of_two_servers_one_may_be_killed_or_frozen_at_any_time(
    postgresql_ground: Ground, make_server: Callable[..., Server], note: Notes, for_s: float
) -> None:
    ground = postgresql_ground
    pair = [make_server(ground, name).start() for name in ("a", "b")]
    ids = add_load(pair[0], ground.starts.path)
    chaos = Chaos(ground.starts, random.Random(11))

    chaos.rage(pair, for_s=for_s, deeds=DEEDS)

    end_load(pair[0], ground.url, ids)
    verdict = judge(ground.url, ground.starts)
    note.load(f"of two servers, {chaos.deeds}", ground.dialect, verdict, **chaos.numbers)
    assert not verdict.wrong, str(verdict)
    assert verdict.expected == verdict.counted > 0
    assert max(chaos.recoveries) <= RECOVERY_S_MAX * chaos.slow, chaos
