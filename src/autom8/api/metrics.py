"""`/metrics`: samples that hosts and programs send, and what became of them."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Final

from flask import Blueprint

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.metric_shapes import (
    ChartOut,
    ChartQuery,
    PushedOut,
    SamplesIn,
    SeriesOut,
    SeriesQuery,
    UsageOut,
)
from autom8.kernel.paging import Page
from autom8.metrics.charts import Asked

blueprint = Blueprint("metrics", __name__, url_prefix="/metrics")
LATELY: Final = timedelta(hours=1)  # what is drawn when nobody says since when


@blueprint.post("")
@endpoint("metrics:write", answers=PushedOut, errors=(HTTPStatus.CONFLICT,))
def push_samples(call: Call, body: SamplesIn) -> Reply:
    """Take samples; what comes again takes its own place.

    A sample whose series and millisecond are there already replaces it, so a batch with instants may be sent
    again; an Idempotency-Key is not needed, and not heeded.
    """
    return Reply(call.services.metrics.push(body.samples, actor=call.actor))


@blueprint.get("/series")
@endpoint("metrics:read", answers=SeriesOut)
def list_series(call: Call, query: SeriesQuery) -> Reply:
    """List series, in the order in which they came."""
    page = Page(limit=query.limit, cursor=query.cursor, filters={"name": query.name})
    found = call.services.metrics.list_(page, match=query.match, actor=call.actor)
    return Reply({"items": found.items, "next": found.next})


@blueprint.get("/query")
@endpoint("metrics:read", answers=ChartOut)
def query_series(call: Call, query: ChartQuery) -> Reply:
    """Draw series of one name in steps of time.

    It is made of the coarsest tier that such steps allow and that reaches back so far; where none does, steps
    are longer. `tier` and `step_s` say which it became. Rates are not extrapolated.
    """
    end = query.until or call.services.clock.now()
    asked = Asked(
        name=query.name,
        match=query.match,
        start=query.from_ or end - LATELY,
        end=end,
        step=None if query.step is None else timedelta(seconds=query.step),
        aggregate=query.aggregate,
        top=query.top,
    )
    return Reply(call.services.metrics.chart(asked, actor=call.actor))


@blueprint.get("/usage")
@endpoint("metrics:read", answers=UsageOut)
def get_usage(call: Call) -> Reply:
    """Read how many series and samples are stored, how large they are, and how many came within a day."""
    return Reply(call.services.metrics.usage(actor=call.actor))
