"""Says what Autom8 noticed about itself, in a line for each place. What a sign lacks is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from autom8.kernel.vocabulary import OwnRule

Details = Mapping[str, Any]
PLACES_SAID: Final = 5
_KILO: Final = 1_000
_UNITS: Final = ("bytes", "kB", "MB", "GB", "TB", "PB")


def said(rule: OwnRule, details: Sequence[Details]) -> str:
    """What is amiss, by all places that see it."""
    lines = [_at_place(rule, each) for each in details[:PLACES_SAID]]
    if len(details) > PLACES_SAID:
        lines.append(f"and {len(details) - PLACES_SAID} more")
    return "; ".join(lines)


def size(count: float) -> str:
    """Bytes as people say them, in units of a thousand."""
    value, unit = float(count), 0
    while value >= _KILO and unit < len(_UNITS) - 1:
        value, unit = value / _KILO, unit + 1
    return f"{value:.3g} {_UNITS[unit]}" if value < 100 else f"{value:.0f} {_UNITS[unit]}"


def span(seconds: float) -> str:
    """A time as people say it, to the second."""
    return str(timedelta(seconds=round(seconds)))


def _at_place(rule: OwnRule, details: Details) -> str:
    try:
        what = _SAID[rule](details)
    except (TypeError, ValueError, KeyError):  # of another release, or somebody's
        what = rule.replace("_", " ")
    server = details.get("server")
    return f"{server}: {what}" if server else what


def _outbox(details: Details) -> str:
    parts = []
    if details["overdue"]:
        on = f" on {', '.join(details['channels'])}" if details["channels"] else ""
        parts.append(f"{details['overdue']} messages were not tried in time{on}")
    if details["lanes"]:
        parts.append(f"notices of {details['lanes']} recipients were not made messages in time")
    if details["oldest_s"] is not None:
        parts.append(f"the oldest has been due for {span(details['oldest_s'])}")
    parts.append(f"{details['messages']} messages wait in all")
    return ", ".join(parts)


def _audit(details: Details) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in details.items() if name not in {"server", "what"})
    return f"{details['what']} ({facts})" if facts else str(details["what"])


def _decryption(details: Details) -> str:
    where = f"{details['table']}.{details['column']} of row {details['row']}"
    return f"{details['refused']} sealed values were refused, the latest {where}: {details['reason']}"


def _disk(details: Details) -> str:
    return ", ".join(_room(each) for each in details["disks"])


def _room(disk: Details) -> str:
    on = f"on the disk of {disk['path']}"
    free = f"{size(disk['free_bytes'])} of {size(disk['size_bytes'])} are free {on}"
    match disk["why"]:
        case "inodes":
            return f"{disk['free_inodes']} of {disk['inodes']} files can still be made {on}"
        case "trend":
            return f"{free}, and it is full in {span(disk['full_in_s'])} if it goes on so"
    return free


def _clock(details: Details) -> str:
    step = details["step_s"]
    whose = "the database's clock" if details.get("clock") == "database" else "the clock"
    return f"{whose} stepped {'forward' if step > 0 else 'back'} by {span(abs(step))}"


def _put_off(details: Details) -> str:
    thing = details["thing"]
    return f"{thing} can't be looked at, so that what is wrong is not told: see the log for `look_put_off`"


def _backup(details: Details) -> str:
    path = details["path"]
    match details["why"]:
        case "none":
            return f"there is no backup in {path}"
        case "unreadable":
            return f"{path} can't be read: {details['error']}"
    return f"the newest file of {path} is {span(details['age_s'])} old"


_SAID: Final[Mapping[OwnRule, Callable[[Details], str]]] = {
    OwnRule.OUTBOX_GROWING: _outbox,
    OwnRule.AUDIT_BROKEN: _audit,
    OwnRule.DECRYPTION_REFUSED: _decryption,
    OwnRule.DISK_FILLING: _disk,
    OwnRule.CLOCK_STEPPED: _clock,
    OwnRule.LOOK_PUT_OFF: _put_off,
    OwnRule.BACKUP_OLD: _backup,
}
