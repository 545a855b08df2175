"""`autom8 run`: list, show, output, cancel. Only says and shows; the API decides."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from autom8.cli.arguments import add_json, add_limit, add_server, count, several
from autom8.cli.connection import connect
from autom8.cli.parser import Handler, Parser, add_command, add_commands
from autom8.cli.terminal import Column, print_fields, print_json, print_table, say, warn
from autom8.cli.wording import Json, show_ending, show_instant, show_seconds, show_slot, show_state, visible
from autom8.kernel.vocabulary import RunState

if TYPE_CHECKING:
    from autom8.cli.parser import Subparsers

RUNS_LISTED: Final = 50

_OUTPUT_MORE: Final = """\
What the command wrote to stdout goes to stdout, the rest to stderr. Into a pipe or a file it goes as
it is; on a terminal control characters are shown as escapes, so that output can't change what stands
there."""


def register(group: Parser) -> None:
    """Add the commands of `autom8 run`."""
    commands = add_commands(group)
    listing = _command(commands, "list", list_runs, "show runs, the newest first")
    add_json(listing)
    add_limit(listing, RUNS_LISTED)
    listing.add_argument("--task", metavar="NAME", help="only those of this task, by name or number")
    listing.add_argument(
        "--state", type=several(RunState), metavar="STATE[,STATE]", help=f"only these: {', '.join(RunState)}"
    )

    add_json(_numbered(commands, "show", show_run, "show one run and its attempts"))

    output = _numbered(commands, "output", show_output, "show what a run wrote", more=_OUTPUT_MORE)
    output.add_argument("--follow", action="store_true", help="go on until the run ends, and end as it ends")
    output.add_argument("--raw", action="store_true", help="as it is, on a terminal too")

    add_json(_numbered(commands, "cancel", cancel_run, "end a run, or take it out of the queue"))


def _command(commands: Subparsers, name: str, handler: Handler, summary: str, *, more: str = "") -> Parser:
    parser = add_command(commands, name, handler, summary=summary, more=more)
    add_server(parser)
    return parser


def _numbered(commands: Subparsers, name: str, handler: Handler, summary: str, *, more: str = "") -> Parser:
    parser = _command(commands, name, handler, summary, more=more)
    parser.add_argument("run", type=count, metavar="RUN", help="its number, as in `autom8 run list`")
    return parser


def list_runs(args: argparse.Namespace) -> int:
    """Show runs, the newest first."""
    which = {} if args.task is None else {"task_id" if args.task.isdecimal() else "task": args.task}
    with connect(args) as client:
        found = client.items("/runs", limit=args.limit, state=args.state, **which)
    if args.json:
        print_json(found.items)
    else:
        print_table(
            [
                Column("RUN", number=True),
                Column("TASK"),
                Column("SLOT"),
                Column("STATE"),
                Column("STARTED"),
                Column("TOOK", number=True),
                Column("LATE", number=True),
                Column("EXIT", number=True),
            ],
            [_row(run) for run in found.items],
        )
    if found.more:
        warn(f"autom8: there are more than {args.limit}; ask for more with --limit")
    return 0


def _row(run: Json) -> tuple[object, ...]:
    return (
        run["id"],
        run["task"],
        show_slot(run),
        show_state(run),
        show_instant(run["started_at"]),
        show_seconds(run["duration_s"]),
        show_seconds(run["lateness_s"]),
        show_ending(run),
    )


def show_run(args: argparse.Namespace) -> int:
    """Show one run and its attempts."""
    with connect(args) as client:
        run: Json = client.get(f"/runs/{args.run}").body
    if args.json:
        print_json(run)
        return 0
    print_fields(_fields(run))
    if len(run["attempts"]) > 1:
        say()
        columns = [
            Column("ATTEMPT", number=True),
            Column("STATE"),
            Column("WORKER"),
            Column("STARTED"),
            Column("EXIT"),
        ]
        print_table(
            columns,
            [
                (
                    each["attempt"],
                    show_state(each),
                    each["worker"],
                    show_instant(each["started_at"]),
                    show_ending(each),
                )
                for each in run["attempts"]
            ],
        )
    return 0


def _fields(run: Json) -> dict[str, object]:
    memory = run["memory_bytes_max"]
    return {
        "run": run["id"],
        "task": f"{run['task']} (number {run['task_id']}, revision {run['task_revision']})",
        "state": show_state(run),
        "detail": run["detail"],
        "slot": show_slot(run),
        "attempt": f"{run['attempt']} of {run['attempts_max']}",
        "requested by": run["requested_by"],
        "parameters": " ".join(f"{name}={value}" for name, value in run["parameters"].items()),
        "worker": run["worker"],
        "queued": show_instant(run["queued_at"]),
        "not before": run["not_before"] and show_instant(run["not_before"]),
        "started": show_instant(run["started_at"]),
        "ended": show_instant(run["ended_at"]),
        "took": show_seconds(run["duration_s"]),
        "late": show_seconds(run["lateness_s"]),
        "exit": show_ending(run),
        "processor": show_seconds(run["cpu_s"]),
        "memory": None if memory is None else f"{memory / 1_048_576:.1f} MiB at most",
        "output": f"{run['output_bytes']} bytes, {run['output_kept_bytes']} kept",
    }


def show_output(args: argparse.Namespace) -> int:
    """Write a run's output; with `--follow` until it ends, and end as it ends."""
    from autom8.cli.following import follow, output_until_now, write_output  # only who reads output needs it

    with connect(args) as client:
        if args.follow:
            return follow(client, args.run, raw=args.raw)
        write_output(output_until_now(client, args.run), raw=args.raw)
    return 0


def cancel_run(args: argparse.Namespace) -> int:
    """Cancel a run; asking twice is no error."""
    with connect(args) as client:
        run: Json = client.post(f"/runs/{args.run}/cancel").body
    if args.json:
        print_json(run)
    elif run["state"] == "cancelled":
        say(f"run {run['id']} of {visible(run['task'])} is cancelled")
    else:
        say(f"run {run['id']} of {visible(run['task'])} was told to end; after its grace it is killed")
    return 0
