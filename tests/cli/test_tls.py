"""HTTPS served directly, by the real command: what is spoken, what is refused, and who is believed."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tests import production
from tests.cli.command import Cli

START_S = 60
HOST = "autom8.example.org"
PASSWORD = "correct horse battery staple"
COMMAND = [sys.executable, "-m", "autom8.cli.main"]


@dataclass(frozen=True)
class Secure:
    """A running server with TLS."""

    home: Path
    port: int
    http_port: int
    authority: Path

    def get(self, path: str) -> http.client.HTTPResponse:
        """One request, as somebody who knows the authority and asks for the name."""
        context = ssl.create_default_context(cafile=self.authority)
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context)
        with closing(connection):
            connection.sock = self.handshake(context)
            connection.request("GET", path, headers={"Host": HOST})
            answer = connection.getresponse()
            answer.read()
            return answer

    def handshake(self, context: ssl.SSLContext) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        try:
            return context.wrap_socket(plain, server_hostname=HOST)
        except BaseException:
            plain.close()
            raise

    def plain(self, text: str) -> str:
        """What the port for plain HTTP answers, all of it."""
        with socket.create_connection(("127.0.0.1", self.http_port), timeout=30) as connection:
            connection.sendall(text.encode("latin-1"))
            with connection.makefile("rb") as answer:
                return answer.read().decode()


def make_certificate(folder: Path, *names: str) -> tuple[Path, Path, Path]:
    """An authority, and a certificate with its key (0600) for these names."""
    authority = trustme.CA()
    issued = authority.issue_cert(*names)
    ca, cert, key = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
    authority.cert_pem.write_to_path(str(ca))
    cert.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    key.touch(mode=0o600)
    issued.private_key_pem.write_to_path(str(key))
    return ca, cert, key


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    """A server in production that serves HTTPS, and sends plain HTTP on to it."""
    folder = tmp_path_factory.mktemp("tls")
    ca, cert, key = make_certificate(folder, HOST, f"*.{HOST}")
    http_port, home = free_port(), folder / "data"
    env = {
        **os.environ,
        **production.ENVIRONMENT,
        "AUTOM8_TLS_CERT": str(cert),
        "AUTOM8_TLS_KEY": str(key),
        "AUTOM8_HTTP_REDIRECT_PORT": str(http_port),
    }
    log = folder / "log"
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [*COMMAND, "up", "--port", "0", "--data", str(home)], env=env, stderr=stderr
        ) as process,
    ):
        try:
            end = time.monotonic() + START_S
            while not (found := re.search(r"ready at https://127\.0\.0\.1:(\d+)", said := log.read_text())):
                assert process.poll() is None, said
                assert time.monotonic() < end, said
                time.sleep(0.05)
            yield Secure(home, int(found[1]), http_port, ca)
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(timeout=START_S)
            sys.stderr.write(log.read_text())  # shown when a test failed
        assert status == 0


def test_https_is_served_and_browsers_are_told_to_stay_with_it(secure: Secure) -> None:
    answer = secure.get("/api/v1/health")

    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken(secure: Secure, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=secure.authority)
    context.minimum_version = context.maximum_version = version

    with secure.handshake(context) as connection:
        assert connection.version() == version.name.replace("_", ".", 1).replace("TLSv1.", "TLSv1.")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_versions_are_refused(secure: Secure, version: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")  # so that it is the server that refuses
    with pytest.warns(DeprecationWarning, match="deprecated"):
        context.minimum_version = context.maximum_version = version

    with pytest.raises((ssl.SSLError, ConnectionError)) as refused:
        secure.handshake(context)
    assert "NO_PROTOCOLS_AVAILABLE" not in str(refused.value)


@pytest.mark.parametrize("ciphers", ["AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA", "NULL"])
def test_weak_ciphers_are_refused(secure: Secure, ciphers: str) -> None:
    """Those without forward secrecy, without authenticated encryption, or without any."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")

    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.handshake(context)


