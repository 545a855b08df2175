"""The description of the API, OpenAPI 3.1, made of what the endpoints say of themselves."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import orjson
from flask import Flask, Response, request
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from autom8 import __version__
from autom8.api.endpoint import Endpoint, endpoint_of
from autom8.api.fields import ID_MAX, SESSION_ID
from autom8.api.parsing import FORM, JSON
from autom8.api.shapes import Problem
from autom8.middleware import idempotency
from autom8.middleware.access import PUBLIC
from autom8.middleware.problems import MEDIA_TYPE
from autom8.middleware.response_cache import Finished, is_known

REF: Final = "#/components/schemas/{model}"
_PARAMETER: Final = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_SESSION: Final = re.compile(r"<session:([^<>]+)>")
_WORD: Final = re.compile(r"<([^:<>]+)>")
_METHODS: Final = ("GET", "POST", "PATCH", "DELETE")
_TITLES: Final[Mapping[HTTPStatus, str]] = {
    HTTPStatus.FOUND: "Where to go on; nothing is told here.",
    HTTPStatus.BAD_REQUEST: "What was asked can't be meant; `fields` names each wrong field.",
    HTTPStatus.UNAUTHORIZED: "Nobody, or nobody whom we know.",
    HTTPStatus.FORBIDDEN: "The caller may not do this.",
    HTTPStatus.NOT_FOUND: "There is no such thing.",
    HTTPStatus.CONFLICT: "It does not fit what is there.",
    HTTPStatus.PRECONDITION_FAILED: "The caller has seen an older version.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.REQUEST_URI_TOO_LONG: "The address is too long.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not of a type that is taken here.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "It can be meant, and has no answer, or too large a one.",
    HTTPStatus.PRECONDITION_REQUIRED: "If-Match is missing.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; `Retry-After` says when to come back.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers are too many or too large.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Something that Autom8 needs is not there now.",
}
_Json: TypeAlias = dict[str, Any]
_Schemas: TypeAlias = Mapping[type[BaseModel], _Json]


def describe(app: Flask) -> _Json:
    """The description of every endpoint of `app`."""
    found = list(_endpoints(app))
    models: dict[type[BaseModel], Any] = {Problem: "serialization"}
    for _, _, each in found:
        models |= {model: "validation" for model in (each.body, each.query) if model is not None}
        models |= {model: "serialization" for model in (each.answers, each.refuses) if model is not None}
    schemas, components = models_json_schema(list(models.items()), ref_template=REF)
    by_model: dict[type[BaseModel], _Json] = {
        model: schema for (model, _), schema in schemas.items() if issubclass(model, BaseModel)
    }
    paths: dict[str, _Json] = {}
    names: Counter[str] = Counter()
    for method, rule, each in found:
        path = _PARAMETER.sub(r"{\1}", rule.rule)
        operation = _operation(each, method, rule, by_model, components.get("$defs", {}))
        paths.setdefault(path, {})[method.lower()] = operation
        names[name := operation["operationId"]] += 1
        if names[name] > 1:  # a view may answer several methods and addresses
            operation["operationId"] = f"{name}_{names[name]}"
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Autom8",
            "version": __version__,
            "description": "Schedules, runs and records tasks. Instants are RFC 3339 in UTC.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(_tag(rule) for _, rule, _ in found)],
        "paths": paths,
        "components": {
            "schemas": components.get("$defs", {}),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An access token, an API key, or the local token of the data folder.",
                },
            },
        },
    }


def served_description(app: Flask) -> Callable[[], Response]:
    """How the finished description of `app` is answered; made when it is first asked for."""
    finished: list[Finished] = []

    def serve() -> Response:
        if not finished:
            finished.append(Finished.of(orjson.dumps(describe(app))))
        body, etag = finished[0].body, finished[0].etag
        known = is_known(etag, request)
        response = Response(status=304) if known else Response(body, content_type=JSON)
        response.headers["ETag"] = etag
        response.headers["Cache-Control"] = "no-cache"
        return response

    return serve


def _endpoints(app: Flask) -> Iterator[tuple[str, Rule, Endpoint]]:
    for rule in app.url_map.iter_rules():
        found = endpoint_of(app.view_functions[rule.endpoint])
        if found is None or not rule.rule.startswith("/api/v1/"):
            continue
        for method in _METHODS:
            if method in (rule.methods or ()):
                yield method, rule, found


def _operation(
    each: Endpoint, method: str, rule: Rule, schemas: _Schemas, definitions: Mapping[str, _Json]
) -> _Json:
    summary, _, rest = inspect.cleandoc(each.view.__doc__ or "").partition("\n")
    operation: _Json = {
        "operationId": each.view.__name__,
        "tags": [_tag(rule)],
        "summary": summary,
        "description": "\n\n".join(filter(None, (rest.strip(), _needs(each)))),
        "security": [] if each.scope == PUBLIC else [{"bearer": []}],
        "responses": {str(status.value): answer for status, answer in _answers(each, method, schemas)},
    }
    form = each.query if each.query is not None and each.query.in_form and method == "POST" else None
    in_address = () if form is not None else _query(each, schemas, definitions)
    if parameters := [*_path(rule), *_headers(each), *in_address]:
        operation["parameters"] = parameters
    if each.body is not None:
        required = any(field.is_required() for field in each.body.model_fields.values())
        operation["requestBody"] = {
            "required": required,
            "content": {JSON: {"schema": schemas[each.body]}},
        }
    elif form is not None:
        operation["requestBody"] = {"required": True, "content": {FORM: {"schema": schemas[form]}}}
    elif each.files:
        text = {"schema": {"type": "string"}}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(each.files, text)}
    return operation


def _tag(rule: Rule) -> str:
    return rule.rule.split("/")[3]


def _needs(each: Endpoint) -> str:
    if each.scope == PUBLIC:
        return "Open to everybody."
    if ":" not in each.scope:
        return "Needs a signed-in caller."
    proof = (
        " It must have been proved a short while ago who asks: `POST /api/v1/auth/prove`."
        if each.proof
        else ""
    )
    return f"Needs the scope `{each.scope}`.{proof}"


def _answers(each: Endpoint, method: str, schemas: _Schemas) -> Iterator[tuple[HTTPStatus, _Json]]:
    success: _Json = {"description": each.status.phrase}
    if each.answers is not None:
        kinds = each.answers.media_types
        success["content"] = {
            kind: {"schema": schemas[each.answers] if kind == JSON else {"type": "string"}} for kind in kinds
        }
    yield each.status, success
    for status in sorted(_refusals(each, method)):
        if status is HTTPStatus.FOUND:
            yield status, {"description": _TITLES[status]}
            continue
        shape: _Json = {MEDIA_TYPE: {"schema": schemas[Problem]}}
        if each.refuses is not None:
            shape[JSON] = {"schema": schemas[each.refuses]}
        if status is HTTPStatus.SERVICE_UNAVAILABLE and status in each.errors:
            shape |= success.get("content", {})
        yield status, {"description": _TITLES[status], "content": shape}


def _refusals(each: Endpoint, method: str) -> set[HTTPStatus]:
    """What may be answered besides a success: what follows from what the endpoint takes, and its own."""
    found = {HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    found |= {
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.REQUEST_URI_TOO_LONG,
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        *each.errors,
    }
    if each.scope != PUBLIC:
        found |= {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    if method in {"POST", "PATCH"}:
        found |= {HTTPStatus.UNSUPPORTED_MEDIA_TYPE}
    if each.guards is not None:
        found |= {HTTPStatus.PRECONDITION_REQUIRED, HTTPStatus.PRECONDITION_FAILED}
    if each.repeatable:
        found |= {HTTPStatus.CONFLICT}
    return found


def _path(rule: Rule) -> Iterator[_Json]:
    sessions, words = _SESSION.findall(rule.rule), _WORD.findall(rule.rule)
    for name in _PARAMETER.findall(rule.rule):
        schema: _Json = {"type": "integer", "format": "int64", "minimum": 1, "maximum": ID_MAX}
        if name in sessions:
            schema = {"type": "string", "pattern": f"^{SESSION_ID}$"}
        elif name in words:
            schema = {"type": "string", "minLength": 1}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _headers(each: Endpoint) -> Iterator[_Json]:
    if each.guards is not None:
        words = "The ETag of what the caller has seen."
        yield {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "description": words,
            "schema": {"type": "string"},
        }
    if each.repeatable:
        words = "Makes the request repeatable: with the same key it is carried out once."
        schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
        yield {"name": idempotency.HEADER, "in": "header", "description": words, "schema": schema}


def _query(each: Endpoint, schemas: _Schemas, definitions: Mapping[str, _Json]) -> Iterator[_Json]:
    if each.query is None:
        return
    model = definitions[schemas[each.query]["$ref"].rpartition("/")[2]]
    for name, found in model["properties"].items():
        schema = dict(found)
        description = schema.pop("description", None)
        schema.pop("title", None)
        if "anyOf" in schema:  # an optional parameter is left out, never null
            (schema,) = [choice for choice in schema["anyOf"] if choice != {"type": "null"}]
            description = schema.pop("description", None) or description
        parameter = {"name": name, "in": "query", "schema": schema}
        if description:
            parameter["description"] = description
        yield parameter
