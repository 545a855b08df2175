"""Checks a trail without a server: an export, or a copy of the database. Reads only, a little at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from autom8.audit import sharing
from autom8.audit.checkpoint import Checkpoint
from autom8.audit.entry import genesis
from autom8.audit.export import Header, Lines, Span, read_header, write_export
from autom8.audit.inquiry import Inquiry, Verification, beginning
from autom8.audit.proving import BATCH, advance, claims, last_claims
from autom8.audit.sharing import SHARED_FROM, Task
from autom8.audit.verify import Fault, numbered
from autom8.kernel.clock import Clock
from autom8.repositories.trail import Trail, open_trail

Progress = Callable[[int, int], None]  # how far, of how much


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """What the caller brings: keys that are trusted, and checkpoints that were kept elsewhere."""

    keys: frozenset[bytes] = frozenset()
    kept: Sequence[Checkpoint] | None = None


def verify_database(where: str, trusted: Trusted, progress: Progress, *, jobs: int = 0) -> Verification:
    """Check the trail of a SQLite file or of a PostgreSQL's URL, with `jobs` processes (0: as many as fit).

    Raises:
        NotATrail: it is no database of Autom8's.
        Unavailable: the database can't be reached.
    """
    jobs = jobs or sharing.cores()
    with open_trail(where) as trail:
        origin = trail.installation()
        inquiry = Inquiry(origin, beginning(genesis(origin)), pins=trusted.keys, kept=trusted.kept)
        last = trail.last()
        total = last[0] if last else 0
        if total >= SHARED_FROM and jobs > 1:
            tasks = _stored_tasks(where, inquiry, total)
            for piece in sharing.share(inquiry, sharing.check_stored, tasks, jobs=jobs):
                progress(piece.walk.count, total)
        while not inquiry.over and advance(inquiry, trail, BATCH):
            progress(inquiry.walk.count, max(total, inquiry.walk.count))
        return inquiry.finish(claims(origin, last_claims(trail, inquiry.walk.count)))


def verify_export(path: Path, trusted: Trusted, progress: Progress, *, jobs: int = 0) -> Verification:
    """Check an export, with `jobs` processes (0: as many as fit).

    Raises:
        NotAnExport: the file does not begin as one.
        OSError: it can't be read.
    """
    jobs, size = jobs or sharing.cores(), path.stat().st_size
    with path.open("rb") as file:
        header = read_header(file.readline())
        walk = beginning(header.previous_hash, header.first - 1, header.frontier)
        walk.agrees = numbered
        inquiry = Inquiry(header.origin, walk, pins=trusted.keys, kept=trusted.kept)
        lines = Lines(header.previous_hash)
        if header.last - header.first >= SHARED_FROM and jobs > 1:
            _step(inquiry, lines, sharing.lines_to_a_piece(walk.count, file))
            here = file.tell()
            for piece in sharing.share(
                inquiry, sharing.check_lines, sharing.lines_tasks(path, file, inquiry), jobs=jobs
            ):
                here, lines.end = piece.task.offset + piece.task.size, piece.said_end
                progress(here, size)
            file.seek(here)
            lines.previous = inquiry.walk.previous
        _go_on(inquiry, lines, file, lambda: progress(file.tell(), size))
    return _ended(inquiry, header, lines)


@contextmanager
def export_database(
    where: str, *, first: int, last: int | None, clock: Clock
) -> Iterator[tuple[Iterator[bytes], int]]:
    """The lines of an export straight from a database, and how many entries from `first` to `last` there are.

    Raises:
        NotATrail: it is no database of Autom8's.
        Unavailable: the database can't be reached.
    """
    with open_trail(where) as trail:
        span = Span.within(trail, first=first, last=last)
        look: Callable[[], nullcontext[Trail]] = lambda: nullcontext(trail)  # noqa: E731 - a look at what is open
        lines = write_export(look, trail.installation(), span, at=clock.now())
        yield lines, span.last - span.first + 1


def _stored_tasks(where: str, inquiry: Inquiry, total: int) -> Iterator[Task]:
    for begin in range(0, total, sharing.PIECE):
        end = min(begin + sharing.PIECE, total)
        cuts = frozenset(each for each in inquiry.cuts(end) if each > begin)
        yield Task(where=where, origin=inquiry.origin, begin=begin, end=end, cuts=cuts)


def _go_on(inquiry: Inquiry, lines: Lines, file: BinaryIO, progress: Callable[[], None]) -> None:
    reading = iter(file.readline, b"")  # not `for line in file`, which would not tell where it is
    while not inquiry.over and (batch := list(islice(reading, BATCH))):
        _step(inquiry, lines, batch)
        progress()


def _step(inquiry: Inquiry, lines: Lines, batch: list[bytes]) -> None:
    rows, beside, wrong = lines.read(batch)
    inquiry.step(rows, beside)
    if wrong is not None:
        inquiry.fault = inquiry.fault or Fault(seq=inquiry.walk.count + 1, what=wrong)


def _ended(inquiry: Inquiry, header: Header, lines: Lines) -> Verification:
    """What was found, with what the end of the file says."""
    walk = inquiry.walk
    if not inquiry.over:
        if lines.end is None:
            inquiry.fault = Fault(seq=walk.count + 1, what="the file has no end: it was cut off")
        elif walk.count != header.last:
            missing = f"of entries {header.first} to {header.last} it holds those to {walk.count}"
            inquiry.fault = Fault(
                seq=min(walk.count, header.last) + 1, what=f"the file is not whole: {missing}"
            )
        elif inquiry.seen != lines.end.get("checkpoints"):
            what = "the file has not as many checkpoints as its end says"
            inquiry.fault = Fault(seq=walk.count + 1, what=what)
    return inquiry.finish()
