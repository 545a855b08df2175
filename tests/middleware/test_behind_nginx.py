"""Behind a real nginx that ends TLS: who asks is known, and nobody can pretend to be somebody else."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import production
from tests.cli.test_tls import make_certificate
from tests.faults.server import Server
from tests.services.nginx import running_nginx

HOST = "autom8.example.org"
LIMIT = 30
PASSWORD = "a long and unlikely password"


@dataclass(frozen=True)
class Front:
    """A server in production, which believes 127.0.0.1, and nginx there in front of it."""

    server: Server
    nginx_port: int

    @property
    def server_port(self) -> int:
        return int(self.server.url.rpartition(":")[2])

    def through(self, address: str, path: str, body: Any = None, **headers: str) -> http.client.HTTPResponse:
        """One request from this address to nginx."""
        context = ssl._create_unverified_context()  # noqa: S323 - nginx's certificate is not what is tested
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.nginx_port, timeout=30, context=context, source_address=(address, 0)
        )
        return _ask(connection, path, body, headers)

    def past(self, address: str, path: str, body: Any = None, **headers: str) -> http.client.HTTPResponse:
        """One request from this address to the server itself."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.server_port, timeout=30, source_address=(address, 0)
        )
        return _ask(connection, path, body, headers)


def _ask(
    connection: http.client.HTTPConnection, path: str, body: Any, headers: dict[str, str]
) -> http.client.HTTPResponse:
    named = {"Host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
    with closing(connection):
        if body is None:
            connection.request("GET", path, headers=named)
        else:
            connection.request("POST", path, json.dumps(body), named | {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder: Path = tmp_path_factory.mktemp("nginx")
    _, cert, key = make_certificate(folder, HOST)
    env = {
        **production.ENVIRONMENT,
        "AUTOM8_BEHIND_TLS_PROXY": "1",
        "AUTOM8_TRUSTED_PROXIES": "127.0.0.1",
        "AUTOM8_REQUESTS_PER_MINUTE": str(LIMIT),
    }
    server = Server(home=folder / "home", env=env)
    try:
        server.start()
        server.ask("POST", "/users", {"name": "ada", "password": PASSWORD, "role": "viewer"})
        with running_nginx(server.url.removeprefix("http://"), certificate=(cert, key)) as nginx:
            yield Front(server, nginx.port)
    finally:
        server.close()


def test_the_page_gets_a_secure_cookie_and_the_session_its_own_address(front: Front) -> None:
    login = {"name": "ada", "password": PASSWORD, "cookie": True}

    answer = front.through("127.0.0.40", "/api/v1/auth/login", login, X_Forwarded_For="9.9.9.9")

    assert answer.status == 200
    assert answer.headers["Set-Cookie"].startswith("__Host-autom8=")
    assert "; Secure" in answer.headers["Set-Cookie"]
    entry = front.server.ask("GET", "/audit?limit=1")["items"][0]
    assert "127.0.0.40" in json.dumps(entry)
    assert "9.9.9.9" not in json.dumps(entry)


def test_a_spoofed_address_does_not_escape_the_limit(front: Front) -> None:
    statuses = [
        front.through(
            "127.0.0.41", "/api/v1/tasks", X_Forwarded_For=f"192.0.2.{number}, 10.0.0.{number}"
        ).status
        for number in range(LIMIT + 1)
    ]

    assert statuses == [401] * LIMIT + [429]
    assert front.through("127.0.0.42", "/api/v1/tasks").status == 401


def test_who_goes_past_the_proxy_is_not_believed(front: Front) -> None:
    spoofed = {"X_Forwarded_For": "192.0.2.99", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "localhost"}

    answers = [front.past("127.0.0.43", "/api/v1/tasks", **spoofed) for _ in range(LIMIT + 1)]

    assert [each.status for each in answers] == [403] * LIMIT + [429]  # plain HTTP, whatever it says
    assert front.past("127.0.0.44", "/api/v1/health").status == 200


def test_what_nginx_says_came_by_plain_http_is_refused(front: Front, tmp_path: Path) -> None:
    upstream = front.server.url.removeprefix("http://")
    with running_nginx(upstream) as plain:
        connection = http.client.HTTPConnection("127.0.0.1", plain.port, timeout=30)
        assert _ask(connection, "/api/v1/tasks", None, {}).status == 403


def test_nginx_passes_what_the_server_says_of_large_headers(front: Front) -> None:
    assert (
        front.through("127.0.0.45", "/api/v1/tasks?q=" + "a" * 7_000, X="a" * 7_000, Y="b" * 7_000).status
        == 401
    )
    assert (
        front.through("127.0.0.45", "/api/v1/tasks", X="a" * 8_000, Y="b" * 8_000, Z="c" * 8_000).status
        == 431
    )
