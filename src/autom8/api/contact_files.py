"""`/contacts/import` and `/contacts/export`: contacts as files.

A file is the body of its request as it is, and the options stand in the query: a file of 64 MiB would be
no JSON that anybody likes to read. Progress is told as lines of JSON (`Accept: application/x-ndjson`), so
that an import needs no place where its state is kept between requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from flask import Blueprint, Response, request

from autom8.api.contact_file_shapes import ExportOut, ExportQuery, ImportQuery, ImportReportOut
from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.errors import described
from autom8.api.parsing import SentFile
from autom8.contacts.cards.csv_reader import CsvOptions
from autom8.contacts.cards.writers import FORMATS
from autom8.contacts.imports.orders import Fate, ImportOrder, ImportReport, Progress, Step
from autom8.contacts.imports.service import CSV, VCARD, ImportBusy
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import RowFate
from autom8.middleware.observing import REQUEST_ID

blueprint = Blueprint("contact_files", __name__, url_prefix="/contacts")
LINES: Final = "application/x-ndjson"
MAPPING_MAX: Final = 500
_FORMAT_BY_TYPE: Final = {"text/csv": CSV, "text/vcard": VCARD, "application/octet-stream": None}
_DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


@blueprint.post("/import")
@endpoint(
    "contacts:write",
    answers=ImportReportOut,
    errors=(HTTPStatus.CONFLICT,),
    files=tuple(_FORMAT_BY_TYPE),
)
def import_contacts(call: Call, query: ImportQuery, file: SentFile) -> Reply | Response:
    """Import contacts from a CSV or vCard file, or with `dry_run` say what would become of each row.

    With mode `all` one bad row means that none is imported (`applied` is false); with `good` all but the
    bad ones are. Asked for `application/x-ndjson`, the answer comes as lines while it goes on: objects with
    `progress`, with `fates`, and last with the `report`, or with a `problem` when it could not end.
    Needs `contacts:pii` too, since fates tell which emails and phones are somebody's.
    """
    imports = call.services.contacts.imports
    if imports.busy:  # before it is read: this process has memory for one file
        raise ImportBusy
    steps = imports.run(file.read(), _order(query, file), actor=call.actor)
    first = next(steps)  # what can't be understood is told by the status
    if request.accept_mimetypes.best_match([LINES, "application/json"], "application/json") == LINES:
        lines = _lines(_chain(first, steps), query, request.environ[REQUEST_ID])
        response = Response(lines, content_type=LINES)
        response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        return response
    return _whole(steps, query)


@blueprint.get("/export")
@endpoint("contacts:export", answers=ExportOut)
def export_contacts(call: Call, query: ExportQuery) -> Response:
    """All contacts, or those that the filters leave, as a CSV or vCard file, unmasked.

    That they were taken out stands in the audit trail before the first byte is sent. A file whose end does
    not come is not whole.
    """
    filters = {"q": query.q, "tag": query.tag, "group_id": query.group_id}
    pieces = call.services.contacts.exports.run(query.format, filters, actor=call.actor)
    first = next(pieces)  # committed, or refused by the status
    form = FORMATS[query.format]
    response = Response(_chain(first, pieces), content_type=f"{form.media_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="contacts.{form.suffix}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _order(query: ImportQuery, file: SentFile) -> ImportOrder:
    csv = CsvOptions(
        delimiter=None if query.delimiter is None else _DELIMITERS[query.delimiter],
        encoding=query.encoding or file.charset,
        mapping=None if query.mapping is None else _mapping(query.mapping),
        header=query.header,
    )
    return ImportOrder(
        format=_FORMAT_BY_TYPE[file.media_type],
        csv=csv,
        mode=query.mode,
        on_existing=query.on_existing,
        dry_run=query.dry_run,
    )


def _mapping(text: str) -> dict[str, str]:
    try:
        mapping = orjson.loads(text)
    except ValueError:
        mapping = None
    if not isinstance(mapping, dict) or len(mapping) > MAPPING_MAX:
        words = f"must be a JSON object of at most {MAPPING_MAX} columns and fields"
        raise Invalid(f"mapping {words}", fields={"mapping": words})
    if not all(isinstance(field, str) for field in mapping.values()):
        words = "must name a field, as a text, for each column"
        raise Invalid(f"mapping {words}", fields={"mapping": words})
    return mapping


def _lines(steps: Iterator[Step], query: ImportQuery, request_id: str) -> Iterator[bytes]:
    """One line of JSON for each step. What goes wrong now can't be told by the status any more."""
    try:
        for step in steps:
            if line := _line(step, query):
                yield orjson.dumps(line) + b"\n"
    except Exception as error:  # noqa: BLE001 - the top of the request: the head of the answer is sent
        yield b'{"problem":' + described(error, request_id) + b"}\n"


def _line(step: Step, query: ImportQuery) -> dict[str, Any] | None:
    match step:
        case Progress():
            return {"progress": {"stage": step.stage, "rows": step.rows, "part": round(step.part, 4)}}
        case ImportReport():
            return {"report": _report_json(step)}
    told = [_fate_json(each) for each in step if _is_told(each, query)]
    return {"fates": told} if told else None


def _whole(steps: Iterator[Step], query: ImportQuery) -> Reply:
    """The report with as many fates as were asked for."""
    told: list[Fate] = []
    more = False
    report: ImportReport | None = None
    for step in steps:
        if isinstance(step, ImportReport):
            report = step
        elif isinstance(step, Sequence):
            wanted = [each for each in step if each.line > query.after_line and _is_told(each, query)]
            told += wanted[: query.limit - len(told)]
            more = more or (len(told) < len(wanted) and len(told) == query.limit)
    assert report is not None
    return Reply({**_report_json(report), "fates": [_fate_json(each) for each in told], "more": more})


def _is_told(fate: Fate, query: ImportQuery) -> bool:
    return query.tell == "all" or fate.fate is RowFate.BAD or bool(fate.warnings)


def _fate_json(fate: Fate) -> dict[str, Any]:
    return {
        "line": fate.line,
        "fate": fate.fate,
        "name": fate.name,
        "why": fate.why,
        "warnings": fate.warnings,
        "contact_id": fate.contact_id,
    }


def _report_json(report: ImportReport) -> dict[str, Any]:
    return {
        "import_id": report.import_id,
        "format": report.format,
        "encoding": report.encoding,
        "delimiter": report.delimiter,
        "columns": [
            {"name": each.name, "number": each.number, "field": each.field, "sample": each.sample}
            for each in report.columns
        ],
        "unmapped": [{"name": name, "rows": rows} for name, rows in report.unmapped.items()],
        "wrong": report.wrong,
        "mode": report.mode,
        "on_existing": report.on_existing,
        "dry_run": report.dry_run,
        "applied": report.applied,
        "rows": report.rows,
        "added": report.added,
        "updated": report.updated,
        "skipped": report.skipped,
        "bad": report.bad,
    }


def _chain(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    """`first` and then the rest; let go of, it lets go of the rest."""
    yield first
    yield from rest
