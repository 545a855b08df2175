"""Reads an answer's body up to a bound, unpacked: a few bytes can't become many."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from autom8.egress.errors import EgressAnswerInvalid, EgressAnswerTooLarge

ACCEPTED: Final = "gzip"
_PIECE_BYTES: Final = 64 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS  # tells zlib to expect gzip's header and no other


def read_body(chunks: Iterable[bytes], *, coding: str, bytes_max: int) -> bytes:
    """The whole body, unpacked as `coding` (Content-Encoding) says.

    Raises:
        EgressAnswerTooLarge: it has more than `bytes_max` bytes.
        EgressAnswerInvalid: it is damaged, cut short, or packed in a way that was not asked for.
    """
    body = bytearray()
    for piece in _unpacked(chunks, coding.strip().lower()):
        body += piece
        if len(body) > bytes_max:
            raise EgressAnswerTooLarge(f"The answer has more than {bytes_max} bytes.")
    return bytes(body)


def _unpacked(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    if coding in {"", "identity"}:
        yield from chunks
    elif coding in {"gzip", "x-gzip"}:
        gunzip = _Gunzip()
        for chunk in chunks:
            yield from gunzip.feed(chunk)
        gunzip.end()
    else:
        raise EgressAnswerInvalid("The answer is packed in a way that was not asked for.")


class _Gunzip:
    """Unpacks gzip's members one after another, a bounded piece at a time."""

    def __init__(self) -> None:
        self._make: Callable[[], zlib._Decompress] = lambda: zlib.decompressobj(_GZIP)
        self._member: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What `data` unpacks to, in pieces."""
        while data:
            member = self._member = self._member or self._make()
            try:
                piece = member.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise EgressAnswerInvalid("The answer's packing is damaged.") from error
            if member.eof:
                data, self._member = member.unused_data, None
            else:
                data = member.unconsumed_tail
            yield piece

    def end(self) -> None:
        """See that the last member is whole."""
        if self._member is not None:
            raise EgressAnswerInvalid("The answer's packing is cut short.")
