"""The way out: stdout, stderr, tables, JSON and progress. Knows no command and no API.

Plain when piped: columns parted by spaces, nothing cut, no colour. On a terminal rich draws, and
is loaded only then; it respects NO_COLOR.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from autom8.cli.wording import visible, visible_json

if TYPE_CHECKING:
    from collections.abc import Callable

STYLES: Final[Mapping[str, str]] = {
    "succeeded": "green",
    "active": "green",
    "ok": "green",
    "running": "cyan",
    "claimed": "cyan",
    "queued": "cyan",
    "skipped": "yellow",
    "paused": "yellow",
    "cancelled": "yellow",
    "disabled": "yellow",
    "failed": "red",
    "failing": "red",
    "timed_out": "red",
    "missed": "red",
    "lost": "red",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, and whether it is a number, which stands at the right."""

    title: str
    number: bool = False


def prepare_streams() -> None:
    """Make stdout and stderr take any character, whatever the locale can show."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def say(text: str = "") -> None:
    """Write one line to stdout."""
    sys.stdout.write(f"{text}\n")


def warn(text: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def print_json(value: object) -> None:
    """Write `value` as JSON, indented, the same JSON on a terminal and in a pipe."""
    say(visible_json(json.dumps(value, indent=2, ensure_ascii=False)))


def tell(args: argparse.Namespace, told: object, sentence: str) -> int:
    """Say what was done, in words or with `--json` as JSON; the exit code of success."""
    if args.json:
        print_json(told)
    else:
        say(sentence)
    return 0


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> None:
    """Write a table; cells are shown in one line each, a missing value as `-`."""
    cells = [[visible(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_rich(columns, cells)
    else:
        _print_plain(columns, cells)


def print_fields(fields: Mapping[str, object]) -> None:
    """Write names and values, one below the other; those without a value are left out."""
    shown = {name: visible(value) for name, value in fields.items() if value not in (None, "")}
    width = max(map(len, shown), default=0)
    for name, value in shown.items():
        say(f"{name.ljust(width)}  {value}")


def _print_plain(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    lines = [[column.title for column in columns], *rows]
    widths = [max(_width(line[at]) for line in lines) for at in range(len(columns))]
    for line in lines:
        padded = (
            " " * (width - _width(cell)) + cell if column.number else cell + " " * (width - _width(cell))
            for column, cell, width in zip(columns, line, widths, strict=True)
        )
        say("  ".join(padded).rstrip())


def _width(text: str) -> int:
    """Terminal cells that `text` takes: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def _print_rich(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.title, justify="right" if column.number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, style=_style(cell)) for cell in row))
    Console(highlight=False, markup=False, emoji=False).print(table)


def _style(cell: str) -> str:
    return STYLES.get(cell.partition(" ")[0], "")


@contextlib.contextmanager
def progress(what: str, total: int) -> Iterator[Callable[..., None]]:
    """Show on stderr how far long work is, if that is a terminal; call what is given after each step, or
    with how many steps were made.
    """
    if not sys.stderr.isatty():
        yield lambda _steps=1: None
        return

    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda steps=1: bar.advance(task, steps)


@contextlib.contextmanager
def progress_to(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show on stderr how far long work is, if that is a terminal; tell what is given how far, of how much."""
    if not sys.stderr.isatty():
        yield lambda _far, _total: None
        return

    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda far, total: bar.update(task, completed=far, total=total)


@contextlib.contextmanager
def progress_of(stages: Mapping[str, str]) -> Iterator[Callable[[str, float], None]]:
    """Show on stderr how far each stage of long work is, if that is a terminal: tell it the part of 1."""
    if not sys.stderr.isatty():
        yield lambda _stage, _part: None
        return

    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks = {name: bar.add_task(what, total=1.0, visible=False) for name, what in stages.items()}
        yield lambda stage, part: bar.update(tasks[stage], completed=part, visible=True)


Row = Mapping[str, Any]
