"""The far sides that other tests count on do as they say: a mail sink and a receiver of webhooks."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import httpcore
import pytest

from tests.services.receiver import Receiver, receiver
from tests.services.smtp import Sink, smtp_sink

CLIENTS = 8
OF_EACH = 250
PER_SECOND_MIN = 150  # on a machine that is shared; alone it is ten times as many


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with smtp_sink(tmp_path / "smtp") as made:
        yield made


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Receiver]:
    with receiver(tmp_path / "receiver") as made:
        yield made


def mail(key: str = "1") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@example.org", "ada@example.org", "Zoë: failed"
    made["Message-ID"], made["X-Autom8-Incident"] = f"<{key}@example.org>", "7"
    made.set_content("gone wrong")
    made.add_alternative("<p>gone wrong</p>", subtype="html")
    return made


def send(sink: Sink, message: EmailMessage, *, timeout: float = 10) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, "localhost", timeout=timeout) as client:
        client.send_message(message)


def post(far: Receiver, key: str = "1", *, timeout: float = 10, body: bytes | None = None) -> int:
    times = {"timeout": {"read": timeout, "connect": timeout, "write": timeout, "pool": timeout}}
    headers = [("Idempotency-Key", key), ("Content-Type", "application/json")]
    content = json.dumps({"key": key}).encode() if body is None else body
    return httpcore.request("POST", far.url, headers=headers, content=content, extensions=times).status


def test_a_mail_is_on_disk_once_it_is_taken(sink: Sink) -> None:
    before = time.time()
    send(sink, mail())
    (taken,) = sink.mails()
    assert taken["to"] == ["ada@example.org"]
    assert taken["headers"]["Subject"] == "Zoë: failed"
    assert taken["headers"]["Message-ID"] == "<1@example.org>"
    assert taken["headers"]["X-Autom8-Incident"] == "7"
    assert (taken["text"].strip(), taken["html"].strip()) == ("gone wrong", "<p>gone wrong</p>")
    assert before <= taken["at"] <= time.time()
    send(sink, mail("2"))
    assert [each["headers"]["Message-ID"] for each in sink.mails()] == ["<1@example.org>", "<2@example.org>"]


@pytest.mark.parametrize(("mode", "code"), [("refuse", 554), ("fail", 451)])
def test_a_mail_that_is_refused_is_not_taken(sink: Sink, mode: str, code: int) -> None:
    sink.mode(mode)
    with pytest.raises(smtplib.SMTPDataError) as told:
        send(sink, mail())
    assert told.value.smtp_code == code
    assert (sink.mails(), sink.asked()) == ([], 1)
    sink.mode()
    send(sink, mail())
    assert len(sink.mails()) == 1


def test_a_slow_sink_takes_it_later_and_holds_up_no_other_connection(sink: Sink) -> None:
    sink.mode("slow", 0.6)
    begun = time.monotonic()
    with ThreadPoolExecutor(5) as threads:
        list(threads.map(lambda n: send(sink, mail(str(n))), range(5)))
    assert 0.6 <= time.monotonic() - begun < 2.5
    assert len(sink.mails()) == 5


def test_a_mute_sink_never_answers_and_takes_nothing(sink: Sink) -> None:
    sink.mode("mute", 30)
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        send(sink, mail(), timeout=0.3)
    assert sink.mails() == []


def test_a_dying_sink_has_taken_what_it_did_not_acknowledge(sink: Sink) -> None:
    sink.mode("die")
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(sink, mail())
    assert [each["mode"] for each in sink.mails()] == ["die"]


def test_an_unknown_address_bounces(sink: Sink) -> None:
    message = mail()
    message.replace_header("To", "bounces@example.org")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(sink, message)


def test_a_request_is_on_disk_once_it_is_taken(far: Receiver) -> None:
    assert post(far, "k", body='{"name": "Zoë"}'.encode()) == 200
    (taken,) = far.requests()
    assert (taken["method"], taken["path"], taken["body"]) == ("POST", "/hook", '{"name": "Zoë"}')
    assert taken["headers"]["idempotency-key"] == "k"


@pytest.mark.parametrize(("mode", "status"), [("refuse", 400), ("fail", 503)])
def test_a_request_that_is_refused_is_not_taken(far: Receiver, mode: str, status: int) -> None:
    far.mode(mode)
    assert post(far) == status
    assert (far.requests(), far.asked()) == ([], 1)
    far.mode()
    assert post(far) == 200
    assert len(far.requests()) == 1


def test_a_slow_receiver_takes_it_later(far: Receiver) -> None:
    far.mode("slow", 0.4)
    begun = time.monotonic()
    assert post(far) == 200
    assert time.monotonic() - begun >= 0.4


def test_a_mute_receiver_never_answers_and_takes_nothing(far: Receiver) -> None:
    far.mode("mute", 30)
    with pytest.raises(httpcore.ReadTimeout):
        post(far, timeout=0.3)
    assert far.requests() == []


def test_a_dying_receiver_has_taken_what_it_did_not_answer(far: Receiver) -> None:
    far.mode("die")
    with pytest.raises((httpcore.RemoteProtocolError, httpcore.ReadError)):
        post(far)
    assert [each["mode"] for each in far.requests()] == ["die"]


def test_what_was_taken_outlives_the_sink(tmp_path: Path) -> None:
    with smtp_sink(tmp_path) as first:
        send(first, mail())
        os.kill(first.pid, signal.SIGKILL)
    with smtp_sink(tmp_path) as again:
        assert len(again.mails()) == 1
        send(again, mail("2"))
        assert len(again.mails()) == 2


def _all(each: Callable[[int], None]) -> float:
    begun = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(each, range(CLIENTS)))
    return CLIENTS * OF_EACH / (time.monotonic() - begun)


@pytest.mark.serial
def test_a_sink_takes_hundreds_of_mails_a_second_and_loses_none(sink: Sink) -> None:
    raw = mail("KEY").as_bytes()  # to make one takes longer than to take it

    def client(number: int) -> None:
        with smtplib.SMTP("127.0.0.1", sink.port, "localhost", timeout=30) as connection:
            for each in range(OF_EACH):
                message = raw.replace(b"KEY", f"{number}.{each}".encode())
                connection.sendmail("a@example.org", ["ada@example.org"], message)

    rate = _all(client)
    print(f"{rate:.0f} mails a second")  # noqa: T201
    assert len({each["headers"]["Message-ID"] for each in sink.mails()}) == CLIENTS * OF_EACH
    assert rate > PER_SECOND_MIN


@pytest.mark.serial
def test_a_receiver_takes_hundreds_of_requests_a_second_and_loses_none(far: Receiver) -> None:
    def client(number: int) -> None:
        with httpcore.ConnectionPool() as pool:
            for each in range(OF_EACH):
                headers = [("Idempotency-Key", f"{number}.{each}")]
                assert pool.request("POST", far.url, headers=headers, content=b"{}").status == 200

    rate = _all(client)
    print(f"{rate:.0f} requests a second")  # noqa: T201
    assert len({each["headers"]["idempotency-key"] for each in far.requests()}) == CLIENTS * OF_EACH
    assert rate > PER_SECOND_MIN
