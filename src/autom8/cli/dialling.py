"""Connections to a server, by its address and by whom it must be; and why one can't be had."""

from __future__ import annotations

import errno
import hashlib
import http.client
import socket
import ssl
from typing import Final
from urllib.parse import urlsplit

from autom8.kernel import errors

NOT_REACHED: Final = (OSError, http.client.HTTPException)


class _PinnedConnection(http.client.HTTPSConnection):
    """HTTPS to the one server whose certificate has this fingerprint (SHA-256, in hex)."""

    def __init__(self, host: str, port: int | None, *, timeout: float, fingerprint: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname = False  # it is made for the names that others use
        context.verify_mode = ssl.CERT_NONE  # the fingerprint says more than any signature
        super().__init__(host, port, timeout=timeout, context=context)
        self._fingerprint = fingerprint

    def connect(self) -> None:
        """Connect; hang up before a word is said, when it is another server."""
        super().connect()
        shown = self.sock.getpeercert(binary_form=True) or b""
        if hashlib.sha256(shown).hexdigest() != self._fingerprint:
            self.close()
            raise OSError(
                errno.EPROTO, "another certificate is shown there than that of this machine's server"
            )


def connection_to(
    url: str, timeout_s: float, certificate: str | None
) -> tuple[http.client.HTTPConnection, str]:
    """A connection to `url`, not opened yet, and the prefix of each path there."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # a port or a host that is none
        parts, host, port = urlsplit(""), None, None
    prefix = parts.path.rstrip("/") + "/api/v1"
    if host and parts.scheme == "https" and certificate is not None:
        return _PinnedConnection(host, port, timeout=timeout_s, fingerprint=certificate), prefix
    if host and parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=context), prefix
    if host and parts.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout_s), prefix
    raise errors.Invalid(f"{url!r} is not a server's address; write https://HOST[:PORT]")


def why(error: Exception) -> str:
    """What kept a server from being reached, in words."""
    match error:
        case socket.gaierror():
            return "no machine of this name is known"
        case TimeoutError():
            return "no answer in time"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message})"
        case OSError():
            return error.strerror or "the connection broke"
        case _:
            return "the connection broke in the middle of an answer"
