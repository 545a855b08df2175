"""The trail as a file of JSON lines that proves itself, written and read. docs/audit.md has the form.

A header, then entries in order, each checkpoint right after the last entry that it covers, and an end, by
which a file that was cut off is known.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

import orjson

from autom8.audit.checkpoint import Checkpoint, key_id, read_checkpoint
from autom8.audit.entry import genesis, instant_text
from autom8.audit.inquiry import Claim
from autom8.audit.merkle import HASH_BYTES, Tree
from autom8.audit.proving import BATCH, as_bytes, claims, walk_to
from autom8.audit.verify import Row
from autom8.kernel.errors import Invalid
from autom8.repositories.trail import Trail

FORMAT: Final = 1
ENTRY: Final = b'{"seq":'  # how the line of an entry begins
Look: TypeAlias = Callable[[], AbstractContextManager[Trail]]  # one look at the trail, short


class NotAnExport(Invalid):
    """A file is no export of an audit trail, or of a form that this release does not know."""

    code = "not_an_export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which entries are exported; `last` is at most the newest."""

    first: int = 1
    last: int

    @classmethod
    def within(cls, trail: Trail, *, first: int = 1, last: int | None = None) -> Span:
        """The entries from `first` to `last`, or to the newest.

        Raises:
            Invalid: there are none such.
        """
        newest = trail.last()
        end = newest[0] if newest else 0
        if last is not None and last > end:
            raise Invalid("There are not so many entries.", fields={"last": f"must be at most {end}"})
        last = end if last is None else last
        if not 1 <= first <= last + 1:
            raise Invalid("There are no such entries.", fields={"first": f"must be from 1 to {last}"})
        return cls(first=first, last=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What an export says of itself. `previous_hash` and `frontier` are of the trail before it."""

    origin: str
    first: int
    last: int
    previous_hash: bytes
    frontier: bytes
    public_keys: tuple[bytes, ...]


def write_export(
    look: Look, origin: str, span: Span, *, at: datetime, public_key: bytes | None = None
) -> Iterator[bytes]:
    """The lines of an export, a batch at a time; `public_key` is the installation's present one."""
    with look() as trail:
        before = walk_to(trail, origin, span.first - 1)
        keys = dict.fromkeys(
            [*([] if public_key is None else [public_key]), *map(as_bytes, trail.public_keys())]
        )
    head = {
        "autom8_audit_export": FORMAT,
        "origin": origin,
        "made_at": instant_text(at),
        "first": span.first,
        "last": span.last,
        "previous_hash": before.previous.hex(),
        "frontier": before.tree.frontier.hex(),
        "public_keys": [
            {"key_id": key_id(origin, key), "public_key": b64encode(key).decode()} for key in keys
        ],
    }
    yield orjson.dumps(head) + b"\n"
    count, last_hash, checkpoints = span.first - 1, before.previous, 0
    while count < span.last:
        with look() as trail:
            rows = trail.entries(after=count, through=span.last, limit=BATCH)
            through = rows[-1][0] if rows else span.last
            beside = claims(origin, trail.checkpoints(after=count, through=through, limit=BATCH + 1))
        yield b"".join(_lines(rows, {each.checkpoint.size: each.checkpoint for each in beside}))
        checkpoints += len(beside)
        if not rows:
            break
        count, last_hash = through, rows[-1][10]
    end = {"entries": count - span.first + 1, "checkpoints": checkpoints, "last_hash": _hex(last_hash)}
    yield orjson.dumps({"end": end}) + b"\n"


def read_header(line: bytes) -> Header:
    """The header of an export.

    Raises:
        NotAnExport: it is none, or of a form that is not known here.
    """
    try:
        body = orjson.loads(line)
        version = body["autom8_audit_export"]
        if version != FORMAT:
            raise NotAnExport(f"The export has the form {version}, which this release does not know.")
        found = Header(
            origin=str(body["origin"]),
            first=int(body["first"]),
            last=int(body["last"]),
            previous_hash=bytes.fromhex(body["previous_hash"]),
            frontier=bytes.fromhex(body["frontier"]),
            public_keys=tuple(b64decode(each["public_key"]) for each in body["public_keys"]),
        )
        Tree.of(found.first - 1, found.frontier)
    except (ValueError, KeyError, TypeError) as error:
        raise NotAnExport("The file does not begin as an export of an audit trail does.") from error
    if found.first < 1 or len(found.previous_hash) != HASH_BYTES:
        raise NotAnExport("The file does not begin as an export of an audit trail does.")
    if found.first == 1 and found.previous_hash != genesis(found.origin):
        raise NotAnExport("The export does not begin where the trail of its installation does.")
    return found


@dataclass(slots=True)
class Lines:
    """Reads the lines behind a header; `previous` is the chain hash of the last entry that was read."""

    previous: bytes
    end: dict[str, Any] | None = None

    def read(self, lines: Iterable[bytes]) -> tuple[list[Row], list[Claim], str | None]:
        """Entries as rows without columns, checkpoints, and what is wrong with a line where reading stops."""
        rows: list[Row] = []
        beside: list[Claim] = []
        decode, fromhex, loads = binascii.a2b_base64, bytes.fromhex, orjson.loads
        for line in lines:
            try:
                body = loads(line)
                if "seq" in body:
                    own = fromhex(body["hash"])
                    canonical = decode(body["canonical"])
                    rows.append((body["seq"], *_NO_COLUMNS, canonical, self.previous, own))
                    self.previous = own
                elif "checkpoint" in body:
                    beside.append(Claim(checkpoint=read_checkpoint(body["checkpoint"])))
                else:
                    self.end = dict(body["end"])
            except (ValueError, KeyError, TypeError, Invalid):
                return rows, beside, f"the line after entry {rows[-1][0] if rows else '…'} can't be read"
        return rows, beside, None


_NO_COLUMNS: Final = (None,) * 7


def entry_hash(line: bytes) -> bytes:
    """The chain hash in the line of an entry; empty when it is none."""
    try:
        return bytes.fromhex(orjson.loads(line)["hash"])
    except (ValueError, KeyError, TypeError):
        return b""


def _lines(rows: list[Row], beside: dict[int, Checkpoint]) -> Iterator[bytes]:
    for row in rows:
        seq, canonical, own = row[0], row[8], row[10]
        encoded = binascii.b2a_base64(as_bytes(canonical), newline=False)
        yield b'{"seq":%d,"hash":"%b","canonical":"%b"}\n' % (seq, _hex(own).encode(), encoded)
        if seq in beside:
            yield orjson.dumps({"checkpoint": beside[seq].as_json()}) + b"\n"


def _hex(value: object) -> str:
    return as_bytes(value).hex()
