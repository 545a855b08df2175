"""Imports contacts from a file: says what becomes of each row, and writes all of them or the good ones.

Owns the order of the steps. Each step is given to the caller outside of any transaction, so that a caller
who stops listening holds nobody up; an import that is let go of ends there.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from autom8.contacts.cards.csv_reader import CsvFile
from autom8.contacts.cards.lines import Lines, encoding_of
from autom8.contacts.imports.judging import Judge, Judged
from autom8.contacts.imports.orders import ImportOrder, ImportReport, Progress, Step
from autom8.contacts.imports.writing import BATCH_ROWS, Writer
from autom8.contacts.people import PII
from autom8.contacts.store import ContactStore
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Forbidden, Invalid, TooLarge, Unavailable
from autom8.kernel.ids import new_request_id
from autom8.kernel.vocabulary import ImportMode, RowFate
from autom8.repositories.unit_of_work import BeginWork

if TYPE_CHECKING:
    from autom8.contacts.cards.vcard_reader import VcardFile

CSV: Final = "csv"
VCARD: Final = "vcard"
_LOOKED_AT: Final = 100  # lines, to tell a vCard from a CSV


class ImportBusy(Unavailable):
    """This server imports a file already; a second one would have to share its memory."""

    code = "import_busy"

    def __init__(self) -> None:
        super().__init__("Another import is going on here; try again when it has ended.")


class PersonalImport(Forbidden):
    """What becomes of rows tells whose emails and phones they are, so it is for those who may see them."""

    code = "pii_needed"

    def __init__(self) -> None:
        super().__init__(f"To import needs the scope {PII}, which you don't have.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportService:
    """Imports files, one at a time in each process."""

    begin: BeginWork
    read: BeginWork
    store: ContactStore
    region: str
    rows_max: int
    bytes_max: int
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def busy(self) -> bool:
        """Whether an import is going on in this process."""
        return self._turn.locked()

    def run(self, data: bytes, order: ImportOrder, *, actor: Actor) -> Generator[Step, None, None]:
        """Import a file, or with `dry_run` only judge it: fates and progress, and last the report.

        The first step comes when the file's beginning was understood. With mode `all` nothing is written
        before every row was judged good; with mode `good` each batch of rows is written on its own.

        Raises:
            PersonalImport: the caller may not see emails and phones.
            ImportBusy: another import is going on in this process.
            TooLarge: the file has too many bytes or rows.
            Invalid: the file or an option can't be meant.
            MeanwhileThere: others added the same contacts at the same time.
        """
        if not actor.may(PII):
            raise PersonalImport
        if not self._turn.acquire(blocking=False):
            raise ImportBusy
        try:
            yield from self._run(data, order, actor)
        finally:
            self._turn.release()

    def _run(self, data: bytes, order: ImportOrder, actor: Actor) -> Iterator[Step]:
        if len(data) > self.bytes_max:
            raise TooLarge(f"A file to import has at most {self.bytes_max} bytes.")
        file = opened(data, order)
        if file.wrong and not order.dry_run:
            raise Invalid("; ".join(f"{name} {text}" for name, text in file.wrong.items()), fields=file.wrong)
        self._refuse_many(data, order)
        judge = Judge(self.store, region=self.region, on_existing=order.on_existing)
        writer = Writer(
            begin=self.begin,
            read=self.read,
            store=self.store,
            vault=self.store.vault,
            judge=judge,
            actor=actor,
            import_id=new_request_id(),
            mode=order.mode,
            format=file.format,
        )
        if not order.dry_run:
            writer.forget_unborn()
        counts: Counter[RowFate] = Counter()
        kept: list[Judged] = []
        at_once = order.mode is ImportMode.GOOD and not order.dry_run
        yield Progress(stage="check", rows=0, part=0.0)
        for rows in () if file.wrong else _batches(file, judge):
            if at_once:
                writer.write_some(rows)
            else:
                with self.read(actor) as work:
                    judge.match(work, rows)
                    judge.compare(work, rows)
                if not order.dry_run and not counts[RowFate.BAD]:
                    kept += [each for each in rows if each.fate in {RowFate.ADD, RowFate.UPDATE}]
            counts.update(each.fate for each in rows)
            yield [each.told() for each in rows]
            yield Progress(stage="check", rows=counts.total(), part=file.part())
        applied = at_once or (not order.dry_run and not counts[RowFate.BAD])
        if applied and not at_once and kept:
            yield from writer.write_all(kept)
        yield _report(file, order, counts, writer.import_id, applied=applied)

    def _refuse_many(self, data: bytes, order: ImportOrder) -> None:
        """Refuse a file of too many rows before the first of them is written."""
        lines = data.count(b"\n") + data.count(b"\r") + 1
        if lines <= self.rows_max:
            return  # a row has a line at least
        if sum(1 for _ in opened(data, order).rows()) > self.rows_max:
            raise TooLarge(f"A file to import has at most {self.rows_max} rows; part it.")


def opened(data: bytes, order: ImportOrder) -> CsvFile | VcardFile:
    """The file as what it is.

    Raises:
        Invalid: it is empty, or an option can't be meant for it.
    """
    format_ = order.format or format_of(data, order.csv.encoding)
    if format_ == CSV:
        return CsvFile(data, order.csv)
    from autom8.contacts.cards.vcard_reader import VcardFile  # vobject takes long to load

    return VcardFile(data, order.csv.encoding)


def format_of(data: bytes, encoding: str | None) -> str:
    """`vcard` when the file begins with a card, `csv` when it does not."""
    lines = Lines(data, encoding_of(data, encoding))
    for line, _ in zip(lines, range(_LOOKED_AT), strict=False):
        if text := line.text.strip():
            return VCARD if text.upper().replace(" ", "") == "BEGIN:VCARD" else CSV
    return CSV


def _batches(file: CsvFile | VcardFile, judge: Judge) -> Iterator[Sequence[Judged]]:
    rows: list[Judged] = []
    for found in file.rows():
        rows.append(judge.alone(found))
        if len(rows) == BATCH_ROWS:
            yield rows
            rows = []
    if rows:
        yield rows


def _report(
    file: CsvFile | VcardFile, order: ImportOrder, counts: Counter[RowFate], import_id: str, *, applied: bool
) -> ImportReport:
    return ImportReport(
        import_id=import_id,
        format=file.format,
        encoding=file.encoding,
        delimiter=file.delimiter,
        columns=file.columns,
        wrong=file.wrong,
        unmapped=file.unmapped(),
        mode=order.mode,
        on_existing=order.on_existing,
        dry_run=order.dry_run,
        applied=applied,
        rows=counts.total(),
        added=counts[RowFate.ADD],
        updated=counts[RowFate.UPDATE],
        skipped=counts[RowFate.SKIP],
        bad=counts[RowFate.BAD],
    )
