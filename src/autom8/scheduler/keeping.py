"""Which pieces of an attempt's output are stored: the head as it comes, then the newest of the tail.

Pure book-keeping; the worker writes what it says.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from autom8.scheduler.ports import OutputPiece


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What to write now: `rows` to add, then the tail's rows below `trim_below` to remove, and how many bytes
    were removed just before the tail's first row, so that a reader is told of the gap.
    """

    rows: list[dict[str, Any]]
    trim_below: int | None
    dropped: int


@dataclass(slots=True, kw_only=True)
class OutputKeeper:
    """Numbers the pieces of one attempt and says which must go to keep the tail within its cap."""

    run_id: int
    attempt: int
    tail_bytes_max: int
    kept_bytes: int = 0
    _seq: int = 0
    _tail: deque[tuple[int, int, int]] = field(
        default_factory=deque
    )  # seq, bytes, bytes dropped up to its start
    _tail_bytes: int = 0

    def batch(self, pieces: Iterable[OutputPiece], *, at: Any) -> Batch:
        """Take pieces in; what is returned must be written before this is called again."""
        rows: list[dict[str, Any]] = []
        for piece in pieces:
            rows.append(self._row(piece, at))
            self.kept_bytes += len(piece.data)
            if piece.tail:
                self._tail.append((self._seq, len(piece.data), piece.dropped_before))
                self._tail_bytes += len(piece.data)
            self._seq += 1
        trim_below, dropped = self._trim()
        if trim_below is not None:
            rows = [row for row in rows if not row["tail"] or row["seq"] >= trim_below]
        return Batch(rows=rows, trim_below=trim_below, dropped=dropped)

    def _row(self, piece: OutputPiece, at: Any) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "attempt": self.attempt,
            "seq": self._seq,
            "stream": piece.stream,
            "at": at,
            "tail": piece.tail,
            "dropped_before": piece.dropped_before,
            "chunk": piece.data,
        }

    def _trim(self) -> tuple[int | None, int]:
        dropped = 0
        while self._tail_bytes > self.tail_bytes_max and len(self._tail) > 1:
            _, size, dropped_before = self._tail.popleft()
            self._tail_bytes -= size
            self.kept_bytes -= size
            dropped += size + dropped_before
        if not dropped:
            return None, 0
        seq, size, dropped_before = self._tail[0]
        self._tail[0] = (seq, size, dropped_before + dropped)
        return seq, self._tail[0][2]
