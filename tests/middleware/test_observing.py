"""Request ids, timing, the log line and the headers of every answer."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from autom8.kernel.logs import JsonLines
from autom8.kernel.telemetry import Telemetry
from autom8.kernel.vocabulary import Role
from autom8.middleware.access import PUBLIC, Access, grant
from autom8.middleware.headers import CONTENT_SECURITY_POLICY, add_missing, security_headers
from autom8.middleware.observing import Observed
from tests.api.rig import PASSWORD, House

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The log lines of requests so far."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("autom8.request")
    logger.addHandler(handler)
    before = logger.level
    logger.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.setLevel(before)


def test_each_request_leaves_one_line_that_says_what_how_long_and_who(
    house: House, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    user = house.user(Role.VIEWER, "ada")
    answer = user.get("/tasks/4711?recent=3")

    line = lines()[-1]
    assert line | {"timestamp": "", "duration_ms": 0} == {
        "timestamp": "",
        "level": "INFO",
        "module": "autom8.request",
        "message": "request",
        "method": "GET",
        "path": "/api/v1/tasks/<id:task_id>",
        "status_code": 404,
        "duration_ms": 0,
        "request_id": answer.headers["X-Request-Id"],
        "actor": "ada",
    }
    assert 0 < line["duration_ms"] < 10_000


def test_no_secret_of_a_request_is_logged(
    house: House, lines: Callable[[], list[dict[str, Any]]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house.user(Role.VIEWER, "ada")
    house.stranger.get("/tasks?cursor=secret-query", headers={"Authorization": "Bearer secret-token"})
    house.stranger.post("/auth/login", {"name": "ada", "password": "secret-guess"})

    said = json.dumps(lines()) + caplog.text
    assert "secret-" not in said
    assert PASSWORD not in said


def test_a_refused_request_leaves_its_line_too(
    house: House, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    house.stranger.get("/tasks")
    viewer = house.user(Role.VIEWER, "ada")
    viewer.get("/users")

    refused = [(line["path"], line["status_code"], line["actor"]) for line in lines()]
    assert ("/api/v1/tasks", 401, "anonymous") in refused
    assert ("/api/v1/users", 403, "ada") in refused


def test_an_address_that_is_not_there_can_not_break_out_of_its_line(
    house: House, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    house.stranger.get("/nope%0a%7b%22level%22:%22forged%22%7d" + "x" * 1_000)

    (line,) = lines()
    assert line["level"] == "INFO"
    assert len(line["path"]) == 200


@pytest.mark.parametrize("offered", ["abcdefgh", "A-b_9" * 4])
def test_a_sane_request_id_of_the_proxy_is_kept(house: House, offered: str) -> None:
    assert house.stranger.get("/health", headers={"X-Request-Id": offered}).headers["X-Request-Id"] == offered


@pytest.mark.parametrize(
    "offered", ["", "short", "x" * 65, "has space", "new\x0bline", "quote\"'<>", "\xe9" * 9]
)
def test_any_other_request_id_is_replaced(house: House, offered: str) -> None:
    given = house.stranger.get("/health", headers={"X-Request-Id": offered}).headers["X-Request-Id"]

    assert given != offered
    assert len(given) == 22


def test_every_request_is_timed_and_counted(house: House) -> None:
    before = house.services.telemetry.snapshot()
    house.stranger.get("/health")
    house.stranger.get("/tasks")
    after = house.services.telemetry.snapshot()

    assert after["http.requests.count"] - before.get("http.requests.count", 0) == 2
    assert after["http.requests.seconds"] > before.get("http.requests.seconds", 0)
    assert after["http.answers.2xx"] - before.get("http.answers.2xx", 0) == 1
    assert after["http.answers.4xx"] - before.get("http.answers.4xx", 0) == 1


@pytest.mark.parametrize("path", ["/health", "/tasks", "/nope", "//nope", "//api/docs", "/openapi.json"])
def test_every_answer_carries_the_security_headers(house: House, path: str) -> None:
    headers = house.stranger.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers.getlist("Content-Security-Policy").__len__() == 1
    assert "Strict-Transport-Security" not in headers
    assert not [name for name, _ in headers if name.startswith("Access-Control")]


def test_the_policy_allows_no_inline_script_or_style() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "script-src 'self'" in CONTENT_SECURITY_POLICY


def test_in_production_browsers_are_told_to_come_by_https_only() -> None:
    headers = dict(security_headers(production=True))

    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_a_header_that_a_view_has_set_stays_as_it_is() -> None:
    headers = [("content-security-policy", "its own")]

    add_missing(headers, security_headers(production=False))

    assert [value for name, value in headers if name.lower() == "content-security-policy"] == ["its own"]


def test_an_answer_that_does_not_say_whether_it_may_be_kept_is_not(house: House) -> None:
    app = house.client.application
    assert isinstance(app, Flask)
    view = lambda: "about somebody"  # noqa: E731 - a view that forgot to say
    grant(view, Access(scope=PUBLIC))
    app.add_url_rule("/api/v1/forgetful", "forgetful", view)

    assert house.stranger.get("/forgetful").headers["Cache-Control"] == "no-store"


def test_an_application_that_fails_outright_is_still_logged_and_counted(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    def broken(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise RuntimeError("at once")

    telemetry = Telemetry()
    with pytest.raises(RuntimeError):
        Observed(broken, telemetry=telemetry, production=False)(
            {"REQUEST_METHOD": "GET", "PATH_INFO": "/x"}, lambda *_: lambda _: None
        )

    assert telemetry.snapshot()["http.answers.5xx"] == 1
    assert (lines()[-1]["level"], lines()[-1]["status_code"]) == ("ERROR", 500)


def test_an_application_that_fails_while_answering_may_answer_anew() -> None:
    def late(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        try:
            raise RuntimeError("late")
        except RuntimeError:
            kind, error, traceback = sys.exc_info()
            if kind and error and traceback:
                start_response("500 Oh", [], (kind, error, traceback))
        return [b""]

    answered: list[tuple[Any, ...]] = []

    def answering(*given: Any) -> Callable[[bytes], object]:
        answered.append(given)
        return bytes

    Observed(late, telemetry=Telemetry(), production=False)({"REQUEST_METHOD": "GET"}, answering)

    assert [each[0] for each in answered] == ["200 OK", "500 Oh"]
    assert len(answered[1]) == 3
