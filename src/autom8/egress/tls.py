"""Which certificates are believed, and from which version of TLS on."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

from autom8.egress.errors import EgressTlsFailed
from autom8.kernel.errors import Misconfigured

# OpenSSL's numbers (x509_vfy.h) in our words: its own text may change.
_WORDS: Final = {
    9: "is not valid yet",
    10: "has expired",
    18: "is signed by itself",
    19: "is signed by nobody who is trusted here",
    20: "is signed by nobody who is trusted here",
    21: "is signed by nobody who is trusted here",
    62: "is another host's",
    64: "is another host's",
}


class CaFileRefused(Misconfigured):
    """The file of further certificate authorities can't be read, or holds none."""

    code = "ca_file_refused"


def client_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Verifies the host's name, from TLS 1.2 on, by the machine's authorities and those of `ca_file`.

    On a machine without any, those that Mozilla trusts are taken.

    Raises:
        CaFileRefused: `ca_file` can't be read.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not _machine_has_authorities():
        import certifi

        context.load_verify_locations(certifi.where())
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise CaFileRefused(
                f"AUTOM8_EGRESS_CA_FILE names {ca_file}, which holds no certificates."
            ) from error
    return context


def failed(host: str, error: OSError) -> EgressTlsFailed:
    """The handshake's failure, in words that are ours."""
    if isinstance(error, ssl.SSLCertVerificationError):
        word = _WORDS.get(error.verify_code, "is not trusted")
        return EgressTlsFailed(f"The certificate of {host} {word}.")
    return EgressTlsFailed(f"{host} does not speak TLS 1.2 or newer.")


def _machine_has_authorities() -> bool:
    paths = ssl.get_default_verify_paths()
    folder: str | None = paths.capath  # None where there is none, whatever the stubs say
    return bool(paths.cafile) or (folder is not None and any(Path(folder).iterdir()))
