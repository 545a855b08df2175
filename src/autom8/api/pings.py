"""`/ping/<key>`: where jobs that run elsewhere say how they fare. The words are those of Healthchecks.

The key in the address is the right to ping, so that neither a session nor a scope is looked at. A ping is
answered once it is committed; who gets another answer sends it again.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, current_app, request

from autom8.alerts.checks.check import EXIT_CODES
from autom8.alerts.checks.pinging import BODY_BYTES_MAX, Pinged, Pinging
from autom8.kernel.errors import RateLimited, TooLarge, Unavailable
from autom8.kernel.vocabulary import PingKind
from autom8.middleware.access import PUBLIC, Access, grant
from autom8.middleware.bodies import body_of
from autom8.middleware.gate import HttpsRequired, admit_program, admit_visitor

PINGS_PER_MINUTE: Final = 120  # of one key: a job that runs each minute says two, or a few more with logs
_KEY: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_RUN: Final = re.compile(r"[0-9a-fA-F-]{1,64}", re.ASCII)
_WORDS: Final = {"start": PingKind.START, "fail": PingKind.FAIL, "log": PingKind.LOG}
_METHODS: Final = ["GET", "POST"]  # and HEAD, as Flask has it with GET


def make_pings_blueprint(pinging: Pinging) -> Blueprint:
    """The routes of pings."""
    blueprint = Blueprint("pings", __name__)

    def ping(key: str, word: str | None = None) -> Response:
        if not _KEY.fullmatch(key) or not pinging.known(key):
            admit_visitor(current_app)  # guesses are counted, and refused by the hundred
            return _said("not found", HTTPStatus.NOT_FOUND)
        pinged = _read(word)
        if pinged is None:
            return _said("invalid url format", HTTPStatus.BAD_REQUEST)
        address = admit_program(current_app, f"ping {key.lower()}", PINGS_PER_MINUTE).address
        taken = pinging.take(key, _of(pinged, address))
        return _said("OK", HTTPStatus.OK) if taken else _said("not found", HTTPStatus.NOT_FOUND)

    grant(ping, Access(scope=PUBLIC))  # said for the record: the gate of the API leaves these to this view
    blueprint.add_url_rule("/ping/<key>", "ping", ping, methods=_METHODS)
    blueprint.add_url_rule("/ping/<key>/<word>", "ping_word", ping, methods=_METHODS)
    blueprint.register_error_handler(RateLimited, _too_many)
    blueprint.register_error_handler(HttpsRequired, _only_https)
    blueprint.register_error_handler(Unavailable, _unavailable)
    blueprint.register_error_handler(TooLarge, _too_large)
    return blueprint


def _read(word: str | None) -> tuple[PingKind, int | None] | None:
    """What the last part of an address says, with an exit code where it is one; None where it is nothing."""
    if word is None:
        return PingKind.SUCCESS, None
    if word in _WORDS:
        return _WORDS[word], None
    if not word.isascii() or not word.isdigit() or len(word) > 3 or int(word) not in EXIT_CODES:
        return None
    return (PingKind.FAIL if int(word) else PingKind.SUCCESS), int(word)


def _of(read: tuple[PingKind, int | None], address: str) -> Pinged:
    run = request.args.get("rid", "")
    return Pinged(
        kind=read[0],
        exit_code=read[1],
        run=run.lower() if _RUN.fullmatch(run) else None,
        method=request.method,
        address=address,
        agent=request.headers.get("User-Agent", ""),
        body=body_of(request) if request.method == "POST" else b"",
    )


def _said(text: str, status: HTTPStatus) -> Response:
    response = Response(text, status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Ping-Body-Limit"] = str(BODY_BYTES_MAX)
    response.headers["Access-Control-Allow-Origin"] = "*"  # as Healthchecks: the key is all that counts
    return response


def _too_many(error: RateLimited) -> Response:
    response = _said("rate limited", HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _only_https(_: HttpsRequired) -> Response:
    return _said("https only", HTTPStatus.FORBIDDEN)


def _unavailable(_: Unavailable) -> Response:
    response = _said("try again", HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = "5"
    return response


def _too_large(_: TooLarge) -> Response:
    return _said("too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
