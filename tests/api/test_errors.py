"""Everything that goes wrong is a problem+json of the right status, and tells nothing of our insides."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

import autom8
from autom8.api.errors import STATUS_BY_FAMILY, status_of
from autom8.kernel import errors
from autom8.middleware.access import PUBLIC, Access, grant
from autom8.middleware.problems import MEDIA_TYPE
from tests.api.rig import Caller, House


def _all_errors() -> Iterator[type[errors.Autom8Error]]:
    """Every expected error of the server. The CLI's own never meet HTTP."""
    for module in pkgutil.walk_packages(autom8.__path__, "autom8."):
        if not module.name.startswith("autom8.persistence.migrations"):
            importlib.import_module(module.name)
    found = [errors.Autom8Error]
    for each in found:
        found += [sub for sub in each.__subclasses__() if sub not in found]
    return (each for each in found if not each.__module__.startswith("autom8.cli"))


EXPECTED = {
    errors.Invalid: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.PreconditionMissing: 428,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
}


def test_every_expected_error_has_a_status_and_a_code() -> None:
    kinds = list(_all_errors())

    assert len(kinds) > len(STATUS_BY_FAMILY)
    for kind in kinds:
        status = status_of(kind)
        families = [EXPECTED[each] for each in kind.__mro__ if each in EXPECTED]
        assert status in {*families[:1], 500, 414, 415, 431}, kind
        assert (status == 500) == (not families), kind
        assert kind.code == kind.code.lower().strip(), kind


def test_codes_are_told_apart_by_their_own_names() -> None:
    """A subclass says more than its family, so it has a code of its own, unless it means the same."""
    own = [kind for kind in _all_errors() if "code" in vars(kind)]

    families = {kind.code for kind in own if kind.__module__ == errors.__name__}
    assert len(families) == len([kind for kind in own if kind.__module__ == errors.__name__])


@pytest.fixture
def breaking(house: House) -> tuple[Flask, Caller]:
    app = house.client.application
    assert isinstance(app, Flask)
    return app, house.stranger


def _route(app: Flask, error: Exception) -> None:
    def view() -> str:
        raise error

    grant(view, Access(scope=PUBLIC))
    app.add_url_rule("/api/v1/broken", "broken", view)


@pytest.mark.parametrize("kind", EXPECTED, ids=lambda kind: kind.__name__)
def test_an_expected_error_is_told_with_its_words(
    breaking: tuple[Flask, Caller], kind: type[errors.Autom8Error]
) -> None:
    app, caller = breaking
    error = kind("Words.", retry_after_s=7) if issubclass(kind, errors.RateLimited) else kind("Words.")
    _route(app, error)

    answer = caller.get("/broken")

    assert answer.status_code == EXPECTED[kind]
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json == {
        "type": "about:blank",
        "title": HTTPStatus(answer.status_code).phrase,
        "status": answer.status_code,
        "detail": "Words.",
        "code": kind.code,
        "request_id": answer.headers["X-Request-Id"],
    }
    assert ("Retry-After" in answer.headers) == (answer.status_code in {429, 503})


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("secret path /etc/shadow"),
        OperationalError("SELECT secret FROM shadow", {}, Exception("password authentication failed")),
        errors.Misconfigured("secret setting"),
        errors.Autom8Error("secret bug"),
        RecursionError("secret depth"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_not_expected_tells_nothing_of_our_insides(
    breaking: tuple[Flask, Caller], error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    app, caller = breaking
    _route(app, error)

    answer = caller.get("/broken")

    assert (answer.status_code, answer.json["code"]) == (500, "internal")
    for word in ("secret", "SELECT", "password", "Traceback", "shadow"):
        assert word not in answer.text
    assert "request_failed" in [record.message for record in caplog.records]


def test_a_method_that_is_not_there_names_those_that_are(local: Caller) -> None:
    answer = local.ask("PUT", "/tasks")

    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_are_not_answered(local: Caller, method: str) -> None:
    answer = local.ask(method, "/tasks", headers={"Origin": "https://evil.example"})

    assert answer.status_code == 405
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("path", ["/nope", "//nope", "//api/v2/tasks", "//api", "//static/x"])
def test_an_address_that_is_not_there_is_a_problem_too(house: House, path: str) -> None:
    answer = house.stranger.get(path)

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_database_that_is_gone_is_said_to_be_and_worth_another_try(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("disk I/O error at /secret"))

    monkeypatch.setattr("autom8.repositories.runs.RunRepository.get", gone)

    answer = house.local.get("/runs/1")

    assert (answer.status_code, answer.json["code"]) == (503, "database_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert "secret" not in answer.text


def test_head_is_answered_like_get_without_the_body(local: Caller) -> None:
    get, head = local.get("/tasks"), local.ask("HEAD", "/tasks")

    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]
