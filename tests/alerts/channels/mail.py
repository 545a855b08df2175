"""Real mail servers on loopback: aiosmtpd as a test wants it, and a script for what no server would do."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from autom8.alerts.channels.email import EmailSender, Security
from autom8.alerts.channels.outgoing import Address, Outgoing
from autom8.egress.policy import Policy
from autom8.egress.service import Egress, build_egress
from autom8.kernel.clock import SystemClock
from autom8.kernel.destinations import Destination
from autom8.kernel.secrets import Secret
from tests.egress.far_side import FarSide, Names, far_side

ADA = Address(name="Ada Lovelace", email="ada@example.org", phone=None)
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
KEY = "6f1c64d5-53a7-4a4e-8a0b-3b4a5a0c1f10"
HOST = "mail.example"
PASSWORD = "p\xe4ss wörd"


@dataclass
class Taken:
    """One mail as a server took it."""

    sender: str
    to: list[str]
    options: list[str]
    content: bytes
    tls: bool
    user: bytes | None

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=default)

    def text(self) -> str:
        return str(self.mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]

    def html(self) -> str:
        return str(self.mail.get_body(("html",)).get_content())  # type: ignore[union-attr]


@dataclass
class Server:
    """What a server takes, and how it answers."""

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    at_rcpt: Callable[[str], str] = field(default=lambda _: "250 OK")
    at_data: Callable[[Any], str] = field(default=lambda _: "250 OK")

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        del options
        answer = self.at_rcpt(address)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.at_data(server)
        user = session.auth_data.login if session.auth_data else None
        tls = server.transport.get_extra_info("ssl_object") is not None
        options = list(envelope.mail_options)
        content = envelope.original_content
        self.taken.append(Taken(envelope.mail_from, envelope.rcpt_tos, options, content, tls, user))
        return answer


@contextmanager
def mail_server(
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    user: str | None = None,
    utf8: bool = False,
) -> Iterator[Server]:
    """A real server: STARTTLS that it insists upon, or TLS from the start, or neither."""
    server = Server()

    def believed(_: Any, __: Any, ___: Any, ____: Any, told: Any) -> AuthResult:
        right = isinstance(told, LoginPassword) and told.login.decode() == user
        right = right and told.password.decode() == PASSWORD
        return AuthResult(success=right, handled=right, auth_data=told)

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of passwords in the clear, which are here to be tested
            return SMTP(server, loop=loop, hostname=HOST, enable_SMTPUTF8=utf8, **options)

    options: dict[str, Any] = {"auth_require_tls": False}
    if starttls:
        options |= {"tls_context": starttls, "require_starttls": True}
    if user:
        options |= {"authenticator": believed, "auth_required": True}
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        begun = loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
        listening = asyncio.run_coroutine_threadsafe(begun, loop).result(10)
        server.port = listening.sockets[0].getsockname()[1]
        yield server
        asyncio.run_coroutine_threadsafe(_ended(listening), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _ended(listening: asyncio.Server) -> None:
    """Close it, and let its connections end."""
    listening.close()
    ours = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not ours]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.01)


Step = bytes | Callable[[socket.socket], None]


@contextmanager
def scripted(*steps: Step) -> Iterator[FarSide]:
    """A server that says each step, and hears a command or mail before the next; then it hangs up."""
    side: FarSide

    def serve(connection: socket.socket) -> None:
        for number, step in enumerate(steps):
            if number:
                heard = connection.recv(65_536)
                while heard and b"\r\n.\r\n" not in heard and steps[number - 1 : number] == (GO_ON,):
                    more = connection.recv(65_536)
                    heard += more
                    if not more:
                        break
                side.asked.append(heard)
            if callable(step):
                step(connection)
            else:
                connection.sendall(step)

    with far_side(serve, reads=False) as side:
        yield side


GO_ON = b"354 go on\r\n"
GREETED: Sequence[bytes] = (
    b"220 mail\r\n",
    b"250-mail\r\n250 8BITMIME\r\n",
    b"250 OK\r\n",
    b"250 OK\r\n",
    GO_ON,
)


def egress(ca_file: Path | None = None) -> Egress:
    """A way out that knows the mail server by name, and lets loopback through."""
    return build_egress(
        Policy([Destination.read("127.0.0.0/8")]),
        clock=SystemClock(),
        refused=lambda _: None,
        resolve=Names({HOST: ["127.0.0.1"], "other.example": ["127.0.0.1"]}),
        ca_file=ca_file,
    )


def sender(port: int, **changes: Any) -> EmailSender:
    """One that sends in the clear, unless changed."""
    made = EmailSender(
        host=HOST,
        port=port,
        security=Security.PLAIN,
        username="",
        password=None,
        sender="autom8@example.net",
        sender_name="Autom8",
        source="https://autom8.example",
        ways=egress(),
        now=lambda: NOON,
        time=timedelta(seconds=10),
    )
    return replace(made, **changes)


def signing_in(**changes: Any) -> dict[str, Any]:
    return {"username": "ops", "password": Secret(PASSWORD), **changes}


def a_mail(**changes: Any) -> Outgoing:
    made = Outgoing(
        key=KEY,
        subject="FIRING: backup failed",
        text="exit code 2\n",
        html="<p>exit code 2</p>",
        thread="incident-12",
        pages=True,
        to=ADA,
    )
    return replace(made, **changes)
