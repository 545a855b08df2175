"""Mail to a real server: what arrives, by which security, signed in, and one thread for each incident."""

from __future__ import annotations

import re
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from autom8.alerts.channels.email import Security
from autom8.alerts.channels.outgoing import Address
from autom8.alerts.retrying import Result
from autom8.kernel.secrets import Secret
from tests.alerts.channels.mail import (
    ADA,
    GREETED,
    HOST,
    KEY,
    a_mail,
    egress,
    mail_server,
    scripted,
    sender,
    signing_in,
)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


def certified(authority: trustme.CA, name: str = HOST) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_a_mail_arrives_as_text_and_html_from_a_machine() -> None:
    with mail_server() as server:
        sent = sender(server.port).send(a_mail())

    assert (sent.result, sent.detail) == (Result.DELIVERED, "")
    [taken] = server.taken
    mail = taken.mail
    assert (taken.sender, taken.to) == ("autom8@example.net", ["ada@example.org"])
    assert mail["From"] == "Autom8 <autom8@example.net>"
    assert mail["To"] == "Ada Lovelace <ada@example.org>"
    assert mail["Subject"] == "FIRING: backup failed"
    assert mail["Message-ID"] == f"<{KEY}@example.net>"
    assert mail["Date"] == "Mon, 01 Mar 2027 12:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Importance"] == "high"
    assert mail.get_content_type() == "multipart/alternative"
    assert (taken.text().strip(), taken.html().strip()) == ("exit code 2", "<p>exit code 2</p>")


def test_the_mails_of_one_incident_are_one_thread_and_those_of_another_installation_are_not() -> None:
    with mail_server() as server:
        for told in (a_mail(), a_mail(key="other", subject="RESOLVED"), a_mail(thread="incident-13")):
            sender(server.port).send(told)
        sender(server.port, source="https://staging.example").send(a_mail())
        sender(server.port).send(a_mail(thread=None))

    threads = [each.mail["References"] for each in server.taken]
    assert threads == [each.mail["In-Reply-To"] for each in server.taken]
    assert threads[0] == threads[1]
    assert len({*threads}) == 4
    assert re.fullmatch(r"<incident-12\.[0-9a-f]{12}@example\.net>", threads[0])
    assert threads[4] is None


def test_each_try_of_a_message_has_the_same_message_id() -> None:
    with mail_server() as server:
        for _ in range(2):
            sender(server.port).send(a_mail())

    assert len({each.mail["Message-ID"] for each in server.taken}) == 1


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_it_signs_in_under_tls_with_a_password_beyond_ascii(
    security: Security, authority: trustme.CA, ca_file: Path
) -> None:
    context = certified(authority)
    tls = {"tls" if security is Security.TLS else "starttls": context}
    with mail_server(user="ops", **tls) as server:  # type: ignore[arg-type]
        made = sender(server.port, security=security, ways=egress(ca_file), **signing_in())
        sent = made.send(a_mail())

    assert (sent.result, sent.detail) == (Result.DELIVERED, "")
    assert [(each.tls, each.user) for each in server.taken] == [(True, b"ops")]


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_server_that_can_not_prove_its_name_gets_no_mail_and_no_password(
    security: Security, authority: trustme.CA, ca_file: Path
) -> None:
    context = certified(authority, "other.example")
    tls = {"tls" if security is Security.TLS else "starttls": context}
    with mail_server(user="ops", **tls) as server:  # type: ignore[arg-type]
        made = sender(server.port, security=security, ways=egress(ca_file), **signing_in())
        sent = made.send(a_mail())

    assert sent.result is Result.FAILED
    assert sent.detail == "The certificate of mail.example is another host's."
    assert not server.taken


def test_without_starttls_nothing_is_sent_in_the_clear_that_was_to_be_private() -> None:
    with mail_server(user="ops") as server:
        sent = sender(server.port, security=Security.STARTTLS, **signing_in()).send(a_mail())

    assert (sent.result, sent.detail) == (Result.REFUSED, "the server offers no STARTTLS")
    assert not server.taken


def test_a_wrong_password_is_refused_and_shown_nowhere() -> None:
    with mail_server(user="ops") as server:
        sent = sender(server.port, **signing_in(password=Secret("open sesame"))).send(a_mail())

    assert sent.result is Result.REFUSED
    assert sent.detail.startswith("the sign-in was refused: 535")
    assert "sesame" not in sent.detail


def test_a_server_without_any_sign_in_says_so() -> None:
    with scripted(*GREETED) as side:
        sent = sender(side.port, **signing_in()).send(a_mail())

    assert sent.result is Result.REFUSED
    assert sent.detail == "the server offers no sign-in by PLAIN or LOGIN"


def test_an_address_beyond_ascii_needs_smtputf8_and_a_domain_does_not() -> None:
    names = [Address(name="Zoë", email=email) for email in ("zoe@bücher.example", "zoë@example.org")]
    with mail_server(utf8=False) as old, mail_server(utf8=True) as new:
        before = [sender(old.port).send(a_mail(to=to)).result for to in names]
        after = [sender(new.port).send(a_mail(to=to)).result for to in names]

    assert before == [Result.DELIVERED, Result.REFUSED]
    assert after == [Result.DELIVERED, Result.DELIVERED]
    assert [each.to for each in new.taken] == [["zoe@xn--bcher-kva.example"], ["zoë@example.org"]]
    assert "SMTPUTF8" in new.taken[1].options
    assert {each.mail["To"].addresses[0].display_name for each in (*old.taken, new.taken[0])} == {"Zoë"}
    assert "To: Zoë <zoë@example.org>".encode() in new.taken[1].content


def test_a_contact_without_an_address_is_refused_before_anything_is_asked() -> None:
    for to in (None, replace(ADA, email=None), replace(ADA, email="no address"), replace(ADA, email="a@\n")):
        sent = sender(1).send(a_mail(to=to))
        assert sent.result is Result.REFUSED
        assert "no address" not in sent.detail
