"""`autom8 run`: list, show, output, cancel. Only says and shows; the API decides."""

from __future__ import annotations

import argparse
from typing import Final

from autom8.cli.arguments import add_limit, count, several
from autom8.cli.commands import Word, command, tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.parser import Parser, add_commands
from autom8.cli.terminal import Column, print_fields, print_json, print_table, say
from autom8.cli.wording import Json, show_ending, show_instant, show_seconds, show_slot, show_state, visible
from autom8.kernel.vocabulary import RunState

RUNS_LISTED: Final = 50

_OUTPUT_MORE: Final = """\
What the command wrote to stdout goes to stdout, the rest to stderr. Into a pipe or a file it goes as
it is; on a terminal control characters are shown as escapes, so that output can't change what stands
there."""
_RUN: Final = Word("run", "RUN", "its number, as in `autom8 run list`", type=count)


def register(group: Parser) -> None:
    """Add the commands of `autom8 run`."""
    commands = add_commands(group)
    listing = command(commands, "list", list_runs, "show runs, the newest first")
    add_limit(listing, RUNS_LISTED)
    listing.add_argument("--task", metavar="NAME", help="only those of this task, by name or number")
    listing.add_argument(
        "--state", type=several(RunState), metavar="STATE[,STATE]", help=f"only these: {', '.join(RunState)}"
    )

    command(commands, "show", show_run, "show one run and its attempts", _RUN)

    output = command(
        commands, "output", show_output, "show what a run wrote", _RUN, more=_OUTPUT_MORE, as_json=False
    )
    output.add_argument("--follow", action="store_true", help="go on until the run ends, and end as it ends")
    output.add_argument("--raw", action="store_true", help="as it is, on a terminal too")

    command(commands, "cancel", cancel_run, "end a run, or take it out of the queue", _RUN)


def list_runs(args: argparse.Namespace) -> int:
    """Show runs, the newest first."""
    which = {} if args.task is None else {"task_id" if args.task.isdecimal() else "task": args.task}
    with connect(args) as client:
        found = client.items("/runs", limit=args.limit, state=args.state, **which)
    titles = ("RUN", "TASK", "SLOT", "STATE", "STARTED", "TOOK", "LATE", "EXIT")
    return tell_list(args, found, titled(*titles, numbers=("RUN", "TOOK", "LATE", "EXIT")), _row)


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
