"""`/runs`: read runs and what they wrote, and cancel one."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request

from autom8.api.endpoint import PERSONAL, Call, Reply, endpoint
from autom8.api.parsing import JSON
from autom8.api.run_shapes import OutputOut, OutputQuery, RunOut, RunsOut, RunsQuery, output_json, run_json
from autom8.kernel.paging import Page
from autom8.scheduler.views import OutputPage

TEXT: Final = "text/plain"
blueprint = Blueprint("runs", __name__, url_prefix="/runs")


@blueprint.get("")
@endpoint("runs:read", answers=RunsOut, cached=("run",))
def list_runs(call: Call, query: RunsQuery) -> Reply:
    """List runs, newest first unless ordered otherwise."""
    filters = query.model_dump(exclude={"limit", "cursor", "order"})
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order, filters=filters)
    paged = call.services.runs.list_(page, actor=call.actor)
    return Reply({"items": [run_json(each) for each in paged.items], "next": paged.next})


@blueprint.get("/<id:run_id>")
@endpoint("runs:read", answers=RunOut, errors=(HTTPStatus.NOT_FOUND,))
def get_run(call: Call, run_id: int) -> Reply:
    """Read a run with its attempts."""
    return Reply(run_json(call.services.runs.get(run_id, actor=call.actor)))


@blueprint.get("/<id:run_id>/output")
@endpoint("runs:read", answers=OutputOut, errors=(HTTPStatus.NOT_FOUND,))
def get_output(call: Call, run_id: int, query: OutputQuery) -> Reply | Response:
    """Read what a run has written so far, over all its attempts.

    As JSON in pieces, at most 1 MiB an answer. With `Accept: text/plain` all of it as text.
    """
    page = call.services.runs.output(run_id, after=query.after, limit=query.limit, actor=call.actor)
    if request.accept_mimetypes.best_match([JSON, TEXT]) != TEXT:
        return Reply(output_json(page), headers={"Cache-Control": PERSONAL})  # who knows what it has printed
    # The first page was asked for above, so that what is refused is refused before the answer begins.
    text = _whole_text(call, run_id, page)
    return Response(text, content_type=f"{TEXT}; charset=utf-8", headers={"Cache-Control": PERSONAL})


@blueprint.post("/<id:run_id>/cancel")
@endpoint(
    "runs:write",
    answers=RunOut,
    status=HTTPStatus.ACCEPTED,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    repeatable=True,
)
def cancel_run(call: Call, run_id: int) -> Reply:
    """End a run: at once while it waits, else its command is asked to end. Asking twice is the same."""
    return Reply(run_json(call.services.runs.cancel(run_id, actor=call.actor)))


def _whole_text(call: Call, run_id: int, page: OutputPage) -> Iterator[str]:
    while page.items:
        yield "".join(piece.text for piece in page.items)
        page = call.services.runs.output(run_id, after=page.next, actor=call.actor)
