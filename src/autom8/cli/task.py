"""`autom8 task`: add, list, show, edit, run, pause, resume, remove. Only says and shows; the API decides."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from autom8.cli.arguments import add_limit, pair
from autom8.cli.commands import Word, command, tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.errors import NoSuchTask
from autom8.cli.parser import Parser, add_commands
from autom8.cli.task_options import add_task_options, task_of
from autom8.cli.terminal import Column, print_fields, print_json, print_table, say, tell
from autom8.cli.wording import (
    Json,
    show_command,
    show_instant,
    show_schedule,
    show_seconds,
    show_slot,
    show_state,
    visible,
)
from autom8.kernel.errors import Invalid

if TYPE_CHECKING:
    from autom8.cli.client import Answer, Client
    from autom8.cli.parser import Subparsers

TASKS_LISTED: Final = 200
RUNS_SHOWN: Final = 5
_TASK: Final = Word("name", "NAME", "the task's name or number")


def register(group: Parser) -> None:
    """Add the commands of `autom8 task`."""
    commands = add_commands(group)
    _register_writing(commands)

    listing = command(commands, "list", list_tasks, "show all tasks")
    listing.add_argument("--state", choices=["active", "paused"], help="only these")
    listing.add_argument("--tag", metavar="TAG", help="only those with this tag")
    listing.add_argument("--match", metavar="TEXT", help="only those with this in their name")
    add_limit(listing, TASKS_LISTED)
    command(commands, "show", show_task, "show one task, and how it ran last", _TASK)

    running = command(commands, "run", run_task, "start a task now", _TASK)
    running.add_argument("--follow", action="store_true", help="show its output, and end as it ends")
    running.add_argument(
        "--param",
        type=pair,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="given to the command as AUTOM8_PARAM_NAME; may be repeated",
    )
    pausing = command(commands, "pause", pause_task, "hold back a task's slots", _TASK)
    pausing.add_argument("--reason", metavar="TEXT", help="why, for those who wonder later")
    command(commands, "resume", resume_task, "let a paused task go on; nothing is caught up", _TASK)
    command(
        commands,
        "remove",
        remove_task,
        "remove a task; its history stays, a run in progress is cancelled",
        _TASK,
    )


def _register_writing(commands: Subparsers) -> None:
    adding = command(commands, "add", add_task, "add a task")
    adding.usage = "autom8 task add NAME [options] -- COMMAND [ARG ...]"
    adding.epilog = (
        "example:\n  autom8 task add backup --cron '0 3 * * *' --tz Europe/Berlin -- /usr/bin/backup /srv"
    )
    adding.add_argument("name", metavar="NAME", help="unique, and not only digits")
    add_task_options(adding)

    editing = command(commands, "edit", edit_task, "change what is given, and leave the rest", _TASK)
    editing.usage = "autom8 task edit NAME [options] [-- COMMAND [ARG ...]]"
    editing.epilog = (
        "An empty --cwd, --user or --stdin takes it away, and an empty --tag all tags; tags that are given"
        " replace all. A new command has a shell only with --shell."
    )
    editing.add_argument("--name", metavar="NEW", dest="new_name", help="a new name")
    editing.add_argument(
        "--unset-env",
        action="append",
        default=[],
        metavar="NAME",
        help="take a variable away; may be repeated",
    )
    add_task_options(editing)


def add_task(args: argparse.Namespace) -> int:
    """Add a task, and say when it will run."""
    body = task_of(args)
    if "command" not in body:
        raise Invalid(f"no command is given; write it after --: autom8 task add {args.name} … -- COMMAND")
    with connect(args) as client:
        task = client.post("/tasks", {"name": args.name, "env": dict(args.env), **body}).body
    return tell(args, task, f"added task {visible(task['name'])} (number {task['id']}); {_next(task)}")


def list_tasks(args: argparse.Namespace) -> int:
    """Show tasks, by name."""
    with connect(args) as client:
        found = client.items("/tasks", limit=args.limit, state=args.state, tag=args.tag, q=args.match)
    columns = titled("NUMBER", "NAME", "STATE", "SCHEDULE", "NEXT RUN", "LAST RUN", "COMMAND")
    return tell_list(args, found, columns, _row)


def _row(task: Json) -> tuple[object, ...]:
    last = task.get("last_run")
    return (
        task["id"],
        task["name"],
        task["state"],
        show_schedule(task),
        show_instant(task["next_run"]),
        show_state(last) if last else None,
        show_command(task),
    )


def show_task(args: argparse.Namespace) -> int:
    """Show one task with all it was told, and its last runs."""
    with connect(args) as client:
        task = find_task(client, args.name).body
        runs = [] if args.json else client.items("/runs", limit=RUNS_SHOWN, task_id=task["id"]).items
    if args.json:
        print_json(task)
        return 0
    print_fields(_fields(task))
    if runs:
        say()
        columns = [Column("RUN", number=True), Column("SLOT"), Column("STATE"), Column("TOOK", number=True)]
        print_table(
            columns, [(r["id"], show_slot(r), show_state(r), show_seconds(r["duration_s"])) for r in runs]
        )
    return 0


def _fields(task: Json) -> dict[str, object]:
    timeout, grace = show_seconds(task["timeout_s"]), show_seconds(task["grace_s"])
    concurrency = task["concurrency"]
    if concurrency == "allow" and task["concurrency_max"]:
        concurrency = f"allow, up to {task['concurrency_max']}"
    return {
        "name": task["name"],
        "number": task["id"],
        "description": task["description"],
        "tags": ", ".join(task["tags"]),
        "state": task["state"],
        "paused because": task["paused_reason"],
        "schedule": show_schedule(task),
        "next run": show_instant(task["next_run"]),
        "command": show_command(task),
        "shell": task["shell"],
        "folder": task["cwd"],
        "environment": " ".join(f"{name}={value}" for name, value in task["env"].items()),
        "stdin": task["stdin"],
        "user": task["user"],
        "timeout": f"{timeout}, then {grace} from TERM to KILL",
        "concurrency": concurrency,
        "delivery": task["delivery"],
        "catch-up": f"{task['catch_up']}, at most {show_seconds(task['lateness_max_s'])} late",
        "clock changes": f"gap {task['gap']}, overlap {task['overlap']}",
        "retries": task["retries_max"],
        "from": _source(task["source"]),
        "notes": "; ".join(task["notes"]),
        "revision": task["revision"],
    }


def _source(source: Json | None) -> str | None:
    return None if source is None else f"{source['path']}: {source['text'] or source['line']}"


def edit_task(args: argparse.Namespace) -> int:
    """Change a task, unless somebody else did so since it was read."""
    with connect(args) as client:
        found = find_task(client, args.name)
        task = client.patch(_path(found), _changes(args, found.body), etag=found.etag).body
    return tell(args, task, f"changed task {visible(task['name'])}; {_next(task)}")


def _changes(args: argparse.Namespace, task: Json) -> dict[str, Any]:
    changes = task_of(args, zone=task["zone"])
    if args.new_name is not None:
        changes["name"] = args.new_name
    if args.env or args.unset_env:
        kept = {name: value for name, value in task["env"].items() if name not in args.unset_env}
        changes["env"] = kept | dict(args.env)
    if not changes:
        raise Invalid("nothing to change is given; see `autom8 task edit --help`")
    return changes


def run_task(args: argparse.Namespace) -> int:
    """Start a task now; with `--follow` end as the run ends."""
    with connect(args) as client:
        found = find_task(client, args.name)
        run = client.post(f"{_path(found)}/run", {"parameters": dict(args.param)}).body
        if args.follow:
            from autom8.cli.following import follow  # only who follows needs it

            return follow(client, run["id"])
    return tell(
        args, run, f"run {run['id']} of {visible(run['task'])} is {show_state(run)}; see `{_output(run)}`"
    )


def pause_task(args: argparse.Namespace) -> int:
    """Pause a task; a run in progress is left to finish."""
    body = {} if args.reason is None else {"reason": args.reason}
    with connect(args) as client:
        task = client.post(f"{_path(find_task(client, args.name))}/pause", body).body
    return tell(args, task, f"paused task {visible(task['name'])}; its slots are skipped until `task resume`")


def resume_task(args: argparse.Namespace) -> int:
    """Resume a task."""
    with connect(args) as client:
        task = client.post(f"{_path(find_task(client, args.name))}/resume").body
    return tell(args, task, f"resumed task {visible(task['name'])}; {_next(task)}")


def remove_task(args: argparse.Namespace) -> int:
    """Remove a task, unless somebody changed it since it was read."""
    with connect(args) as client:
        found = find_task(client, args.name)
        client.delete(_path(found), etag=found.etag)
    return tell(args, found.body, f"removed task {visible(found.body['name'])}; its history stays")


def find_task(client: Client, name: str) -> Answer:
    """The task of this name or number, with its version.

    Raises:
        NotFound: there is none.
    """
    if name.isdecimal():
        return client.get(f"/tasks/{name}")
    named = client.items("/tasks", limit=1, name=name).items
    if not named:
        raise NoSuchTask(f"no task is named {name}; `autom8 task list` shows those there are")
    return client.get(f"/tasks/{named[0]['id']}")


def _path(found: Answer) -> str:
    return f"/tasks/{found.body['id']}"


def _output(run: Json) -> str:
    return f"autom8 run output {run['id']} --follow"


def _next(task: Json) -> str:
    if task["state"] == "paused":
        return "it is paused"
    if task["next_run"] is None:
        return (
            "no further run is planned"
            if task["schedule"]["kind"] == "once"
            else "it runs when it is told to"
        )
    return f"next run {show_instant(task['next_run'])}"
