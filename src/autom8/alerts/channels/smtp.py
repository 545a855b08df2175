"""SMTP over a connection made elsewhere: bounded in time and bytes, and quiet about what is secret."""

from __future__ import annotations

import base64
import re
import smtplib
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

from autom8.egress.deadline import Deadline
from autom8.egress.errors import EgressAnswerTooLarge, EgressError
from autom8.kernel.defaults import KIB

_REPLIES_BYTES_MAX: Final = 256 * KIB  # of one exchange
_PIECE_BYTES: Final = 8 * KIB
_SHOWN_CHARS_MAX: Final = 200
_LOCAL_PART_CHARS_MIN: Final = 3  # of what is hidden by itself: "a" would be found in every word
_DOT: Final = re.compile(rb"^\.", re.MULTILINE)
_GOODBYE: Final = timedelta(seconds=2)
_STATUS: Final = re.compile(r"5\.([0-9]{1,3})\.[0-9]{1,3}\b", re.ASCII)  # RFC 3463
_OF_ADDRESSES: Final = frozenset({"1", "2"})  # the subjects "addressing" and "mailbox"


class Said(Exception):
    """The server said no, or what no server says. `for_good`: another try would be no better."""

    def __init__(self, code: int, text: str, what: str) -> None:
        super().__init__(f"{what}: {code} {text}".strip() if code else what)
        self.code = code
        self.for_good = 500 <= code < 600
        self.of_address = self.for_good and _blames_address(text)


TROUBLE: Final = (OSError, smtplib.SMTPException, EgressError, Said)  # what an exchange may raise


class Veil:
    """Takes out of what a server says whatever it may repeat and nobody shall read."""

    def __init__(self, hidden: Iterable[str]) -> None:
        words = sorted({each for each in hidden if each}, key=len, reverse=True)
        self._hidden = re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None

    def over(self, text: str) -> str:
        """One line of printable text."""
        if self._hidden is not None:
            text = self._hidden.sub("…", text)
        line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
        return line[:_SHOWN_CHARS_MAX]


def hidden_of(address: str, username: str, password: str) -> list[str]:
    """What a server may repeat of an exchange: the contact's address, and the sign-in in any form."""
    local = address.rpartition("@")[0]
    words = [address, password]
    if len(local) >= _LOCAL_PART_CHARS_MIN:
        words.append(local)
    if password:
        words += [_plain(username, password), _base64(password)]
    return words


class Wire:
    """A connection as smtplib uses one. Every wait ends with the exchange; replies are counted."""

    def __init__(self, connection: Any, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._buffer = b""
        self._bytes_left = _REPLIES_BYTES_MAX

    @property
    def unread(self) -> bool:
        """Whether something was said that nobody has read yet."""
        return bool(self._buffer)

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        left = memoryview(data)
        while left:
            self._connection.settimeout(self._deadline.left_s())
            left = left[self._connection.send(left) :]

    def makefile(self, _mode: str) -> Wire:
        """Itself: it reads lines."""
        return self

    def readline(self, limit: int) -> bytes:
        """A line, or as much of it as `limit`; empty at the end."""
        while b"\n" not in self._buffer and len(self._buffer) < limit:
            self._connection.settimeout(self._deadline.left_s())
            piece: bytes = self._connection.recv(_PIECE_BYTES)
            if not piece:
                break
            self._bytes_left -= len(piece)
            if self._bytes_left < 0:
                raise EgressAnswerTooLarge("The mail server says more than is taken.")
            self._buffer += piece
        end = self._buffer.find(b"\n") + 1 or len(self._buffer)
        end = min(end, limit)
        line, self._buffer = self._buffer[:end], self._buffer[end:]
        return line

    def hurry(self, time: timedelta) -> None:
        """Allow less from now on."""
        at = self._deadline.monotonic() + time.total_seconds()
        self._deadline = Deadline(min(self._deadline.at, at), self._deadline.monotonic)

    def close(self) -> None:
        """Close the connection."""
        with suppress(OSError):
            self._connection.close()


class Client(smtplib.SMTP):
    """Speaks SMTP over a wire. What does not go as it should raises Said, an OSError or an EgressError."""

    def __init__(self, wire: Wire, *, own: str, veil: Veil) -> None:
        super().__init__(local_hostname=own)
        self.over(wire)
        self._veil = veil

    def over(self, wire: Wire) -> None:
        """Go on over this wire: what was said before counts for nothing."""
        self.sock: Any = wire
        self.file: Any = None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features: dict[str, str] = {}
        self.does_esmtp = False

    def expect(self, answer: tuple[int, bytes], *codes: int, what: str) -> None:
        """See that an answer is one of these.

        Raises:
            Said: it is not.
        """
        code, reply = answer
        if code not in codes:
            raise Said(code, self._veil.over(reply.decode("utf-8", errors="replace")), what)

    def greet(self) -> None:
        """Hear which extensions the server has; an old one has none."""
        code, reply = self.ehlo()
        if not 200 <= code < 300:
            if code < 500:
                self.expect((code, reply), 250, what="the server does not greet")
            self.expect(self.helo(), 250, what="the server does not greet")

    def sign_in(self, username: str, password: str) -> None:
        """Sign in by PLAIN or LOGIN, in UTF-8 (smtplib's own knows ASCII only)."""
        offered = self.esmtp_features.get("auth", "").upper().split()
        what = "the sign-in was refused"
        if "PLAIN" in offered:
            answer = self.docmd("AUTH", f"PLAIN {_plain(username, password)}")
        elif "LOGIN" in offered:
            self.expect(self.docmd("AUTH", f"LOGIN {_base64(username)}"), 334, what=what)
            answer = self.docmd(_base64(password))
        else:
            raise Said(0, "", "the server offers no sign-in by PLAIN or LOGIN")
        self.expect(answer, 235, 503, what=what)  # 503: it is signed in already

    def hand_over(self, data: bytes) -> None:
        """Send a mail, whose lines end with CRLF, after DATA."""
        self.send(_DOT.sub(b"..", data) + b".\r\n")

    def last_word(self) -> tuple[int, str]:
        """The answer to a mail that was handed over."""
        code, reply = self.getreply()
        return code, self._veil.over(reply.decode("utf-8", errors="replace"))

    def part(self) -> None:
        """Say goodbye, and wait no longer for the answer than is polite."""
        self.sock.hurry(_GOODBYE)
        with suppress(OSError, smtplib.SMTPException, EgressError):
            self.quit()


def own_name(connection: Any) -> str:
    """How this side calls itself: by its address, as RFC 5321 has it for who has no name of its own."""
    address = ip_address(str(connection.getsockname()[0]).partition("%")[0])
    return f"[IPv6:{address}]" if isinstance(address, IPv6Address) else f"[{address}]"


def _blames_address(text: str) -> bool:
    """Whether a refusal of a recipient is about the address: relaying or a policy is the channel's matter."""
    status = _STATUS.search(text)
    return status is None or status[1] in _OF_ADDRESSES


def _plain(username: str, password: str) -> str:
    return _base64(f"\0{username}\0{password}")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
