"""`autom8 contact import` and `export`: contacts from files and into files.

The server reads the file, so that every way in judges it alike; what comes back while it does is shown here.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from autom8.cli.arguments import add_json, add_server, pair
from autom8.cli.connection import connect
from autom8.cli.errors import ServerFault
from autom8.cli.exits import Exit
from autom8.cli.parser import add_command
from autom8.cli.terminal import Column, print_json, print_table, progress_of, say, warn
from autom8.cli.wording import Json, visible
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import ImportMode, OnExisting

if TYPE_CHECKING:
    from autom8.cli.parser import Subparsers

SHOWN_MAX: Final = 50  # rows on a terminal; --json has them all
_BROKEN_OFF: Final = b"INCOMPLETE: this export broke off"  # how the server ends such a file
_TYPES: Final = {"csv": "text/csv", "vcard": "text/vcard", None: "application/octet-stream"}
_DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_STAGES: Final = {"check": "checking", "seal": "encrypting", "write": "writing"}
_MORE: Final = """\
CSV of any delimiter and common encoding, and vCard 3.0 and 4.0. Columns are known by their names, in several
languages; --map says what others are. One bad row means that nothing is imported, unless --mode good leaves
the bad ones out. A row whose contact is there already (by email, else by phone and name, else by name) is
skipped, unless --on-existing says otherwise; so importing a file twice adds nobody twice."""


def register(commands: Subparsers) -> None:
    """Add these commands to `autom8 contact`."""
    importing = add_command(
        commands, "import", import_contacts, summary="add contacts from a CSV or vCard file", more=_MORE
    )
    importing.epilog = (
        "example:\n  autom8 contact import people.csv --map 'Private Mail=email' --plan\n"
        "The exit code is 8 when rows are bad."
    )
    importing.add_argument("file", metavar="FILE", help="a file, or - for stdin")
    importing.add_argument("--format", choices=["csv", "vcard"], help="what it is (default: found out)")
    importing.add_argument(
        "--map",
        type=pair,
        action="append",
        default=[],
        metavar="COL=FIELD",
        help="what a column holds, by its name or number; - for nothing; may be repeated",
    )
    importing.add_argument("--delimiter", metavar="CHAR", help=", ; | or tab (default: found out)")
    importing.add_argument("--encoding", metavar="NAME", help="such as windows-1252 (default: found out)")
    importing.add_argument(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="the first row names the columns (default: found out)",
    )
    importing.add_argument("--plan", action="store_true", help="only show what would become of each row")
    importing.add_argument(
        "--mode",
        choices=[*map(str, ImportMode)],
        default="all",
        help="all rows or none, or all good ones (default all)",
    )
    importing.add_argument(
        "--on-existing",
        choices=[*map(str, OnExisting)],
        default="skip",
        help="who is there already (default skip)",
    )
    add_json(importing)
    add_server(importing)
    exporting = add_command(commands, "export", export_contacts, summary="write contacts to a file, unmasked")
    exporting.add_argument(
        "--format", choices=["csv", "vcard3", "vcard4"], default="csv", help="(default csv)"
    )
    exporting.add_argument(
        "--out", metavar="FILE", type=Path, help="a new file that only you can read (default: stdout)"
    )
    exporting.add_argument("--tag", metavar="TAG", help="only those with this tag")
    add_server(exporting)


def import_contacts(args: argparse.Namespace) -> int:
    """Import a file, or plan to; 8 when a row is bad."""
    data = _read(args.file)
    fates: list[Json] = []
    report: Json = {}
    with connect(args) as client, progress_of(_STAGES) as advance:
        steps = client.post_file(
            "/contacts/import",
            data,
            media_type=_TYPES[args.format],
            mode=args.mode,
            on_existing=args.on_existing,
            dry_run="true" if args.plan else None,
            delimiter=_delimiter(args.delimiter),
            encoding=args.encoding,
            header=None if args.header is None else str(args.header).lower(),
            mapping=json.dumps(dict(args.map)) if args.map else None,
            tell="all" if args.plan else "bad",
        )
        for step in steps:
            fates += step.get("fates", ())
            report = step.get("report", report)
            if (so_far := step.get("progress")) is not None:
                advance(so_far["stage"], so_far["part"])
    if report["wrong"]:
        raise Invalid("the file can't be understood", fields=report["wrong"])
    if args.json:
        print_json({**report, "fates": fates})
    else:
        _show(report, fates)
    return Exit.INVALID if report["bad"] else Exit.OK


def export_contacts(args: argparse.Namespace) -> int:
    """Write contacts to a file that nobody else can read, or to stdout."""
    with connect(args) as client, _opened(args.out) as out:
        end = b""
        for piece in client.get_file("/contacts/export", format=args.format, tag=args.tag):
            out.write(piece)
            end = (end + piece)[-len(_BROKEN_OFF) :]
        if end == _BROKEN_OFF:
            raise ServerFault("the export broke off, so the file is not whole; the server's log says why")
    if args.out is not None:
        warn(f"autom8: wrote {visible(args.out)}; it holds personal data, so keep it no longer than needed")
    return Exit.OK


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise Invalid(f"{name} can't be read: {(error.strerror or str(error)).lower()}") from error


def _delimiter(text: str | None) -> str | None:
    if text is None:
        return None
    name = {"tab": "tab", "\\t": "tab"}.get(text, _DELIMITERS.get(text))
    if name is None:
        raise Invalid(f"--delimiter must be one of , ; | or tab, and not {text!r}")
    return name


@contextlib.contextmanager
def _opened(path: Path | None) -> Iterator[IO[bytes]]:
    """Where to write: stdout, or a file that takes its name only once it is whole."""
    if path is None:
        yield sys.stdout.buffer
        return
    part = path.with_name(f".{path.name}.part-{os.getpid()}")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Invalid(f"{path} can't be written: {(error.strerror or str(error)).lower()}") from error
    try:
        with os.fdopen(descriptor, "wb") as out:
            yield out
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _show(report: Json, fates: list[Json]) -> None:
    if report["dry_run"]:
        columns = [Column("LINE", number=True), Column("FATE"), Column("NAME"), Column("WHY")]
        print_table(columns, [_row(each) for each in fates[:SHOWN_MAX]])
        if len(fates) > SHOWN_MAX:
            say(f"… and {len(fates) - SHOWN_MAX} more rows; --json shows all")
    else:
        for each in fates[:SHOWN_MAX]:
            warn(f"line {each['line']}: {each['fate']}: {_why(each)}")
        if len(fates) > SHOWN_MAX:
            warn(f"… and {len(fates) - SHOWN_MAX} more rows; --json shows all")
    for each in report["unmapped"]:
        hint = "; --map says what it is, or - for nothing" if report["format"] == "csv" else ""
        rows = "1 row" if each["rows"] == 1 else f"{each['rows']} rows"
        warn(f"autom8: {visible(each['name'])} fills no field ({rows}){hint}")
    say(_sentence(report))


def _row(fate: Json) -> tuple[object, ...]:
    return fate["line"], fate["fate"], fate["name"], _why(fate) or None


def _why(fate: Json) -> str:
    why = [f"{visible(name)} {visible(text)}" for name, text in fate["why"].items()]
    return "; ".join([*why, *map(visible, fate["warnings"])])


def _sentence(report: Json) -> str:
    counts = ", ".join(
        f"{report[name]} {word}"
        for name, word in (("added", "added"), ("updated", "updated"), ("skipped", "skipped"), ("bad", "bad"))
    )
    how = (
        report["encoding"]
        if report["delimiter"] is None
        else f"{report['encoding']}, {report['delimiter']!r}"
    )
    if report["dry_run"]:
        return f"{report['rows']} rows ({report['format']}, {how}) would be: {counts}"
    if not report["applied"]:
        bad = f"{report['bad']} of {report['rows']} rows are bad"
        return f"nothing was imported: {bad} (--mode good leaves them out)"
    return f"{report['rows']} rows ({report['format']}, {how}): {counts}"
