"""The one decorator of ours: what a view needs, takes and answers, said once for gate, code and OpenAPI.

A view is a function `view(call, <path parameters>, body=…, query=…, version=…)`; which of these it
names in its signature, and of which types, is what it gets. It returns a `Reply`, or a response as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from http import HTTPStatus
from typing import Any, Final, TypeAlias, get_type_hints

import orjson
from flask import Response, current_app, g, request

from autom8.api.fields import ID_MAX
from autom8.api.parsing import JSON, SentFile, read_body, read_query, seen_version
from autom8.api.shapes import Body, NoBody, Out, Query
from autom8.bootstrap import Services
from autom8.kernel.actor import Actor
from autom8.kernel.errors import NotFound
from autom8.kernel.repeats import KeptAnswer
from autom8.middleware import idempotency
from autom8.middleware.access import PUBLIC, SIGNED_IN, Access, grant
from autom8.middleware.bodies import body_of
from autom8.middleware.response_cache import Finished, is_known, list_key

EXTENSION: Final = "autom8"
KEEPABLE: Final = frozenset({"tasks:read", "runs:read"})  # scopes whose answers tell of no person
REVALIDATED: Final = "private, no-cache"
PERSONAL: Final = "no-store"
_MARK: Final = "autom8_endpoint"


@dataclass(frozen=True, slots=True)
class Call:
    """Whom a view asks, and on whose behalf."""

    services: Services
    actor: Actor


@dataclass(frozen=True, slots=True)
class Reply:
    """What a view answers: JSON data, or None for an empty body.

    `tag` begins a strong ETag that names a version (`t7-r3`); without one the ETag is the content's.
    """

    data: Any = None
    tag: str | None = None
    location: str | None = None
    status: HTTPStatus | None = None  # where it is not the endpoint's
    headers: Mapping[str, str] = field(default_factory=dict)


View: TypeAlias = Callable[..., Reply | Response]
Again: TypeAlias = Callable[[Call, int], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A view with all that is said of it."""

    view: View
    scope: str
    answers: type[Out] | None
    refuses: type[Out] | None
    status: HTTPStatus
    errors: tuple[HTTPStatus, ...]
    cached: tuple[str, ...]
    repeatable: bool
    again: Again | None
    guards: str | None
    files: tuple[str, ...]
    proof: bool
    body: type[Body] | None
    query: type[Query] | None

    @property
    def cache_control(self) -> str:
        """What a browser may keep: what is known to tell of no person, if it asks each time; else nothing."""
        return REVALIDATED if self.scope in KEEPABLE else PERSONAL

    def serve(self, path: Mapping[str, Any]) -> Response:
        """Answer the present request."""
        if any(isinstance(part, int) and part > ID_MAX for part in path.values()):
            raise NotFound("There is nothing at this address.")
        call = Call(current_app.extensions[EXTENSION], g.actor)
        if self.cached:
            return self._serve_cached(call, path)
        if self.repeatable and (given := request.headers.get(idempotency.HEADER)) is not None:
            return self._serve_once(call, path, given)
        reply = self._ask(call, path)
        return reply if isinstance(reply, Response) else self._finish(reply)

    def _ask(self, call: Call, path: Mapping[str, Any]) -> Reply | Response:
        given: dict[str, Any] = dict(path)
        if self.query is not None:
            given["query"] = read_query(self.query, request)
        elif request.query_string:
            read_query(Query, request)
        if self.guards is not None:
            given["version"] = seen_version(request, self.guards, next(iter(path.values())))
        if self.body is not None:
            given["body"] = read_body(self.body, request)
        elif self.files:
            given["file"] = SentFile.announced(request, self.files)
        elif request.method == "POST" and not (self.query is not None and self.query.in_form):
            read_body(NoBody, request)
        return self.view(call, **given)

    def _serve_cached(self, call: Call, path: Mapping[str, Any]) -> Response:
        def build() -> Finished:
            reply = self._ask(call, path)
            assert isinstance(reply, Reply)
            return Finished.of(_dump(reply.data))

        finished, hit = call.services.cache.get(
            list_key(call.actor, request), tables=self.cached, build=build
        )
        response = self._respond(finished, self.status)
        response.headers["X-Cache"] = "hit" if hit else "miss"
        return response

    def _serve_once(self, call: Call, path: Mapping[str, Any], given: str) -> Response:
        route = f"{request.method} {request.path}"
        kept = call.services.answers
        digest = kept.digest(body_of(request))
        key = idempotency.request_key(given, actor=call.actor, route=route, digest=digest)
        keyed = Call(call.services, replace(call.actor, request_key=key))

        made: list[Response] = []

        def carry_out() -> KeptAnswer:
            made.append(response := self._finish(self._ask_for_reply(keyed, path)))
            return KeptAnswer(
                status=response.status_code,
                body=response.get_data() if self.again is None else b"",
                etag=response.headers.get("ETag"),
                location=response.headers.get("Location"),
            )

        answer, replayed = idempotency.answer_once(kept, key, carry_out)
        if self.again is not None:
            return self._read_again(call, answer) if replayed else made[0]
        response = Response(answer.body, answer.status, content_type=JSON)
        response.headers["Cache-Control"] = self.cache_control
        for name, value in (("ETag", answer.etag), ("Location", answer.location)):
            if value is not None:
                response.headers[name] = value
        if replayed:
            response.headers[idempotency.REPLAYED] = "true"
        return response

    def _read_again(self, call: Call, answer: KeptAnswer) -> Response:
        """The answer of a repeated request whose content was not kept."""
        assert self.again is not None
        assert answer.location is not None
        reply = self.again(call, int(answer.location.rpartition("/")[2]))
        response = self._finish(replace(reply, status=HTTPStatus(answer.status), location=answer.location))
        response.headers[idempotency.REPLAYED] = "true"
        return response

    def _ask_for_reply(self, call: Call, path: Mapping[str, Any]) -> Reply:
        reply = self._ask(call, path)
        assert isinstance(reply, Reply)
        return reply

    def _finish(self, reply: Reply) -> Response:
        status = reply.status or self.status
        if reply.data is None:
            response = Response(status=status)
            response.headers["Cache-Control"] = self.cache_control
            del response.headers["Content-Type"]
        else:
            response = self._respond(Finished.of(_dump(reply.data), tag=reply.tag), status)
        if reply.location is not None:
            response.headers["Location"] = reply.location
        response.headers.update(reply.headers)
        return response

    def _respond(self, finished: Finished, status: HTTPStatus) -> Response:
        headers = [("ETag", finished.etag), ("Cache-Control", self.cache_control)]
        if request.method in {"GET", "HEAD"} and is_known(finished.etag, request):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(finished.body, status, headers, content_type=JSON)


