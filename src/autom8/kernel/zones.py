"""Time zones by their IANA names."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from autom8.kernel.errors import Invalid


@lru_cache(maxsize=1_024)  # zoneinfo keeps only eight
def zone_named(name: str) -> ZoneInfo:
    """The time zone of this IANA name, such as Europe/Berlin.

    Raises:
        Invalid: there is none, or the name depends on this machine; near names are suggested.
    """
    if not name.startswith(_MACHINE_ZONES):
        # ValueError: a path that leads elsewhere, or no zone in the file; OSError: a folder (Europe)
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(name)
    message = f"there is no time zone {name[:64]!r}{_near_zones(name)}"
    raise Invalid(message, fields={"zone": message})


_MACHINE_ZONES: Final = ("localtime", "posixrules", "posix/", "right/")


def _near_zones(name: str) -> str:
    from difflib import get_close_matches  # only who errs pays for it

    zones = sorted(zone for zone in available_timezones() if not zone.startswith(_MACHINE_ZONES))
    by_lower = {zone.lower(): zone for zone in zones}
    by_city = {zone.rsplit("/", maxsplit=1)[-1].lower(): zone for zone in zones}
    known = by_city | by_lower
    wanted = name[:64].lower().replace(" ", "_")
    near = dict.fromkeys(known[match] for match in get_close_matches(wanted, known, n=3))
    return f"; did you mean {' or '.join(near)}?" if near else "; zones are named like Europe/Berlin"
