"""Goes along a chain of audit entries, and holds it against checkpoints. Rules only: no I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from autom8.audit.columns import Columns, said
from autom8.audit.entry import ENTRY_TAG
from autom8.audit.merkle import Tree

Row = tuple[Any, ...]  # seq, at in microseconds, kind, id, name, action, type, id, canonical, previous hash, hash
_LEAF: Final = b"\x00"


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


@dataclass(slots=True)
class Walk:
    """Goes along a chain from after `count` entries, and stops at the first entry that is wrong.

    `previous` is the chain hash of the last of them, `tree` what was built of them; a tree that begins here
    serves to look at a piece of the chain. `cuts` are sizes at which marks are kept.
    """

    previous: bytes
    count: int = 0
    tree: Tree = field(default_factory=Tree)
    cuts: Collection[int] = frozenset()
    fault: Fault | None = None
    marks: dict[int, Mark] = field(default_factory=dict)
    _columns: Columns = field(default_factory=Columns)

    @property
    def stopped(self) -> bool:
        """Whether an entry was wrong."""
        return self.fault is not None

    def go(self, rows: Iterable[Row]) -> None:
        """Check entries that follow, in the order of their `seq`."""
        # This loop is what the speed of a check hangs on: names are local, and all that is not the usual
        # case is left to `_look`.
        count, previous, cuts = self.count, self.previous, self.cuts
        repeat, hashed, tag = self._columns.repeat, sha256, ENTRY_TAG
        leaves: list[bytes] = []
        for row in rows:
            seq, follows, own = row[0], row[9], row[10]
            try:
                good = (
                    seq == count + 1
                    and follows == previous
                    and hashed(tag + follows + row[8]).digest() == own
                    and repeat(row)
                )
            except (TypeError, ValueError, OverflowError):  # a column of SQLite may hold anything
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


def joined(before: Tree, marks: Mapping[int, Mark]) -> dict[int, Mark]:
    """The marks of a piece of the chain, as marks of the whole."""
    return {size: Mark(mark.last_hash, before.joined(mark.tree)) for size, mark in marks.items()}


def _look(row: Row, count: int, previous: bytes) -> Fault:
    """What is wrong with an entry that is not good."""
    seq, canonical, follows, own = row[0], row[8], row[9], row[10]
    if type(seq) is not int or seq != count + 1:
        return Fault(seq=seq if type(seq) is int else count + 1, what=f"entry {count + 1} is missing")
    if follows != previous:
        return Fault(seq=seq, what="it does not follow the entry before it")
    if not isinstance(canonical, bytes) or sha256(ENTRY_TAG + follows + canonical).digest() != own:
        return Fault(seq=seq, what="its content is not what was hashed")
    if said(canonical) is None:
        return Fault(seq=seq, what="its content is no entry")
    return Fault(seq=seq, what="its columns differ from its content")
