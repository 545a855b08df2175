"""Mail with hostile fields, and servers that refuse, drip, lie, die and never end."""

from __future__ import annotations

import re
import socket
import time
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autom8.alerts.channels.email import Security
from autom8.alerts.channels.outgoing import Address, Sent
from autom8.alerts.retrying import Result
from autom8.kernel.secrets import Secret
from tests.alerts.channels.mail import (
    GREETED,
    Step,
    a_mail,
    egress,
    mail_server,
    scripted,
    sender,
    signing_in,
)
from tests.egress.far_side import endless, far_side

INJECTED = (
    "x\r\nBcc: eve@example.com\r\n\r\n<script>",
    "x\nBcc: eve@example.com",
    "x\rBcc: e",
    "x\x00\x0bBcc: y",
)


def _to_a_script(*steps: Step, **changes: object) -> Sent:
    with scripted(*steps) as side:
        return sender(side.port, **changes).send(a_mail())


@pytest.mark.parametrize("text", INJECTED)
def test_no_field_makes_a_header_or_a_recipient(text: str) -> None:
    with mail_server() as server:
        made = sender(server.port, sender_name=text)
        sent = made.send(
            a_mail(subject=text, thread="incident-1", to=Address(name=text, email="a@example.org"))
        )

    assert sent.result is Result.DELIVERED
    [taken] = server.taken
    head = taken.content.partition(b"\r\n\r\n")[0]
    assert taken.to == ["a@example.org"]
    assert b"bcc" not in {line.partition(b":")[0].lower() for line in head.split(b"\r\n")}
    assert taken.mail["Subject"].startswith("x")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", taken.content)  # no bare line end, so nothing is smuggled


def test_a_mail_can_not_be_ended_by_what_is_in_it() -> None:
    text = "one\r\n.\r\nMAIL FROM:<eve@example.com>\r\n.\n..two\n\r.\r"
    with mail_server() as server:
        sender(server.port).send(a_mail(text=text, html=None))

    [taken] = server.taken
    lines = [line.rstrip("\r") for line in taken.text().split("\n")]
    assert lines[:5] == ["one", ".", "MAIL FROM:<eve@example.com>", ".", "..two"]


def test_fields_of_a_megabyte_are_cut_or_sent_and_hold_nobody_up() -> None:
    big = "ü<b>" * 262_144
    began = time.monotonic()
    with mail_server() as server:
        sent = sender(server.port, sender_name=big).send(
            a_mail(subject=big, text=big, html=f"<p>{big}</p>", to=Address(name=big, email="a@example.org"))
        )

    assert sent.result is Result.DELIVERED
    [taken] = server.taken
    assert len(taken.mail["Subject"]) == 250
    assert taken.text().strip() == big
    assert max(len(line) for line in taken.content.split(b"\r\n")) <= 998
    assert time.monotonic() - began < 8


def test_half_a_character_does_not_hold_a_mail_back() -> None:
    with mail_server() as server:
        assert sender(server.port).send(a_mail(subject="a\ud800b", text="\udcff")).result is Result.DELIVERED


def test_what_a_server_answers_before_it_has_the_mail_says_if_another_try_helps() -> None:
    with mail_server() as server:
        server.at_data = lambda _: "451 4.3.0 later"
        assert sender(server.port).send(a_mail()).result is Result.FAILED
        server.at_data = lambda _: "554 5.7.1 spam"
        sent = sender(server.port).send(a_mail())
        assert (sent.result, sent.detail) == (Result.REFUSED, "the mail was refused: 554 5.7.1 spam")
        server.at_rcpt = lambda _: "450 4.2.1 greylisted"
        assert sender(server.port).send(a_mail()).result is Result.FAILED


@pytest.mark.parametrize(
    ("answer", "bounced"),
    [
        ("550 5.1.1 <ada@example.org>: no mailbox of ADA here", True),
        ("550 no such user ada", True),
        ("552 5.2.2 mailbox full", True),
        ("554 5.7.1 <ada@example.org>: Relay access denied", False),
        ("530 5.7.0 authentication is required", False),
        ("450 4.1.1 try again", False),
    ],
)
def test_a_refused_address_is_known_as_such_and_not_repeated(answer: str, bounced: bool) -> None:
    with mail_server() as server:
        server.at_rcpt = lambda _: answer
        sent = sender(server.port).send(a_mail())

    assert sent.bounced is bounced
    assert sent.result is (Result.FAILED if answer.startswith("4") else Result.REFUSED)
    assert "ada" not in sent.detail.lower()
    assert answer[:3] in sent.detail


def test_a_server_that_dies_after_the_mail_leaves_it_unknown() -> None:
    with mail_server() as server:
        server.at_data = lambda server: server.transport.abort() or "250 OK"
        sent = sender(server.port).send(a_mail())

    assert sent.result is Result.UNKNOWN
    assert len(server.taken) == 1


