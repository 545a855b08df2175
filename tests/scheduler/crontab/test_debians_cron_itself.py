"""Debian's own cron daemon under libfaketime starts what we plan, minute by minute.

Each window is a daemon of its own, in a mount namespace of its own (the machine's crontabs and its
cron are never seen or touched), whose clock starts shortly before a full minute and runs fast for
two minutes. A command notes the real time; from that follows the minute of the daemon's clock.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autom8.scheduler.crontab import Entry, parse_crontab, proof

CRON = Path("/usr/sbin/cron")
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
Fired = set[tuple[str, datetime]]  # a timing, and a full minute
Timings = tuple[str, ...]
SPEED = 24  # a minute takes 2.5 s, so a command may start two seconds late and is still understood
LEAD = timedelta(seconds=20)  # before the first full minute
WATCHED = timedelta(seconds=115)  # ends before the third
DAEMONS_AT_ONCE = 10

TIMINGS = (
    "0 0 13 * 5",  # day of month OR day of week
    "0 0 */2 * 1",  # a star before the step: AND
    "0 0 15 * */2",  # likewise on the other side
    "0 0 1,* * 1",  # a star, but not first: OR, so each day
    "0 0 1 * 0-7",  # every weekday, yet no star: OR
    "0 0 31 2 1",  # a date that never comes OR Monday
    "0 0 * * 7",
    "0 0 * * sun,wed",
    "0 0 * * 1-7/2",
    "0 0 * JAN-Mar Mon-fri",
    "0 0 1-15/7 * *",
    "1 0-23/6 * * *",
    "1 5,22-23 * * *",
    "*/100 * * * *",
    "@hourly",
    "@daily",
    "@weekly",
    "@monthly",
    "@yearly",
)
CLOCK_CHANGE_TIMINGS = (
    "30 2 * * *",  # left out in spring, repeated in autumn
    "0 2 * * *",
    "0 3 * * *",
    "0 0-23 * * *",  # each hour by number is a fixed time
    "0 * * * *",  # each hour by star follows real time
    "*/30 2 * * *",
    "@hourly",
)
DAYS = (*range(11, 19), 28, 31)


@dataclass(frozen=True)
class Window:
    """Where a daemon's clock starts, and the zone it shows."""

    start: datetime
    zone: str = "UTC"

    @property
    def end(self) -> datetime:
        return self.start + WATCHED


def before(*at: int) -> Window:
    return Window(datetime(*at, tzinfo=UTC) - LEAD)  # type: ignore[arg-type, misc]


WINDOWS = (
    *(before(2026, 2, day) for day in range(1, 17)),
    before(2026, 1, 1),
    before(2026, 3, 1),
    before(2026, 2, 13, 5),
    before(2026, 2, 13, 6),
    before(2026, 2, 13, 22),
)
# 2026-03-29 02:00 becomes 03:00 in Berlin, 2026-10-25 03:00 becomes 02:00: both at 01:00 UTC
CLOCK_CHANGES = tuple(
    Window(datetime(2026, *change, 1, tzinfo=UTC) - LEAD, "Europe/Berlin") for change in ((3, 29), (10, 25))
)

ISOLATED = """
set -e
mount -t tmpfs tmpfs /var/spool/cron
mount -t tmpfs tmpfs /etc/cron.d
mount -t tmpfs tmpfs /run
mkdir -m 1730 /var/spool/cron/crontabs
mount --bind "$1" /etc/crontab
date +%s.%N > "$2"
exec env LD_PRELOAD="$3" /usr/sbin/cron -f -L 0
"""


def _why_not() -> str | None:
    if os.geteuid() != 0:
        return "needs root, to isolate a cron daemon"
    if not CRON.exists() or FAKETIME is None:
        return "needs Debian's packages cron and libfaketime"
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        return "needs to be allowed a mount namespace"
    return None


WHY_NOT = _why_not()
pytestmark = [pytest.mark.serial, pytest.mark.skipif(WHY_NOT is not None, reason=WHY_NOT or "")]


