"""Reads a crontab line by line, as Debian's cron 3.0pl1 does, into entries and faults.

Owns what a whole file means: which settings hold for which line, whose command it is, which comment
belongs to it. The grammar of one line is `line`'s and `matcher`'s, names are `naming`'s. Nothing of
the machine is asked: whether an account, a shell or a program exists is for others to find out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from autom8.kernel import defaults
from autom8.kernel.errors import Invalid
from autom8.scheduler.crontab import naming
from autom8.scheduler.crontab.line import BLANKS, read_setting, split_command
from autom8.scheduler.crontab.matcher import BOOT, Unreadable, read_timing
from autom8.scheduler.crontab.values import Crontab, Entry, Fault, Source
from autom8.scheduler.schedules import BootTime, Cron, Rule

SHELL: Final = "/bin/sh"
PATH: Final = "/usr/bin:/bin"
COMMAND_BYTES_MAX: Final = 998  # of cron's buffer for a command
SETTING_BYTES_MAX: Final = 997  # of cron's buffer for NAME=value
LINES_MAX: Final = 10_000
FAULT_TEXT_MAX: Final = 200

_USER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?", re.ASCII)
_CARRIAGE_RETURN: Final = (
    "ends in a carriage return, as Windows writes lines, which cron takes for a part of it:"
    " convert the file (tr -d '\\r')"
)
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_TIME_FIELDS: Final = 5


def parse_crontab(
    text: bytes | str,
    *,
    path: str,
    system: bool,
    user: str | None,
    zone: str = defaults.ZONE,
) -> Crontab:
    """Read a whole crontab; a bad line becomes a fault and spoils no other.

    `path` names the source and is not opened. `system`: the lines name their user after the time
    fields, as /etc/crontab and /etc/cron.d do; else all are `user`'s. `zone` is the machine's own,
    whose clock cron goes by: Debian's cron lets no crontab choose another.
    """
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    reading = _Reading(path=path, system=system, user=user, zone=zone)
    for number, line in enumerate(data.split(b"\n"), start=1):
        reading.read(number, line)
    faults = tuple(reading.faults)
    return Crontab(
        path=path,
        entries=tuple(reading.entries),
        faults=faults,
        settings=reading.settings,
        notes=tuple(_notes_on_file(data, faults)),
    )


def _notes_on_file(data: bytes, faults: Iterable[Fault]) -> Iterator[str]:
    stopping = [fault.line_number for fault in faults if fault.stops_cron]
    if stopping:
        yield f"cron ignores this whole file because of line {stopping[0]}: none of its lines runs"
    *_, last = data.split(b"\n")
    if last.strip(b" \t") and not last.lstrip(b" \t").startswith(b"#"):
        yield "the last line does not end in a newline: cron ignores this whole file until it does"
    if data.count(b"\n") > LINES_MAX:
        yield f"cron ignores this whole file: it has more than {LINES_MAX} lines"


@dataclass(slots=True, kw_only=True)
class _Reading:
    """A crontab of which some lines are read."""

    path: str
    system: bool
    user: str | None
    zone: str
    env: dict[str, str] = field(default_factory=dict)
    comment: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    settings: int = 0
    names: set[str] = field(default_factory=set)
    seen: Counter[tuple[str | None, str]] = field(default_factory=Counter)

    def read(self, number: int, line: bytes) -> None:
        """Take the next line, its newline cut off."""
        stripped = line.lstrip(BLANKS.encode())
        if stripped.startswith(b"#"):
            self.comment.append(stripped.decode("utf-8", "replace"))
            return
        try:
            if stripped:
                self._take(number, stripped)
        except (Unreadable, Invalid) as unreadable:
            shown = naming.printable(line.decode("utf-8", "replace"), FAULT_TEXT_MAX)
            reason = _CARRIAGE_RETURN if line.endswith(b"\r") else str(unreadable)
            stops_cron = isinstance(unreadable, Unreadable) and unreadable.stops_cron
            fault = Fault(line_number=number, text=shown, reason=reason, stops_cron=stops_cron)
            self.faults.append(fault)
        self.comment.clear()

    def _take(self, number: int, line: bytes) -> None:
        text = _decoded(line)
        setting = read_setting(text)
        if setting is None:
            self.entries.append(self._entry(number, text))
            return
        name, value = setting
        if not name:
            raise Unreadable("a setting without a name", stops_cron=False)
        if len(line) > SETTING_BYTES_MAX:
            raise Unreadable("a setting this long is cut off by cron", stops_cron=False)
        self.env[name] = value
        self.settings += 1

    def _entry(self, number: int, text: str) -> Entry:
        timing, rest = _split_timing(text)
        schedule: Cron | BootTime = BootTime()
        if timing != BOOT:
            read_timing(timing)
            schedule = Cron(expression=timing)
            Rule(schedule=schedule, zone=self.zone).check()
        user, line = _split_user(rest) if self.system else (self.user, rest)
        _check_command(line, system=self.system)
        if text.endswith("\r"):
            raise Unreadable(_CARRIAGE_RETURN, stops_cron=False)
        command, stdin = split_command(line)
        description = naming.description_from_comment(self.comment)
        name = naming.unique_name(naming.name_for(description, command), self.names)
        self.names.add(name)
        shell, env = self._environment(user)
        return Entry(
            line_number=number,
            name=name,
            description=description,
            timing=timing,
            schedule=schedule,
            zone=self.zone,
            command=command,
            shell=shell,
            env=env,
            stdin=stdin,
            cwd=home if (home := env.get("HOME", "")).startswith("/") else None,
            user=user,
            source=self._source(text, f"{timing} {user} {line}" if self.system else f"{timing} {line}", user),
            notes=tuple(_notes_on_entry(self.env, command, stdin=stdin, system=self.system)),
        )

    def _environment(self, user: str | None) -> tuple[str, dict[str, str]]:
        """The shell and the environment: cron's defaults, the settings, the account's LOGNAME."""
        env = {"SHELL": SHELL, "PATH": PATH} | self.env
        if not env["SHELL"].startswith("/"):
            reason = f"SHELL={env['SHELL']} above is no absolute path: cron can't start anything by it"
            raise Unreadable(reason, stops_cron=False)
        if user is not None:
            env["LOGNAME"] = user
        return env["SHELL"], env

    def _source(self, text: str, line: str, user: str | None) -> Source:
        line = line.rstrip(BLANKS)
        self.seen[user, line] += 1
        return Source(path=self.path, user=user, line=line, ordinal=self.seen[user, line], text=text)


def _decoded(line: bytes) -> str:
    if line.startswith(_BYTE_ORDER_MARK):
        raise Unreadable("starts with a byte order mark: save the file without it")
    if b"\0" in line:
        raise Unreadable("holds a NUL byte, at which cron cuts it off", stops_cron=False)
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8 (byte {error.start + 1})", stops_cron=False) from None


def _split_timing(text: str) -> tuple[str, str]:
    """The time fields with single blanks, and what stands behind them."""
    if text.startswith("@"):
        parts = re.split(rf"[{BLANKS}]+", text, maxsplit=1)
        return parts[0], parts[1] if len(parts) > 1 else ""
    parts = re.split(rf"[{BLANKS}]+", text, maxsplit=_TIME_FIELDS)
    if re.fullmatch(rf"\w+[{BLANKS}]*=[{BLANKS}]*", text):
        raise Unreadable(f'cron takes no empty value without quotes: write {text.rstrip(" =")}=""')
    if len(parts) < _TIME_FIELDS:
        raise Unreadable("neither a setting (NAME=value) nor five time fields and a command")
    return " ".join(parts[:_TIME_FIELDS]), parts[_TIME_FIELDS] if len(parts) > _TIME_FIELDS else ""


def _split_user(rest: str) -> tuple[str, str]:
    user, *line = re.split(rf"[{BLANKS}]+", rest, maxsplit=1)
    if _USER.fullmatch(user) is None:
        raise Unreadable(
            f"'{naming.printable(user, 40)}' stands where a system crontab names the user"
            " (a plain account name: Debian's cron knows no groups or classes there)"
            if user
            else "the user and the command are missing"
        )
    if not line:  # cron would look for the user's end in the next line
        raise Unreadable("the command is missing")
    return user, line[0]


def _check_command(line: str, *, system: bool) -> None:
    if not line.strip(BLANKS):
        raise Unreadable("the command is missing", stops_cron=False)
    if line.startswith("*") and not system:
        raise Unreadable("the command starts with *: are there six time fields?")
    if len(line.encode()) > COMMAND_BYTES_MAX:
        raise Unreadable(f"the command is longer than the {COMMAND_BYTES_MAX} bytes that cron takes")


_SETTINGS_WITHOUT_EFFECT: Final = {
    "CRON_TZ": "CRON_TZ is ignored by Debian's cron: the machine's zone counts",
    "TZ": "TZ reaches the command only: the machine's zone counts for the schedule",
    "RANDOM_DELAY": "RANDOM_DELAY is ignored by Debian's cron",
    "LOGNAME": "LOGNAME is the account's, whatever the crontab says",
}


def _notes_on_entry(env: dict[str, str], command: str, *, stdin: str | None, system: bool) -> Iterator[str]:
    if env.get("MAILTO"):
        yield f"MAILTO={env['MAILTO']} kept; no mail goes out yet"
    elif "MAILTO" in env:
        yield "MAILTO is empty: no mail is wanted"
    if env.get("SHELL", SHELL) != SHELL:
        yield f"runs in {env['SHELL']}, as SHELL says"
    yield from (note for name, note in _SETTINGS_WITHOUT_EFFECT.items() if name in env)
    literal = [name for name, value in env.items() if "$" in value]
    if literal:
        yield f"{', '.join(literal)} is taken as it is written: cron expands no variables"
    if stdin is not None:
        yield "what follows % is the command's input"
    if "anacron" in command:
        yield "looks for anacron: where that is installed, it may leave the work to it"
    if "/run/systemd/system" in command:
        yield "looks for systemd: where that runs, a timer may do the work instead"
    if not system and command.split(maxsplit=1)[:1] == ["root"]:
        yield "the command starts with 'root': is this a system crontab?"
