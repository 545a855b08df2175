"""The parts that other tests stand on do what they promise."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page
from sqlalchemy import create_engine, text

from tests.services.network import BeyondLoopback
from tests.services.postgres import PostgresServer


def test_the_zone_is_far_from_utc() -> None:
    assert time.tzname == ("+1245", "+1345")


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org", "2001:db8::1"])
def test_another_machine_cannot_be_reached(host: str) -> None:
    with pytest.raises(BeyondLoopback):
        socket.create_connection((host, 80), timeout=0.1)


def test_this_machine_can_be_reached() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    with server, socket.create_connection(server.getsockname(), timeout=5) as reached:
        assert reached.getpeername() == server.getsockname()


def test_each_test_has_an_empty_database(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE only_here (id integer)"))
        assert connection.execute(text("SELECT count(*) FROM only_here")).scalar() == 0
    engine.dispose()


def test_a_template_is_prepared_once_and_copied(postgres: PostgresServer) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE ready AS SELECT 7 AS seven"))
        engine.dispose()

    for _ in range(2):
        with postgres.database(template=postgres.ensure_template("seven", prepare)) as url:
            engine = create_engine(url)
            with engine.connect() as connection:
                assert connection.execute(text("SELECT seven FROM ready")).scalar() == 7
            engine.dispose()
    assert len(prepared) == 1


def test_a_killed_postgresql_comes_back_with_what_was_committed(private_postgres: PostgresServer) -> None:
    name = private_postgres.create_database()
    address = f"host=127.0.0.1 port={private_postgres.port} user=autom8 dbname={name}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
        private_postgres.kill()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT seven FROM kept")

    private_postgres.start()

    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT seven FROM kept").fetchone() == (7,)
    private_postgres.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address)


def test_chromium_shows_a_page(page: Page, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<h1>Here</h1>")
    page.goto((tmp_path / "a.html").as_uri())
    assert page.get_by_role("heading", name="Here").is_visible()
