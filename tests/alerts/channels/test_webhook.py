"""Webhooks to real receivers: signed CloudEvents, one key in each try; and receivers that lie or hang."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any

import pytest

from autom8.alerts.channels import webhook
from autom8.alerts.channels.outgoing import Outgoing, Sent
from autom8.alerts.channels.webhook import WebhookSender, secret_bytes
from autom8.alerts.retrying import Result
from autom8.kernel.secrets import Secret
from tests.egress.far_side import Names, Serve, endless, far_side, redirect, way_out

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
KEY = "6f1c64d5-53a7-4a4e-8a0b-3b4a5a0c1f10"
RAW = bytes(range(32))
SIGNING = "whsec_" + base64.b64encode(RAW).decode()
TOLD = Outgoing(
    key=KEY,
    subject="FIRING: backup",
    text="exit code 2",
    thread="incident-12",
    event={"incident": {"id": 12}, "notices": ["firing"]},
    event_type="incident.firing",
    url="https://autom8.example/incidents/12",
    pages=True,
)


def sender(url: str, secret: str | None = SIGNING) -> WebhookSender:
    return WebhookSender(
        url=Secret(url),
        secret=Secret(secret) if secret else None,
        source="https://autom8.example",
        ask=way_out("127.0.0.1", resolve=Names({})).ask,
        now=lambda: NOON,
    )


def answered(answer: Serve | bytes) -> Sent:
    with far_side(answer) as side:
        return sender(side.url).send(TOLD)


def status(line: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {line}", *headers, "Content-Length: 0", "", ""]).encode()


@contextmanager
def impatient(seconds: float) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webhook, "_LIMITS", replace(webhook._LIMITS, time=timedelta(seconds=seconds)))
        yield


def parts(request: bytes) -> tuple[str, dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    named = dict(each.split(": ", 1) for each in headers)
    return line, {name.lower(): value for name, value in named.items()}, body


def test_a_receiver_gets_a_cloud_event_and_can_prove_from_whom() -> None:
    with far_side() as side:
        sent = sender(side.url + "hook?x=1").send(TOLD)

    assert (sent.result, sent.detail) == (Result.DELIVERED, "")
    line, headers, body = parts(side.asked[0])
    assert line == "POST /hook?x=1 HTTP/1.1"
    assert headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert headers["idempotency-key"] == f'"{KEY}"'
    assert json.loads(body) == {
        "specversion": "1.0",
        "id": KEY,
        "source": "https://autom8.example",
        "type": "io.autom8.incident.firing",
        "subject": "incident-12",
        "time": "2027-03-01T12:00:00+00:00",
        "datacontenttype": "application/json",
        "data": {
            "subject": "FIRING: backup",
            "text": "exit code 2",
            "url": "https://autom8.example/incidents/12",
            "incident": {"id": 12},
            "notices": ["firing"],
        },
    }
    # as https://www.standardwebhooks.com has a receiver do it
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    proof = base64.b64encode(hmac.new(RAW, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{proof}"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (KEY, str(int(NOON.timestamp())))


def test_a_published_signature_comes_out_the_same() -> None:
    """The example of the specification's reference libraries."""
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    made = webhook.signature_of(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')

    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_without_a_secret_it_is_not_signed() -> None:
    with far_side() as side:
        sender(side.url, secret=None).send(TOLD)

    headers = parts(side.asked[0])[1]
    assert "webhook-signature" not in headers
    assert headers["webhook-id"] == KEY


def test_each_try_has_the_same_key() -> None:
    with far_side(status("503 Busy")) as side:
        for _ in range(2):
            sender(side.url).send(TOLD)

    assert len({parts(each)[1]["idempotency-key"] for each in side.asked}) == 1
    assert len({json.loads(parts(each)[2])["id"] for each in side.asked}) == 1


@pytest.mark.parametrize(
    ("line", "result"),
    [
        ("200 OK", Result.DELIVERED),
        ("202 Accepted", Result.DELIVERED),
        ("204 No Content", Result.DELIVERED),
        ("301 Moved", Result.REFUSED),
        ("400 Bad", Result.REFUSED),
        ("401 Who", Result.REFUSED),
        ("404 None", Result.REFUSED),
        ("408 Slow", Result.FAILED),
        ("410 Gone", Result.REFUSED),
        ("425 Early", Result.FAILED),
        ("429 Many", Result.FAILED),
        ("500 Oh", Result.FAILED),
        ("503 Busy", Result.FAILED),
        ("599 Odd", Result.FAILED),
    ],
)
def test_the_status_says_whether_another_try_helps(line: str, result: Result) -> None:
    sent = answered(status(line))

    assert sent.result is result
    assert sent.retry_after is None
    assert (line[:3] in sent.detail) is (result is not Result.DELIVERED)


@pytest.mark.parametrize(
    ("wish", "after"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta()),
        (format_datetime(NOON + timedelta(minutes=5), usegmt=True), timedelta(minutes=5)),
        (format_datetime(NOON - timedelta(minutes=5), usegmt=True), timedelta()),
        ("999999999", timedelta(days=1)),
        ("9" * 400, None),
        ("-1", None),
        ("soon", None),
        ("Mon, 99 Foo 2027 25:61:61 GMT", None),
        ("\xb2", None),
    ],
)
def test_the_wish_of_a_receiver_is_read_as_seconds_or_a_date(wish: str, after: timedelta | None) -> None:
    with far_side(b"HTTP/1.1 429 Many\r\nRetry-After: " + wish.encode("latin-1") + b"\r\n\r\n") as side:
        sent = sender(side.url).send(TOLD)

    assert (sent.result, sent.retry_after) == (Result.FAILED, after)


