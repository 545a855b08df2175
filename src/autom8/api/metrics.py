"""`/metrics`: samples that hosts and programs send."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.metric_shapes import PushedOut, SamplesIn

blueprint = Blueprint("metrics", __name__, url_prefix="/metrics")


@blueprint.post("")
@endpoint("metrics:write", answers=PushedOut, errors=(HTTPStatus.CONFLICT,))
def push_samples(call: Call, body: SamplesIn) -> Reply:
    """Take samples; what comes again takes its own place.

    A sample whose series and millisecond are there already replaces it, so a batch with instants may be sent
    again; an Idempotency-Key is not needed, and not heeded.
    """
    return Reply(call.services.metrics.push(body.samples, actor=call.actor))
