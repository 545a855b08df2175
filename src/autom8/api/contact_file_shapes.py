"""How files of contacts are asked for, and what is answered."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from autom8.api.fields import Id, Text, Whole
from autom8.api.shapes import Out, Query
from autom8.kernel.vocabulary import ImportMode, OnExisting, RowFate

FATES_MAX = 1_000
Short = Annotated[Text, Field(max_length=1_000)]


class ImportQuery(Query):
    """How a file is read, and what is done with it. What is left out of how it is read is found out."""

    mode: Annotated[ImportMode, Field(description="What bad rows mean: none, or all but them.")] = (
        ImportMode.ALL
    )
    on_existing: Annotated[
        OnExisting,
        Field(description="A row whose contact is there: by email, else by phone and name, else by name."),
    ] = OnExisting.SKIP
    dry_run: Annotated[bool, Field(description="Only say what would become of each row.")] = False
    delimiter: Literal["comma", "semicolon", "tab", "bar"] | None = None
    encoding: Annotated[Text, Field(max_length=50, examples=["windows-1252"])] | None = None
    header: Annotated[bool, Field(description="Whether the first row names the columns.")] | None = None
    mapping: (
        Annotated[
            Text,
            Field(
                max_length=10_000,
                description="A JSON object of columns, by name or number, and the fields they fill; "
                "`-` fills none.",
                examples=['{"Private Mail": "email", "3": "-"}'],
            ),
        ]
        | None
    ) = None
    tell: Annotated[
        Literal["bad", "all"],
        Field(description="Whose fates: of bad rows and those with warnings, or of all."),
    ] = "bad"
    after_line: Annotated[Whole, Field(ge=0, le=2**31, description="Fates of rows beyond this line.")] = 0
    limit: Annotated[Whole, Field(ge=1, le=FATES_MAX, description="How many fates at most.")] = 200


class ColumnOut(Out):
    """A column of the file, the field it fills, and what the first row has there."""

    name: str
    number: int | None
    field: str | None
    sample: str


class UnmappedOut(Out):
    """A column that fills no field, and how many rows have something there."""

    name: str
    rows: int


class FateOut(Out):
    """What becomes of the row that begins at this line, and why, by field."""

    line: int
    fate: RowFate
    name: str | None
    why: dict[str, str]
    warnings: list[str]
    contact_id: int | None


class ImportReportOut(Out):
    """What was done, or with `dry_run` would be. `applied` is false where nothing was written."""

    import_id: str
    format: Literal["csv", "vcard"]
    encoding: str
    delimiter: str | None
    columns: list[ColumnOut]
    unmapped: list[UnmappedOut]
    wrong: dict[str, str]
    mode: ImportMode
    on_existing: OnExisting
    dry_run: bool
    applied: bool
    rows: int
    added: int
    updated: int
    skipped: int
    bad: int
    fates: list[FateOut]
    more: bool


class ExportQuery(Query):
    """In which format, and which contacts: all of them, unless filtered."""

    format: Literal["csv", "vcard3", "vcard4"] = "csv"
    q: Annotated[Short, Field(description="Words of the name, or beginnings of words.")] | None = None
    tag: Short | None = None
    group_id: Id | None = None


class ExportOut(Out):
    """A file."""

    media_types: ClassVar[tuple[str, ...]] = ("text/csv", "text/vcard")
