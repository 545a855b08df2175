"""The grammar of the command line: which groups there are, and how each is loaded when named.

Owns argparse's ways; knows nothing of what the commands do.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NoReturn

from autom8 import __version__

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

    Subparsers = argparse._SubParsersAction["Parser"]  # noqa: SLF001 - argparse names it nowhere else

Handler = Callable[[argparse.Namespace], int]

GROUPS: Final[dict[str, tuple[str, str]]] = {
    "up": ("up", "start the server on this machine"),
    "collect": ("collect", "read what this host says of itself, and send it to a server"),
    "task": ("task", "add, show, change, start and stop tasks"),
    "run": ("run", "what ran, what it wrote, and how to cancel it"),
    "preview": ("preview", "when a schedule would fire, without a server"),
    "import": ("import_", "take over the lines of a crontab"),
    "incident": ("incident", "what is wrong, its story, and what people do about it"),
    "rule": ("rule", "what is told of tasks, checks and Autom8 itself"),
    "silence": ("silence", "tell nobody of what matches, for a time; and dependencies"),
    "metric": ("metric", "samples of hosts and programs: send, list, draw"),
    "check": ("check", "jobs that run elsewhere and say by pings that they did"),
    "contact": ("contact", "whom to tell: add, find, change, merge and erase contacts"),
    "oncall": ("oncall", "who is on call and when, overrides, and escalation policies"),
    "channel": ("channel", "ways on which people are told: add, change, try and remove them"),
    "user": ("user", "who may log in, and what they may do"),
    "key": ("key", "the keyring that wraps the keys of encrypted fields"),
    "apikey": ("apikey", "keys by which programs act for a user"),
    "audit": ("audit", "who did what"),
    "login": ("login", "talk to a server on another machine"),
    "logout": ("logout", "end that, here and on the server"),
    "completion": ("completion", "make the shell complete autom8's words"),
}

# Commands that are followed by `--` and a command of the user's.
TAKE_A_COMMAND: Final = frozenset({("task", "add"), ("task", "edit")})

DESCRIPTION: Final = "Schedules, runs and records tasks. Start with `autom8 up`."


class Parser(argparse.ArgumentParser):
    """An argument parser that complains in one line and has colours for a terminal's help."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("allow_abbrev", False)
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**options)
        self._is_mixing = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse a command's words and options in whatever order.

        By itself argparse looks for words that may be left out before the first option, and never again.
        """
        words = sys.argv[1:] if args is None else list(args)
        if self._is_mixing or not self._may_mix() or {"-h", "--help", "--"} & set(words):
            return super().parse_known_args(words, namespace)
        self._is_mixing = True
        try:
            return self.parse_known_intermixed_args(words, namespace)
        finally:
            self._is_mixing = False

    def _may_mix(self) -> bool:
        """Whether argparse can: neither for a group of commands, nor where a word excludes an option."""
        words = self._get_positional_actions()
        groups = [group._group_actions for group in self._mutually_exclusive_groups]  # noqa: SLF001 - as above
        return self._subparsers is None and not any(word in group for word in words for group in groups)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is, in one line on stderr, and end with code 2."""
        self.exit(2, f"{self.prog}: {message} (see `{self.prog} --help`)\n")

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """Print the help, in colours when it goes to a terminal."""
        if file is None and sys.stdout.isatty():
            from rich_argparse import RawDescriptionRichHelpFormatter

            RawDescriptionRichHelpFormatter.help_markup = False  # our brackets are brackets
            RawDescriptionRichHelpFormatter.text_markup = False
            self.formatter_class = RawDescriptionRichHelpFormatter
        super().print_help(file)


def build_parser(first: str | None = None) -> Parser:
    """The parser of all command groups, or of the one that is named `first` when there is such."""
    parser = Parser(prog="autom8", description=DESCRIPTION, epilog=_exit_codes())
    parser.add_argument("-V", "--version", action="version", version=f"autom8 {__version__}")
    groups = parser.add_subparsers(
        title="commands", dest="group", metavar="COMMAND", required=True, prog="autom8"
    )
    for name in [first] if first in GROUPS else GROUPS:
        module, summary = GROUPS[name]
        register = importlib.import_module(f"autom8.cli.{module}").register
        register(groups.add_parser(name, help=summary, description=_sentence(summary)))
    return parser


def add_command(commands: Subparsers, name: str, handler: Handler, *, summary: str, more: str = "") -> Parser:
    """Add one command of a group, which `handler` carries out."""
    description = "\n\n".join(filter(None, (_sentence(summary), more)))
    parser = commands.add_parser(name, help=summary, description=description)
    parser.set_defaults(handler=handler)
    return parser


def add_commands(parser: Parser) -> Subparsers:
    """Make `parser` a group, such as `task`, whose commands are added to what is returned."""
    return parser.add_subparsers(
        title="commands", dest="command_name", metavar="COMMAND", required=True, prog=parser.prog
    )


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."


def _exit_codes() -> str:
    from autom8.cli.exits import MEANINGS

    lines = (f"  {code.value:>3}  {meaning}" for code, meaning in MEANINGS.items())
    return "\n".join(("exit codes:", *lines))
