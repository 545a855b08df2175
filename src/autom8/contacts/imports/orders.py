"""What an import is asked for, and what it tells while it goes on. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from autom8.contacts.cards.csv_reader import CsvOptions
from autom8.contacts.cards.found import Column
from autom8.kernel.vocabulary import ImportMode, OnExisting, RowFate


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """How a file is read and what is done with it. Without a `format` (`csv`, `vcard`) it is found out."""

    format: str | None = None
    csv: CsvOptions = field(default_factory=CsvOptions)
    mode: ImportMode = ImportMode.ALL
    on_existing: OnExisting = OnExisting.SKIP
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes, or became, of one row, and why; `why` is by field and repeats nothing personal."""

    line: int
    fate: RowFate
    name: str | None = None
    why: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    contact_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it is: rows that a stage (`check`, `seal`, `write`) is through with, and its part of 1."""

    stage: str
    rows: int
    part: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What was done, or with `dry_run` would be. `applied` is false where nothing was written."""

    import_id: str
    format: str
    encoding: str
    delimiter: str | None
    columns: Sequence[Column]
    unmapped: Mapping[str, int]
    wrong: Mapping[str, str]  # what a dry run needs to be told before it can judge any row, by option
    mode: ImportMode
    on_existing: OnExisting
    dry_run: bool
    applied: bool
    rows: int
    added: int
    updated: int
    skipped: int
    bad: int


Step: TypeAlias = Progress | Sequence[Fate] | ImportReport
