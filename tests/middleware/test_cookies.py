"""The session cookie's flags, and which requests come from the page itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from autom8.kernel.secrets import Secret
from autom8.middleware import cookies


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
    assert cookies.from_elsewhere(headers, host="here:8008") is elsewhere
