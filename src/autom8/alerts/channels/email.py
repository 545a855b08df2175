"""E-mail by SMTP: STARTTLS or TLS, text and HTML, one thread for each incident.

Each wait ends with the whole exchange's time: a timer breaks the connection, whatever the server drips.
"""

from __future__ import annotations

import re
import smtplib
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from enum import StrEnum
from typing import Any, Final, Protocol

from autom8.alerts.channels.outgoing import Outgoing, Sent
from autom8.alerts.retrying import Result
from autom8.egress.errors import EgressError
from autom8.kernel.secrets import Secret

TIME: Final = timedelta(seconds=60)
_REPLY_CHARS_MAX: Final = 200
_DOT: Final = re.compile(rb"^\.", re.MULTILINE)


class Security(StrEnum):
    """How the connection to a mail server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    PLAIN = "plain"  # not at all


class Ways(Protocol):
    """What it needs of the way out."""

    def connect(self, host: str, port: int, *, purpose: str, time: timedelta) -> socket.socket:
        """A connection to a judged address."""
        ...

    def secure(self, connection: socket.socket, host: str) -> Any:
        """The same under TLS."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSender:
    """Sends by one mail server, from one address."""

    host: str
    port: int
    security: Security
    username: str
    password: Secret | None
    sender: str
    sender_name: str
    ways: Ways
    now: Callable[[], datetime]
    time: timedelta = TIME

    def send(self, outgoing: Outgoing) -> Sent:
        """Hand a mail to the server once."""
        if outgoing.to is None or outgoing.to.email is None:
            return Sent(result=Result.REFUSED, detail="the contact has no e-mail address")
        try:
            message = self.message(outgoing)
        except ValueError as error:
            return Sent(result=Result.REFUSED, detail=f"no mail can be made of it: {error}")
        exchange = _Exchange(self)
        timer = threading.Timer(self.time.total_seconds(), exchange.break_off)
        timer.daemon = True
        timer.start()
        try:
            return exchange.deliver(message, outgoing.to.email)
        except EgressError as error:
            return Sent(result=Result.REFUSED if error.permanent else Result.FAILED, detail=str(error))
        except _Refused as error:
            return Sent(result=Result.REFUSED if error.for_good else Result.FAILED, detail=str(error))
        except (OSError, smtplib.SMTPException) as error:
            result = Result.UNKNOWN if exchange.handed_over else Result.FAILED
            return Sent(result=result, detail=_line(f"{self.host}: {error or type(error).__name__}"))
        finally:
            timer.cancel()
            exchange.break_off()

    def message(self, outgoing: Outgoing) -> EmailMessage:
        """The mail, with the same Message-ID in each try.

        Raises:
            ValueError: a header can't hold what it should.
        """
        assert outgoing.to is not None
        assert outgoing.to.email is not None
        domain = self.sender.rpartition("@")[2]
        message = EmailMessage(policy=SMTP)
        message["From"] = MailAddress(display_name=self.sender_name, addr_spec=self.sender)
        message["To"] = MailAddress(display_name=outgoing.to.name, addr_spec=outgoing.to.email)
        message["Subject"] = outgoing.subject
        message["Date"] = self.now()
        message["Message-ID"] = f"<{outgoing.key}@{domain}>"
        if outgoing.thread:
            root = f"<{outgoing.thread}@{domain}>"
            message["In-Reply-To"] = root
            message["References"] = root
        message["Auto-Submitted"] = "auto-generated"
        if outgoing.pages:
            message["Importance"] = "high"
        message.set_content(outgoing.text)
        if outgoing.html:
            message.add_alternative(outgoing.html, subtype="html")
        return message


class _Refused(Exception):
    """The server said no."""

    def __init__(self, code: int, reply: bytes, what: str) -> None:
        super().__init__(_line(f"{what}: {code} {reply.decode('utf-8', errors='replace')}"))
        self.for_good = 500 <= code < 600