def test_a_redirect_takes_nothing_elsewhere() -> None:
    with far_side() as other, far_side(redirect(other.url, "307 Go")) as side:
        assert sender(side.url).send(TOLD).result is Result.REFUSED
    assert not other.asked


def _hang(_: socket.socket, until: threading.Event) -> None:
    until.wait(10)


def test_nobody_knows_what_became_of_it_once_it_had_gone_out() -> None:
    done = threading.Event()
    with impatient(0.5), far_side(partial(_hang, until=done)) as mute:
        sent = sender(mute.url).send(TOLD)
        done.set()
    assert sent.result is Result.UNKNOWN
    assert answered(lambda connection: connection.close()).result is Result.UNKNOWN
    assert answered(b"SSH-2.0-OpenSSH\r\n\r\n").result is Result.UNKNOWN


def test_before_it_had_gone_out_it_has_failed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert sender(f"http://127.0.0.1:{port}/").send(TOLD).result is Result.FAILED
    assert sender("http://nowhere.invalid/").send(TOLD).result is Result.FAILED
    with far_side(lambda connection: connection.close(), reads=False) as plain:  # where TLS was to be
        assert sender(f"https://127.0.0.1:{plain.port}/").send(TOLD).result is Result.FAILED


def test_a_status_counts_however_its_body_goes_on() -> None:
    assert answered(endless(b"x" * 60_000)).result is Result.DELIVERED
    assert answered(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx").result is Result.DELIVERED
    packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx"
    assert answered(packed).result is Result.DELIVERED
    assert answered(endless(b"x" * 60_000, b"HTTP/1.1 500 Oh\r\n\r\n")).result is Result.FAILED
    with impatient(0.5), far_side(endless(b"x", pause_s=0.1)) as drip:
        assert sender(drip.url).send(TOLD).result is Result.DELIVERED


def test_a_head_that_never_ends_is_left() -> None:
    endless_head: Callable[..., Any] = endless
    sent = answered(endless_head(b"X-A: " + b"b" * 1_000 + b"\r\n", b"HTTP/1.1 200 OK\r\n"))

    assert sent.result is Result.UNKNOWN


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://10.0.0.1/",
        "http://[::ffff:169.254.169.254]/",
        "http://2130706433/",
        "file:///etc/passwd",
        "http://user:hunter2@127.0.0.1/",
    ],
)
def test_what_must_not_be_reached_is_not_asked_and_its_url_not_shown(url: str) -> None:
    sent = sender(url + "?token=s3cret").send(TOLD)

    assert sent.result is Result.REFUSED
    assert "s3cret" not in sent.detail
    assert "hunter2" not in sent.detail


def test_a_megabyte_and_hostile_texts_arrive_as_json() -> None:
    text = "\r\nX-Injected: 1\0<script>ü" * 40_000
    with far_side() as side:
        sent = sender(side.url).send(replace(TOLD, subject=text, text=text))

    assert sent.result is Result.DELIVERED
    _, headers, body = parts(side.asked[0])
    assert json.loads(body)["data"]["text"] == text
    assert "x-injected" not in headers


def test_what_no_json_can_hold_is_refused_and_raises_nothing() -> None:
    assert sender("http://127.0.0.1:1/").send(replace(TOLD, text="\ud800")).result is Result.REFUSED


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
)
def test_a_signing_secret_is_of_the_standard_form_and_long(text: str) -> None:
    with pytest.raises(ValueError, match="must be whsec_"):
        secret_bytes(text)
