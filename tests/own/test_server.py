"""A server as it is built notices what is broken in its own data: its chores are done by hand here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from autom8.bootstrap import parts
from autom8.bootstrap.engine import build_engine
from autom8.bootstrap.services import Services
from autom8.kernel.errors import Autom8Error
from autom8.kernel.vocabulary import OwnRule
from autom8.scheduler.dispatch.embedded import EmbeddedEngine
from autom8.security.service import build_security
from tests.api.rig import Caller, House, migrated, opened
from tests.own.test_trail import FLIPPED
from tests.services.postgres import PostgresServer

Open = Callable[..., House]


@pytest.fixture(params=["sqlite", "postgresql"])
def open_here(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Open]:
    """Opens a house on each database, with settings."""
    monkeypatch.setattr(parts, "build_security", partial(build_security, password_cost=4))
    with ExitStack() as houses:
        url = None
        if request.param == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            template = server.ensure_template("api", migrated)
            url = houses.enter_context(server.database(template=template))
        yield lambda **settings: houses.enter_context(opened(tmp_path / "home", url, **settings))


def built(services: Services) -> EmbeddedEngine:
    """The engine of a server that is not started."""
    return build_engine(services, place=1)


def do(engine: EmbeddedEngine, name: str) -> None:
    """One of its chores."""
    engine.chores[name][1]()


def signs(services: Services) -> dict[OwnRule, Any]:
    with services.units.reading() as work:
        return {OwnRule(row.rule): row for row in work.own_signs.all() if row.ended_at is None}


def incidents(local: Caller, engine: EmbeddedEngine) -> list[str]:
    """Titles of open incidents, once all that is due was looked at."""
    engine.companions["alerts"].step()
    found = local.get("/incidents").json["items"]
    return [each["title"] for each in found if each["state"] != "resolved"]


def tamper(services: Services, statement: str) -> None:
    with services.database.write_engine.begin() as connection:
        connection.execute(text(statement))


def test_a_damaged_value_is_told_though_who_read_it_was_refused(open_here: Open) -> None:
    house = open_here()
    engine = built(house.services)
    made = house.local.post("/contacts", {"name": "Ada", "email": "ada@example.org"}).json
    cut = {
        "sqlite": "CAST(substr(email_encrypted, 1, length(email_encrypted) - 1) AS BLOB)",
        "postgresql": "substr(email_encrypted, 1, length(email_encrypted) - 1)",
    }[house.services.database.dialect]
    tamper(house.services, f"UPDATE contact SET email_encrypted = {cut} WHERE id = {made['id']}")
    with suppress(Autom8Error):
        house.local.get(f"/contacts/{made['id']}")
    deadline = time.monotonic() + 10  # it is told in a thread of its own
    while OwnRule.DECRYPTION_REFUSED not in signs(house.services) and time.monotonic() < deadline:
        do(engine, "own_instants")
        time.sleep(0.01)
    details = signs(house.services)[OwnRule.DECRYPTION_REFUSED].details
    assert (details["table"], details["column"], details["row"]) == ("contact", "email_encrypted", made["id"])
    assert "ada@" not in str(details)
    assert incidents(house.local, engine) == ["Autom8: decryption refused"]


def test_a_flipped_byte_of_the_trail_is_told_within_a_pass(
    open_here: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autom8.alerts.own.trail.REST_MIN", timedelta())
    house = open_here()
    engine = built(house.services)
    for name in ("one", "two", "three"):
        house.local.add_task(name)
    do(engine, "own_trail")
    assert signs(house.services) == {}
    with house.services.units.reading() as work:
        last = work.audit.last()
    assert last is not None
    seq = last.seq - 1
    statement = FLIPPED[house.services.database.dialect].replace("'Ada', 'Adb'", "'task', 'tusk'")
    tamper(house.services, statement.format(seq=seq))
    while OwnRule.AUDIT_BROKEN not in signs(house.services):
        do(engine, "own_trail")
        time.sleep(0.05)
    assert signs(house.services)[OwnRule.AUDIT_BROKEN].details["entry"] == seq
    assert incidents(house.local, engine) == ["Autom8: audit broken"]


def test_a_trail_that_is_not_what_was_signed_is_told_by_what_signs(open_here: Open) -> None:
    house = open_here()
    engine = built(house.services)
    for name in ("one", "two", "three"):
        house.local.add_task(name)
    do(engine, "checkpoints")
    do(engine, "own_signs")
    assert OwnRule.AUDIT_BROKEN not in signs(house.services)
    tamper(house.services, "DELETE FROM audit_entry WHERE seq > 1")
    do(engine, "checkpoints")
    do(engine, "own_signs")
    assert signs(house.services)[OwnRule.AUDIT_BROKEN].details["what"] == "audit tail missing"


def test_an_old_backup_is_told_and_a_new_one_ends_it(open_here: Open, tmp_path: Path) -> None:
    house = open_here(backup_path=tmp_path / "backups", backup_age_max_h=1)
    engine = built(house.services)
    do(engine, "own_backup")
    assert incidents(house.local, engine) == ["Autom8: backup old"]
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "dump").write_text("x")
    do(engine, "own_backup")
    assert incidents(house.local, engine) == []


def test_a_backup_whose_path_is_no_longer_named_is_no_longer_told(open_here: Open) -> None:
    house = open_here()
    engine = built(house.services)
    with house.services.units.writing() as work:
        place = work.session.execute(text("SELECT key FROM worker")).scalar_one()
        work.own_signs.note(OwnRule.BACKUP_OLD, place, work.now(), {"path": "/b", "why": "none"})
        work.commit()
    do(engine, "own_backup")
    assert signs(house.services) == {}


def test_the_disk_of_the_data_folder_is_watched(open_here: Open) -> None:
    house = open_here(disk_free_percent=50)
    engine = built(house.services)
    do(engine, "own_signs")
    found = set(signs(house.services))
    assert found <= {OwnRule.DISK_FILLING}  # as the machine's disk is


def test_a_step_that_the_engine_noticed_is_told(open_here: Open) -> None:
    house = open_here()
    engine = built(house.services)
    engine.stepped(timedelta(minutes=-5))
    do(engine, "own_instants")
    assert incidents(house.local, engine) == ["Autom8: clock stepped"]


def test_the_chores_of_a_server_that_is_well_write_nothing(open_here: Open) -> None:
    house = open_here(disk_free_percent=0)
    engine = built(house.services)
    house.local.add_task("one")
    do(engine, "checkpoints")
    with house.statements() as sent:
        for name in ("own_signs", "own_instants", "own_trail", "own_backup"):
            do(engine, name)
    assert [each for each in sent if not each.lstrip().startswith(("SELECT", "PRAGMA"))] == []
