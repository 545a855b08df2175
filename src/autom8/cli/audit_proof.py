"""`autom8 audit export|verify|key`: the trail's proof, with a server, or on what was taken from one."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from autom8.cli.arguments import add_json, add_server, count
from autom8.cli.connection import connect
from autom8.cli.exits import Exit
from autom8.cli.parser import add_command
from autom8.cli.terminal import print_fields, print_json, progress_to, say, warn
from autom8.cli.wording import Json, show_instant, visible
from autom8.kernel.errors import Conflict, Invalid

if TYPE_CHECKING:
    from autom8.audit.inquiry import Coverage, Verification
    from autom8.audit.offline import Trusted
    from autom8.cli.parser import Parser, Subparsers

STDOUT: Final = "-"


def register_proof(commands: Subparsers) -> None:
    """Add the commands that prove the trail."""
    export = add_command(
        commands,
        "export",
        export_trail,
        summary="write entries and checkpoints to a file that proves itself",
        more="With a server the export is audited; --database reads a file or PostgreSQL itself.",
    )
    export.add_argument(
        "file", metavar="FILE", help="where to write to, which must not be there yet; - is stdout"
    )
    export.add_argument("--first", type=count, default=1, metavar="N", help="the first entry (default 1)")
    export.add_argument("--last", type=count, metavar="N", help="the last entry (default: the newest)")
    _add_database(export)
    add_server(export)
    verify = add_command(
        commands,
        "verify",
        verify_trail,
        summary="check that no entry was altered, added or taken out",
        more="Checks FILE, or a database, without a server; else the server's own trail.\n"
        "Only checkpoints that were kept elsewhere show that the end was cut off or all was rebuilt.",
    )
    verify.add_argument("file", metavar="FILE", nargs="?", help="an export")
    verify.add_argument("--checkpoints", metavar="FILE", help="checkpoints that were kept elsewhere")
    verify.add_argument(
        "--public-key",
        metavar="KEY",
        action="append",
        default=[],
        help="trust this key alone (several times: these), as `autom8 audit key` showed it",
    )
    verify.add_argument("--jobs", type=count, metavar="N", help="processes (default: one for each core)")
    _add_database(verify)
    add_json(verify)
    add_server(verify)
    key = add_command(commands, "key", show_key, summary="show the key that checkpoints are signed with")
    add_json(key)
    add_server(key)


def _add_database(parser: Parser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--database", metavar="FILE", help="a SQLite database, or a copy of one; only read")
    which.add_argument("--database-url", metavar="URL", help="a PostgreSQL database; only read")


def export_trail(args: argparse.Namespace) -> int:
    """Write an export."""
    with _exported(args) as (pieces, total), _opened(args.file) as file, progress_to("exporting") as told:
        lines = 0
        for piece in pieces:
            file.write(piece)
            lines += piece.count(b"\n")
            told(min(lines, total), total)
    if args.file != STDOUT:
        warn(f"autom8: wrote {total} entries to {args.file}; check it with `autom8 audit verify {args.file}`")
    return Exit.OK


@contextmanager
def _exported(args: argparse.Namespace) -> Iterator[tuple[Iterator[bytes], int]]:
    where = _database(args)
    if where is None:
        with connect(args) as client:
            newest = client.get("/audit", limit=1).body["items"]
            end = args.last or (newest[0]["seq"] + 1 if newest else 1)  # the export itself is the newest
            yield client.get_file("/audit/export", first=args.first, last=args.last), end - args.first + 1
        return
    from autom8.audit.offline import export_database
    from autom8.kernel.clock import SystemClock

    with export_database(where, first=args.first, last=args.last, clock=SystemClock()) as (lines, total):
        yield lines, total


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    """The file to write to; when that fails, what was begun is removed.

    Raises:
        Conflict: it is there already.
        Invalid: it can't be made.
    """
    if path == STDOUT:
        yield sys.stdout.buffer
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Conflict(f"{path} is there already; name another file") from None
    except OSError as error:
        raise Invalid(f"{path} can't be made: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
    except BaseException:
        Path(path).unlink()
        raise


def verify_trail(args: argparse.Namespace) -> int:
    """Check a trail; exit status 1 when something is wrong with it."""
    where = _database(args)
    if args.file is not None and where is not None:
        raise Invalid("an export and a database were named; name one of them")
    if args.file is None and where is None:
        return _verify_live(args)
    from autom8.audit.offline import verify_database, verify_export

    try:
        with progress_to("checking") as told:
            if where is None:
                found = verify_export(Path(args.file), _trusted(args), told, jobs=args.jobs or 0)
            else:
                found = verify_database(where, _trusted(args), told, jobs=args.jobs or 0)
    except OSError as error:
        raise Invalid(f"{error.filename or args.file} can't be read: {error.strerror or error}") from error
    return _tell(args, _found_json(found))


def _verify_live(args: argparse.Namespace) -> int:
    if args.checkpoints or args.public_key:
        # what was kept elsewhere must not be judged by the server that is in doubt
        raise Invalid(
            "--checkpoints and --public-key are for an export or a copy:"
            " `autom8 audit export FILE`, then `autom8 audit verify FILE`"
        )
    cursor: str | None = None
    with connect(args) as client, progress_to("checking") as told:
        while True:
            step = client.get("/audit/verification", cursor=cursor).body
            told(step["last"], max(step["total"], step["last"]))
            cursor = step["next"]
            if cursor is None:
                break
    found = {
        "ok": step["ok"],
        "first": 1,
        "last": step["last"],
        "first_bad": step["first_bad"],
        "what": step["what"],
        "last_hash": step["last_hash"],
        "pinned": True,  # by the server's own key
        "checkpoints": step["checkpoints"],
        "kept_elsewhere": None,
        "uncovered_from": step["uncovered_from"],
    }
    return _tell(args, found)


def show_key(args: argparse.Namespace) -> int:
    """Show the public key of a server's checkpoints."""
    with connect(args) as client:
        key = client.get("/audit/key").body
    if args.json:
        print_json(key)
    else:
        print_fields({name.replace("_", " "): value for name, value in key.items()})
    return Exit.OK


