"""What a check finds: the chain itself, and how far checkpoints prove that it is the one that was signed.

A chain that was rebuilt from its beginning, or whose end was cut off, is good in itself; only a checkpoint
that was kept elsewhere shows it. Rules only: no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from autom8.audit.checkpoint import Checkpoint
from autom8.audit.entry import instant_text
from autom8.audit.merkle import Tree
from autom8.audit.verify import Fault, Mark, Row, Walk

TRAIL: Final = "trail"  # checkpoints that are kept beside the entries
FILE: Final = "file"  # checkpoints that were kept elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A checkpoint as it was found; beside the entries, its key's id and its frontier are kept too."""

    checkpoint: Checkpoint
    key_id: str | None = None
    frontier: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Up to which entry, and when, checkpoints of one source prove the trail; 0 is nothing.

    `keys` are the ids of the keys that signed them, `strangers` of those that nobody vouched for.
    """

    checkpoints: int = 0
    size: int = 0
    at: datetime | None = None
    keys: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a check found: the entries from `first` to `last` are good, and `what` says what is not.

    `pinned` tells whether the caller said whose key is trusted; `last_hash` is of the last good one, in hex.
    """

    ok: bool
    first: int = 1
    last: int = 0
    first_bad_seq: int | None = None
    what: str | None = None
    last_hash: str | None = None
    pinned: bool = False
    trail: Coverage = field(default_factory=Coverage)
    file: Coverage | None = None

    @property
    def count(self) -> int:
        """How many entries are good."""
        return self.last - self.first + 1

    @property
    def covered(self) -> int:
        """The last entry that a checkpoint proves: one kept elsewhere, where such were given."""
        return (self.file or self.trail).size

    @property
    def uncovered(self) -> tuple[int, int] | None:
        """The first and the last entry of the tail that no checkpoint covers yet."""
        begin = max(self.covered + 1, self.first)
        return (begin, self.last) if begin <= self.last else None


