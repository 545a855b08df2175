"""What a command has written and nobody has taken yet, in bounded memory.

Owns the cap: the head is kept whole, then a ring of the newest bytes. Knows nothing of pipes,
processes or the store. Safe to share between the thread that reads and the one that takes.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from itertools import chain

from autom8.kernel.defaults import KIB, MIB
from autom8.kernel.vocabulary import Stream
from autom8.scheduler.ports import OutputPiece

PIECE_BYTES_MAX = 64 * KIB
HEAD_WAITING_BYTES_MAX = MIB
# A command that alternates between its streams byte by byte makes a piece of each: memory is
# bounded by their number too.
PIECES_MAX = 8_192


@dataclass(slots=True)
class _Piece:
    stream: Stream
    data: bytearray


class OutputBuffer:
    """Bytes of both streams in the order they were read, until they are taken."""

    def __init__(self, *, head_bytes: int, tail_bytes: int) -> None:
        self._lock = threading.Lock()
        self._head: deque[_Piece] = deque()
        self._head_left = head_bytes
        self._head_waiting = 0
        self._tail: deque[_Piece] = deque()
        self._tail_bytes = tail_bytes
        self._tail_waiting = 0
        self._dropped = 0  # always just before the oldest piece of the tail
        self._held = dict.fromkeys(Stream, b"")
        self._written = 0

    @property
    def written(self) -> int:
        """How many bytes were added in all, kept or not."""
        return self._written

    @property
    def waiting(self) -> int:
        """How many bytes wait to be taken."""
        return self._head_waiting + self._tail_waiting

    @property
    def full(self) -> bool:
        """Whether so much of the head waits that reading should pause; the tail never needs it."""
        return self._head_waiting >= HEAD_WAITING_BYTES_MAX or len(self._head) >= PIECES_MAX

    def add(self, stream: Stream, data: bytes) -> None:
        """Keep what was read; a character that is not complete is held back until it is."""
        with self._lock:
            self._written += len(data)
            data = self._held[stream] + data
            whole = whole_characters(data)
            self._held[stream] = data[whole:]
            self._keep(stream, data[:whole])

    def finish(self) -> None:
        """Nothing more will come: give up waiting for the rest of a character."""
        with self._lock:
            for stream, held in self._held.items():
                self._keep(stream, held)
            self._held = dict.fromkeys(Stream, b"")

    def take(self) -> list[OutputPiece]:
        """What was added since the last call, oldest first."""
        with self._lock:
            pieces = [
                OutputPiece(stream=piece.stream, data=bytes(piece.data), tail=tail)
                for piece, tail in chain(
                    ((piece, False) for piece in self._head), ((piece, True) for piece in self._tail)
                )
            ]
            if self._tail:
                oldest, self._dropped = self._dropped, 0
                index = len(self._head)
                pieces[index] = _after_dropped(pieces[index], oldest)
            self._head.clear()
            self._tail.clear()
            self._head_waiting = self._tail_waiting = 0
            return pieces

    def _keep(self, stream: Stream, data: bytes) -> None:
        split = len(data) if len(data) <= self._head_left else whole_characters(data[: self._head_left])
        if split:
            _append(self._head, stream, data[:split])
            self._head_waiting += split
            self._head_left -= split
        if split < len(data):
            self._head_left = 0  # the head is what came first, without a hole
            _append(self._tail, stream, data[split:])
            self._tail_waiting += len(data) - split
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        while self._tail and (self._tail_waiting > self._tail_bytes or len(self._tail) > PIECES_MAX):
            oldest = self._tail[0].data
            excess = self._tail_waiting - self._tail_bytes
            gone = next_character(oldest, excess) if 0 < excess < len(oldest) else len(oldest)
            if gone < len(oldest):
                del oldest[:gone]
            else:
                self._tail.popleft()
            self._tail_waiting -= gone
            self._dropped += gone


def whole_characters(data: bytes) -> int:
    """How many bytes of `data` can be given without cutting its last character.

    A lead byte in the last three that waits for more bytes may yet become a character (RFC 3629); all
    else, invalid bytes too, is complete.
    """
    end = len(data)
    for back in range(1, min(3, end) + 1):
        byte = data[end - back]
        if byte < 0x80:  # ASCII
            return end
        if byte >= 0xC0:  # a lead byte
            return end - back if back < _length(byte) else end
    return end


def next_character(data: bytes | bytearray, start: int) -> int:
    """The first index from `start` on that is not inside a character."""
    for index in range(start, min(start + 4, len(data))):
        if not _continues(data[index]):
            return index
    return start if start + 4 <= len(data) else len(data)


def _length(lead: int) -> int:
    """How many bytes the character has that this byte leads; 1 for a byte that leads none."""
    if lead < 0xC2 or lead > 0xF4:  # these never occur in UTF-8
        return 1
    return 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4


def _continues(byte: int) -> bool:
    return byte & 0xC0 == 0x80


def _append(pieces: deque[_Piece], stream: Stream, data: bytes) -> None:
    if pieces and pieces[-1].stream is stream and len(pieces[-1].data) + len(data) <= PIECE_BYTES_MAX:
        pieces[-1].data += data
    else:
        pieces.append(_Piece(stream, bytearray(data)))


def _after_dropped(piece: OutputPiece, dropped: int) -> OutputPiece:
    return OutputPiece(stream=piece.stream, data=piece.data, tail=piece.tail, dropped_before=dropped)
