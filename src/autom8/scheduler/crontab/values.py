"""What a crontab is once it is read: entries that can become tasks, and faults that can't.

Owns these values alone; how they are read is `reader`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autom8.scheduler.schedules import BootTime, Cron


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which line of which crontab this is, whatever stands around it: its identity for ever.

    `line` is the line with single blanks between its fields; `ordinal` counts equal lines of one
    user in one file from 1. `text` is the line as it stands there and no part of the identity.
    """

    path: str
    user: str | None
    line: str
    ordinal: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line that can become a task, with all that cron would give to its command.

    `timing` is the schedule as it is written (five fields or a macro); `zone` is the zone whose
    clock it is about. `shell` reads `command` by `-c`. `env` holds the settings above the line and
    what cron adds, except HOME, which the account decides unless a setting does. `cwd` is HOME
    where that is set to an absolute path; None stands for the user's own home, where cron starts
    everything. `stdin` None is an empty input. `user` None stands for whoever imports.
    """

    line_number: int
    name: str
    description: str
    timing: str
    schedule: Cron | BootTime
    zone: str
    command: str
    shell: str
    env: Mapping[str, str]
    stdin: str | None
    cwd: str | None
    user: str | None
    source: Source
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A line that can't be taken. `text` is short and has no control characters.

    `stops_cron`: Debian's cron refuses the line too and ignores the whole file because of it.
    """

    line_number: int
    text: str
    reason: str
    stops_cron: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Crontab:
    """One file, each of its lines accounted for: an entry, a fault, a setting, a comment or blank.

    `settings` counts the lines that set the environment. `notes` are about the file as a whole.
    """

    path: str
    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]
    settings: int
    notes: tuple[str, ...]
