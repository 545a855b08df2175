"""TLS: the far side must prove its name, in TLS 1.2 or newer, to authorities that are believed here."""

from __future__ import annotations

import ssl
import time
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from autom8.egress import tls
from autom8.egress.errors import EgressRefused, EgressTimedOut, EgressTlsFailed
from autom8.egress.policy import Policy
from autom8.egress.service import Ask, Egress, Limits, build_egress
from autom8.kernel.clock import SystemClock
from autom8.kernel.destinations import Destination
from tests.egress.far_side import FarSide, Names, endless, far_side, redirect

NAMES = {"good.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
def egress(ca_file: Path) -> Egress:
    return way_out(ca_file)


def way_out(ca_file: Path | None, resolve: Names | None = None) -> Egress:
    return build_egress(
        Policy([Destination.read("127.0.0.0/8")]),
        clock=SystemClock(),
        refused=lambda _: None,
        resolve=resolve or Names(NAMES),
        ca_file=ca_file,
    )


def serving(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def ask(egress: Egress, side: FarSide, host: str = "good.example") -> int:
    return egress.ask(Ask(url=f"https://{host}:{side.port}/", purpose="test")).status


def test_a_host_that_proves_its_name_is_asked_by_that_name(authority: trustme.CA, egress: Egress) -> None:
    asked_for: list[str | None] = []
    context = serving(authority, "good.example")
    context.sni_callback = lambda _socket, name, _context: asked_for.append(name)

    with far_side(context=context) as side:
        assert ask(egress, side) == 200
        assert ask(egress, side, "GOOD.example.") == 200

    assert asked_for == ["good.example", "good.example"]  # never the address that was connected to


def test_an_address_may_prove_itself(authority: trustme.CA, egress: Egress) -> None:
    with far_side(context=serving(authority, "127.0.0.1")) as side:
        assert ask(egress, side, "127.0.0.1") == 200


def test_another_hosts_certificate_is_refused(authority: trustme.CA, egress: Egress) -> None:
    with far_side(context=serving(authority, "good.example")) as side:
        with pytest.raises(EgressTlsFailed, match=r"^The certificate of other\.example is another host's\.$"):
            ask(egress, side, "other.example")

        assert side.asked == []


def test_an_authority_that_is_not_believed_is_refused(authority: trustme.CA) -> None:
    with (
        far_side(context=serving(authority, "good.example")) as side,
        pytest.raises(EgressTlsFailed, match="nobody who is trusted"),
    ):
        ask(way_out(None), side)


def test_a_certificate_that_signs_itself_is_refused(egress: Egress, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "good.example")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("good.example")]), critical=False)
    )
    pem = tmp_path / "itself.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    with far_side(context=context) as side, pytest.raises(EgressTlsFailed, match="is signed by itself"):
        ask(egress, side)


def test_a_certificate_whose_time_is_over_is_refused(authority: trustme.CA, egress: Egress) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("good.example", not_after=datetime(2020, 1, 1, tzinfo=UTC)).configure_cert(context)

    with far_side(context=context) as side, pytest.raises(EgressTlsFailed, match="has expired"):
        ask(egress, side)


def _old(authority: trustme.CA) -> ssl.SSLContext:
    context = serving(authority, "good.example")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def test_tls_1_1_is_refused(authority: trustme.CA, egress: Egress) -> None:
    with far_side(context=_old(authority)) as side:
        with pytest.raises(EgressTlsFailed, match=r"TLS 1\.2"):
            ask(egress, side)

        assert side.asked == []


def test_a_client_that_takes_tls_1_1_would_have_been_served(
    authority: trustme.CA, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes the test above able to fail."""
    lax = tls.client_context(ca_file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        lax.minimum_version = ssl.TLSVersion.TLSv1
    lax.set_ciphers("ALL:@SECLEVEL=0")
    egress = way_out(ca_file)
    monkeypatch.setattr(egress, "_tls", lax, raising=False)

    with far_side(context=_old(authority)) as side:
        assert ask(egress, side) == 200


def test_plain_text_where_tls_is_expected_is_refused(egress: Egress) -> None:
    with far_side(b"220 mail.example ESMTP\r\n", reads=False) as side, pytest.raises(EgressTlsFailed):
        ask(egress, side)


def test_a_redirect_never_leaves_tls(authority: trustme.CA, egress: Egress) -> None:
    with (
        far_side() as plain,
        far_side(redirect(plain.url), context=serving(authority, "good.example")) as side,
    ):
        with pytest.raises(EgressRefused, match="from https to http"):
            egress.ask(
                Ask(url=f"https://good.example:{side.port}/", purpose="test", limits=Limits(redirects_max=3))
            )

        assert plain.connections == 0


def test_a_bare_connection_is_secured_by_the_hosts_name(authority: trustme.CA, egress: Egress) -> None:
    with far_side(context=serving(authority, "good.example")) as side:
        opened = egress.connect("good.example", side.port, purpose="test", time=timedelta(seconds=5))
        with egress.secure(opened, "good.example") as secured:
            secured.sendall(b"HELO\r\n\r\n")
            assert secured.recv(100).startswith(b"HTTP/1.1 200")

        opened = egress.connect("good.example", side.port, purpose="test", time=timedelta(seconds=5))
        with pytest.raises(EgressTlsFailed):
            egress.secure(opened, "other.example")
        assert opened.fileno() == -1


def test_a_handshake_that_never_ends_is_left_when_the_time_is_over(egress: Egress) -> None:
    began = time.monotonic()
    with (
        far_side(endless(b"\x16", b"\x16\x03\x03\x3f\xff", pause_s=0.05), reads=False) as side,
        pytest.raises(EgressTimedOut),
    ):
        egress.ask(
            Ask(
                url=f"https://good.example:{side.port}/",
                purpose="test",
                limits=Limits(time=timedelta(seconds=1)),
            )
        )

    assert time.monotonic() - began < 3


def test_a_file_of_authorities_that_holds_none_stops_the_start(tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("nothing")

    for path in (empty, tmp_path / "missing.pem"):
        with pytest.raises(tls.CaFileRefused, match="AUTOM8_EGRESS_CA_FILE"):
            way_out(path)
