"""Passwords: which are taken, and how they are kept.

bcrypt looks at 72 bytes and stops at a zero byte, so it is given a keyed digest of the whole password;
the key (pepper) is not in the database. Never hash or verify inside a transaction: each takes a third of
a second, and SQLite has one writer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import bcrypt

from autom8.kernel.errors import Invalid, RateLimited

COST: Final = 12
LENGTH_MIN: Final = 12
LENGTH_MAX: Final = 1_024
_WAITING_MAX: Final = 2  # of few request threads: one must stay free for other work
_GUESSES_MIN: Final = 10**8  # below this the estimate says that a patient guesser gets there
_ESTIMATED_MAX: Final = 40  # the estimate's time grows with the square of the length
_NAME_IN_PASSWORD_MIN: Final = 3
# A hash that no password has, so that an unknown user costs as much as a known one.
_NOBODY: Final = "iIfBLVAZWkFVRW8uSVtGQe0Q5bPyGnTsn1PI3T1qMzRg0OhEVaSvK"


class TooManySignIns(RateLimited):
    """More passwords are being checked than this server has time for."""

    def __init__(self) -> None:
        super().__init__("Too many people sign in just now.", retry_after_s=2)


def prepared(password: str) -> str:
    """The password as it is compared: NFKC, since keyboards differ in how they compose a letter."""
    return unicodedata.normalize("NFKC", password)


def refuse_weak(password: str, *, user_name: str) -> None:
    """Let pass only what is long, not widely known, and not made of the user's name.

    No rules of composition: NIST SP 800-63B advises against them. What is widely known is judged offline by
    zxcvbn, whose 30,000 breached passwords it also finds with usual changes and repeats.

    Raises:
        Invalid: naming the field `password` and what is wrong with it.
    """
    text = prepared(password)
    if len(text) < LENGTH_MIN:
        raise _refused(f"must have at least {LENGTH_MIN} characters")
    if len(text) > LENGTH_MAX:
        raise _refused(f"must have at most {LENGTH_MAX} characters")
    name = prepared(user_name).casefold()
    if len(name) >= _NAME_IN_PASSWORD_MIN and name in text.casefold():
        raise _refused("must not contain the user's name")
    if _guesses(text[:_ESTIMATED_MAX], known=[name, "autom8"]) < _GUESSES_MIN:
        raise _refused("is widely known or easily guessed")


class Checker:
    """Hashes and checks passwords for one who has a place; each call waits for its turn."""

    def __init__(self, pepper: bytes, *, cost: int, turn: threading.Lock) -> None:
        self._pepper = pepper
        self._cost = cost
        self._turn = turn

    def hash(self, password: str) -> str:
        """A hash to keep, with a salt of its own."""
        with self._turn:
            return bcrypt.hashpw(self._digest(password), bcrypt.gensalt(self._cost)).decode()

    def verify(self, password: str, kept: str | None) -> bool:
        """Whether `password` is the one that was kept; none kept costs as much, and is never right."""
        possible = bool(kept) and len(password) <= LENGTH_MAX
        compared = kept if kept and possible else f"$2b${self._cost:02d}${_NOBODY}"
        with self._turn:
            return bcrypt.checkpw(self._digest(password), compared.encode()) and possible

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made at another cost than today's."""
        return not kept.startswith(f"$2b${self._cost:02d}$")

    def _digest(self, password: str) -> bytes:
        text = prepared(password[: LENGTH_MAX + 1]).encode("utf-8", "surrogatepass")
        return base64.b64encode(hmac.digest(self._pepper, text, hashlib.sha256))


class Passwords:
    """Lets one password at a time be worked on in this process, and few wait."""

    def __init__(self, pepper: bytes, *, cost: int = COST) -> None:
        self._checker = Checker(pepper, cost=cost, turn=threading.Lock())
        self._places = threading.BoundedSemaphore(_WAITING_MAX + 1)

    @contextmanager
    def place(self) -> Iterator[Checker]:
        """A place among the few, taken before anything is counted or written.

        Raises:
            TooManySignIns: too many wait already.
        """
        if not self._places.acquire(blocking=False):
            raise TooManySignIns
        try:
            yield self._checker
        finally:
            self._places.release()


def _guesses(text: str, *, known: list[str]) -> float:
    from zxcvbn import zxcvbn  # here, since its word lists take 11 MB, which most servers never need

    return float(zxcvbn(text, user_inputs=known)["guesses"])


def _refused(what: str) -> Invalid:
    return Invalid("The password is not taken.", fields={"password": what})
