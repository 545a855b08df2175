"""E-mail: text and HTML, one thread for each incident, handed to a mail server by SMTP.

Asynchronous bounces go to the sender's mailbox, which is not read here.
"""

from __future__ import annotations

import hashlib
import re
import time as system_time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from enum import StrEnum
from typing import Any, Final, Protocol

from autom8.alerts.channels.outgoing import Outgoing, Sent
from autom8.alerts.channels.smtp import TROUBLE, Client, Said, Veil, Wire, hidden_of, own_name
from autom8.alerts.retrying import Result
from autom8.egress.deadline import Deadline
from autom8.egress.errors import EgressError
from autom8.kernel.secrets import Secret

TIME: Final = timedelta(seconds=60)
SUBJECT_CHARS_MAX: Final = 250
NAME_CHARS_MAX: Final = 120
_LOCAL: Final = re.compile(r"[^\s<>\"(),:;\\@\[\]]{1,64}")
# The library folds a long name without its quotes, so that a comma in it would begin another address.
_FOLDED_FROM: Final = 40
_SPECIALS: Final = {ord(char): " " for char in '()<>[]:;@\\,"'}
_SEVEN_BIT: Final = SMTP.clone(cte_type="7bit")  # taken by every server, whatever extensions it has
_UTF8: Final = SMTPUTF8.clone(cte_type="7bit")


class Security(StrEnum):
    """How the connection to a mail server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    PLAIN = "plain"  # not at all


class Ways(Protocol):
    """What it needs of the way out."""

    def connect(self, host: str, port: int, *, purpose: str, time: timedelta) -> Any:
        """A connection to a judged address."""
        ...

    def secure(self, connection: Any, host: str) -> Any:
        """The same under TLS."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSender:
    """Sends by one mail server, from one address. `source` tells apart installations that share it."""

    host: str
    port: int
    security: Security
    username: str
    password: Secret | None
    sender: str
    sender_name: str
    source: str
    ways: Ways
    now: Callable[[], datetime]
    time: timedelta = TIME
    monotonic: Callable[[], float] = field(default=system_time.monotonic)

    def send(self, outgoing: Outgoing) -> Sent:
        """Hand a mail to the server once."""
        if outgoing.to is None or outgoing.to.email is None:
            return Sent(result=Result.REFUSED, detail="the contact has no e-mail address", blameless=True)
        try:
            to = _ascii_domain(outgoing.to.email)
            message = self.message(outgoing, to)
            mail = _Mail(to=to, utf8=_needs_utf8(to, _ascii_domain(self.sender)), data=message.as_bytes())
        except (ValueError, IndexError, MessageError):  # whose text may hold the address
            return Sent(result=Result.REFUSED, detail="no mail can be made of it: see its addresses")
        password = "" if self.password is None else self.password.reveal()
        exchange = _Exchange(self, Veil(hidden_of(to, self.username, password)))
        try:
            return exchange.deliver(mail, outgoing.handing_over)
        except TROUBLE as error:
            return exchange.fate_of(error)
        finally:
            exchange.close()

    def message(self, outgoing: Outgoing, to: str) -> EmailMessage:
        """The mail, with the same Message-ID in each try.

        Raises:
            ValueError, IndexError, MessageError: an address is none.
        """
        name = outgoing.to.name if outgoing.to is not None else ""
        sender = _ascii_domain(self.sender)
        domain = sender.rpartition("@")[2]
        message = EmailMessage(policy=_UTF8 if _needs_utf8(to, sender) else _SEVEN_BIT)
        message["From"] = _mailbox(self.sender_name, sender)
        message["To"] = _mailbox(name, to)
        message["Subject"] = _line(outgoing.subject, SUBJECT_CHARS_MAX)
        message["Date"] = self.now()
        message["Message-ID"] = f"<{outgoing.key}@{domain}>"
        if outgoing.thread:
            mark = hashlib.sha256(self.source.encode()).hexdigest()[:12]
            root = f"<{outgoing.thread}.{mark}@{domain}>"
            message["In-Reply-To"] = root
            message["References"] = root
        message["Auto-Submitted"] = "auto-generated"
        if outgoing.pages:
            message["Importance"] = "high"
        message.set_content(_encodable(outgoing.text))
        if outgoing.html:
            message.add_alternative(_encodable(outgoing.html), subtype="html")
        return message


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    to: str
    utf8: bool  # needs SMTPUTF8
    data: bytes


