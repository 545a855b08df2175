"""The crontabs that Debian's own packages ship, each read, planned and proven.

The packages are downloaded by apt and unpacked into a temporary folder; nothing is installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autom8.scheduler.crontab import Crontab, parse_crontab, proof
from autom8.scheduler.schedules import BootTime

pytestmark = pytest.mark.xdist_group("packages of Debian")  # downloaded once

PACKAGES = (
    *("amavisd-new", "anacron", "atop", "awstats", "certbot", "cron-apt", "cron-daemon-common"),
    *("dma", "e2fsprogs", "logcheck", "mailman3", "mailman3-web", "mdadm", "munin", "munin-node"),
    *("ntpsec", "php-common", "rsnapshot", "sysstat", "tiger"),
)
FILES_MIN = 15
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Shipped:
    """A crontab as a package has it."""

    package: str
    path: str
    content: bytes

    def read(self, zone: str = "Europe/Berlin") -> Crontab:
        return parse_crontab(self.content, path=self.path, system=True, user=None, zone=zone)


def _run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=240)
    if done.returncode:
        pytest.skip(f"{' '.join(map(str, command[:2]))} can't be used: {done.stderr.strip()[-300:]}")
    return done.stdout


def _known(options: tuple[str, ...], folder: Path) -> list[str]:
    policies = _run("apt-cache", *options, "policy", *PACKAGES, cwd=folder)
    return re.findall(r"^(\S+):\n.*\n  Candidate: \d", policies, re.MULTILINE)


def _download(folder: Path) -> None:
    """Fetch those that apt knows, with package lists of our own where the machine has none."""
    options: tuple[str, ...] = ("-o", "APT::Sandbox::User=root", "-qq")
    known = _known(options, folder)
    if len(known) < FILES_MIN:
        (folder / "lists" / "partial").mkdir(parents=True)
        for setting in ("Dir::State::lists=lists", "Dir::Cache=cache"):
            name, place = setting.split("=")
            options += ("-o", f"{name}={folder / place}")
        _run("apt-get", *options, "update", cwd=folder)
        known = _known(options, folder)
    _run("apt-get", *options, "download", *known, cwd=folder)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> list[Shipped]:
    """Every file that is a system crontab in one of the packages."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        pytest.skip("needs Debian's apt-get and dpkg-deb")
    folder = tmp_path_factory.mktemp("packages")
    _download(folder)
    found = []
    for package in sorted(folder.glob("*.deb")):
        root = folder / package.stem
        _run("dpkg-deb", "-x", package, root, cwd=folder)
        for file in [*root.glob("etc/crontab"), *sorted(root.glob("etc/cron.d/*"))]:
            path = f"/{file.relative_to(root)}"
            if not file.name.startswith("."):  # a placeholder, which cron does not read either
                found.append(Shipped(package.name.split("_")[0], path, file.read_bytes()))
    return found


def test_there_are_enough_of_them(shipped: list[Shipped]) -> None:
    assert len({file.path for file in shipped}) >= FILES_MIN


def test_each_line_is_accounted_for_and_none_is_refused(shipped: list[Shipped]) -> None:
    for file in shipped:
        crontab = file.read()
        active = [line for line in file.content.splitlines() if not re.match(rb"[ \t]*(#|$)", line)]

        assert crontab.faults == (), file.package
        assert crontab.notes == (), file.package
        assert len(crontab.entries) + crontab.settings == len(active), file.package
        assert all(entry.user for entry in crontab.entries), file.package


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Chatham"])
def test_each_entry_is_planned_and_proven(shipped: list[Shipped], zone: str) -> None:
    entries = [entry for file in shipped for entry in file.read(zone).entries]

    assert len(entries) >= FILES_MIN
    for entry in entries:
        proven = proof(entry, after=NOW)

        assert proven.matches, (entry.source, proven.first_difference)
        assert proven.fires or isinstance(entry.schedule, BootTime)


def test_reading_them_again_gives_the_same_identities(shipped: list[Shipped]) -> None:
    first = [entry.source for file in shipped for entry in file.read().entries]
    again = [entry.source for file in shipped for entry in file.read().entries]

    assert first == again
    assert len({(s.path, s.user, s.line, s.ordinal) for s in first}) == len(first)


def test_the_lines_of_the_systems_own_crontab_are_understood(shipped: list[Shipped]) -> None:
    (crontab,) = (file.read() for file in shipped if file.path == "/etc/crontab")

    assert [(entry.name, entry.timing, entry.user) for entry in crontab.entries] == [
        ("run-parts cron.hourly", "17 * * * *", "root"),
        ("run-parts cron.daily", "25 6 * * *", "root"),
        ("run-parts cron.weekly", "47 6 * * 7", "root"),
        ("run-parts cron.monthly", "52 6 1 * *", "root"),
    ]