def test_a_server_that_dies_before_the_mail_has_not_got_it() -> None:
    for steps in range(1, len(GREETED)):
        assert _to_a_script(*GREETED[:steps]).result is Result.FAILED, steps


@pytest.mark.parametrize(
    "answer", [b"what?\r\n", b"354 more\r\n", b"25", b"250-1\r\n" * 60_000, b"x" * 20_000]
)
def test_an_answer_to_the_mail_that_is_none_leaves_it_unknown(answer: bytes) -> None:
    assert _to_a_script(*GREETED, answer).result is Result.UNKNOWN


def test_a_server_that_says_all_is_well_and_never_parts_keeps_nobody() -> None:
    with scripted(*GREETED, b"250 OK\r\n", lambda _: time.sleep(4)) as side:
        began = time.monotonic()
        sent = sender(side.port).send(a_mail())
        took = time.monotonic() - began

    assert sent.result is Result.DELIVERED
    assert took < 3.5


def test_the_whole_exchange_has_one_deadline_however_a_server_drips() -> None:
    began = time.monotonic()
    drip = endless(b"220-wait\r\n", b"", pause_s=0.05)
    with far_side(drip, reads=False) as side:
        sent = sender(side.port, time=timedelta(seconds=1)).send(a_mail())

    assert sent.result is Result.FAILED
    assert 0.9 < time.monotonic() - began < 2


def test_the_tls_handshake_has_the_same_deadline() -> None:
    mute: Step = lambda _: time.sleep(3)  # noqa: E731
    with scripted(b"220 mail\r\n", b"250-mail\r\n250 STARTTLS\r\n", b"220 go\r\n", mute) as side:
        began = time.monotonic()
        sent = sender(side.port, security=Security.STARTTLS, time=timedelta(seconds=1)).send(a_mail())
        took = time.monotonic() - began

    assert sent.result is Result.FAILED
    assert 0.9 < took < 2


def test_a_server_that_never_ends_its_greeting_is_left() -> None:
    with far_side(endless(b"220-" + b"x" * 500 + b"\r\n", b""), reads=False) as side:
        sent = sender(side.port).send(a_mail())

    assert (sent.result, sent.detail) == (Result.REFUSED, "The mail server says more than is taken.")


def test_what_is_said_in_the_clear_before_tls_is_not_taken_as_said_under_it() -> None:
    sent = _to_a_script(
        b"220 mail\r\n",
        b"250-mail\r\n250 STARTTLS\r\n",
        b"220 go\r\n250 AUTH PLAIN\r\n",
        security=Security.STARTTLS,
    )

    assert (sent.result, sent.detail) == (Result.REFUSED, "the server spoke before TLS was there")


def test_a_server_that_repeats_the_sign_in_does_not_get_it_into_the_open() -> None:
    heard: list[bytes] = []

    def repeat(connection: socket.socket) -> None:
        heard.append(connection.recv(1_000))
        connection.sendall(b"535 " + heard[0] + b"\r\n")

    with scripted(b"220 mail\r\n", b"250-mail\r\n250 AUTH PLAIN\r\n", b"535-hunter22 \x1b[31m\r\n") as side:
        first = sender(side.port, **signing_in(password=Secret("hunter22"))).send(a_mail())
    assert "hunter22" not in first.detail
    assert "\x1b" not in first.detail

    def greet(connection: socket.socket) -> None:
        connection.sendall(b"220 mail\r\n")
        connection.recv(1_000)
        connection.sendall(b"250-mail\r\n250 AUTH PLAIN\r\n")
        repeat(connection)

    with far_side(greet, reads=False) as side:
        sent = sender(side.port, **signing_in(password=Secret("hunter22"))).send(a_mail())
    proof = heard[0].split()[2].decode()
    assert sent.result is Result.REFUSED
    assert proof not in sent.detail


def test_nobody_there_is_a_failure_and_the_metadata_of_a_cloud_is_not_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    assert sender(port).send(a_mail()).result is Result.FAILED
    assert sender(25, host="nowhere.example").send(a_mail()).result is Result.FAILED
    refused = sender(25, host="169.254.169.254", ways=egress()).send(a_mail())
    assert refused.result is Result.REFUSED
    assert "must not be reached" in refused.detail


@given(name=st.text(max_size=200), own=st.text(max_size=200), host=st.integers(1, 60))
@example(name=f"A name, with commas, and <evil@x.org>,{' more words' * 9}", own="x", host=3)
@example(
    name="x", own="Autom8, the alerting of the platform team of Example Incorporated, Berlin office", host=3
)
def test_whatever_people_are_called_a_mail_is_of_one_and_to_one(name: str, own: str, host: int) -> None:
    address = f"ada@{'x' * host}.example"
    mail = a_mail(to=Address(name=name, email=address))
    made = sender(25, sender_name=own).message(mail, address).as_bytes()

    read = message_from_bytes(made, policy=default)
    assert [each.addr_spec for each in read["To"].addresses] == [address]
    assert len(read["From"].addresses) == 1
