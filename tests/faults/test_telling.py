"""Who is told while servers are killed and the mail server fails: nothing is lost, nor doubled if known."""

from __future__ import annotations

import itertools
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import ORDINARILY_ON_SQLITE, Ground
from tests.faults.report import Notes
from tests.faults.server import Server, wait_until
from tests.faults.telling import OUT, Told, told_by, ways

MODES = [("ok", 0.0), ("fail", 0.0), ("ok", 0.0), ("slow", 0.3), ("die", 0.0), ("mute", 0.5)]
THOUSAND = 1_000
KEYS = ("keys.json", "keyring.json")


WAYS = ways({("sqlite", "critical"), ("postgresql", "warning")}, briefly_s=9)


@pytest.mark.serial
@pytest.mark.parametrize(("ground", "severity", "for_s"), WAYS, indirect=["ground"])
def test_nothing_is_lost_while_the_server_is_killed_and_the_channel_fails(
    ground: Ground, make_server: Callable[..., Server], note: Notes, for_s: float, severity: str
) -> None:
    server = make_server(ground, env=OUT)
    with told_by(ground.folder, [server]) as told:
        told.prepare(severity=severity)
        rage(told, for_s=for_s, victims=[server])
        settle(told)
        judge(told, severity)
        seen = f"{len(told.tasks)} tasks failed, {len(told.mails.mails())} mails taken; {told.rest()}"
        note.fact(f"kill -9 while the mail server fails, {severity}", ground.dialect, seen)


@pytest.mark.serial
def test_nothing_is_lost_of_two_servers_on_one_database(
    postgresql_ground: Ground, make_server: Callable[..., Server]
) -> None:
    pair = two_servers(postgresql_ground, make_server)
    with told_by(postgresql_ground.folder, pair) as told:
        told.prepare(severity="critical")
        rage(told, for_s=9, victims=pair)
        settle(told)
        judge(told, "critical")


@pytest.mark.serial
def test_two_servers_tell_of_each_failure_once(
    postgresql_ground: Ground, make_server: Callable[..., Server]
) -> None:
    """Where nothing is killed and nothing fails, none is told twice, and none not at all."""
    pair = two_servers(postgresql_ground, make_server)
    with told_by(postgresql_ground.folder, pair) as told:
        told.prepare()
        for number in range(12):
            told.fail(f"job-{number}")
        settle(told)
        mailed = told.mailed()
        assert mailed == {f"Problem: {name}: failed": 1 for name in told.tasks}, "twice, or not at all"


@pytest.mark.serial
@ORDINARILY_ON_SQLITE
def test_a_thousand_alerts_of_one_moment_are_one_mail(
    ground: Ground, make_server: Callable[..., Server], note: Notes
) -> None:
    """By the clock of a real server, which waits ten seconds at most for what belongs together."""
    server = make_server(ground, env=OUT)
    with told_by(ground.folder, [server]) as told:
        told.prepare(usual=True)
        alerts = [{"labels": {"alertname": "Down", "instance": f"host-{n}"}} for n in range(THOUSAND)]
        began = time.monotonic()
        assert server.request("POST", "/alerts", alerts, api="/api/v2")[0] == 200
        wait_until(told.mails.mails, within_s=60, what="a mail")
        took = time.monotonic() - began
        assert len(told.incidents()) == THOUSAND
        wait_until(lambda: told.unfinished() == 0, within_s=60, what="each message at its end")
        (mail,) = told.mails.mails()
        assert f"{THOUSAND} " in mail["headers"]["Subject"].replace(",", "").replace("\u202f", "")
        note.fact("1,000 alerts pushed at once", ground.dialect, f"one mail, after {took:.1f} s")


def two_servers(ground: Ground, make_server: Callable[..., Server]) -> list[Server]:
    """Two on one database, with the same keys."""
    first = make_server(ground, "a", env=OUT).start()
    for name in KEYS:
        (ground.folder / "b").mkdir(exist_ok=True, mode=0o700)
        shutil.copy2(first.home / name, ground.folder / "b" / name)
    first.kill_all()
    return [first, make_server(ground, "b", env=OUT)]


def rage(told: Told, *, for_s: float, victims: list[Server]) -> None:
    """Have tasks fail, one of the servers be killed every few seconds, and the mail server be as it likes."""
    chance = random.Random(7)
    modes = itertools.cycle(MODES)
    end = time.monotonic() + for_s
    kill_at = time.monotonic() + 2
    number = 0
    while time.monotonic() < end:
        told.sink.mode(*next(modes))
        for _ in range(chance.randint(1, 3)):
            number += 1
            told.fail(f"job-{number}")
        if time.monotonic() >= kill_at:
            victim = chance.choice(victims)
            victim.kill_all()
            victim.start()
            kill_at = time.monotonic() + chance.uniform(2, 4)
        time.sleep(0.1)
    told.sink.mode("ok")


def settle(told: Told) -> None:
    """Wait until all that failed is an incident, and all that is to be told was told or is a dead letter."""
    wait_until(
        lambda: len(told.incidents()) >= len(told.tasks), within_s=60, what="an incident of each failure"
    )
    for _ in range(2):  # an incident of just now is no message yet
        time.sleep(2)
        wait_until(lambda: told.unfinished() == 0, within_s=200, what="each message at its end")


def judge(told: Told, severity: str) -> None:
    """Each failure is one incident; each is told, or said not to be; none is told twice that need not be."""
    titles = [each["title"] for each in told.incidents()]
    # A run that the server's death cut off is lost, and told as that.
    assert {title.partition(":")[0] for title in titles} == set(told.tasks)
    assert len(titles) == len(told.tasks)
    dead = told.ask("GET", "/messages?state=dead&limit=200")["items"]
    mailed = told.mailed()
    missing = [title for title in titles if not mailed[f"Problem: {title}"]]
    buried = {each["subject"]: each["reason"] for each in dead}
    if severity == "critical":
        assert missing == [], "missing"  # a page is repeated until it is known to have arrived
        certain = {each["headers"]["Message-ID"] for each in told.mails.mails() if each["mode"] == "ok"}
        assert certain
        return
    assert [title for title in missing if buried.get(title) != "outcome_unknown"] == [], "missing"
    twice = {key: number for key, number in told.keys().items() if number > 1}
    assert twice == {}, "twice"  # what informs is not repeated where it may have arrived


def test_a_home_is_whole(tmp_path: Path) -> None:
    """The files that two servers share are those that a server makes."""
    server = Server(tmp_path / "home").start()
    try:
        assert all((server.home / name).exists() for name in KEYS)
    finally:
        server.kill_all()