class _Exchange:
    """One connection, and one mail on it."""

    def __init__(self, sender: EmailSender, veil: Veil) -> None:
        self._sender = sender
        self._veil = veil
        self._deadline = Deadline.after(sender.time, sender.monotonic)
        self._connection: Any = None
        self._handed_over = False  # and nothing heard since
        self._asking_for_recipient = False

    def deliver(self, mail: _Mail, handing_over: Callable[[], None]) -> Sent:
        """All of it, to the server's last word."""
        sender = self._sender
        own = _ascii_domain(sender.sender)
        smtp = self._opened()
        if sender.password is not None:
            smtp.sign_in(sender.username, sender.password.reveal())
        if mail.utf8 and not smtp.has_extn("smtputf8"):
            raise Said(0, "", "the mail server takes no such address (it has no SMTPUTF8)")
        options = ["SMTPUTF8"] if mail.utf8 else []
        smtp.expect(smtp.mail(own, options), 250, what=f"the sender {own} was refused")
        self._asking_for_recipient = True
        smtp.expect(smtp.rcpt(mail.to), 250, 251, 252, what="the contact's address was refused")
        self._asking_for_recipient = False
        smtp.expect(smtp.docmd("DATA"), 354, what="the mail was refused")
        handing_over()
        smtp.hand_over(mail.data)
        self._handed_over = True
        code, text = smtp.last_word()
        if 400 <= code < 600:
            self._handed_over = False
        if not 200 <= code < 300:
            raise Said(code, text, "the mail was refused" if code >= 400 else "this is no answer")
        smtp.part()
        return Sent(result=Result.DELIVERED)

    def fate_of(self, error: Exception) -> Sent:
        """What a failure says of the mail."""
        for_good, bounced = False, False
        if isinstance(error, Said):
            for_good = error.for_good or error.code == 0
            bounced = self._asking_for_recipient and error.of_address
        elif isinstance(error, EgressError):
            for_good = error.permanent
        detail = self._veil.over(str(error) or type(error).__name__)
        if self._handed_over:
            return Sent(result=Result.UNKNOWN, detail=detail)
        result = Result.REFUSED if for_good else Result.FAILED
        return Sent(result=result, detail=detail, bounced=bounced)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()

    def _opened(self) -> Client:
        sender = self._sender
        self._connection = sender.ways.connect(sender.host, sender.port, purpose="email", time=sender.time)
        own = own_name(self._connection)
        if sender.security is Security.TLS:
            self._secure()
        wire = Wire(self._connection, self._deadline)
        smtp = Client(wire, own=own, veil=self._veil)
        smtp.expect(smtp.getreply(), 220, what="the server does not greet")
        smtp.greet()
        if sender.security is Security.STARTTLS:
            if not smtp.has_extn("starttls"):
                raise Said(0, "", "the server offers no STARTTLS")
            smtp.expect(smtp.docmd("STARTTLS"), 220, what="STARTTLS was refused")
            if wire.unread:  # said in the clear, to be taken as said under TLS
                raise Said(0, "", "the server spoke before TLS was there")
            self._secure()
            smtp.over(Wire(self._connection, self._deadline))
            smtp.greet()
        return smtp

    def _secure(self) -> None:
        self._connection.settimeout(self._deadline.left_s())
        self._connection = self._sender.ways.secure(self._connection, self._sender.host)


def _ascii_domain(address: str) -> str:
    """The address with its domain in ASCII, so that only a name beyond it needs SMTPUTF8."""
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    import idna  # here, since its tables take 2 MB, which most servers never need

    return local + at + idna.encode(domain, uts46=True).decode("ascii")


def _needs_utf8(*addresses: str) -> bool:
    return not all(each.isascii() for each in addresses)


def _mailbox(name: str, address: str) -> MailAddress:
    display = _line(name, NAME_CHARS_MAX)
    if len(display) > _FOLDED_FROM:
        display = " ".join(display.translate(_SPECIALS).split())
    if address.isascii():
        return MailAddress(display, addr_spec=address)
    local, _, domain = address.rpartition("@")  # which the library can't read from one text beyond ASCII
    if not domain or not _LOCAL.fullmatch(local) or not local.isprintable():
        raise ValueError("no address")
    return MailAddress(display, username=local, domain=domain)


def _line(text: str, chars_max: int) -> str:
    """One line of printable text, whatever was given."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * chars_max]).split())
    return line if len(line) <= chars_max else line[: chars_max - 1] + "…"


def _encodable(text: str) -> str:
    return text.encode("utf-8", errors="replace").decode("utf-8")
