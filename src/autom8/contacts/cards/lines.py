"""A file's bytes as numbered lines of text: which encoding they are in, and which of them are not.

Lines are decoded one by one, so that what can't be read is known by its line. Only CR, LF and CRLF end
a line: Unicode's other separators may stand in notes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from autom8.kernel.errors import Invalid

LINE_BYTES_MAX: Final = 1 << 20  # a longer one is not decoded
# By Python's names. Others either change their state across lines or have ASCII bytes inside characters.
ENCODINGS: Final = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "ascii",
    "cp1252", "iso8859-1", "iso8859-15", "cp1250", "iso8859-2", "cp1251", "koi8-r", "koi8-u", "iso8859-5",
    "cp1253", "iso8859-7", "cp1254", "iso8859-9", "cp1255", "iso8859-8", "cp1256", "cp1257", "iso8859-13",
    "cp1258", "mac-roman", "cp437", "cp850", "cp852", "cp866", "cp874",
    "cp932", "shift_jis", "euc_jp", "gb18030", "gbk", "big5", "cp950", "euc_kr", "cp949",
)  # fmt: skip
_GUESSED: Final = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "koi8_r",
    "cp932", "euc_jp", "gb18030", "big5", "cp949",
]  # fmt: skip
_WIDE: Final = frozenset({"utf-16", "utf-16-le", "utf-16-be", "utf-32"})
_BOMS: Final = (  # the longer first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MARKS: Final = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}
_NAMES: Final = {codecs.lookup(name).name: name for name in ENCODINGS}
_END: Final = re.compile(rb"\r\n|\n|\r")
_FOREIGN: Final = re.compile(rb"[\x80-\xff]")
_SAMPLE_BYTES: Final = 16 * 1024
_SAMPLE_LINES: Final = 2_000
_CHUNK: Final = 1 << 20
_UNREADABLE: Final = "autom8.unreadable"

# A lone surrogate can't be read as UTF-8 again, which marks its line.
codecs.register_error(_UNREADABLE, lambda error: ("\ud800", error.end))  # type: ignore[attr-defined]


class Line(NamedTuple):
    """One line with its end. `fault` says why its text could not be read, which then is a guess."""

    number: int
    text: str
    fault: str | None = None


class Lines:
    """The lines of a file, one after the other; it can go back to where it was."""

    def __init__(self, data: bytes, encoding: str) -> None:
        self.number = 0  # of the line that was given last
        self._name = encoding
        self._data, self._encoding = _narrow(data, encoding)
        self._at = len(codecs.BOM_UTF8) if self._data.startswith(codecs.BOM_UTF8) else 0

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        data, at = self._data, self._at
        if at >= len(data):
            raise StopIteration
        found = _END.search(data, at)
        self._at = end = len(data) if found is None else found.end()
        self.number += 1
        if end - at > LINE_BYTES_MAX:
            return Line(self.number, "", f"is longer than {LINE_BYTES_MAX} bytes")
        raw = data[at:end]
        try:
            return Line(self.number, raw.decode(self._encoding))
        except UnicodeDecodeError:
            text = raw.decode(self._encoding, "replace")
            return Line(self.number, text, f"can't be read as {self._name}")

    def part(self) -> float:
        """How far it is through the file, as a part of 1."""
        return self._at / len(self._data) if self._data else 1.0

    def holds(self, mark: bytes) -> bool:
        """Whether these ASCII letters, of either case, are in the file."""
        return re.search(re.escape(mark), self._data, re.IGNORECASE) is not None

    def place(self) -> tuple[int, int]:
        """Where it is now."""
        return self._at, self.number

    def back_to(self, place: tuple[int, int]) -> None:
        """Go on from there again."""
        self._at, self.number = place


def encoding_of(data: bytes, given: str | None = None) -> str:
    """The encoding of a file: the one that is given, by whatever name, else the likeliest.

    Raises:
        Invalid: what is given is none that is read here.
    """
    if given is not None:
        return _known(given)
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    if wide := _wide(data):
        return wide
    if _is_utf8(data):
        return "utf-8"
    return _guessed(data)


def _known(given: str) -> str:
    try:
        name = _NAMES[codecs.lookup(given.removesuffix("-sig")).name]
    except (LookupError, ValueError):  # ValueError: a NUL in it
        known = "utf-8, utf-16, windows-1252, iso-8859-15 and some thirty more"
        wrong = {"encoding": f"is not read here; there are {known}"}
        raise Invalid("The encoding is not known.", fields=wrong) from None
    return name


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark at its beginning: text of any language has ASCII in it, thus every other NUL."""
    sample = data[:4096]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(sample) < 8 or max(even, odd) * 5 < len(sample) // 2 * 3 or min(even, odd) * 10 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _is_utf8(data: bytes) -> bool:
    """Whether it is UTF-8, or was meant to be: a few broken lines among many good ones are broken lines."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _CHUNK):
            decoder.decode(data[at : at + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        good = bad = 0
        for line in _foreign(data):
            try:
                line.decode()
                good += 1
            except UnicodeDecodeError:
                bad += 1
        return good >= 10 * bad
    return True


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes  # two megabytes that a UTF-8 file does not need

    sample = b"\n".join(_foreign(data))[:_SAMPLE_BYTES]
    best = from_bytes(sample, cp_isolation=_GUESSED, enable_fallback=False, preemptive_behaviour=False).best()
    if best is None or "cp1252" in best.could_be_from_charset:
        return "cp1252"
    return _NAMES.get(codecs.lookup(best.encoding).name, "cp1252")


def _foreign(data: bytes) -> list[bytes]:
    """The first lines that are not ASCII."""
    lines: list[bytes] = []
    at = 0
    while len(lines) < _SAMPLE_LINES and (found := _FOREIGN.search(data, at)) is not None:
        begin = max(at, data.rfind(b"\n", at, found.start()) + 1)
        end = data.find(b"\n", found.start())
        at = len(data) if end < 0 else end + 1
        lines.append(data[begin:at][:LINE_BYTES_MAX])
    return lines


def _narrow(data: bytes, encoding: str) -> tuple[bytes, str]:
    """The same text in an encoding in which a line's end is one byte."""
    if encoding not in _WIDE:
        return data, encoding
    if encoding in {"utf-16", "utf-32"} and not data.startswith(_MARKS[encoding]):
        encoding = (_wide(data) if encoding == "utf-16" else None) or f"{encoding}-le"  # as Windows writes it
    decoder = codecs.getincrementaldecoder(encoding)(_UNREADABLE)
    narrow = bytearray()
    for at in range(0, len(data), _CHUNK):
        narrow += decoder.decode(data[at : at + _CHUNK]).encode("utf-8", "surrogatepass")
    narrow += decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
    return bytes(narrow), "utf-8"
