"""What a real browser lets pages of other origins do with the API."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from werkzeug.serving import make_server

from autom8.kernel.vocabulary import Role
from tests.api.rig import PASSWORD, House, Open

ASK = """async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    return {status: answer.status, etag: answer.headers.get('ETag'), body: await answer.json()};
  } catch (error) { return {refused: String(error)}; }
}"""


class _Blank(BaseHTTPRequestHandler):
    """A page of somebody else's."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def origins() -> Iterator[tuple[str, str]]:
    """Two other origins: one that will be named, one that will not."""
    with ExitStack() as stack:
        servers = [stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), _Blank)) for _ in range(2)]
        threads = [threading.Thread(target=each.serve_forever) for each in servers]
        for each in threads:
            each.start()
        named, other = (f"http://localhost:{each.server_port}" for each in servers)
        yield named, other
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()


@pytest.fixture
def house(open_house: Open, origins: tuple[str, str]) -> House:
    return open_house(cors_origins=(origins[0],))


@pytest.fixture
def address(house: House) -> Iterator[str]:
    """Where the API is: the same site as the others, so that only origins tell them apart."""
    app = house.client.application
    assert isinstance(app, Flask)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_named_page_asks_with_a_token_and_another_does_not(
    house: House, origins: tuple[str, str], address: str, page: Page
) -> None:
    named, other = origins
    token = house.user(Role.OPERATOR).headers["Authorization"]
    headers = {"Authorization": token, "Content-Type": "application/json", "Idempotency-Key": "k-1"}
    options = {"method": "POST", "headers": headers, "body": '{"name": "a", "command": ["x"]}'}

    page.goto(named)
    made = page.evaluate(ASK, [f"{address}/api/v1/tasks", options])
    changed = page.evaluate(
        ASK,
        [
            f"{address}/api/v1/tasks/{made['body']['id']}",
            {
                "method": "PATCH",
                "headers": {**headers, "If-Match": made["etag"]},
                "body": '{"description": "d"}',
            },
        ],
    )
    page.goto(other)
    refused = page.evaluate(ASK, [f"{address}/api/v1/tasks", options])

    assert (made["status"], changed["status"]) == (201, 200)
    assert made["etag"].startswith('"t')
    assert "Failed to fetch" in refused["refused"]
    assert len(house.local.get("/tasks").json["items"]) == 1


def test_a_session_of_the_page_is_of_no_use_to_pages_of_the_same_site(
    house: House, origins: tuple[str, str], address: str, page: Page
) -> None:
    """SameSite does not help between ports of one host; the origin must."""
    house.user(Role.OPERATOR, "ada")
    login: dict[str, Any] = {
        "method": "POST",
        "credentials": "include",
        "headers": {"Content-Type": "application/json"},
        "body": f'{{"name": "ada", "password": "{PASSWORD}", "cookie": true}}',
    }
    session = f"{address}/api/v1/auth/session"

    page.goto(f"{address}/api/docs")
    assert page.evaluate(ASK, [f"{address}/api/v1/auth/login", login])["status"] == 200
    assert page.evaluate(ASK, [session, {}])["status"] == 200
    for origin in origins:
        page.goto(origin)
        assert "refused" in page.evaluate(ASK, [session, {"credentials": "include"}])
        assert "refused" in page.evaluate(ASK, [f"{address}/api/v1/auth/login", login])

    page.context.clear_cookies()
    page.goto(origins[0])
    page.evaluate(ASK, [f"{address}/api/v1/auth/login", login])
    assert page.context.cookies() == []
