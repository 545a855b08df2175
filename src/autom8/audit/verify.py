"""Goes along a chain of audit entries, and holds it against checkpoints. Rules only: no I/O."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from orjson import loads

from autom8.audit.entry import ENTRY_TAG, EPOCH
from autom8.audit.merkle import Tree

Row = tuple[
    Any, ...
]  # seq, at in microseconds, kind, id, name, action, type, id, canonical, previous hash, hash
_LEAF: Final = b"\x00"
_MICROSECOND: Final = timedelta(microseconds=1)
_CANT_BE: Final = (TypeError, ValueError, KeyError, OverflowError)  # a column of SQLite may hold anything


@dataclass(frozen=True, slots=True)
class Mark:
    """What a chain is at one of its entries: its last hash, and its tree."""

    last_hash: bytes
    tree: Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The first entry that is wrong, and what is wrong with it."""

    seq: int
    what: str


def repeats(row: Row) -> bool:
    """Whether the columns of an entry say what its canonical bytes say.

    Raises:
        TypeError, ValueError, KeyError: the bytes are no entry, or a column holds what it can't.
    """
    body = loads(row[8])
    actor, thing = body["actor"], body["object"]
    return bool(
        body["seq"] == row[0]
        and (datetime.fromisoformat(body["at"]) - EPOCH) // _MICROSECOND == row[1]
        and actor["kind"] == row[2]
        and actor["id"] == row[3]
        and actor["name"] == row[4]
        and body["action"] == row[5]
        and thing["type"] == row[6]
        and thing["id"] == row[7]
    )


def numbered(row: Row) -> bool:
    """Whether canonical bytes, which come without columns, are an entry of this number.

    Raises:
        TypeError, ValueError, KeyError: they are no entry.
    """
    return bool(loads(row[8])["seq"] == row[0])


@dataclass(slots=True)
class Walk:
    """Goes along a chain from after `count` entries, and stops at the first entry that is wrong.

    `previous` is the chain hash of the last of them, `tree` what was built of them; a tree that begins here
    serves to look at a piece of the chain. `cuts` are sizes at which marks are kept. `agrees` compares an
    entry's other columns with its bytes.
    """

    previous: bytes
    count: int = 0
    tree: Tree = field(default_factory=Tree)
    agrees: Callable[[Row], bool] = repeats
    cuts: Collection[int] = frozenset()
    fault: Fault | None = None
    marks: dict[int, Mark] = field(default_factory=dict)

    @property
    def stopped(self) -> bool:
        """Whether an entry was wrong."""
        return self.fault is not None

    def go(self, rows: Iterable[Row]) -> None:
        """Check entries that follow, in the order of their `seq`."""
        # This loop is what the speed of a check hangs on: names are local, and all that is not the usual
        # case is left to `_look`.
        count, previous, cuts = self.count, self.previous, self.cuts
        hashed, tag, agrees = sha256, ENTRY_TAG, self.agrees
        leaves: list[bytes] = []
        for row in rows:
            seq, follows, own = row[0], row[9], row[10]
            try:
                good = (
                    seq == count + 1
                    and follows == previous
                    and hashed(tag + follows + row[8]).digest() == own
                    and agrees(row)
                )
            except _CANT_BE:
                good = False
            if not good:
                self.fault = _look(row, count, previous)
                break
            count, previous = seq, own
            leaves.append(hashed(_LEAF + own).digest())
            if count in cuts:
                self.tree.extend(leaves)
                leaves = []
                self.marks[count] = Mark(own, self.tree.copy())
        self.tree.extend(leaves)
        self.count, self.previous = count, previous

    def end(self) -> Mark:
        """What the chain is at its last good entry."""
        return Mark(self.previous, self.tree)


def _look(row: Row, count: int, previous: bytes) -> Fault:
    """What is wrong with an entry that is not good."""
    seq, canonical, follows, own = row[0], row[8], row[9], row[10]
    if type(seq) is not int or seq != count + 1:
        if type(seq) is int and 0 < seq <= count:
            return Fault(seq=seq, what=f"it stands behind entry {count}")
        return Fault(seq=seq if type(seq) is int else count + 1, what=f"entry {count + 1} is missing")
    if follows != previous:
        return Fault(seq=seq, what="it does not follow the entry before it")
    if not isinstance(canonical, bytes) or sha256(ENTRY_TAG + follows + canonical).digest() != own:
        return Fault(seq=seq, what="its content is not what was hashed")
    try:
        body = loads(canonical)
        del body["seq"], body["actor"], body["object"], body["action"], body["at"]
    except _CANT_BE:
        return Fault(seq=seq, what="its content is no entry")
    return Fault(seq=seq, what="its columns differ from its content")