def _database(args: argparse.Namespace) -> str | None:
    if args.database_url and "://" not in args.database_url:
        raise Invalid("--database-url must be a URL, as postgresql://HOST/NAME; a file is --database")
    database: str | None = args.database_url or args.database
    return database


def _trusted(args: argparse.Namespace) -> Trusted:
    from autom8.audit.checkpoint import read_public_key
    from autom8.audit.checkpoint_file import read_checkpoints
    from autom8.audit.offline import Trusted

    kept = None if args.checkpoints is None else read_checkpoints(Path(args.checkpoints))
    return Trusted(keys=frozenset(map(read_public_key, args.public_key)), kept=kept)


def _found_json(found: Verification) -> Json:
    return {
        "ok": found.ok,
        "first": found.first,
        "last": found.last,
        "first_bad": found.first_bad_seq,
        "what": found.what,
        "last_hash": found.last_hash,
        "pinned": found.pinned,
        "checkpoints": _coverage_json(found.trail),
        "kept_elsewhere": None if found.file is None else _coverage_json(found.file),
        "uncovered_from": found.uncovered[0] if found.uncovered else None,
    }


def _coverage_json(found: Coverage) -> Json:
    return {
        "checkpoints": found.checkpoints,
        "size": found.size,
        "at": None if found.at is None else found.at.isoformat(),
        "keys": list(found.keys),
        "strangers": list(found.strangers),
    }


def _tell(args: argparse.Namespace, found: Json) -> int:
    if args.json:
        print_json(found)
        return Exit.OK if found["ok"] else Exit.FAILURE
    for line in _lines(found):
        say(line)
    if not found["ok"]:
        bad = found["first_bad"]
        warn(f"autom8: entry {bad} is bad: {visible(found['what'])}")
        return Exit.FAILURE
    return Exit.OK


def _lines(found: Json) -> Iterator[str]:
    first, last = found["first"], found["last"]
    if last >= first:
        yield f"{'nothing is wrong with' if found['ok'] else 'good are'} {_span(first, last)}"
    else:
        yield "there are no entries" if found["ok"] else "no entry is good"
    for name, where in (("checkpoints", "beside the entries"), ("kept_elsewhere", "kept elsewhere")):
        if found[name] is not None and found[name]["checkpoints"]:
            yield from _proof(found[name], where, pinned=found["pinned"])
    if found["uncovered_from"] is not None and last >= first:
        elsewhere = " that was kept elsewhere" if found["kept_elsewhere"] is not None else ""
        yield f"no checkpoint{elsewhere} covers {_span(found['uncovered_from'], last)} yet"
    if found["last_hash"]:
        yield f"the last good entry has the hash {found['last_hash']}"


def _proof(proof: Json, where: str, *, pinned: bool) -> Iterator[str]:
    count = proof["checkpoints"]
    which, proves = (
        (f"1 checkpoint {where}", "proves") if count == 1 else (f"{count} checkpoints {where}", "prove")
    )
    if proof["size"]:
        yield f"{which} {proves} what was there up to entry {proof['size']} at {show_instant(proof['at'])}"
    else:
        yield f"{which} {proves} nothing: no trusted key signed"
    if proof["strangers"]:
        yield f"signed by keys that are not trusted here: {', '.join(proof['strangers'])}"
    if not pinned and proof.get("keys"):
        yield f"nobody vouches for the key {', '.join(proof['keys'])} that signed: give --public-key"


def _span(first: int, last: int) -> str:
    return f"entry {first}" if first == last else f"entries {first} to {last}"
