"""The certificate and key that this server shows, judged before it starts with them.

Knows files and X.509, nothing of how TLS is spoken: that is granian's (TLS 1.2 and 1.3 only).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from autom8.kernel.errors import Misconfigured
from autom8.security.secret_files import read_private_file

RSA_BITS_MIN: Final = 2_048
_SOON: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What is shown to whoever connects. `names` are its DNS names and addresses, in lower case."""

    fingerprint: str  # SHA-256 of the certificate itself, in hex
    names: tuple[str, ...]
    not_after: datetime

    def is_for(self, host: str) -> bool:
        """Whether it names `host`, a DNS name or an address; a wildcard stands for one label."""
        host = host.lower()
        try:
            return str(ip_address(host.strip("[]"))) in self.names
        except ValueError:
            _, dot, parent = host.partition(".")
            return host in self.names or bool(dot and f"*.{parent}" in self.names)

    def ends_soon(self, now: datetime) -> bool:
        """Whether it is time to renew it."""
        return self.not_after - now < _SOON


def read_certificate(path: Path, key_path: Path) -> Certificate:
    """The certificate of `path`, with the key of `key_path`, fit to be served.

    Raises:
        Misconfigured: one of them can't be read or is open to others, they don't belong together, or the
            certificate is not valid now.
    """
    certificate = _read_pem(path)
    try:
        key = load_pem_private_key(read_private_file(key_path), password=None)
    except TypeError:
        raise Misconfigured(
            f"The key {key_path} is encrypted; Autom8 needs it without a passphrase."
        ) from None
    except ValueError:
        raise Misconfigured(f"The key {key_path} is no private key in PEM.") from None
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < RSA_BITS_MIN:
        raise Misconfigured(f"The key {key_path} has {key.key_size} bits; RSA needs {RSA_BITS_MIN}.")
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        raise Misconfigured(f"The key {key_path} is not that of the certificate {path}.")
    _refuse_out_of_date(path, certificate)
    return Certificate(
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        names=_names(certificate),
        not_after=certificate.not_valid_after_utc,
    )


def _read_pem(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())[0]
    except OSError as error:
        raise Misconfigured(f"The certificate {path} can't be read: {error.strerror}.") from error
    except ValueError:
        raise Misconfigured(f"The certificate {path} is no certificate in PEM.") from None


def _refuse_out_of_date(path: Path, certificate: x509.Certificate) -> None:
    now = datetime.now(UTC)
    if now >= certificate.not_valid_after_utc:
        raise Misconfigured(f"The certificate {path} expired on {certificate.not_valid_after_utc:%Y-%m-%d}.")
    if now < certificate.not_valid_before_utc:
        begins = f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        raise Misconfigured(f"The certificate {path} is not valid before {begins}.")


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    names = [name.lower() for name in found.get_values_for_type(x509.DNSName)]
    return (*names, *(str(each) for each in found.get_values_for_type(x509.IPAddress)))
