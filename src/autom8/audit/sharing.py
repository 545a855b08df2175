"""Pieces of a trail, checked by several processes and put together in order by one.

A piece begins at a multiple of its size, so that its tree is a subtree of the whole. Where a piece is not
good, sharing ends; whoever shared goes on alone from there, and finds what is wrong.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from autom8.audit.entry import genesis
from autom8.audit.export import ENTRY, Lines, entry_hash
from autom8.audit.inquiry import Claim, Inquiry
from autom8.audit.proving import BATCH, claims
from autom8.audit.verify import Walk, numbered
from autom8.repositories.trail import BEFORE_ALL, open_trail

PIECE: Final = 1 << 14  # entries; a power of two, so that pieces are subtrees
SHARED_FROM: Final = 8 * PIECE  # fewer are checked sooner than processes start
_AHEAD: Final = 2  # pieces for each process, so that little is in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A piece to be checked: the entries from after `begin` to `end`, of a database or of bytes of a file."""

    where: str
    origin: str
    begin: int
    end: int
    cuts: frozenset[int]
    previous: bytes = b""  # of a file's piece; a database is asked for it
    offset: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece that was checked, what it followed, and the checkpoints that lie in it."""

    task: Task
    followed: bytes | None
    walk: Walk
    claims: list[Claim]
    said_end: dict[str, Any] | None = None

    def continues(self, inquiry: Inquiry) -> bool:
        """Whether it is good, whole, and begins where the inquiry stands."""
        return (
            not self.walk.stopped
            and self.walk.count == self.task.end
            and (self.task.begin, self.followed) == (inquiry.walk.count, inquiry.walk.previous)
        )


def share(
    inquiry: Inquiry, check: Callable[[Task], Piece], tasks: Iterable[Task], *, jobs: int
) -> Iterator[Piece]:
    """Have pieces checked, and yield each that the inquiry took over; the first that it can't is the end."""
    waiting: deque[Future[Piece]] = deque()
    coming = iter(tasks)
    spawn = multiprocessing.get_context("spawn")  # a fork would take over the caller's threads' locks
    with ProcessPoolExecutor(jobs, mp_context=spawn) as pool:
        try:
            while not inquiry.over:
                waiting.extend(
                    pool.submit(check, task) for task in islice(coming, jobs * _AHEAD - len(waiting))
                )
                if not waiting:
                    return
                piece = waiting.popleft().result()
                if not piece.continues(inquiry):
                    return
                inquiry.accept(piece.walk, piece.claims)
                yield piece
        finally:
            pool.shutdown(cancel_futures=True)


def cores() -> int:
    """How many processes this one may keep busy."""
    return len(os.sched_getaffinity(0))


def check_stored(task: Task) -> Piece:
    """Check a piece of a database."""
    with open_trail(task.where) as trail:
        followed = trail.hash_of(task.begin) if task.begin else genesis(task.origin)
        walk = Walk(followed or b"", task.begin)
        beside = claims(
            task.origin,
            trail.checkpoints(after=task.begin or BEFORE_ALL, through=task.end, limit=task.end),
        )
        walk.cuts = task.cuts | {each.checkpoint.size for each in beside}
        while rows := trail.entries(after=walk.count or BEFORE_ALL, through=task.end, limit=BATCH):
            walk.go(rows)
            if walk.stopped:
                break
    return Piece(task=task, followed=followed, walk=walk, claims=beside)


def check_lines(task: Task) -> Piece:
    """Check a piece of an export."""
    walk = Walk(task.previous, task.begin, agrees=numbered)
    lines = Lines(task.previous)
    with Path(task.where).open("rb") as file:
        file.seek(task.offset)
        rows, beside, wrong = lines.read(file.read(task.size).splitlines(keepends=True))
    walk.cuts = task.cuts | {each.checkpoint.size for each in beside}
    walk.go(rows)
    followed = None if wrong else task.previous
    return Piece(task=task, followed=followed, walk=walk, claims=beside, said_end=lines.end)


def lines_to_a_piece(count: int, file: BinaryIO) -> list[bytes]:
    """The lines of an export after entry `count`, up to where a subtree may begin; the file stands there."""
    room, here, found = -count % PIECE, file.tell(), []
    while line := file.readline():
        if line.startswith(ENTRY):
            if room == 0:
                break
            room -= 1
        found.append(line)
        here += len(line)
    file.seek(here)
    return found


def lines_tasks(path: Path, file: BinaryIO, inquiry: Inquiry) -> Iterator[Task]:
    """The pieces of an export whose lines follow in `file`, from where a subtree may begin."""
    begin, previous, offset = inquiry.walk.count, inquiry.walk.previous, file.tell()
    here, entries, last = offset, 0, b""

    def task(entries: int) -> Task:
        end = begin + entries
        return Task(
            where=str(path),
            origin=inquiry.origin,
            begin=begin,
            end=end,
            cuts=frozenset(each for each in inquiry.cuts(end) if each > begin),
            previous=previous,
            offset=offset,
            size=here - offset,
        )

    for line in file:
        if line.startswith(ENTRY):
            if entries == PIECE:
                yield task(entries)
                begin, previous, offset = begin + entries, entry_hash(last), here
                entries = 0
            entries, last = entries + 1, line
        here += len(line)
    if here > offset:
        yield task(entries)
