"""The session cookie's flags, and which requests come from the page itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from autom8.kernel.secrets import Secret
from autom8.middleware import cookies


@pytest.mark.parametrize(
    ("host", "secure"),
    [
        ("localhost", True),
        ("localhost:8008", True),
        ("LOCALHOST:8008", True),
        ("autom8.localhost", True),
        ("127.0.0.1:8008", True),
        ("127.8.9.10", True),
        ("[::1]:8008", True),
        ("127.0.0.1.evil.example", False),
        ("server.example:8008", False),
        ("192.0.2.7:8008", False),
        ("notlocalhost", False),
        ("[bad", False),
        ("", False),
    ],
)
def test_over_plain_http_only_this_machine_takes_a_secure_cookie(host: str, *, secure: bool) -> None:
    environ = {"wsgi.url_scheme": "http", "HTTP_HOST": host}

    assert cookies.is_secure(environ, behind_proxy=False) is secure


def test_over_https_the_cookie_is_secure_whatever_the_host() -> None:
    environ = {"wsgi.url_scheme": "https", "HTTP_HOST": "server.example"}

    assert cookies.is_secure(environ, behind_proxy=False)


def test_behind_a_proxy_that_ends_tls_the_cookie_is_secure() -> None:
    environ = {"wsgi.url_scheme": "http", "HTTP_HOST": "server.example"}

    assert cookies.is_secure(environ, behind_proxy=True)


def test_a_cookie_ends_when_its_session_does() -> None:
    end = datetime(2027, 3, 28, 1, 2, 3, tzinfo=UTC)

    assert cookies.set_cookie(Secret("v"), expires_at=end, secure=True) == (
        "__Host-autom8=v; Expires=Sun, 28 Mar 2027 01:02:03 GMT; Path=/; HttpOnly; SameSite=Strict; Secure"
    )


@pytest.mark.parametrize(
    ("headers", "elsewhere"),
    [
        ({}, False),
        ({"HTTP_SEC_FETCH_SITE": "same-origin"}, False),
        ({"HTTP_SEC_FETCH_SITE": "none"}, False),
        ({"HTTP_SEC_FETCH_SITE": "same-site"}, True),
        ({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "http://here:8008"}, True),
        ({"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "http://proxied"}, False),
        ({"HTTP_ORIGIN": "http://here:8008"}, False),
        ({"HTTP_ORIGIN": "https://here:8008"}, False),
        ({"HTTP_ORIGIN": "http://here"}, True),
        ({"HTTP_ORIGIN": "http://there:8008"}, True),
        ({"HTTP_ORIGIN": "null"}, True),
        ({"HTTP_ORIGIN": ""}, True),
    ],
    ids=str,
)
def test_a_browser_tells_when_another_sites_page_asks(headers: dict[str, str], *, elsewhere: bool) -> None:
    assert cookies.from_elsewhere({"HTTP_HOST": "here:8008", **headers}) is elsewhere
