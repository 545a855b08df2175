"""What a task is: its whole definition as one value, checked by one rule for API, CLI and import alike.

Owns the JSON form in which definitions are stored and sent (seconds and RFC 3339 at this edge). It
must not know the database or HTTP.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Final, TypeVar

from autom8.kernel import defaults
from autom8.kernel.errors import Invalid
from autom8.kernel.naming import checked_tags
from autom8.kernel.vocabulary import CatchUp, Concurrency, Delivery, Gap, Overlap, RunKind, ScheduleKind
from autom8.scheduler.catch_up import Policy
from autom8.scheduler.schedules import (
    EARLIEST,
    BootTime,
    Cron,
    Interval,
    Manual,
    Once,
    Rule,
    Schedule,
    kind_of,
)

T = TypeVar("T")
NAME_CHARS_MAX: Final = 200
TEXT_CHARS_MAX: Final = 20_000
ARGUMENTS_MAX: Final = 1_000
ARGUMENT_BYTES_MAX: Final = 100_000  # the kernel takes 128 KiB for one argument
DAY_S: Final = 86_400
_KEY_MARK: Final = "\x1f"  # parts the texts of a source's key
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_STORABLE: Final = "must not hold a NUL character or half of a character"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The crontab line that a task was imported from: its identity is path, user, line and ordinal."""

    path: str
    user: str
    line: str  # normalised
    ordinal: int  # of equal lines of one file and user, from 1
    text: str = ""  # as it stood there

    @property
    def key(self) -> str:
        """The identity as one text."""
        return _KEY_MARK.join((self.path, self.user, self.line, str(self.ordinal)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDefinition:
    """All that a person says about a task. `check()` before it is stored; then it may be relied on."""

    name: str
    description: str = ""
    kind: RunKind = RunKind.COMMAND
    schedule: Schedule = field(default_factory=Manual)
    zone: str = defaults.ZONE
    gap: Gap = defaults.GAP
    overlap: Overlap = defaults.OVERLAP
    catch_up: CatchUp = defaults.CATCH_UP
    lateness_max: timedelta = defaults.LATENESS_MAX
    command: tuple[str, ...] = ()
    shell: str | None = None
    cwd: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: str | None = None
    user: str | None = None
    timeout: timedelta = defaults.TIMEOUT
    grace: timedelta = defaults.GRACE
    delivery: Delivery = defaults.DELIVERY
    concurrency: Concurrency = defaults.CONCURRENCY
    concurrency_max: int = defaults.CONCURRENCY_MAX
    retries_max: int = defaults.RETRIES_MAX
    retry_first: timedelta = defaults.RETRY_FIRST
    retry_longest: timedelta = defaults.RETRY_LONGEST
    retry_jitter: float = defaults.RETRY_JITTER
    queue: str = defaults.QUEUE
    priority: int = defaults.PRIORITY
    output_bytes_max: int = defaults.OUTPUT_BYTES_MAX
    source: Source | None = None
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def rule(self) -> Rule:
        """What decides its slots."""
        return Rule(schedule=self.schedule, zone=self.zone, gap=self.gap, overlap=self.overlap)

    @property
    def policy(self) -> Policy:
        """What is still run after a delay."""
        return Policy(catch_up=self.catch_up, lateness_max=self.lateness_max)

    def check(self) -> TaskDefinition:
        """This definition with its tags as they are kept, if it can be meant.

        Raises:
            Invalid: it can't; `fields` names all that is wrong, by the names of the API's task.
        """
        tags = self.tags
        wrong = _wrong_texts(self) | _wrong_command(self) | _wrong_surroundings(self) | _wrong_numbers(self)
        for part in (self.rule, self.policy):
            try:
                part.check()
            except Invalid as invalid:
                wrong.update(invalid.fields)
        try:
            tags = checked_tags(tags)
        except ValueError as error:
            wrong["tags"] = str(error)
        if wrong:
            raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
        return self if tags == self.tags else replace(self, tags=tags)


def has_control(text: str, *, allowed: str = "") -> bool:
    """Whether a text holds a character that a terminal or a log would obey, or that hides."""
    return any(
        unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and char not in allowed for char in text
    )


def storable(text: str) -> bool:
    """Whether both databases, JSON and a process take a text: no NUL, and no half of a character."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _wrong_texts(task: TaskDefinition) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not task.name.strip() or task.name != task.name.strip() or len(task.name) > NAME_CHARS_MAX:
        wrong["name"] = f"a name has 1 to {NAME_CHARS_MAX} characters and no blank at its ends"
    elif task.name.isdigit():
        wrong["name"] = "a name is never all digits, so that it can't be taken for an id"
    elif has_control(task.name):
        wrong["name"] = "a name has no control characters"
    if len(task.description) > TEXT_CHARS_MAX or has_control(task.description, allowed="\n\t"):
        wrong["description"] = f"at most {TEXT_CHARS_MAX} characters, without control characters"
    if not task.queue or len(task.queue) > NAME_CHARS_MAX or has_control(task.queue):
        wrong["queue"] = "a queue has a short name without control characters"
    if any(len(note) > TEXT_CHARS_MAX or not storable(note) for note in task.notes):
        wrong["notes"] = f"{_NOT_STORABLE}, and at most {TEXT_CHARS_MAX} characters"
    return wrong | _wrong_source(task.source)


def _wrong_source(source: Source | None) -> dict[str, str]:
    if source is None:
        return {}
    wrong: dict[str, str] = {}
    for name in ("path", "user", "line", "text"):
        text: str = getattr(source, name)
        if len(text) > TEXT_CHARS_MAX or not storable(text) or _KEY_MARK in text:
            wrong[f"source.{name}"] = f"{_NOT_STORABLE}, and at most {TEXT_CHARS_MAX} characters"
    return wrong


def _wrong_command(task: TaskDefinition) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not task.command or not task.command[0].strip():
        wrong["command"] = "a command is needed"
    elif len(task.command) > ARGUMENTS_MAX or any(
        len(a.encode(errors="replace")) > ARGUMENT_BYTES_MAX for a in task.command
    ):
        wrong["command"] = f"at most {ARGUMENTS_MAX} arguments of {ARGUMENT_BYTES_MAX} bytes"
    elif not all(map(storable, task.command)):
        wrong["command"] = _NOT_STORABLE
    elif task.shell is not None and len(task.command) != 1:
        wrong["command"] = "with a shell, the command is one line"
    for name, value in task.env.items():
        if not _VARIABLE.fullmatch(name):  # a shell silently drops the others
            wrong[f"env.{name}"] = "a name has letters, digits and _, and begins with no digit"
        elif not storable(value):
            wrong[f"env.{name}"] = _NOT_STORABLE
        elif name.startswith("AUTOM8_"):
            wrong[f"env.{name}"] = "names that begin with AUTOM8_ are set by Autom8"
    return wrong


def _wrong_surroundings(task: TaskDefinition) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if task.cwd is not None and not task.cwd.startswith("/"):
        wrong["cwd"] = "must be an absolute path"
    if task.shell is not None and not task.shell.startswith("/"):
        wrong["shell"] = "must be the absolute path of a shell, such as /bin/sh"
    if task.user is not None and (not task.user or task.user.startswith("-") or has_control(task.user)):
        wrong["user"] = "must be the name of a user"
    for name in ("cwd", "user", "stdin", "shell"):
        text: str | None = getattr(task, name)
        if text is not None and not storable(text):
            wrong[name] = _NOT_STORABLE
    return wrong


def _wrong_numbers(task: TaskDefinition) -> dict[str, str]:
    limits: dict[str, tuple[float, float, float]] = {
        "timeout_s": (task.timeout.total_seconds(), 0.1, 366 * DAY_S),
        "grace_s": (task.grace.total_seconds(), 0, DAY_S),
        "concurrency_max": (task.concurrency_max, 0, 1_000),
        "retries_max": (task.retries_max, 0, 100),
        "retry_first_s": (task.retry_first.total_seconds(), 0, 30 * DAY_S),
        "retry_longest_s": (task.retry_longest.total_seconds(), 0, 30 * DAY_S),
        "retry_jitter": (task.retry_jitter, 0, 1),
        "priority": (task.priority, -1_000, 1_000),
        "output_bytes_max": (task.output_bytes_max, 0, defaults.GIB),
    }
    return {
        name: f"must be from {low:g} to {high:g}"
        for name, (value, low, high) in limits.items()
        if not low <= value <= high
    }


_SECONDS: Final = {
    "lateness_max": "lateness_max_s",
    "timeout": "timeout_s",
    "grace": "grace_s",
    "retry_first": "retry_first_s",
    "retry_longest": "retry_longest_s",
}
_ENUMS: Final[dict[str, Any]] = {
    "kind": RunKind,
    "gap": Gap,
    "overlap": Overlap,
    "catch_up": CatchUp,
    "delivery": Delivery,
    "concurrency": Concurrency,
}


def to_json(task: TaskDefinition) -> dict[str, Any]:
    """The definition as JSON data, as the API and the database hold it."""
    return {
        key: value if write is None else write(value)
        for key, write, value in zip(_KEYS, _WRITERS, _VALUES(task), strict=True)
    }


def from_json(data: Mapping[str, Any], *, anchor: datetime | None = None) -> TaskDefinition:
    """The definition of well-typed JSON data; what is left out has its default. It is not checked yet.

    An interval that names no anchor beats from `anchor` on.

    Raises:
        Invalid: a value has no meaning at all, such as an unknown word or a span of 1e300 seconds.
    """
    values = dict(data)
    for name, key in _SECONDS.items():
        if key in values:
            values[name] = _meant(key, _span, values.pop(key))
    for name, enum in _ENUMS.items():
        if name in values:
            values[name] = _meant(name, enum, values[name])
    if "schedule" in values:
        values["schedule"] = schedule_from_json(values["schedule"], anchor=anchor)
    if values.get("source") is not None:
        values["source"] = Source(**values["source"])
    for name in ("command", "notes", "tags"):
        if name in values:
            values[name] = tuple(values[name])
    return TaskDefinition(**values)


def _span(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _meant(name: str, read: Callable[[Any], T], value: object) -> T:
    try:
        return read(value)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"{name}: has no meaning", fields={name: "has no meaning"}) from error


def schedule_to_json(schedule: Schedule) -> dict[str, Any]:
    """A schedule as JSON data with its `kind`."""
    data: dict[str, Any] = {"kind": kind_of(schedule).value}
    match schedule:
        case Cron(expression=expression):
            data["cron"] = expression
        case Interval(every=every, anchor=anchor):
            data |= {"every_s": every.total_seconds(), "anchor_at": instant_text(anchor)}
        case Once(at=at):
            data["at"] = instant_text(at)
        case BootTime() | Manual():
            pass
    return data


def schedule_from_json(data: Mapping[str, Any], *, anchor: datetime | None = None) -> Schedule:
    """The schedule of well-typed JSON data; an interval that names no anchor beats from `anchor` on."""
    match _meant("schedule.kind", ScheduleKind, data["kind"]):
        case ScheduleKind.CRON:
            return Cron(expression=data["cron"])
        case ScheduleKind.INTERVAL:
            given = (
                _meant("schedule.anchor_at", instant, data["anchor_at"]) if data.get("anchor_at") else anchor
            )
            return Interval(
                every=_meant("schedule.every_s", _span, data["every_s"]), anchor=given or EARLIEST
            )
        case ScheduleKind.ONCE:
            return Once(at=_meant("schedule.at", instant, data["at"]))
        case ScheduleKind.BOOT:
            return BootTime()
        case ScheduleKind.MANUAL:
            return Manual()


def _source_to_json(source: Source | None) -> dict[str, Any] | None:
    return None if source is None else {name: getattr(source, name) for name in _SOURCE_NAMES}


def instant(value: str | datetime) -> datetime:
    """An instant from RFC 3339 text or a datetime; the schedule's check sees to its offset."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def instant_text(value: datetime) -> str:
    """RFC 3339 in UTC with Z; a naive one as it is, for the check to refuse."""
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


# A list of tasks writes each of them: the fields are looked up once, not for every task.
_NAMES: Final = tuple(each.name for each in fields(TaskDefinition))
_SOURCE_NAMES: Final = tuple(each.name for each in fields(Source))
_KEYS: Final = tuple(_SECONDS.get(name, name) for name in _NAMES)
_VALUES: Final[Callable[[TaskDefinition], tuple[Any, ...]]] = attrgetter(*_NAMES)
_WRITE: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(_SECONDS, timedelta.total_seconds),
    "schedule": schedule_to_json,
    "command": list,
    "env": dict,
    "source": _source_to_json,
    "notes": list,
    "tags": list,
}
_WRITERS: Final = tuple(_WRITE.get(name) for name in _NAMES)
