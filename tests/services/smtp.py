"""A real SMTP sink as a process of its own: each mail that it took is a line of a file, and it fails as told.

Run as a program it serves; imported it starts one. What it took is on disk before it says so.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from tests.services import sinks

BACKLOG = 1_024


@dataclass(frozen=True, slots=True)
class Sink(sinks.Sink):
    """A running sink. To `refuse` is to say 5xx after the mail, to `fail` 4xx."""

    _mails: list[dict[str, Any]] = field(default_factory=list)

    def mails(self) -> list[dict[str, Any]]:
        """What it took, in its order: `at`, `to`, `from`, `headers`, `text`, `html`, `mode`."""
        for line in self.taken()[len(self._mails) :]:
            self._mails.append(_parsed(line))
        return list(self._mails)

    def subjects(self) -> list[str]:
        return [each["headers"]["Subject"] for each in self.mails()]


@contextmanager
def smtp_sink(folder: Path) -> Iterator[Sink]:
    """A sink on a random loopback port, until the end."""
    with sinks.running("tests.services.smtp", folder) as (port, pid):
        yield Sink(port, folder, pid)


def _parsed(line: dict[str, Any]) -> dict[str, Any]:
    mail = message_from_bytes(line["raw"].encode("latin-1"), policy=default)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return {
        **{name: line[name] for name in ("at", "mode", "from", "to")},
        "headers": {name: str(value) for name, value in mail.items()},
        "text": text.get_content() if text else "",
        "html": html.get_content() if html else "",
    }


class _Handler:
    """Keeps mails, or fails as the mode says."""

    def __init__(self, taking: sinks.Taking) -> None:
        self._taking = taking

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        del options
        if address.startswith("bounces@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        import asyncio

        name, seconds = self._taking.mode()
        if name == "refuse":
            return "554 5.7.1 refused"
        if name == "fail":
            return "451 4.3.0 not now"
        if name in {"slow", "mute"}:
            await asyncio.sleep(seconds)
            if name == "mute":
                server.transport.abort()
                return "451 never said"
        raw = envelope.content.decode("latin-1")
        await self._taking.keep(
            {"mode": name, "from": envelope.mail_from, "to": envelope.rcpt_tos, "raw": raw}
        )
        if name == "die":
            server.transport.abort()
        return "250 OK"


def main(folder: Path) -> None:
    """Serve until killed."""
    import asyncio

    from aiosmtpd.smtp import SMTP

    async def serve() -> None:
        taking = sinks.Taking(folder)
        handler = _Handler(taking)
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(handler, enable_SMTPUTF8=True, hostname="sink.test"), "127.0.0.1", 0, backlog=BACKLOG
        )
        taking.announce(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
