"""The options of `task add` and `task edit`, and the API's task that they make. Makes no request."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from autom8.cli.arguments import count, count_or_none, pair, seconds
from autom8.cli.durations import show_duration
from autom8.cli.schedules import add_schedule, schedule_of
from autom8.kernel import defaults
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import CatchUp, Concurrency, Delivery

if TYPE_CHECKING:
    from datetime import timedelta

    from autom8.cli.parser import Parser

SHELL: Final = "/bin/sh"
_KEBAB: Final = str.maketrans("-", "_")

# Option → field of the API's task, where the value goes over as it is.
_PLAIN: Final = {
    "tz": "zone",
    "gap": "gap",
    "overlap": "overlap",
    "catch_up": "catch_up",
    "lateness_max": "lateness_max_s",
    "timeout": "timeout_s",
    "grace": "grace_s",
    "delivery": "delivery",
    "retries": "retries_max",
    "retry_first": "retry_first_s",
    "retry_longest": "retry_longest_s",
    "output_max": "output_bytes_max",
    "description": "description",
}
# The same, where an empty text takes the value away.
_REMOVABLE: Final = ("cwd", "user")


def add_task_options(parser: Parser) -> None:
    """Add all that a task can be told, without defaults: what is not given is not sent."""
    parser.add_argument("--description", metavar="TEXT", help="what it is for")
    parser.add_argument(
        "--tag", action="append", metavar="TAG", help="a word by which it is found; may be repeated"
    )
    add_schedule(parser, boot=True)
    _add_command_options(parser)
    _add_policy_options(parser)


def task_of(args: argparse.Namespace, *, zone: str = defaults.ZONE) -> dict[str, Any]:
    """The fields of the API's task that were given; `zone` is that of the task until now.

    Raises:
        Invalid: an instant, a file or a command can't be meant.
    """
    body = {field: value for option, field in _PLAIN.items() if (value := getattr(args, option)) is not None}
    if (schedule := schedule_of(args, args.tz or zone)) is not None:
        body["schedule"] = schedule
    for name in _REMOVABLE:
        if (value := getattr(args, name)) is not None:
            body[name] = value or None
    if args.tag is not None:
        body["tags"] = [tag for tag in args.tag if tag]
    if args.stdin is not None:
        body["stdin"] = _text_of(args.stdin) or None
    if args.concurrency is not None:
        body["concurrency"], body["concurrency_max"] = args.concurrency
    return body | _command_of(args)


def _add_command_options(parser: Parser) -> None:
    group = parser.add_argument_group("the command")
    group.add_argument("--shell", action="store_true", help=f"the command is one line, read by {SHELL}")
    group.add_argument("--shell-path", metavar="PATH", help="the same, read by this shell")
    group.add_argument("--cwd", metavar="DIR", help="working folder")
    group.add_argument(
        "--env",
        type=pair,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="environment; may be repeated",
    )
    group.add_argument("--stdin", metavar="TEXT|@FILE", help="what it reads (@- is this command's own stdin)")
    group.add_argument("--user", metavar="NAME", help="run as this user of the machine")
    group.add_argument(
        "--timeout", type=seconds, metavar="TIME", help=_default("ended after", defaults.TIMEOUT)
    )
    group.add_argument(
        "--grace", type=seconds, metavar="TIME", help=_default("from TERM to KILL", defaults.GRACE)
    )
    group.add_argument(
        "--output-max", type=size, metavar="SIZE", help="output kept of a run, head and tail (default 10M)"
    )


def _add_policy_options(parser: Parser) -> None:
    group = parser.add_argument_group("when things go wrong")
    group.add_argument(
        "--delivery",
        type=_choice,
        choices=[*map(str, Delivery)],
        help=f"if the worker dies (default {defaults.DELIVERY})",
    )
    group.add_argument(
        "--concurrency",
        type=concurrency,
        metavar="POLICY",
        help="while an earlier run is in progress: allow, allow:N, forbid, queue, replace"
        f" (default {defaults.CONCURRENCY})",
    )
    group.add_argument(
        "--catch-up", choices=[*map(str, CatchUp)], help=f"slots found late (default {defaults.CATCH_UP})"
    )
    group.add_argument(
        "--lateness-max",
        type=seconds,
        metavar="TIME",
        help=_default("missed if later", defaults.LATENESS_MAX),
    )
    group.add_argument(
        "--retries",
        type=count_or_none,
        metavar="N",
        help=f"further attempts (default {defaults.RETRIES_MAX})",
    )
    group.add_argument(
        "--retry-first",
        type=seconds,
        metavar="TIME",
        help=_default("first wait, then doubling", defaults.RETRY_FIRST),
    )
    group.add_argument(
        "--retry-longest", type=seconds, metavar="TIME", help=_default("longest wait", defaults.RETRY_LONGEST)
    )


def concurrency(text: str) -> tuple[str, int]:
    """`allow` (no limit), `allow:N`, `forbid`, `queue` or `replace`, with the greatest number of runs."""
    policy, colon, number = text.partition(":")
    if policy not in set(Concurrency) or (colon and policy != Concurrency.ALLOW):
        raise argparse.ArgumentTypeError(f"{text!r} is not allow, allow:N, forbid, queue or replace")
    if policy == Concurrency.ALLOW:
        return policy, count(number) if colon else 0
    return policy, defaults.CONCURRENCY_MAX


def size(text: str) -> int:
    """Bytes: `500`, `64K`, `10M`, `1G`."""
    number, unit = (text[:-1], text[-1].upper()) if text[-1:].isalpha() else (text, "")
    factor = {"": 1, "K": defaults.KIB, "M": defaults.MIB, "G": defaults.GIB}.get(unit)
    if factor is None or not number.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a size; write 64K, 10M or 1G")
    return int(number) * factor


def _choice(text: str) -> str:
    """Takes `at-most-once` for `at_most_once`."""
    return text.translate(_KEBAB)


def _default(what: str, value: timedelta) -> str:
    return f"{what} (default {show_duration(value.total_seconds())})"


def _command_of(args: argparse.Namespace) -> dict[str, Any]:
    """The command and its shell, which belong together: a new command has the shell it asks for, or none."""
    shell = args.shell_path or (SHELL if args.shell else None)
    if args.words is None:
        if shell:
            raise Invalid("--shell needs a line to read; write it after --, in quotes: --shell -- 'a | b'")
        return {}
    if not args.words:
        raise Invalid("no command stands after --")
    if shell and len(args.words) > 1:
        raise Invalid("with --shell the command is one line; put it in quotes: --shell -- 'a | b'")
    return {"command": args.words, "shell": shell}


def _text_of(given: str) -> str:
    if not given.startswith("@"):
        return given
    try:
        if given == "@-":
            return sys.stdin.buffer.read().decode()
        return Path(given[1:]).read_text(encoding="utf-8")
    except OSError as error:
        raise Invalid(f"--stdin: {given[1:]}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Invalid(f"--stdin: {given[1:]} is not UTF-8 text") from None
