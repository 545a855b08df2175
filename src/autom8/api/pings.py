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
from autom8.kernel.errors import RateLimited, Unavailable
from autom8.kernel.vocabulary import PingKind
from autom8.middleware.access import PUBLIC, Access, grant
from autom8.middleware.addresses import site_of
from autom8.middleware.bodies import beginning_of, expect_any_size
from autom8.middleware.gate import PROXIES, HttpsRequired, admit_program

PINGS_PER_MINUTE: Final = 120  # of one key: a job that runs each minute says two, or a few more with logs
WRONG_PER_MINUTE: Final = (
    60  # of one address, in a bucket apart: a right key from there is taken all the same
)
_KEY: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_RUN: Final = re.compile(r"[0-9A-Za-z._:-]{1,64}", re.ASCII)  # Healthchecks takes UUIDs alone
_WORDS: Final = {"start": PingKind.START, "fail": PingKind.FAIL, "log": PingKind.LOG}
_METHODS: Final = ["GET", "POST"]  # and HEAD, as Flask has it with GET


class _Malformed(Exception):
    """A right key, and something that can't be meant; says what in Healthchecks' words."""


def make_pings_blueprint(pinging: Pinging) -> Blueprint:
    """The routes of pings."""
    blueprint = Blueprint("pings", __name__)

    def ping(key: str, word: str | None = None) -> Response:
        if not _seems_right(pinging, key):
            return _said("not found", HTTPStatus.NOT_FOUND)
        address = admit_program(current_app, f"ping {key.lower()}", PINGS_PER_MINUTE).address
        if pinging.take(key, _read(word, address)):
            return _said("OK", HTTPStatus.OK)
        _count_guess()  # it was right until a moment ago
        return _said("not found", HTTPStatus.NOT_FOUND)

    grant(ping, Access(scope=PUBLIC))  # said for the record: the gate of the API leaves these to this view
    for path, name in (("/ping/<key>", "ping"), ("/ping/<key>/<word>", "ping_word")):
        blueprint.add_url_rule(path, name, ping, methods=_METHODS, strict_slashes=False)
    blueprint.before_request(lambda: expect_any_size(request))
    blueprint.register_error_handler(_Malformed, _malformed)
    blueprint.register_error_handler(RateLimited, _too_many)
    blueprint.register_error_handler(HttpsRequired, _only_https)
    blueprint.register_error_handler(Unavailable, _unavailable)
    return blueprint


def _seems_right(pinging: Pinging, key: str) -> bool:
    """Whether it is worth a transaction to take a ping of this key.

    Keys that are not known yet are counted by address. Beyond the limit they cost the database nothing more,
    and yet a right one is let through: other jobs may share the address of the one that guesses.

    Raises:
        RateLimited: this address has shown too many wrong ones.
    """
    if not _KEY.fullmatch(key):
        _count_guess()
        return False
    if pinging.remembers(key):
        return True
    try:
        _count_guess()
    except RateLimited:
        if not pinging.remembers(key, anew=True):
            raise
        return True
    return pinging.known(key)


def _count_guess() -> None:
    site = site_of(current_app.extensions[PROXIES].address_of(request.environ))
    admit_program(current_app, f"wrong ping {site}", WRONG_PER_MINUTE)


def _read(word: str | None, address: str) -> Pinged:
    kind, exit_code = _meant(word)
    run = request.args.get("rid")
    if run is not None and not _RUN.fullmatch(run):
        raise _Malformed("invalid uuid format")
    body, size = beginning_of(request, BODY_BYTES_MAX) if request.method == "POST" else (b"", 0)
    return Pinged(
        kind=kind,
        exit_code=exit_code,
        run=run.lower() if run is not None else None,
        method=request.method,
        address=address,
        agent=request.headers.get("User-Agent", ""),
        body=body,
        body_bytes=size,
    )


def _meant(word: str | None) -> tuple[PingKind, int | None]:
    """What the last part of an address says, with an exit code where it is one."""
    if word is None:
        return PingKind.SUCCESS, None
    if word in _WORDS:
        return _WORDS[word], None
    if not word.isascii() or not word.isdigit() or len(word) > 3 or int(word) not in EXIT_CODES:
        raise _Malformed("invalid url format")
    return (PingKind.FAIL if int(word) else PingKind.SUCCESS), int(word)


def _said(text: str, status: HTTPStatus) -> Response:
    response = Response(text, status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Ping-Body-Limit"] = str(BODY_BYTES_MAX)
    response.headers["Access-Control-Allow-Origin"] = "*"  # as Healthchecks: the key is all that counts
    return response


def _malformed(error: _Malformed) -> Response:
    return _said(str(error), HTTPStatus.BAD_REQUEST)


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
