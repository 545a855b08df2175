"""How the API's values are said to a person, in one line each. Pure; prints nothing.

Whatever comes from outside (names, details, output) passes through `visible` before it reaches a
terminal, so that it can neither move the cursor nor change what was written before it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from autom8.cli.durations import show_duration
from autom8.kernel.errors import Autom8Error, Invalid

Json = dict[str, Any]

NOTHING: Final = "-"

# Control characters, surrogates, line separators, and those that turn the direction of text.
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_UNSEEN_IN_TEXT: Final = re.compile(_UNSEEN.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))


def visible(value: object) -> str:
    """`value` in one line, its control and direction characters shown as escapes; None is `-`."""
    return NOTHING if value is None else _UNSEEN.sub(_escape, str(value))


def visible_text(text: str) -> str:
    """The same for text of many lines: line ends and tabs stay."""
    return _UNSEEN_IN_TEXT.sub(_escape, text.replace("\r\n", "\n"))


def visible_json(text: str) -> str:
    """JSON text that stays the same JSON, but is safe to look at."""
    return _UNSEEN_IN_TEXT.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")


def one_line(error: Autom8Error) -> str:
    """What went wrong, with each wrong field named."""
    message = visible(error)
    fields = error.fields if isinstance(error, Invalid) else {}
    wrong = [
        f"{visible(name)}: {visible(why)}" for name, why in fields.items() if visible(why) not in message
    ]
    return f"{message.rstrip('.:')}: {'; '.join(wrong)}" if wrong else message


def parse_instant(text: str) -> datetime:
    """An RFC 3339 instant as the API gives it, in UTC.

    Raises:
        ValueError: it is none, or has no offset.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return instant.astimezone(UTC)


def instant_json(instant: datetime) -> str:
    """An aware instant as the API takes it: RFC 3339 in UTC with `Z`."""
    return instant.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def show_instant(text: str | None, *, zone: tzinfo | None = None) -> str:
    """An instant of the API as `2026-12-24 18:00:00 +01:00`, in `zone` or else the machine's own."""
    if text is None:
        return NOTHING
    local = parse_instant(text).astimezone(zone).isoformat(sep=" ", timespec="seconds")
    return f"{local[:19]} {local[19:]}"


def show_schedule(task: Mapping[str, Any]) -> str:
    """When a task runs, in a few words."""
    schedule = task["schedule"]
    match schedule["kind"]:
        case "cron":
            return visible(f"{schedule['cron']} ({task['zone']})")
        case "interval":
            return f"every {show_duration(schedule['every_s'])}"
        case "once":
            return f"once at {show_instant(schedule['at'])}"
        case "boot":
            return "at boot"
        case _:
            return "by hand"


def show_command(task: Mapping[str, Any]) -> str:
    """A task's command as a shell would read it, or the line that its shell does read."""
    command = task["command"]
    return visible(command[0] if task.get("shell") else shlex.join(command))


def show_state(run: Mapping[str, Any]) -> str:
    """A run's state, with its reason when there is one."""
    reason = run.get("reason")
    return visible(f"{run['state']} ({reason})" if reason else run["state"])


def show_seconds(seconds: float | None) -> str:
    """A length of time, or `-`."""
    return NOTHING if seconds is None else show_duration(seconds)


def show_ending(run: Mapping[str, Any]) -> str:
    """Exit code or signal of a run, or `-`."""
    if run.get("signal") is not None:
        return f"signal {run['signal']}"
    return visible(run.get("exit_code"))


def show_slot(run: Mapping[str, Any]) -> str:
    """The slot of a run, the range of slots that it stands for, or what else made it."""
    if run.get("slot_at") is None:
        return visible(run["trigger"])
    slot = show_instant(run["slot_at"])
    count = run.get("slot_count") or 1
    return slot if count == 1 else f"{slot} … {count} slots to {show_instant(run['slot_through'])}"
