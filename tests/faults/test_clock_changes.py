"""A server's wall clock steps by an hour, to and fro, and a zone's clocks change: no slot is lost or doubled.

Server and PostgreSQL run under libfaketime, which reads its offset from a file that the tests rewrite; the
commands and the monotonic clock are left alone.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from autom8.kernel.vocabulary import RunState
from tests.faults.conftest import Ground
from tests.faults.ledger import judge, runs_of
from tests.faults.load import task
from tests.faults.manual import await_begun, run_by_hand
from tests.faults.report import Notes
from tests.faults.restarted_postgres import restarted
from tests.faults.server import Server, wait_until
from tests.services.postgres import PostgresServer, _reachable_folder

HOUR = timedelta(hours=1)
LOOKS = timedelta(seconds=7.5)  # the step is seen within 1 s, and the reconciler looks 5 s after that
EVERY_SECOND = {"kind": "interval", "every_s": 1}


@dataclass(frozen=True, slots=True)
class FakeClock:
    """The file that says by how much a server's wall clock is off."""

    file: Path

    def step_to(self, offset: timedelta) -> None:
        """Have the clock show the real time plus `offset`, from now on."""
        draft = self.file.with_suffix(".new")
        draft.write_text(f"{offset.total_seconds():+.6f}\n")
        draft.chmod(0o644)
        draft.replace(self.file)

    @property
    def env(self) -> dict[str, str]:
        """What makes a server believe it."""
        library = max(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }


@pytest.fixture
def clock() -> Iterator[FakeClock]:
    """A clock that shows the real time as yet, in a place that PostgreSQL's user may read."""
    if shutil.which("faketime") is None:
        pytest.skip("a stepping clock needs Debian's package faketime")
    with tempfile.TemporaryDirectory(dir=_reachable_folder()) as folder:
        Path(folder).chmod(0o755)
        made = FakeClock(Path(folder) / "offset")
        made.step_to(timedelta())
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def shifted(request: pytest.FixtureRequest, clock: FakeClock, tmp_path: Path) -> Iterator[Ground]:
    """Each database, with `clock` as its clock: PostgreSQL's own is the one that counts there."""
    if request.param == "sqlite":
        yield Ground("sqlite", tmp_path, None)
        return
    postgres: PostgresServer = request.getfixturevalue("private_postgres")
    with restarted(postgres, env=clock.env):
        yield Ground("postgresql", tmp_path, postgres.url(postgres.create_database()))


@pytest.mark.parametrize(
    "shifted", [pytest.param("sqlite", marks=pytest.mark.full), "postgresql"], indirect=True
)
def test_a_clock_that_steps_by_an_hour_to_and_fro_costs_no_slot_and_no_run(
    shifted: Ground, make_server: Callable[..., Server], clock: FakeClock, note: Notes
) -> None:
    ground = shifted
    server = make_server(ground, env=clock.env).start()
    ids = [
        server.ask("POST", "/tasks", task(f"tick-{n}", ":", ground.starts.path, schedule=EVERY_SECOND))["id"]
        for n in range(10)
    ]
    live = run_by_hand(server, task("live", "sleep 300", ground.starts.path))
    await_begun(ground, "live", "tick-0")

    # PostgreSQL's own timeouts are counted on the wall clock: a step may end a statement or a connection.
    for offset in (HOUR, timedelta(), -HOUR):
        clock.step_to(offset)
        time.sleep(LOOKS.total_seconds())
        size = ground.starts.size
        by_hand = server.insist("POST", f"/tasks/{ids[0]}/run", {})
        wait_until(lambda size=size: ground.starts.size > size, within_s=10, what="it goes on")  # type: ignore[misc]
        assert by_hand["state"] == "queued"
        assert server.insist("GET", f"/runs/{live}")["state"] == "running", f"with the clock at {offset}"

    for each in ids:
        server.insist("POST", f"/tasks/{each}/pause", {})
    server.insist("POST", f"/runs/{live}/cancel", {})
    wait_until(
        lambda: all(RunState(run.state).final for run in runs_of(ground.url)),
        within_s=30,
        what="all have ended",
    )
    verdict = judge(ground.url, ground.starts)
    assert not verdict.wrong, str(verdict)
    assert verdict.expected == verdict.counted > 0
    seen = (
        f"{verdict.expected:,} slots expected, {verdict.counted:,} counted, {verdict.doubles} double starts"
    )
    note.fact("the wall clock steps by +1, -1 and -1 hours", ground.dialect, seen)


CHANGES = {
    # Europe/Berlin, 2027: on 28 March 02:00 becomes 03:00, on 31 October 03:00 becomes 02:00; at 01:00 UTC.
    "spring": (
        datetime(2027, 3, 28, 1, tzinfo=UTC),
        {
            ("30 2 * * *", "gap", "shift"): 1,  # 02:30 does not exist: it runs at the first instant after
            ("30 2 * * *", "gap", "skip"): 0,
            ("0 3 * * *", "gap", "shift"): 1,
            ("*/1 2 * * *", "gap", "shift"): 0,  # follows real time: the hour 2 does not come
            ("* * * * *", "gap", "shift"): 1,
        },
    ),
    "autumn": (
        datetime(2027, 10, 31, 1, tzinfo=UTC),
        {
            ("0 2 * * *", "overlap", "first"): 0,  # was at 00:00 UTC, an hour ago
            ("0 2 * * *", "overlap", "both"): 1,
            ("0 3 * * *", "overlap", "first"): 0,  # comes in an hour
            ("* * * * *", "overlap", "first"): 1,
        },
    ),
}


@pytest.mark.parametrize(
    ("shifted", "change"),
    [
        ("sqlite", "spring"),
        ("postgresql", "autumn"),
        pytest.param("sqlite", "autumn", marks=pytest.mark.full),
        pytest.param("postgresql", "spring", marks=pytest.mark.full),
    ],
    indirect=["shifted"],
)
def test_a_change_of_the_zones_clocks_fires_each_schedule_as_often_as_its_policy_says(
    shifted: Ground, make_server: Callable[..., Server], clock: FakeClock, change: str
) -> None:
    ground = shifted
    at, expected = CHANGES[change]
    clock.step_to(at - timedelta(seconds=50) - datetime.now(UTC))
    server = make_server(ground, env=clock.env).start()
    for number, (cron, policy, value) in enumerate(expected):
        settings: dict[str, Any] = {"zone": "Europe/Berlin", policy: value}
        body = task(
            f"t{number}", ":", ground.starts.path, schedule={"kind": "cron", "cron": cron}, **settings
        )
        server.ask("POST", "/tasks", body)
    run_by_hand(server, task("live", "sleep 300", ground.starts.path))
    await_begun(ground, "live")

    clock.step_to(at - timedelta(seconds=2) - datetime.now(UTC))
    time.sleep(6)

    server.terminate()
    seen = {
        key: sum(run.slot_count for run in runs_of(ground.url, f"t{number}") if run.slot_at == at)
        for number, key in enumerate(expected)
    }
    assert seen == expected
    verdict = judge(ground.url, ground.starts)
    assert verdict.doubles == verdict.misses == 0, str(verdict)
    begun = [each for each in ground.starts.entries() if each.what == "begin" and each.slot]
    assert len({(each.task, each.slot) for each in begun}) == len(begun)
    assert runs_of(ground.url, "live")[0].reason == "shutdown", "it went on until the server was stopped"
