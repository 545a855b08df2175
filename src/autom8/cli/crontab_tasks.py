"""A crontab of this machine as tasks for the API: where it is, whose it is, what is sent of each line."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from autom8.cli.terminal import warn
from autom8.kernel import defaults
from autom8.kernel.errors import Invalid
from autom8.scheduler.crontab import Crontab, Entry, parse_crontab
from autom8.scheduler.definition import schedule_to_json

STDIN: Final = "-"
TIMEOUT_S: Final = 86_400  # cron has none: an hour would end what has run for years
SYSTEM_TABLE: Final = Path("/etc/crontab")
SYSTEM_FOLDER: Final = Path("/etc/cron.d")
SPOOL: Final = Path("/var/spool/cron/crontabs")
LOCALTIME: Final = Path("/etc/localtime")
TIMEZONE: Final = Path("/etc/timezone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Importable:
    """One line with the API's task for it, and what the server says becomes of it (None: not asked)."""

    entry: Entry
    task: Mapping[str, Any]
    fate: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """Its name there, which has a number behind it where another task has the one we chose."""
        return str(self.fate["name"] if self.fate else self.task["name"])

    @property
    def is_new(self) -> bool:
        """Whether it was not there before."""
        return self.fate is not None and self.fate["fate"] == "create"


def read(args: argparse.Namespace) -> Crontab:
    """Read the crontab that is asked for.

    Raises:
        Invalid: the file can't be read, or the zone is unknown.
    """
    from autom8.kernel.zones import zone_named

    path = args.file if args.file == STDIN else str(Path(args.file).absolute())
    system = args.system or is_system(path)
    if system and not args.system:
        warn(f"autom8: {path} is read as a system crontab, whose lines name their user")
    zone = args.tz or machine_zone(os.environ)
    zone_named(zone)
    user = None if system else args.user or owner_of(path)
    return parse_crontab(_bytes_of(path), path=path, system=system, user=user, zone=zone)


def importables(crontab: Crontab, args: argparse.Namespace) -> Sequence[Importable]:
    """The tasks of a crontab's lines."""
    policy, at_once_max = args.concurrency or (defaults.CONCURRENCY, defaults.CONCURRENCY_MAX)
    settings = {
        "timeout_s": args.timeout or TIMEOUT_S,
        "concurrency": policy,
        "concurrency_max": at_once_max,
    }
    return [Importable(entry=entry, task=task_of(entry) | settings) for entry in crontab.entries]


def task_of(entry: Entry) -> dict[str, Any]:
    """The API's task for one line."""
    source = entry.source
    return {
        "name": entry.name,
        "description": entry.description,
        "schedule": schedule_to_json(entry.schedule),
        "zone": entry.zone,
        "command": [entry.command],
        "shell": entry.shell,
        "env": dict(entry.env),
        "stdin": entry.stdin,
        "cwd": entry.cwd,
        "user": entry.user,
        "notes": list(entry.notes),
        "source": {
            "path": source.path,
            "user": source.user or "",
            "line": source.line,
            "ordinal": source.ordinal,
            "text": source.text,
        },
    }


def is_system(path: str) -> bool:
    """Whether cron reads this file as a system crontab."""
    return Path(path) == SYSTEM_TABLE or Path(path).parent == SYSTEM_FOLDER


def owner_of(path: str) -> str:
    """Whose crontab this is: the spool names its files after their users; any other is ours."""
    return Path(path).name if Path(path).parent == SPOOL else getpass.getuser()


def machine_zone(env: Mapping[str, str]) -> str:
    """The time zone that cron on this machine goes by; UTC, with a warning, when it has no name.

    `env` matters only where the machine itself says nothing.
    """
    named = _zone_of_link() or _zone_of_file() or env.get("TZ", "").removeprefix(":")
    if not named:
        warn(f"autom8: the machine's time zone has no name; taken as {defaults.ZONE} (say it with --tz)")
    return named or defaults.ZONE


def _zone_of_link() -> str | None:
    try:
        target = os.path.realpath(LOCALTIME, strict=True)
    except OSError:
        return None
    _, found, name = target.partition("/zoneinfo/")
    return name if found else None


def _zone_of_file() -> str | None:
    try:
        return TIMEZONE.read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _bytes_of(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
    except OSError as error:
        raise Invalid(f"{path} can't be read: {error.strerror}") from None
