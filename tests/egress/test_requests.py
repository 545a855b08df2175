"""What is sent: what the caller said and nothing of the machine's own, in one request and no second one."""

from __future__ import annotations

import logging

import pytest

from autom8.egress.errors import EgressRefused, EgressRequestInvalid
from autom8.egress.service import Ask
from autom8.kernel.events import OutgoingRefused
from tests.egress.far_side import Names, far_side, way_out


def test_a_request_carries_what_was_said() -> None:
    with far_side() as side:
        way_out("127.0.0.1").ask(
            Ask(
                url=f"{side.url}a%2Fb?x=1&y=%20#part",
                purpose="test",
                method="POST",
                headers={"Content-Type": "application/json", "X-Name": "caf\xe9"},
                body=b'{"a": 1}',
            )
        )

    head, _, body = side.asked[0].partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"POST /a%2Fb?x=1&y=%20 HTTP/1.1",
        f"Host: 127.0.0.1:{side.port}".encode(),
        b"Accept-Encoding: gzip",
        b"Connection: close",
        b"User-Agent: Autom8",
        b"Content-Length: 8",
        b"Content-Type: application/json",
        b"X-Name: caf\xe9",
    ]
    assert body == b'{"a": 1}'


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with far_side() as proxy, far_side() as side:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)

        way_out("127.0.0.1").ask(Ask(url=side.url, purpose="test"))

        assert (proxy.connections, side.connections) == (0, 1)


def test_no_credentials_of_the_machine_are_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / ".netrc").write_text("machine 127.0.0.1 login me password s3cret")
    (home / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(home))
    with far_side() as side:
        way_out("127.0.0.1").ask(Ask(url=side.url, purpose="test"))

    assert b"uthorization" not in side.asked[0]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
        "unix:/run/x",
        "8.8.8.8",
        "",
        "//8.8.8.8/",
        "javascript:1",
    ],
)
def test_only_http_and_https_are_asked(url: str) -> None:
    with pytest.raises(EgressRefused):
        way_out().ask(Ask(url=url, purpose="test"))


@pytest.mark.parametrize(
    "url",
    [
        "http://user@8.8.8.8/",
        "http://user:secret@8.8.8.8/",
        "http://@8.8.8.8/",
        "http:///path",
        "http://8.8.8.8 /",
        "http://8.8.8.8\r\nX: y/",
        "http://8.8.8.8/\n",
        "http://8.8.8.8\t/",
        "http://a..example/",
        "http://-a.example/",
        "http://a_-.example:80:80/",
        "http://8.8.8.8\\@inside.example/",
        "http://exa\u0000mple/",
        "http://x\u202e.example/",
        f"http://{'a' * 64}.example/",
        "http://8.8.8.8/" + "a" * 9_000,
        "http://xn--a-ecp.ru\u2260/",
    ],
)
def test_what_is_no_clear_url_is_not_asked(url: str) -> None:
    with pytest.raises(EgressRequestInvalid):
        way_out(resolve=Names({})).ask(Ask(url=url, purpose="test"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "inside.example"},
        {"Content-Length": "5"},
        {"transfer-encoding": "chunked"},
        {"Connection": "keep-alive"},
        {"Proxy-Authorization": "x"},
        {"X": "a\r\nHost: inside.example"},
        {"X": "a\nb"},
        {"X\r\nY": "a"},
        {"X Y": "a"},
        {"": "a"},
        {"X": "\u20ac"},
    ],
)
def test_no_header_makes_a_second_request_or_another_host(headers: dict[str, str]) -> None:
    with far_side() as side:
        with pytest.raises(EgressRequestInvalid):
            way_out("127.0.0.1").ask(Ask(url=side.url, purpose="test", headers=headers))

        assert side.connections == 0


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "get", "", "GET /x HTTP/1.1\r\nA:"])
def test_only_methods_that_ask_are_sent(method: str) -> None:
    with pytest.raises(EgressRequestInvalid):
        way_out("127.0.0.1").ask(Ask(url="http://127.0.0.1/", purpose="test", method=method))


def test_a_refusal_is_logged_without_the_urls_secrets(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[OutgoingRefused] = []
    with caplog.at_level(logging.WARNING), pytest.raises(EgressRefused):
        way_out(heard=heard).ask(Ask(url="http://127.0.0.1:8008/hook?token=s3cret", purpose="webhook"))

    assert [record.message for record in caplog.records] == ["egress_refused"]
    assert caplog.records[0].__dict__["fields"] == {
        "host": "127.0.0.1",
        "port": 8008,
        "address": "127.0.0.1",
        "reason": "its address is loopback",
        "purpose": "webhook",
    }
    assert len(heard) == 1


def test_what_may_hold_secrets_is_not_shown_by_a_request_or_an_answer() -> None:
    ask = Ask(url="http://x.example/", purpose="test", headers={"Authorization": "s3cret"}, body=b"s3cret")

    assert "s3cret" not in repr(ask)
