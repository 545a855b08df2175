"""A failed download is told in two lines: what could not be reached, why, and what to do."""

from __future__ import annotations

import pytest

from devtools.diagnosis import unreachable

UV = """\
error: Request failed after 3 retries in 3.4s
  Caused by: Failed to fetch: `http://me:secret@127.0.0.1:9/simple/flask/`
  Caused by: error sending request for url (http://127.0.0.1:9/simple/flask/)
  Caused by: client error (Connect)
  Caused by: tcp connect error
  Caused by: Connection refused (os error 111)
"""
UV_NAME = """\
  Caused by: Failed to fetch: `https://mirror.example/simple/flask/`
  Caused by: dns error
  Caused by: failed to lookup address information: Name or service not known
"""
UV_CERTIFICATE = """\
  Caused by: Failed to fetch: `https://mirror.example/simple/flask/`
  Caused by: invalid peer certificate: UnknownIssuer
"""
UV_PASSWORD = """\
  Caused by: Failed to fetch: `https://mirror.example/simple/flask/`
  Caused by: HTTP status client error (401 Unauthorized) for url (https://mirror.example/simple/)
"""
PIP = """\
WARNING: Retrying (Retry(total=1, connect=None)) after connection broken by 'ConnectTimeoutError(\
<HTTPSConnection object at 0x7f>, 'Connection to mirror.example timed out.')': /simple/uv/
ERROR: HTTPSConnectionPool(host='mirror.example', port=443): Max retries exceeded with url: /simple/uv/
"""
APT = """\
Err:1 http://deb.example/debian bookworm InRelease
  Temporary failure resolving 'deb.example'
E: Failed to fetch http://deb.example/debian/InRelease  Temporary failure resolving 'deb.example'
"""
NPM = """\
npm error code ECONNREFUSED
npm error FetchError: request to http://127.0.0.1:9/preact failed, reason: connect ECONNREFUSED 127.0.0.1:9
"""


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (UV, ["http://127.0.0.1:9", "connection refused", "PIP_INDEX_URL"]),
        (UV_NAME, ["https://mirror.example", "name not found", "HTTPS_PROXY"]),
        (UV_CERTIFICATE, ["https://mirror.example", "certificate not trusted", "PIP_CERT"]),
        (UV_PASSWORD, ["https://mirror.example", "access refused", "~/.netrc"]),
        (PIP, ["mirror.example:443", "no answer in time", "HTTPS_PROXY"]),
        (APT, ["http://deb.example", "name not found", "HTTPS_PROXY"]),
        (NPM, ["http://127.0.0.1:9", "connection refused", "HTTPS_PROXY"]),
    ],
    ids=["uv", "uv-name", "uv-certificate", "uv-password", "pip", "apt", "npm"],
)
def test_the_place_the_reason_and_the_remedy_are_named(output: str, told: list[str]) -> None:
    message = unreachable(output, doing="installing")
    assert message is not None
    assert all(words in message for words in told)
    assert len(message.splitlines()) == 2
    assert "secret" not in message


@pytest.mark.parametrize("output", ["", "SyntaxError: invalid syntax", "error: hash mismatch for flask"])
def test_another_failure_is_not_taken_for_the_network(output: str) -> None:
    assert unreachable(output, doing="installing") is None
