"""`/prom`: what Autom8 has stored, asked as one asks a Prometheus: its routes, times, shapes and errors.

Each route stands there twice: below `/prom/api/v1`, where programs that are told the address of a Prometheus
look for it, and below `/prom`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, ClassVar, Final

import orjson
from flask import Blueprint, Response
from pydantic import ConfigDict, Field

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import Text
from autom8.api.parsing import JSON
from autom8.api.shapes import Out, Query
from autom8.kernel.errors import Invalid, Unavailable
from autom8.metrics.promql.errors import LimitExceeded, QueryFailed

blueprint = Blueprint("prometheus", __name__, url_prefix="/prom")
FAILS: Final = (HTTPStatus.UNPROCESSABLE_ENTITY,)

Expression = Annotated[
    Text, Field(max_length=100_000, description="PromQL.", examples=["rate(jobs_total[5m])"])
]
Word = Annotated[Text, Field(max_length=100)]
Selectors = Annotated[list[Expression], Field(max_length=100, alias="match[]")]


class PromQuery(Query):
    """Parameters of a Prometheus: in the address or in a form. Those that are not known are left alone."""

    in_form: ClassVar[bool] = True

    model_config = ConfigDict(extra="ignore", frozen=True)

    query: Expression
    time: Word | None = None
    timeout: Word | None = None


class PromRangeQuery(Query):
    """Likewise; times are seconds or RFC 3339, a step is seconds or a duration."""

    in_form: ClassVar[bool] = True

    model_config = ConfigDict(extra="ignore", frozen=True)

    query: Expression
    start: Word
    end: Word
    step: Word
    timeout: Word | None = None


class PromSelectorsQuery(Query):
    """Which series; times are not looked at."""

    in_form: ClassVar[bool] = True
    repeated: ClassVar[frozenset[str]] = frozenset({"match[]"})

    model_config = ConfigDict(extra="ignore", frozen=True)

    match: Selectors = Field(default_factory=list)


class PromOut(Out):
    """An answer as Prometheus gives it."""

    status: str
    data: Any


class PromRefusalOut(Out):
    """A refusal as Prometheus gives it."""

    status: str
    errorType: str  # noqa: N815 - Prometheus' name
    error: str


@blueprint.route("/api/v1/query", methods=["GET", "POST"])
@blueprint.route("/query", methods=["GET", "POST"])
@endpoint("metrics:read", answers=PromOut, refuses=PromRefusalOut, errors=FAILS)
def prom_query(call: Call, query: PromQuery) -> Reply:
    """Evaluate PromQL at an instant, as Prometheus does."""
    prom = call.services.prom
    return _success(prom.instant(query.query, query.time, within=query.timeout, actor=call.actor))


@blueprint.route("/api/v1/query_range", methods=["GET", "POST"])
@blueprint.route("/query_range", methods=["GET", "POST"])
@endpoint("metrics:read", answers=PromOut, refuses=PromRefusalOut, errors=FAILS)
def prom_query_range(call: Call, query: PromRangeQuery) -> Reply:
    """Evaluate PromQL over a range, as Prometheus does."""
    span = (query.start, query.end)
    found = call.services.prom.range(query.query, span, query.step, within=query.timeout, actor=call.actor)
    return _success(found)


@blueprint.route("/api/v1/series", methods=["GET", "POST"])
@blueprint.route("/series", methods=["GET", "POST"])
@endpoint("metrics:read", answers=PromOut, refuses=PromRefusalOut)
def prom_series(call: Call, query: PromSelectorsQuery) -> Reply:
    """List the series of selectors, as Prometheus does."""
    return _success(call.services.prom.series(query.match, actor=call.actor))


@blueprint.route("/api/v1/labels", methods=["GET", "POST"])
@blueprint.route("/labels", methods=["GET", "POST"])
@endpoint("metrics:read", answers=PromOut, refuses=PromRefusalOut)
def prom_labels(call: Call, query: PromSelectorsQuery) -> Reply:
    """List the names of labels, as Prometheus does."""
    return _success(call.services.prom.labels(query.match, actor=call.actor))


@blueprint.get("/api/v1/label/<name>/values")
@blueprint.get("/label/<name>/values")
@endpoint("metrics:read", answers=PromOut, refuses=PromRefusalOut)
def prom_label_values(call: Call, name: str, query: PromSelectorsQuery) -> Reply:
    """List the values of a label, as Prometheus does."""
    return _success(call.services.prom.values(name, query.match, actor=call.actor))


@blueprint.errorhandler(Invalid)
def refuse(error: Invalid) -> Response:
    """Say what can't be meant as Prometheus says it: that is what its clients show."""
    return _refusal(HTTPStatus.BAD_REQUEST, "bad_data", error)


@blueprint.errorhandler(QueryFailed)
@blueprint.errorhandler(LimitExceeded)
def fail(error: Invalid) -> Response:
    """Likewise what has no one answer, or too large a one."""
    return _refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "execution", error)


@blueprint.errorhandler(Unavailable)
def break_off(error: Unavailable) -> Response:
    """Likewise what can't be read now."""
    return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", error)


def _success(data: object) -> Reply:
    return Reply({"status": "success", "data": data})


def _refusal(status: HTTPStatus, kind: str, error: Exception) -> Response:
    said = {"status": "error", "errorType": kind, "error": str(error)}
    response = Response(orjson.dumps(said), status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response
