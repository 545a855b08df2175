"""The file that checkpoints are kept in, apart from the database: lines are only ever added, and synced.

Several servers on one data folder share it, under a lock.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from autom8.audit.checkpoint import Checkpoint, NotACheckpoint, read_checkpoint

_TAIL_BYTES: Final = 4_096  # holds the last line
_MODE: Final = 0o600


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """Where checkpoints are kept elsewhere."""

    path: Path

    def last(self) -> Checkpoint | None:
        """The newest checkpoint in it; None when there is no file, or nothing in it.

        Raises:
            OSError: it can't be read.
            NotACheckpoint: its last line is none.
        """
        try:
            with self.path.open("rb") as file:
                return _last(file)
        except FileNotFoundError:
            return None

    def add(self, checkpoints: Sequence[Checkpoint]) -> int:
        """Add those that cover more than the last one in it, and be sure that the disk has them; how many.

        Raises:
            OSError: it can't be written.
            NotACheckpoint: its last line is none.
        """
        with self._held() as file:
            last = _last(file)
            new = [each for each in checkpoints if last is None or each.size > last.size]
            if last is None:
                new = new[-1:]  # the newest covers what the others do
            if new:
                file.write(b"".join(each.line() for each in new))
                file.flush()
                os.fsync(file.fileno())
            return len(new)

    @contextmanager
    def _held(self) -> Iterator[BinaryIO]:
        made = not self.path.exists()
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self.path, flags, _MODE)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            _drop_torn(file)
            yield file
        if made:
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def read_checkpoints(path: Path) -> list[Checkpoint]:
    """All checkpoints of a file.

    Raises:
        NotACheckpoint: a line is none; it is named. Or there is none in it.
        OSError: it can't be read.
    """
    found: list[Checkpoint] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                found.append(read_checkpoint(line))
            except NotACheckpoint as error:
                raise NotACheckpoint(f"Line {number} of {path} is no checkpoint.") from error
    if not found:
        raise NotACheckpoint(f"{path} holds no checkpoint.")
    return found


def _last(file: BinaryIO) -> Checkpoint | None:
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - _TAIL_BYTES))
    tail = file.read()
    whole = tail[: tail.rfind(b"\n") + 1]  # behind it may stand half a line, which never was a checkpoint
    line = whole.rstrip(b"\n").rpartition(b"\n")[2]
    return read_checkpoint(line) if line.strip() else None


def _drop_torn(file: BinaryIO) -> None:
    """Take back half a line that a crash or a full disk left; what it was to be comes again."""
    end = file.seek(0, os.SEEK_END)
    begin = max(0, end - _TAIL_BYTES)
    file.seek(begin)
    tail = file.read()
    if tail and not tail.endswith(b"\n"):
        file.truncate(begin + tail.rfind(b"\n") + 1)
