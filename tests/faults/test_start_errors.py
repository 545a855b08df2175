"""What stops a start is said in one line that names it; nothing is left half-started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from autom8.cli.exits import Exit
from tests.faults.conftest import Ground
from tests.faults.server import Server


def refused(server: Server) -> str:
    """Start a server that must not start; the one line that it says."""
    server.launch()
    assert server.process is not None
    status = server.process.wait(60)
    assert status == Exit.MISCONFIGURED, f"{status}: {server.said()}"
    lines = server.said().strip().splitlines()
    spoken = [line for line in lines if not line.startswith("{")]  # JSON lines are the log
    assert len(spoken) == 1, server.said()
    assert server.tree() == []
    return spoken[0]


def test_an_unknown_setting_is_named(ground: Ground, make_server: Callable[..., Server]) -> None:
    assert "AUTOM8_WORKER_SLOT " in refused(make_server(ground, env={"AUTOM8_WORKER_SLOT": "3"}))


def test_an_odd_value_is_named(ground: Ground, make_server: Callable[..., Server]) -> None:
    assert "AUTOM8_WORKER_SLOTS must be" in refused(make_server(ground, env={"AUTOM8_WORKER_SLOTS": "many"}))


def test_a_newer_schema_is_refused_and_left_as_it_is(
    ground: Ground, make_server: Callable[..., Server]
) -> None:
    server = make_server(ground).start()
    server.terminate()
    engine = create_engine(ground.url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE schema_version SET version_num = 'of_next_year'"))
    server.log.unlink()

    assert "of_next_year" in refused(server)

    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM schema_version")).scalar() == "of_next_year"
    engine.dispose()


def test_a_database_that_is_not_there_is_waited_for_and_then_named(
    tmp_path: Path, make_server: Callable[..., Server]
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and deaf: connections are refused
        url = f"postgresql+psycopg://autom8@127.0.0.1:{nobody.getsockname()[1]}/autom8"
        said = refused(make_server(Ground("postgresql", tmp_path, url), sabotage="impatient"))

    assert "database" in said
    assert "waited 2 s" in said


@pytest.mark.skipif(not Path("/proc/sys").exists(), reason="the folder that nobody can write is Linux's")
def test_a_folder_that_cannot_be_written_is_named(make_server: Callable[..., Server], tmp_path: Path) -> None:
    server = make_server(Ground("sqlite", tmp_path, None), home_given=Path("/proc/sys/autom8"))

    assert "/proc/sys/autom8" in refused(server)


def test_a_second_server_on_one_data_folder_or_port_says_who_is_in_its_way(
    tmp_path: Path, make_server: Callable[..., Server]
) -> None:
    ground = Ground("sqlite", tmp_path, None)
    first = make_server(ground).start()
    port = int(first.url.rpartition(":")[2])
    same_port = make_server(ground, "b", port=port).launch()
    same_home = subprocess.run(
        [sys.executable, "-m", "autom8.cli.main", "up", "--port", "0", "--data", str(first.home)],
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert same_home.returncode == Exit.MISCONFIGURED
    assert "Another Autom8 server runs on the data folder" in same_home.stderr
    assert len(same_home.stderr.strip().splitlines()) == 1
    assert same_port.process is not None
    assert same_port.process.wait(60) == Exit.MISCONFIGURED
    assert f"127.0.0.1:{port}" in same_port.said()
    assert first.ask("GET", "/health")["status"] == "ok"
    assert first.worker in {each.pid for each in first.tree()}, "the other's end took no announcement away"
