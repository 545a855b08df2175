"""Which certificates a server starts with, and the one line that refuses others."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from autom8.cli.certificate import read_certificate
from autom8.kernel.errors import Misconfigured
from tests.cli.test_tls import COMMAND, make_certificate


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate and its key."""
    _, cert, key = make_certificate(tmp_path, "autom8.example.org", "*.example.net", "192.0.2.7", "::1")
    return cert, key


def test_a_certificate_with_its_key_is_taken(pair: tuple[Path, Path]) -> None:
    certificate = read_certificate(*pair)

    assert len(certificate.fingerprint) == 64
    assert certificate.ends_soon(certificate.not_after - timedelta(days=13))
    assert not certificate.ends_soon(certificate.not_after - timedelta(days=15))


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("autom8.example.org", True),
        ("AUTOM8.example.org", True),
        ("a.example.net", True),
        ("a.b.example.net", False),
        ("example.net", False),
        ("example.org", False),
        ("192.0.2.7", True),
        ("192.0.2.8", False),
        ("[::1]", True),
        ("autom8.example.org.evil.example", False),
        ("", False),
    ],
)
def test_it_is_for_the_hosts_that_it_names(pair: tuple[Path, Path], host: str, *, named: bool) -> None:
    assert read_certificate(*pair).is_for(host) is named


def test_a_link_to_a_key_is_followed(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """As certbot's are, which change when the certificate is renewed."""
    link = tmp_path / "privkey.pem"
    link.symlink_to(pair[1])

    assert read_certificate(pair[0], link).fingerprint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o666])
def test_a_key_that_others_can_read_is_refused(pair: tuple[Path, Path], mode: int) -> None:
    pair[1].chmod(mode)
    if os.geteuid() == 0:
        os.chown(pair[1], 0, 0)
    if os.geteuid() == 0 and mode == 0o640:
        assert read_certificate(*pair).fingerprint  # root's, for a group: as Debian's ssl-cert has it
        return

    with pytest.raises(Misconfigured, match="open to others"):
        read_certificate(*pair)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_key_of_somebody_else_is_refused(pair: tuple[Path, Path]) -> None:
    os.chown(pair[1], 65_534, 65_534)

    with pytest.raises(Misconfigured, match="belongs to another user"):
        read_certificate(*pair)


def test_a_key_of_another_certificate_is_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    _, _, other_key = make_certificate(folder, "autom8.example.org")

    with pytest.raises(Misconfigured, match="is not that of the certificate"):
        read_certificate(pair[0], other_key)


@pytest.mark.parametrize(
    ("begins", "ends", "said"),
    [(-20, -1, "expired on"), (1, 20, "is not valid before")],
)
def test_a_certificate_that_is_not_valid_now_is_refused(
    tmp_path: Path, begins: int, ends: int, said: str
) -> None:
    now = datetime.now(UTC)
    issued = trustme.CA().issue_cert(
        "autom8.example.org", not_before=now + timedelta(days=begins), not_after=now + timedelta(days=ends)
    )
    pem = tmp_path / "both.pem"
    pem.touch(mode=0o600)
    pem.write_bytes(issued.cert_chain_pems[0].bytes() + issued.private_key_pem.bytes())

    with pytest.raises(Misconfigured, match=said):
        read_certificate(pem, pem)


def test_an_encrypted_key_is_refused_and_nobody_is_asked_for_its_passphrase(pair: tuple[Path, Path]) -> None:
    key = load_pem_private_key(pair[1].read_bytes(), None)
    form = (Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    pair[1].write_bytes(key.private_bytes(*form))

    with pytest.raises(Misconfigured, match="is encrypted"):
        read_certificate(*pair)


def test_a_short_rsa_key_is_refused(pair: tuple[Path, Path]) -> None:
    short = rsa.generate_private_key(65_537, 1_024)  # noqa: S505 - it is to be refused
    pair[1].write_bytes(short.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    with pytest.raises(Misconfigured, match="has 1024 bits"):
        read_certificate(*pair)


def test_what_is_not_there_or_no_pem_is_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish"
    rubbish.touch(mode=0o600)
    for cert, key in (
        (rubbish, pair[1]),
        (pair[0], rubbish),
        (tmp_path / "no", pair[1]),
        (pair[0], tmp_path),
    ):
        with pytest.raises(Misconfigured) as refused:
            read_certificate(cert, key)
        assert "\n" not in str(refused.value)


def test_the_server_does_not_start_and_says_why_in_one_line(pair: tuple[Path, Path], tmp_path: Path) -> None:
    pair[1].chmod(0o644)
    env = {**os.environ, "AUTOM8_TLS_CERT": str(pair[0]), "AUTOM8_TLS_KEY": str(pair[1])}

    done = subprocess.run(
        [*COMMAND, "up", "--port", "0", "--data", str(tmp_path / "data")],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 10
    assert done.stderr.count("\n") == 1
    assert "run chmod 600 on it" in done.stderr
