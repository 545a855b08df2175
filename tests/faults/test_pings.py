"""Pings while servers are killed, the database is away or somebody guesses keys: what is answered is kept."""

from __future__ import annotations

import http.client
import json
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.faults.conftest import Ground
from tests.faults.pinger import Pinger, add_checks, kept, ping
from tests.faults.report import Notes
from tests.faults.server import ROOT, Server, wait_until
from tests.faults.slowness import slowness
from tests.services.postgres import PostgresServer

CHECKS = 60
FLOOD_PER_S = 1_000
SHARE_MIN = 0.15  # of the good pings that an unbothered server takes; two cores share server, flood and test
MEASURED_S = 5.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.serial
@pytest.mark.parametrize(
    "for_s", [pytest.param(10.0), pytest.param(60.0, marks=pytest.mark.full)], ids=["briefly", "long"]
)
def test_no_ping_that_was_answered_is_lost_by_a_server_that_is_killed_again_and_again(
    ground: Ground, make_server: Callable[..., Server], note: Notes, for_s: float
) -> None:
    server = make_server(ground, port=free_port()).start()
    paths, chance, kills = add_checks(server, CHECKS), random.Random(11), 0
    with Pinger(server.port, paths) as pinger:
        end = time.monotonic() + for_s
        while time.monotonic() < end:
            time.sleep(chance.uniform(0.3, 1.5))
            chance.choice([server.kill_worker, server.kill_all])()
            kills += 1
            if server.process is not None and server.process.poll() is not None:
                server.launch()
            server.await_ready()
        time.sleep(1)
    wait_until(lambda: kept(ground.url).unseen == 0, within_s=30, what="each ping is judged")

    there = kept(ground.url)
    names = [name for each in there.names.values() for name in each]
    assert not pinger.strange
    assert kills
    assert pinger.acked
    assert pinger.acked <= set(names), f"{len(pinger.acked - set(names))} answered pings are lost"
    assert len(names) == len(set(names)), "no ping is there twice"
    for check in there.checks:
        assert check.pings == len(there.names.get(check.id, ())), "a check counts the pings that it has"
    seen = f"{kills} times killed: {len(pinger.acked):,} pings answered, all of them kept"
    note.fact("kill -9 amid pings", ground.dialect, seen)


def test_while_the_database_is_away_clients_are_told_to_come_again_and_curl_does(
    private_postgres: PostgresServer, make_server: Callable[..., Server], tmp_path: Path
) -> None:
    url = private_postgres.url(private_postgres.create_database())
    ground = Ground("postgresql", tmp_path, url)
    server = make_server(ground, port=free_port()).start()
    (path,) = add_checks(server, 1)

    private_postgres.stop()
    status, text = ping(server.port, path)
    assert (status, text) == (503, "try again")
    command = ["curl", "-fsS", "-m", "20", "--retry", "5", f"http://127.0.0.1:{server.port}{path}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as curl:
        time.sleep(2)
        private_postgres.start()
        assert curl.communicate(timeout=90)[0] == "OK"
        assert curl.returncode == 0

    wait_until(lambda: kept(url).checks[0].pings == 1, within_s=5, what="it is kept, once")


@pytest.mark.serial
def test_wrong_keys_at_a_thousand_a_second_hurt_no_other_ping(
    ground: Ground, make_server: Callable[..., Server], note: Notes
) -> None:
    server = make_server(ground, port=free_port()).start()
    paths = add_checks(server, CHECKS)
    server.ask("GET", "/tasks")
    alone = _good_pings(server.port, paths[::2])

    command = [sys.executable, "-m", "tests.faults.flood"]
    command += [str(server.port), str(FLOOD_PER_S), str(MEASURED_S + 2)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as flooding:
        time.sleep(1)
        beset = _good_pings(server.port, paths[1::2])
        asked = time.monotonic()
        server.ask("GET", "/tasks")
        asked_s = time.monotonic() - asked
        answers: dict[str, int] = json.loads(flooding.communicate(timeout=60)[0])

    slow, sent = slowness(), sum(answers.values())
    share = len(beset) / len(alone)
    seen = (
        f"{sent / (MEASURED_S + 2):,.0f} wrong keys a second: {share:.0%} of the good pings of before, median"
        f" {statistics.median(alone) * 1_000:.1f} ms then {statistics.median(beset) * 1_000:.1f} ms"
    )
    note.fact("wrong keys, as many as 1,000 a second", ground.dialect, seen)
    assert answers["404"] < sent / 10, "guesses are refused by the hundred"
    assert set(answers) == {"404", "429"}, answers
    assert sent >= 0.5 * FLOOD_PER_S * MEASURED_S / slow, answers
    assert share >= SHARE_MIN, seen
    assert asked_s <= 1.0 * slow


def _good_pings(port: int, paths: Sequence[str]) -> list[float]:
    """Ping one after the other, each answered OK; how long each took, in seconds."""
    took: list[float] = []
    connection, end = http.client.HTTPConnection("127.0.0.1", port, timeout=15), time.monotonic() + MEASURED_S
    place = 0
    while time.monotonic() < end and place < 110 * len(paths):
        began = time.monotonic()
        connection.request("GET", paths[place % len(paths)])
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"OK")
        took.append(time.monotonic() - began)
        place += 1
    connection.close()
    return took
