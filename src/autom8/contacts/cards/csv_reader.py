"""CSV in any of its dialects, read row by row; what is wrong with a row is told with its line.

The `csv` module parts the cells; this module knows where each row begins, finds the delimiter, and gets
over quotes that are never closed, rows without end and bytes that are no text. Its memory is one row.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from autom8.contacts.cards.columns import NAME_PARTS, STAND_INS, Layout, is_header, lay_out
from autom8.contacts.cards.found import ROW_CHARS_MAX, Column, Found, left_out
from autom8.contacts.cards.lines import Line, Lines, encoding_of
from autom8.contacts.cards.lists import parted, tags_of
from autom8.kernel.errors import Invalid

DELIMITERS: Final = (",", ";", "\t", "|")
COLUMNS_MAX: Final = 500
SAMPLE_CHARS_MAX: Final = 40
UNCLOSED_MAX: Final = 20  # quotes without an end that are got over; each costs reading the rest again
GUARD: Final = re.compile(r"'+(?=[=+\-@\t\r\n])")  # before what a spreadsheet would calculate
_SNIFFED_ROWS: Final = 20
_LISTS: Final = frozenset({"tags", "groups", "channels"})
_VALUES_PARTED: Final = {"email": re.compile(r" ?::: ?|[;,\n]"), "phone": re.compile(r" ?::: ?|[;\n]")}


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvOptions:
    """How a file is to be read; what is None is found out."""

    delimiter: str | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] | None = None
    header: bool | None = None


class CsvFile:
    """A CSV file: how it is written, which columns it has, and its rows."""

    format: Final = "csv"

    def __init__(self, data: bytes, options: CsvOptions) -> None:
        """Look at the beginning of `data`.

        Raises:
            Invalid: it is empty, or an option can't be meant for it.
        """
        self.encoding = encoding_of(data, options.encoding)
        self._lines = Lines(data, self.encoding)
        self.delimiter = options.delimiter or self._sniff()
        if self.delimiter not in DELIMITERS:
            wrong = {"delimiter": "must be a comma, a semicolon, a tab or a bar"}
            raise Invalid("The delimiter is not taken.", fields=wrong)
        self._records = _Records(self._lines, self.delimiter)
        self._layout = self._lay_out(options)
        self._unmapped = [0] * len(self._layout.columns)
        unfilling = (at for at, each in enumerate(self._layout.columns) if each.field is None)
        self._unfilling = [at for at in unfilling if at not in self._layout.ignored]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The file's columns, in their order."""
        return self._layout.columns

    @property
    def wrong(self) -> Mapping[str, str]:
        """What keeps all of the file from being understood, by option."""
        if self._layout.names_people:
            return {}
        names = ", ".join(each.name or f"#{each.number}" for each in self.columns[:20])
        return {"mapping": f"must say which column holds the name; there are {names}"[:500]}

    def unmapped(self) -> Mapping[str, int]:
        """The columns that fill nothing unasked, and how many rows read so far have something there."""
        counted = zip(self._layout.columns, self._unmapped, strict=True)
        return {each.name or f"#{each.number}": count for each, count in counted if count}

    def part(self) -> float:
        """How far it was read, as a part of 1."""
        return self._lines.part()

    def rows(self) -> Iterator[Found]:
        """The rows after the header, each once; empty ones are left out."""
        for record in self._records:
            if record.fault is not None:
                yield Found(line=record.line, faults={"row": record.fault})
            elif any(map(str.strip, record.cells)):
                yield self._found(record)

    def _sniff(self) -> str:
        """The delimiter that parts the first rows alike; a comma where none does."""
        place = self._lines.place()
        first = next(self._lines, None)
        if first is not None and (said := re.fullmatch(r"sep=([,;\t|])[\r\n]*", first.text)):
            return said[1]  # Excel's own line, which is no row
        self._lines.back_to(place)
        best, best_score = ",", (0, 0)
        for delimiter in DELIMITERS:
            widths = []
            for record, _ in zip(_Records(self._lines, delimiter), range(_SNIFFED_ROWS), strict=False):
                widths.append(len(record.cells))
            self._lines.back_to(place)
            header = widths[0] if widths else 1
            score = (sum(width == header for width in widths) if header > 1 else 0, header)
            if score > best_score:
                best, best_score = delimiter, score
        return best

    def _lay_out(self, options: CsvOptions) -> Layout:
        place = self._lines.place()
        for record in self._records:
            if record.fault is not None:
                wrong = {"header": f"line {record.line} {record.fault}"}
                raise Invalid("The first row can't be read.", fields=wrong)
            if any(cell.strip() for cell in record.cells):
                break
            place = self._lines.place()
        else:
            raise Invalid("The file is empty.", fields={"file": "has no rows"})
        if len(record.cells) > COLUMNS_MAX:
            raise Invalid("The file is too wide.", fields={"file": f"has more than {COLUMNS_MAX} columns"})
        cells = [_unguarded(cell) for cell in record.cells]
        by_name = options.mapping is not None and bool(set(options.mapping) & {c.strip() for c in cells})
        named = options.header or (options.header is None and (by_name or is_header(cells)))
        if not named:
            self._lines.back_to(place)
        layout = lay_out(cells if named else [""] * len(cells), options.mapping)
        return replace(layout, columns=self._sampled(layout.columns))

    def _sampled(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """The columns with what the first row has in them, to be recognised by."""
        place = self._lines.place()
        first = next(_Records(self._lines, self.delimiter), None)
        self._lines.back_to(place)
        if first is None:
            return columns
        cells = [_unguarded(cell).strip()[:SAMPLE_CHARS_MAX] for cell in first.cells]
        return tuple(
            replace(each, sample=cells[at] if at < len(cells) else "") for at, each in enumerate(columns)
        )

    def _found(self, record: _Record) -> Found:
        cells = [_unguarded(cell) for cell in record.cells]
        width = len(self._layout.columns)
        if self._records.unclosed and (len(cells) != width or width == 1):
            # What follows a quote without end may be the rest of somebody's notes, and is nobody then.
            return Found(
                line=record.line, faults={"row": "follows a quote that is never closed, and is no row"}
            )
        if any(cell.strip() for cell in cells[width:]):
            words = f"has {len(cells)} cells and the file has {width} columns"
            return Found(line=record.line, faults={"row": words})
        cells += [""] * (width - len(cells))
        values: dict[str, str | tuple[str, ...]] = {}
        warnings: list[str] = []
        for field, places in self._layout.places.items():
            texts = [cells[at] for at in places if cells[at] and not cells[at].isspace()]
            if not texts:
                continue
            if field in _LISTS:
                items = tuple(item for text in texts for item in parted(text))
                values[field] = tags_of(items, warnings) if field == "tags" else items
            else:
                values[field], more = _first(field, texts)
                if more:
                    warnings.append(left_out(field, more))
        for at in self._unfilling:
            if cells[at] and not cells[at].isspace():
                self._unmapped[at] += 1
        return Found(line=record.line, values=_named(values), warnings=tuple(warnings))


def _first(field: str, texts: list[str]) -> tuple[str, int]:
    """The value to take, and how many others there are."""
    parting = _VALUES_PARTED.get(field)
    if len(texts) == 1 and (parting is None or parting.search(texts[0]) is None):
        return texts[0], 0
    if parting is not None:
        pieces = [piece.strip() for text in texts for piece in parting.split(text)]
        texts = list(dict.fromkeys(filter(None, pieces))) or texts
    return texts[0], len(set(texts)) - 1


def _named(values: dict[str, str | tuple[str, ...]]) -> dict[str, str | tuple[str, ...]]:
    """The values with one name, made of its parts or of what stands in for it."""
    parts = [str(values.pop(part)).strip() for part in NAME_PARTS if part in values]
    stand_ins = [str(values.pop(each)) for each in STAND_INS if each in values]
    if "name" not in values and (name := " ".join(parts) or next(iter(stand_ins), "")):
        values["name"] = name
    return values


def _unguarded(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from calculating it."""
    return cell[1:] if cell[:1] == "'" and GUARD.match(cell) else cell


class _Record(NamedTuple):
    line: int
    cells: list[str]
    fault: str | None = None


class _TooLong(Exception):
    """The row at hand goes on beyond what a row may have."""


class _Records:
    """Rows as cells, with the lines they begin at."""

    def __init__(self, lines: Lines, delimiter: str) -> None:
        self._lines = lines
        self._feed = _Feed(lines)
        self._delimiter = delimiter
        self._reader = csv.reader(self._feed, delimiter=delimiter)
        self.unclosed = 0  # quotes so far that nothing closes

    def __iter__(self) -> Iterator[_Record]:
        return self

    def __next__(self) -> _Record:
        feed = self._feed
        feed.begin()
        try:
            cells = next(self._reader)
        except (_TooLong, csv.Error):
            return self._get_over()
        if feed.ended and feed.opened_quote():
            return self._unclosed_at()
        return _Record(feed.line, cells, feed.fault)

    def _get_over(self) -> _Record:
        """Leave a row out that is too long: up to the line that closes its quote, or else that line alone."""
        feed = self._feed
        self._reader = csv.reader(feed, delimiter=self._delimiter)
        if not feed.in_quotes:
            return _Record(feed.line, [], f"has more than {ROW_CHARS_MAX} characters")
        for line in self._lines:
            if line.text.count('"') % 2:
                return _Record(feed.line, [], f"has more than {ROW_CHARS_MAX} characters")
        return self._unclosed_at()

    def _unclosed_at(self) -> _Record:
        """A quote that nothing closes would take the rest of the file with it: go on after its line."""
        feed = self._feed
        self.unclosed += 1
        self._reader = csv.reader(feed, delimiter=self._delimiter)
        if self.unclosed <= UNCLOSED_MAX:
            self._lines.back_to(feed.after_first)
        return _Record(feed.line, [], "opens a quote that is never closed")


class _Feed:
    """Gives the csv module its lines, and knows of the row at hand where it began and what is wrong."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.begin()

    def begin(self) -> None:
        """The next line begins a row."""
        self.line = self._lines.number + 1
        self.after_first = self._lines.place()
        self.fault: str | None = None
        self.ended = False
        self.in_quotes = False
        self._texts: list[str] = []
        self._chars = 0

    def opened_quote(self) -> bool:
        """Whether the row, which the end of the file has ended, has a quote that is not closed."""
        text = "".join(self._texts)
        if text.count('"') % 2 == 0:
            return False
        try:
            list(csv.reader([text], strict=True))
        except csv.Error as error:
            return "unexpected end of data" in str(error)
        return False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.in_quotes = bool(self._texts)  # asked for more: a quote is open
        try:
            line: Line = next(self._lines)
        except StopIteration:
            self.ended = True
            raise
        if not self._texts:
            self.after_first = self._lines.place()
        if line.fault is not None and self.fault is None:
            self.fault = line.fault
        elif "\0" in line.text and self.fault is None:
            self.fault = "holds a NUL character"
        self._texts.append(line.text)
        self._chars += len(line.text)
        if self._chars > ROW_CHARS_MAX:
            raise _TooLong
        return line.text
