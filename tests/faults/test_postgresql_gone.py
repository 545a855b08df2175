"""PostgreSQL goes away under load, in order and by kill -9: the server waits for it, and goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.faults.conftest import Ground
from tests.faults.ledger import judge
from tests.faults.load import add_load, end_load
from tests.faults.report import Notes
from tests.faults.server import Server, wait_until
from tests.faults.slowness import slowness
from tests.services.postgres import PostgresServer

RECOVERY_S_MAX = 10.0
AWAY_S = 3.0


@pytest.mark.serial
def test_postgresql_may_be_restarted_and_killed_under_load(
    private_postgres: PostgresServer, make_server: Callable[..., Server], tmp_path: Path, note: Notes
) -> None:
    url = private_postgres.url(private_postgres.create_database())
    ground = Ground("postgresql", tmp_path, url)
    server = make_server(ground).start()
    ids = add_load(server, ground.starts.path)
    worker, slow = server.worker, slowness()
    recoveries = []

    for end in (private_postgres.stop, private_postgres.kill):
        time.sleep(3)
        end()
        time.sleep(AWAY_S)
        size = ground.starts.size
        private_postgres.start()
        begun = partial(ground.starts.begun_by_others, (), after=size)
        recoveries.append(wait_until(begun, within_s=60, what="commands begin again"))

    end_load(server, ground.url, ids)
    verdict = judge(ground.url, ground.starts)
    slow = max(slow, slowness())
    what = "PostgreSQL stopped, then killed (-9), and started again"
    note.load(what, ground.dialect, verdict, times=2, recovery_s=max(recoveries), slow=slow)
    assert not verdict.wrong, str(verdict)
    assert verdict.expected == verdict.counted > 0
    assert max(recoveries) <= RECOVERY_S_MAX * slow, recoveries
    assert server.worker == worker, "it waited, and was not started anew"
    assert server.ask("GET", "/health")["status"] == "ok"