def entries_of(timings: Timings, zone: str, log: Path) -> tuple[bytes, tuple[Entry, ...]]:
    """A system crontab whose line N notes N and the real time, and how we read it."""
    lines = [
        f'{timing}\troot\techo "{number} $EPOCHREALTIME" >> {log}\n' for number, timing in enumerate(timings)
    ]
    text = ("SHELL=/bin/bash\n" + "".join(lines)).encode()
    crontab = parse_crontab(text, path="/etc/crontab", system=True, user=None, zone=zone)
    assert [entry.timing for entry in crontab.entries] == list(timings)
    return text, crontab.entries


@contextmanager
def running_cron(window: Window, text: bytes, folder: Path) -> Iterator[float]:
    """Debian's cron with this one crontab; gives the real time at which its clock started."""
    crontab, started = folder / "crontab", folder / "started"
    crontab.write_bytes(text)
    crontab.chmod(0o644)
    daemon = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", ISOLATED, "sh", crontab, started, str(FAKETIME)],
        env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "TZ": window.zone,
            "FAKETIME": f"@{window.start.timestamp():.0f} x{SPEED}",
            "FAKETIME_FMT": "%s",  # local time would be ambiguous in an overlap
        },
        stdin=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 10
        while not (started.exists() and started.read_text().endswith("\n")):
            assert daemon.poll() is None, "the daemon did not start"
            assert time.monotonic() < until, "the namespace was not ready within 10 s"
            time.sleep(0.01)
        yield float(started.read_text())
        assert daemon.poll() is None, "the daemon ended by itself"
    finally:
        daemon.kill()
        daemon.wait()


def started_by_cron(window: Window, timings: Timings, folder: Path) -> Fired:
    """What cron started in a window: each timing with the full minute of the daemon's clock."""
    folder.mkdir()
    log = folder / "log"
    log.touch()
    text, _ = entries_of(timings, window.zone, log)
    with running_cron(window, text, folder) as since:
        time.sleep(max(0.0, since + WATCHED.total_seconds() / SPEED - time.time()))
    time.sleep(0.5)  # for commands that cron had started before it was stopped
    fired: Fired = set()
    for line in log.read_text().splitlines():
        number, real = line.split()
        passed = timedelta(seconds=(float(real) - since) * SPEED)
        fired.add((timings[int(number)], (window.start + passed).replace(second=0, microsecond=0)))
    return fired


def planned_by_us(window: Window, timings: Timings) -> Fired:
    """What our slots say of the same window, having been proven against our matcher as well."""
    _, entries = entries_of(timings, window.zone, Path("/nowhere"))
    planned: Fired = set()
    for entry in entries:
        proven = proof(entry, after=window.start, count=3)
        assert proven.matches
        planned.update((entry.timing, at) for at in proven.fires if at <= window.end)
    return planned


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> dict[Window, Fired]:
    """What Debian's cron started in each window."""
    folder = tmp_path_factory.mktemp("cron")
    timings: dict[Window, Timings] = dict.fromkeys(WINDOWS, TIMINGS)
    timings |= dict.fromkeys(CLOCK_CHANGES, CLOCK_CHANGE_TIMINGS)
    with ThreadPoolExecutor(DAEMONS_AT_ONCE) as pool:
        seen = {
            window: pool.submit(started_by_cron, window, timings[window], folder / str(number))
            for number, window in enumerate(timings)
        }
    return {window: future.result() for window, future in seen.items()}


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: f"{window.end:%Y-%m-%d %H h}")
def test_cron_starts_in_a_window_what_we_plan(window: Window, observed: dict[Window, Fired]) -> None:
    assert observed[window] == planned_by_us(window, TIMINGS)


@pytest.mark.parametrize("window", CLOCK_CHANGES, ids=["the gap in spring", "the overlap in autumn"])
def test_cron_and_we_agree_when_the_clock_changes(window: Window, observed: dict[Window, Fired]) -> None:
    assert observed[window] == planned_by_us(window, CLOCK_CHANGE_TIMINGS)


def test_each_timing_was_seen_to_start_and_most_to_stay_away(
    observed: dict[Window, Fired],
) -> None:
    seen = {timing for window in WINDOWS for timing, _ in observed[window]}
    assert seen == set(TIMINGS)
    assert all(len(observed[window]) < len(TIMINGS) for window in WINDOWS)