@pytest.mark.full
@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01\x02\x00\x01"], ids=["nothing", "a beginning"])
def test_a_handshake_that_does_not_come_in_time_ends_the_connection(secure: Secure, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", secure.port), timeout=25) as connection:
        connection.sendall(said)
        assert connection.recv(1) == b""


def test_who_does_not_know_the_authority_is_warned(secure: Secure) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        secure.handshake(ssl.create_default_context())


def test_plain_http_is_sent_on_with_path_and_query(secure: Secure) -> None:
    answer = secure.plain(f"GET /tasks?q=a%20b HTTP/1.1\r\nHost: {HOST}:{secure.http_port}\r\n\r\n")

    assert answer.startswith("HTTP/1.1 308 Permanent Redirect\r\n")
    assert f"\r\nLocation: https://{HOST}:{secure.port}/tasks?q=a%20b\r\n" in answer
    assert "Strict-Transport-Security" not in answer


def test_a_body_sent_by_plain_http_is_not_read_into_anything(secure: Secure) -> None:
    body = "x" * 100_000
    head = f"POST /auth/login HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(body)}\r\n\r\n"

    assert secure.plain(head + body).startswith("HTTP/1.1 308 ")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        (f"GET / HTTP/1.1\r\nHost: {HOST}.evil.example\r\n\r\n", 421),
        (f"GET / HTTP/1.1\r\nHost: evil.example\r\nX: a\r\nX-Forwarded-Host: {HOST}\r\n\r\n", 421),
        (f"GET / HTTP/1.1\r\nHost: {HOST}\r\nHost: evil.example\r\n\r\n", 400),
        (f"GET / HTTP/1.1\r\nHost: {HOST}@evil.example\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        (f"GET http://evil.example/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n", 400),
        (f"GET /a\tb HTTP/1.1\r\nHost: {HOST}\r\n\r\n", 400),
        (f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX: {'a' * 20_000}\r\n\r\n", 431),
        ("nonsense\r\n\r\n", 400),
    ],
)
def test_plain_http_is_never_sent_elsewhere(secure: Secure, request_: str, status: int) -> None:
    answer = secure.plain(request_)

    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert "Location" not in answer


def test_a_path_that_looks_like_a_host_stays_a_path(secure: Secure) -> None:
    answer = secure.plain(f"GET //evil.example/ HTTP/1.1\r\nHost: a.{HOST}\r\n\r\n")

    assert f"\r\nLocation: https://a.{HOST}:{secure.port}//evil.example/\r\n" in answer


def test_the_command_on_this_machine_knows_the_server_by_its_certificate(
    secure: Secure, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOM8_HOME", str(secure.home))

    added = cli("task", "add", "over-tls", "--", "/bin/true")

    assert added.code == 0, added.err
    assert "over-tls" in cli("task", "list").out


def test_the_command_tells_nothing_to_a_server_with_another_certificate(
    secure: Secure, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    impostor = tmp_path / "data"
    impostor.mkdir()
    announced = (secure.home / "server.json").read_text()
    other = re.sub(r'"certificate": "[0-9a-f]{64}"', f'"certificate": "{"0" * 64}"', announced)
    assert other != announced
    (impostor / "server.json").write_text(other)
    (impostor / "local.token").write_text("a8l_secret")
    monkeypatch.setenv("AUTOM8_HOME", str(impostor))

    refused = cli("task", "list")

    assert refused.code == 3
    assert "another certificate is shown there" in refused.err


def test_somebody_elsewhere_needs_the_authority(
    secure: Secure, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOM8_HOME", str(secure.home))
    assert cli("user", "add", "vera", "--role", "viewer", "--password-stdin", stdin=PASSWORD).code == 0
    url = f"https://127.0.0.1:{secure.port}"

    refused = cli("login", url, "--name", "vera", "--password-stdin", stdin=PASSWORD)

    assert refused.code == 3
    assert "certificate is not trusted" in refused.err
