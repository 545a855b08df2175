"""A real SMTP sink as a process of its own: each mail that it took is a line of a file, and it fails as told.

Run as a program it serves; imported it starts one. What it took is on disk before it says so.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

START_S_MAX = 20.0


@dataclass(frozen=True, slots=True)
class Sink:
    """A running sink."""

    port: int
    folder: Path

    def mode(self, name: str = "ok", seconds: float = 0.0) -> None:
        """What it does from now on: `ok`, `refuse` (5xx), `fail` (4xx), `slow` or `mute` for so long, or
        `die`: it keeps the mail, and drops the connection before it says so.
        """
        new = self.folder / "mode.new"
        new.write_text(json.dumps([name, seconds]))
        new.replace(self.folder / "mode")

    def mails(self) -> list[dict[str, Any]]:
        """What it took, in its order: `at`, `to`, `from`, `headers`, `text`, `html`, `mode`."""
        path = self.folder / "mails"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(each) for each in lines]

    def subjects(self) -> list[str]:
        return [each["headers"]["Subject"] for each in self.mails()]


@contextmanager
def smtp_sink(folder: Path) -> Iterator[Sink]:
    """A sink on a random loopback port, until the end."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "port").unlink(missing_ok=True)
    process = subprocess.Popen([sys.executable, "-m", "tests.services.smtp", str(folder)])
    try:
        yield Sink(_port(folder, process), folder)
    finally:
        process.kill()
        process.wait()


def _port(folder: Path, process: subprocess.Popen[bytes]) -> int:
    end = time.monotonic() + START_S_MAX
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            return int((folder / "port").read_text())
        time.sleep(0.02)
    raise AssertionError("the SMTP sink did not start")


class _Handler:
    """Keeps mails, or fails as the file of the mode says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mails = (folder / "mails").open("a", encoding="utf-8")

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        del options
        if address.startswith("bounces@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        import asyncio

        name, seconds = self._mode()
        if name == "refuse":
            return "554 5.7.1 refused"
        if name == "fail":
            return "451 4.3.0 not now"
        if name in {"slow", "mute"}:
            await asyncio.sleep(seconds)
            if name == "mute":
                server.transport.abort()
                return "451 never said"
        self._keep(envelope, name)
        if name == "die":
            server.transport.abort()
        return "250 OK"

    def _mode(self) -> tuple[str, float]:
        try:
            name, seconds = json.loads((self._folder / "mode").read_text())
        except (OSError, ValueError):
            return "ok", 0.0
        return str(name), float(seconds)

    def _keep(self, envelope: Any, mode: str) -> None:
        mail = message_from_bytes(envelope.content, policy=default)
        text, html = mail.get_body(("plain",)), mail.get_body(("html",))
        line = {
            "at": time.time(),
            "mode": mode,
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name: str(value) for name, value in mail.items()},
            "text": text.get_content() if text else "",
            "html": html.get_content() if html else "",
        }
        self._mails.write(json.dumps(line) + "\n")
        self._mails.flush()
        os.fsync(self._mails.fileno())


def main(folder: Path) -> None:
    """Serve until killed."""
    import asyncio

    from aiosmtpd.smtp import SMTP

    async def serve() -> None:
        handler = _Handler(folder)
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(handler, enable_SMTPUTF8=True), "127.0.0.1", 0
        )
        new = folder / "port.new"
        new.write_text(str(server.sockets[0].getsockname()[1]))
        new.replace(folder / "port")
        await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
