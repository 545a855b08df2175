"""`autom8 import`: take over the lines of a crontab. All or none is written; twice is as once.

The crontab is read by `autom8.scheduler.crontab`, on this side, so that a plan needs no server.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from autom8.cli.arguments import add_json, add_server, seconds
from autom8.cli.connection import connect
from autom8.cli.errors import NoServerHere
from autom8.cli.exits import Exit
from autom8.cli.parser import add_command, add_commands
from autom8.cli.task_options import concurrency
from autom8.cli.terminal import print_json, say, warn
from autom8.kernel.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autom8.cli.crontab_tasks import Importable
    from autom8.cli.parser import Parser
    from autom8.scheduler.crontab import Crontab

_MORE: Final = """\
Each line becomes a task with its environment, user, input and comment. Importing the same file again changes
nothing: a line that is there already is left as it is. As cron has no such limits: a run is ended after a day
(--timeout), and a start is skipped while the earlier run is in progress (--concurrency allow: as cron)."""


def register(group: Parser) -> None:
    """Add the commands of `autom8 import`."""
    parser = add_command(
        add_commands(group), "crontab", import_crontab, summary="make a task of each line", more=_MORE
    )
    parser.add_argument(
        "file", metavar="FILE", help="a crontab, or - for stdin: crontab -l | autom8 import crontab -"
    )
    parser.add_argument("--system", action="store_true", help="lines name their user, as in /etc/crontab")
    parser.add_argument("--user", metavar="NAME", help="whose crontab it is (default: by path, or yours)")
    parser.add_argument("--tz", metavar="ZONE", help="the zone cron goes by (default: this machine's)")
    parser.add_argument(
        "--plan", action="store_true", help="only show what would be made, and prove its times"
    )
    parser.add_argument(
        "--paused", action="store_true", help="import as paused tasks, to be resumed one by one"
    )
    parser.add_argument("--skip-bad", action="store_true", help="leave out the lines that can't be taken")
    parser.add_argument("--timeout", type=seconds, metavar="TIME", help="ended after (default 1d)")
    parser.add_argument(
        "--concurrency", type=concurrency, metavar="POLICY", help="as for `task add` (default forbid)"
    )
    add_json(parser)
    add_server(parser)


def import_crontab(args: argparse.Namespace) -> int:
    """Plan or carry out the import; a line that can't be taken stops it, unless it may be skipped."""
    from autom8.cli import crontab_plan  # the readers and rules: not to parse or to help
    from autom8.cli.crontab_tasks import importables, read

    crontab = read(args)
    crontab_plan.warn_of_faults(crontab)
    stopped = bool(crontab.faults) and not args.skip_bad
    if stopped and not args.plan:
        warn("autom8: nothing was imported; correct these lines, or leave them out with --skip-bad")
        return Exit.INVALID

    found = importables(crontab, args)
    if args.plan:
        crontab_plan.show(_plan(args, found), crontab, as_json=args.json)
    else:
        _carry_out(args, crontab, found)
    return Exit.INVALID if stopped else Exit.OK


def _plan(args: argparse.Namespace, found: Sequence[Importable]) -> Sequence[Importable]:
    """What the server would do with each; without a server nobody knows, and the plan goes on."""
    try:
        return _ask(args, found)
    except NoServerHere:
        warn("autom8: no server is running, so it is not known which of these are imported already")
        return found


def _carry_out(args: argparse.Namespace, crontab: Crontab, found: Sequence[Importable]) -> None:
    from autom8.cli import crontab_plan

    done = _ask(args, found)
    if args.json:
        print_json([each.fate for each in done])
    else:
        crontab_plan.tell(done)
    if any(each.is_new for each in done):
        for line in crontab_plan.how_to_stop_cron(crontab, args.user):
            (warn if args.json else say)(line)


def _ask(args: argparse.Namespace, found: Sequence[Importable]) -> Sequence[Importable]:
    body = {"tasks": [each.task for each in found], "plan": args.plan, "paused": args.paused}
    try:
        with connect(args) as client:
            fates = client.post("/tasks/import", body).body["items"]
    except Invalid as error:
        if not error.fields:
            raise
        raise Invalid("the server can't take these lines", fields=_by_line(error.fields, found)) from error
    return [replace(each, fate=fate) for each, fate in zip(found, fates, strict=True)]


def _by_line(fields: Mapping[str, str], found: Sequence[Importable]) -> dict[str, str]:
    """The wrong fields of an import, such as `tasks.3.user`, by the lines they come from."""
    wrong = {}
    for path, why in fields.items():
        _, number, field = (*path.split(".", 2), "", "")[:3]
        known = number.isdecimal() and int(number) < len(found)
        wrong[f"line {found[int(number)].entry.line_number}: {field}" if known else path] = why
    return wrong