class Inquiry:
    """Holds a chain against checkpoints, piece after piece; it is over at the first thing that is wrong.

    `walk` says where it begins. `pins` are the public keys that the caller trusts; without any, every key is
    taken, and told. `kept` are checkpoints that were kept elsewhere, in any order.
    """

    def __init__(
        self,
        origin: str,
        walk: Walk,
        *,
        pins: frozenset[bytes] = frozenset(),
        kept: Sequence[Checkpoint] | None = None,
        first: int | None = None,
    ) -> None:
        self.origin = origin
        self.walk = walk
        self.fault: Fault | None = None
        self._first = walk.count + 1 if first is None else first  # a check that goes on began earlier
        self._pins = pins
        fitting = (each for each in kept or () if each.size >= self._first)
        self._kept = sorted(fitting, key=lambda each: each.size, reverse=True)  # the next one is the last
        self._found = {TRAIL: Coverage()} | ({} if kept is None else {FILE: Coverage()})
        self._stranger: dict[str, Checkpoint] = {}  # the newest of each source that no pinned key signed

    def resume(self, coverage: Coverage) -> None:
        """Go on where another inquiry stood, whose walk this one's walk continues."""
        self._found[TRAIL] = coverage

    def recall(self, judged: Iterable[Claim]) -> None:
        """Remember whose key signed checkpoints beside the entries that an inquiry before this one judged."""
        for each in judged:
            if self._pins and each.checkpoint.public_key not in self._pins:
                self._stranger[TRAIL] = each.checkpoint

    @property
    def over(self) -> bool:
        """Whether something was wrong."""
        return self.fault is not None

    @property
    def seen(self) -> int:
        """How many checkpoints beside the entries were held against these."""
        return self._found[TRAIL].checkpoints

    @property
    def coverage(self) -> Coverage:
        """What the checkpoints beside the entries prove so far."""
        return self._found[TRAIL]

    def step(self, rows: Sequence[Row], claims: Sequence[Claim]) -> None:
        """Check the entries that follow, and the checkpoints beside them that cover no more than these."""
        walk = self.walk
        end = rows[-1][0] if rows and type(rows[-1][0]) is int else walk.count
        walk.cuts = self.cuts(end) | {each.checkpoint.size for each in claims}
        walk.marks = {walk.count: Mark(walk.previous, walk.tree.copy())} if walk.count in walk.cuts else {}
        walk.go(rows)
        self.judge(walk.marks, claims)
        self.fault = self.fault or walk.fault

    def accept(self, piece: Walk, claims: Sequence[Claim]) -> None:
        """Take over a piece of the chain that begins where this one stands and was found good."""
        before = self.walk.tree
        marks = {size: Mark(mark.last_hash, before.joined(mark.tree)) for size, mark in piece.marks.items()}
        self.walk.tree = before.joined(piece.tree)
        self.walk.count, self.walk.previous = piece.count, piece.previous
        self.judge(marks, claims)

    def cuts(self, end: int) -> set[int]:
        """The sizes up to `end` at which checkpoints that were kept elsewhere want a mark."""
        found = set()
        for each in reversed(self._kept):
            if each.size > end:
                break
            found.add(each.size)
        return found

    def judge(self, marks: Mapping[int, Mark], claims: Iterable[Claim]) -> None:
        """Hold checkpoints against what the chain is at their sizes."""
        for each in claims:
            if each.checkpoint.size <= self.walk.count or not self.walk.stopped:
                self._judge(TRAIL, each, marks.get(each.checkpoint.size))
        while self._kept and self._kept[-1].size <= self.walk.count:
            kept = self._kept.pop()
            self._judge(FILE, Claim(checkpoint=kept), marks.get(kept.size))

    def finish(self, beyond: Sequence[Claim] = ()) -> Verification:
        """What was found, once there are no more entries; `beyond` are checkpoints of more than these."""
        if not self.over:
            self._miss_tail(FILE, self._kept)
            self._miss_tail(TRAIL, [each.checkpoint for each in beyond])
            self._doubt_strangers()
        return self.found()

    def found(self) -> Verification:
        """What was found so far."""
        walk, fault = self.walk, self.fault
        return Verification(
            ok=fault is None,
            first=self._first,
            last=walk.count,
            first_bad_seq=None if fault is None else fault.seq,
            what=None if fault is None else fault.what,
            last_hash=walk.previous.hex() if walk.count >= self._first else None,
            pinned=bool(self._pins),
            trail=self._found[TRAIL],
            file=self._found.get(FILE),
        )

    def _judge(self, source: str, claim: Claim, mark: Mark | None) -> None:
        found, stated = self._found[source], claim.checkpoint
        wrong = self._wrong(claim, mark)
        if wrong is not None:
            seq = stated.size if wrong.startswith("its ") else found.size + 1
            self._blame(max(seq, self._first), f"{_name(source, stated)}: {wrong}")
            return
        trusted = not self._pins or stated.public_key in self._pins
        self._found[source] = Coverage(
            checkpoints=found.checkpoints + 1,
            size=stated.size if trusted else found.size,
            at=stated.at if trusted else found.at,
            keys=_with(found.keys, stated.key_id),
            strangers=found.strangers if trusted else _with(found.strangers, stated.key_id),
        )
        if not trusted:
            self._stranger[source] = stated

    def _wrong(self, claim: Claim, mark: Mark | None) -> str | None:
        stated = claim.checkpoint
        if (forged := self._forged(stated)) is not None:
            return forged
        if claim.key_id is not None and claim.key_id != stated.key_id:
            return "its key id is not its key's"
        if mark is None:
            return "its size is that of no trail"
        if stated.last_hash != mark.last_hash or stated.root != mark.tree.root():
            return f"the entries up to {stated.size} are not those that were signed"
        if claim.frontier is not None and claim.frontier != mark.tree.frontier:
            return "its frontier is not that of the entries"
        return None

    def _forged(self, stated: Checkpoint) -> str | None:
        if stated.origin != self.origin:
            return "its origin is another installation"
        return None if stated.genuine else "its signature is wrong"

    def _miss_tail(self, source: str, beyond: Sequence[Checkpoint]) -> None:
        for stated in sorted(beyond, key=lambda each: each.size, reverse=True):
            if (forged := self._forged(stated)) is not None:
                self._blame(self.walk.count + 1, f"{_name(source, stated)}: {forged}")
                return
            missing = f"entries {self.walk.count + 1} to {stated.size} are missing"
            if stated.size == self.walk.count + 1:
                missing = f"entry {stated.size} is missing"
            self._blame(self.walk.count + 1, f"{_name(source, stated)}: {missing}, the end was cut off")
            return

    def _doubt_strangers(self) -> None:
        for source, stated in self._stranger.items():
            if stated.size > self._found[source].size:
                told = f"{_name(source, stated)}: it was signed by {stated.key_id}, which is not trusted here"
                self._blame(self._found[source].size + 1, told)

    def _blame(self, seq: int, what: str) -> None:
        self.fault = self.fault or Fault(seq=seq, what=what)


def beginning(previous: bytes, count: int = 0, frontier: bytes = b"") -> Walk:
    """A walk from after `count` entries.

    Raises:
        ValueError: the frontier is not one of that many entries.
    """
    return Walk(previous, count, Tree.of(count, frontier))


def _name(source: str, stated: Checkpoint) -> str:
    where = "kept elsewhere" if source == FILE else "beside the entries"
    return f"the checkpoint of {stated.size} entries at {instant_text(stated.at)}, {where}"


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if name in names else (*names, name)
