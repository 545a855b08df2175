"""Posting one batch over real connections: what is asked, what comes back, and when it is asked again."""

from __future__ import annotations

import email.utils
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from autom8.cli import collect_posting
from autom8.cli.collect_posting import Poster
from autom8.kernel.errors import Misconfigured
from autom8.kernel.secrets import Secret
from autom8.metrics.collecting.ports import NotAnswered, Reply
from tests.metrics.collecting.receiving import Answer, Receiver, in_turn

BODY = b'{"samples":[]}'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    made.start()
    yield made
    made.stop()


Made = Callable[[str], Poster]


@pytest.fixture
def poster() -> Iterator[Callable[[str], Poster]]:
    made: list[Poster] = []

    def make(url: str) -> Poster:
        made.append(Poster(url, lambda: Secret("Bearer a8_live_x"), elapsed_s=time.monotonic))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_batch_is_posted_with_its_key_and_ours(poster: Made, receiver: Receiver) -> None:
    reply = poster(receiver.url + "/below/")("k1", BODY)
    [request] = receiver.requests

    assert reply == Reply(202)
    assert (request.path, request.key, request.body) == ("/below/api/v1/metrics", "k1", {"samples": []})
    assert request.headers["authorization"] == "Bearer a8_live_x"
    assert request.headers["content-type"] == "application/json"


def test_a_connection_is_kept_for_what_follows_at_once_and_no_longer(
    poster: Made, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = poster(receiver.url)
    post("k1", BODY)
    post("k2", BODY)
    monkeypatch.setattr(collect_posting, "KEPT_S", -1.0)
    post("k3", BODY)
    first, second, third = (request.connection for request in receiver.requests)

    assert first == second != third


def test_a_kept_connection_that_was_closed_meanwhile_is_dialled_again(
    poster: Made, receiver: Receiver
) -> None:
    post = poster(receiver.url)
    receiver.answer = in_turn(Answer(), Answer(closes=True), Answer())
    post("k1", BODY)

    assert post("k2", BODY) == Reply(202)
    assert [request.key for request in receiver.requests] == ["k1", "k2", "k2"]


def test_no_answer_is_told_by_its_reason(poster: Made, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(closes=True)
    with pytest.raises(NotAnswered, match="the connection broke in the middle of an answer"):
        poster(receiver.url)("k1", BODY)
    receiver.stop()
    with pytest.raises(NotAnswered, match="Connection refused"):
        poster(receiver.url)("k1", BODY)
    with pytest.raises(NotAnswered):
        poster("http://" + "a" * 70 + ".localhost")("k1", BODY)  # longer than a name's part may be


def test_a_server_that_says_nothing_is_not_waited_for_without_end(
    poster: Made, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect_posting, "TIMEOUT_S", 0.1)
    receiver.answer = lambda _: Answer(after_s=0.5)

    with pytest.raises(NotAnswered, match="no answer in time"):
        poster(receiver.url)("k1", BODY)


def test_a_key_that_cannot_be_read_now_is_no_answer(receiver: Receiver) -> None:
    def gone() -> Secret:
        raise Misconfigured("key can't be read: No such file or directory.")

    with pytest.raises(NotAnswered, match="No such file"):
        Poster(receiver.url, gone, elapsed_s=time.monotonic)("k1", BODY)
    assert receiver.requests == []


def test_what_a_server_asks_for_is_heard(poster: Made, receiver: Receiver) -> None:
    soon = email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    receiver.answer = in_turn(
        Answer(429, {"Retry-After": "17"}, b'{"code": "rate_limited"}'),
        Answer(503, {"Retry-After": soon}, b"<html>"),
        Answer(503, {"Retry-After": "later"}, b"[]"),
        Answer(409, body=b'{"code": "already_done"}'),
    )
    post = poster(receiver.url)

    assert post("k", BODY) == Reply(429, "rate_limited", 17.0)
    assert post("k", BODY).retry_after_s == pytest.approx(100, abs=5)
    assert post("k", BODY) == Reply(503, "", None)
    assert post("k", BODY) == Reply(409, "already_done")


def test_an_answer_without_end_is_not_read_to_its_end(poster: Made, receiver: Receiver) -> None:
    receiver.answer = in_turn(Answer(500, body=b"x" * (1 << 20)), Answer())
    post = poster(receiver.url)

    assert post("k", BODY) == Reply(500)
    assert post("k", BODY) == Reply(202)


def test_tls_is_verified(poster: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    receiver = Receiver(context)
    receiver.start()
    try:
        with pytest.raises(NotAnswered, match="certificate is not trusted"):
            poster(receiver.url)("k1", BODY)
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert poster(receiver.url)("k1", BODY) == Reply(202)
        with pytest.raises(NotAnswered, match="certificate is not trusted"):
            poster(receiver.url.replace("localhost", "127.0.0.1"))("k1", BODY)  # another's name
    finally:
        receiver.stop()
    assert [request.key for request in receiver.requests] == ["k1"]