def endpoint(  # noqa: PLR0913 - said by keyword, beside each view
    scope: str,
    *,
    answers: type[Out] | None = None,
    refuses: type[Out] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    errors: tuple[HTTPStatus, ...] = (),
    cached: tuple[str, ...] = (),
    repeatable: bool = False,
    again: Again | None = None,
    guards: str | None = None,
    files: tuple[str, ...] = (),
    limited: bool = True,
    proof: bool = False,
) -> Callable[[View], Callable[..., Response]]:
    """Make a view an endpoint.

    Args:
        scope: who may ask: a scope, PUBLIC or SIGNED_IN. Writers, and whoever asks about people, are asked
            of the database each time; others are believed for some seconds.
        answers: the shape of a success, for OpenAPI.
        refuses: the shape of refusals that are no problems, because its callers know another; likewise.
        status: the status of a success.
        errors: the statuses that only this endpoint answers, beside those that follow from the rest.
        cached: the tables whose writing ends the life of a finished answer.
        repeatable: takes an Idempotency-Key.
        again: reads what a repeated request has made, by the id in its `Location`: for answers that hold
            personal data, of which no copy is kept.
        guards: needs If-Match with an ETag of this kind; the view gets its `version`.
        files: takes a file of one of these types as its body; the view gets it as `file`.
        limited: whether too many requests are refused.
        proof: whether the caller must have proved a short while ago who they are.
    """
    fresh = proof or scope.endswith(":write") or scope.startswith(("users:", "audit:", "contacts:"))

    def decorate(view: View) -> Callable[..., Response]:
        types = get_type_hints(view)
        made = Endpoint(
            view=view,
            scope=scope,
            answers=answers,
            refuses=refuses,
            status=status,
            errors=errors,
            cached=cached,
            repeatable=repeatable,
            again=again,
            guards=guards,
            files=files,
            proof=proof,
            body=types.get("body"),
            query=types.get("query"),
        )

        @wraps(view)
        def serve(**path: Any) -> Response:
            return made.serve(path)

        access = Access(scope=scope, fresh=fresh, limited=limited, file=bool(files), proof=proof)
        grant(serve, access)
        setattr(serve, _MARK, made)
        return serve

    return decorate


def endpoint_of(view: Callable[..., Any]) -> Endpoint | None:
    """What is said of a view."""
    found: Endpoint | None = getattr(view, _MARK, None)
    return found


def _dump(data: Any) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_UTC_Z)


__all__ = ["PUBLIC", "SIGNED_IN", "Call", "Endpoint", "Reply", "endpoint", "endpoint_of"]