class _Client(smtplib.SMTP):
    """Speaks SMTP over a connection that was made elsewhere."""

    def __init__(self, connection: socket.socket, host: str) -> None:
        super().__init__(local_hostname="autom8.invalid")
        self.sock = connection
        self.file = None
        self._host = host

    def greeted(self) -> tuple[int, bytes]:
        """The server's first words."""
        return self.getreply()

    def under(self, connection: Any) -> None:
        """Go on over TLS: what was said in the clear counts for nothing."""
        self.sock, self.file = connection, None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False


class _Exchange:
    """One connection, and one mail on it."""

    def __init__(self, sender: EmailSender) -> None:
        self._sender = sender
        self._connection: Any = None
        self.handed_over = False

    def break_off(self) -> None:
        """Close the connection, also under a wait of another thread."""
        connection = self._connection
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            with suppress(OSError):
                connection.close()

    def deliver(self, message: EmailMessage, to: str) -> Sent:
        """All of it, to the server's last word."""
        sender = self._sender
        smtp = self._opened()
        if sender.password is not None:
            try:
                smtp.login(sender.username, sender.password.reveal())
            except smtplib.SMTPAuthenticationError as error:
                raise _Refused(error.smtp_code, _bytes(error.smtp_error), "the sign-in was refused") from None
        utf8 = not (to.isascii() and sender.sender.isascii())
        if utf8 and not smtp.has_extn("smtputf8"):
            return Sent(result=Result.REFUSED, detail="the mail server takes no such address (SMTPUTF8)")
        options = ["SMTPUTF8", "BODY=8BITMIME"] if utf8 else []
        data = message.as_bytes(policy=SMTPUTF8 if utf8 else SMTP)
        _expect(smtp.mail(sender.sender, options), 250, f"the sender {sender.sender} was refused")
        _expect(smtp.rcpt(to), 250, "the address of the contact bounced")
        _expect(smtp.docmd("DATA"), 354, "the mail was refused")
        smtp.send(_DOT.sub(b"..", data if data.endswith(b"\r\n") else data + b"\r\n") + b".\r\n")
        self.handed_over = True
        code, reply = smtp.getreply()
        self.handed_over = False
        _expect((code, reply), 250, "the mail was refused")
        with suppress(OSError, smtplib.SMTPException):
            smtp.quit()
        return Sent(result=Result.DELIVERED)

    def _opened(self) -> _Client:
        sender = self._sender
        self._connection = sender.ways.connect(sender.host, sender.port, purpose="email", time=sender.time)
        if sender.security is Security.TLS:
            self._connection = sender.ways.secure(self._connection, sender.host)
        self._connection.settimeout(sender.time.total_seconds())
        smtp = _Client(self._connection, sender.host)
        _expect(smtp.greeted(), 220, "the server does not greet")
        smtp.ehlo_or_helo_if_needed()
        if sender.security is Security.STARTTLS:
            if not smtp.has_extn("starttls"):
                raise _Refused(500, b"", "the server offers no STARTTLS")
            _expect(smtp.docmd("STARTTLS"), 220, "STARTTLS was refused")
            if smtp.file is not None and smtp.file.peek(1):  # said before TLS, to be taken as said under it
                raise _Refused(500, b"", "the server spoke before TLS was there")
            self._connection = sender.ways.secure(self._connection, sender.host)
            self._connection.settimeout(sender.time.total_seconds())
            smtp.under(self._connection)
            smtp.ehlo_or_helo_if_needed()
        return smtp


def _expect(answer: tuple[int, bytes], code: int, what: str) -> None:
    got, reply = answer
    if got != code and not (code == 250 and got == 251):
        raise _Refused(got, reply, what)


def _bytes(text: Any) -> bytes:
    return text if isinstance(text, bytes) else str(text).encode()


def _line(text: str) -> str:
    return " ".join(text.split())[:_REPLY_CHARS_MAX]
