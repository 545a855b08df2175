"""The options that say when: --cron, --every, --at, --boot, in a time zone. Shared by task and preview.

Turns them into the API's `schedule`; the rules themselves are the scheduler's.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from autom8.cli.arguments import seconds
from autom8.cli.wording import instant_json
from autom8.kernel import defaults
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import Gap, Overlap

if TYPE_CHECKING:
    from autom8.cli.parser import Parser

_AT_FORMS: Final = "write 2026-12-24T18:00:00Z, or 2026-12-24 18:00 for that time in --tz"


def add_schedule(parser: Parser, *, boot: bool, required: bool = False) -> None:
    """Add the options that say when."""
    group = parser.add_argument_group("when")
    kinds = group.add_mutually_exclusive_group(required=required)
    kinds.add_argument("--cron", metavar="EXPR", help="as in crontab(5): '*/5 * * * *', '@daily'")
    kinds.add_argument("--every", type=seconds, metavar="TIME", help="at even steps: 2s, 5m, 1h30m")
    kinds.add_argument("--at", metavar="INSTANT", help=f"once; {_AT_FORMS}")
    if boot:
        kinds.add_argument("--boot", action="store_true", help="once after each start of the machine")
        kinds.add_argument("--manual", action="store_true", help="only when somebody starts it")
    group.add_argument(
        "--tz", metavar="ZONE", help=f"time zone, such as Europe/Berlin (default {defaults.ZONE})"
    )
    group.add_argument(
        "--gap",
        choices=[*map(str, Gap)],
        help=f"a time that a clock change leaves out (default {defaults.GAP})",
    )
    group.add_argument(
        "--overlap", choices=[*map(str, Overlap)], help=f"a time that it repeats (default {defaults.OVERLAP})"
    )


def schedule_of(args: argparse.Namespace, zone: str) -> dict[str, Any] | None:
    """The API's schedule for what was given, or None when nothing was.

    Raises:
        Invalid: `--at` is no instant, or not one in `zone`.
    """
    if args.cron is not None:
        return {"kind": "cron", "cron": args.cron}
    if args.every is not None:
        return {"kind": "interval", "every_s": args.every}
    if args.at is not None:
        return {"kind": "once", "at": instant_json(instant_in(args.at, zone))}
    if getattr(args, "boot", False):
        return {"kind": "boot"}
    if getattr(args, "manual", False):
        return {"kind": "manual"}
    return None


def instant_in(text: str, zone: str) -> datetime:
    """An instant in UTC, from RFC 3339 or from a wall-clock time in `zone`.

    Raises:
        Invalid: it is neither, the zone is unknown, or a clock change there leaves this time out or
            repeats it.
    """
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is no instant; {_AT_FORMS}") from None
    if given.tzinfo is not None:
        return given.astimezone(UTC)

    from autom8.kernel.zones import zone_named  # brings the cron grammar: not to parse

    where = zone_named(zone)
    local = given.replace(tzinfo=where)
    earlier, later = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if earlier.astimezone(where).replace(tzinfo=None) != given:
        raise Invalid(f"{text} does not exist in {zone}: a clock change leaves it out")
    if earlier != later:
        raise Invalid(
            f"{text} comes twice in {zone}, as {instant_json(earlier)} and {instant_json(later)}; say which"
        )
    return earlier


def later(start: datetime, length: timedelta) -> datetime:
    """The end of what begins at `start` and lasts as long as `--for` says.

    Raises:
        Invalid: it lasts for no time, or ends in no year that there is.
    """
    if length <= timedelta():
        raise Invalid("--for must be longer than nothing")
    try:
        return start + length
    except OverflowError:
        raise Invalid("--for is longer than any calendar") from None
