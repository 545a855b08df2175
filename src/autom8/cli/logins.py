"""The login to a server elsewhere: kept in one file (0600) of the user's config folder.

Refresh tokens rotate and each is good once, so renewing is done by one process at a time, under a
lock, and the file is replaced whole.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from autom8.cli.errors import NotLoggedIn
from autom8.kernel.errors import Misconfigured, Unauthenticated

if TYPE_CHECKING:
    from autom8.cli.client import Client

EARLY_S: Final = 30  # an access token is renewed this long before it ends
_FILE: Final = "login.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Where we are logged in, as whom, and by what. `access_until` is seconds since 1970."""

    url: str
    name: str
    refresh_token: str
    access_token: str
    access_until: float

    @classmethod
    def of(cls, url: str, answer: Mapping[str, Any]) -> Login:
        """From what the server says to a login or a refresh."""
        return cls(
            url=url,
            name=answer["user"]["name"],
            refresh_token=answer["refresh_token"],
            access_token=answer["access_token"],
            access_until=time.time() + answer["expires_in"],
        )

    def __repr__(self) -> str:
        return f"Login(url={self.url!r}, name={self.name!r}, …)"


def config_folder(env: Mapping[str, str]) -> Path:
    """The user's config folder of Autom8: below XDG_CONFIG_HOME, or ~/.config."""
    return Path(env.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "autom8"


class LoginFile:
    """The one stored login, if any."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / _FILE

    def find(self) -> Login | None:
        """The stored login, or None.

        Raises:
            Misconfigured: the file can't be read, or is not what we wrote.
        """
        try:
            return Login(**json.loads(self.path.read_bytes()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError):
            raise Misconfigured(
                f"{self.path} can't be read; remove it and log in again: autom8 login URL"
            ) from None

    def put(self, login: Login) -> None:
        """Store `login` in place of what is there; readable by its owner only, and never half-written."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self.path.with_suffix(f".{os.getpid()}")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(login), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    def remove(self) -> None:
        """Forget the login; nothing happens when there is none."""
        self.path.unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes of this user from changing the file meanwhile; waits for its turn."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class StoredCredentials:
    """Credentials from a stored login; renews the access token when it ends or is refused."""

    def __init__(self, file: LoginFile, login: Login) -> None:
        self._file = file
        self._login = login

    def bearer(self) -> str | None:
        """An access token that is good for a while yet."""
        if time.time() > self._login.access_until - EARLY_S:
            self.renew()
        return self._login.access_token

    def renew(self) -> bool:
        """Trade the refresh token for new tokens and store them.

        Raises:
            NotLoggedIn: the server does not take it any longer.
        """
        url, body = self._login.url, {"refresh_token": self._login.refresh_token}
        with self._file.alone():
            stored = self._file.find()
            if stored is None or stored.url != url:
                raise NotLoggedIn(
                    f"the login to {url} was given up meanwhile; log in again: autom8 login {url}"
                )
            if stored.access_token != self._login.access_token:
                self._login = stored  # another process was quicker; its tokens are ours
                return True
            try:
                self._login = Login.of(url, _ask(url, "/auth/refresh", body))
            except Unauthenticated as error:
                raise NotLoggedIn(
                    f"the login to {url} has ended; log in again:"
                    f" autom8 login {url} --name {self._login.name}"
                ) from error
            self._file.put(self._login)
        return True

    def prove(self, client: Client) -> bool:
        """Ask who sits here for their password."""
        from autom8.cli.proving import prove  # only when a server wants it

        return prove(client)


def log_in(url: str, *, name: str, password: str, code: str | None = None) -> Login:
    """Trade a name and a password, and a code where there is a second factor, for a login.

    Raises:
        SecondFactorNeeded: the password is right, and a code is missing.
        Unauthenticated: the server knows no such name, password and code.
        RateLimited: too many tries.
    """
    body = {"name": name, "password": password} | ({"code": code} if code else {})
    return Login.of(url, _ask(url, "/auth/login", body))


def _ask(url: str, path: str, body: Mapping[str, str]) -> Mapping[str, Any]:
    from autom8.cli.client import Client  # http.client and ssl: only when a command does ask

    with Client(url) as stranger:
        answer: Mapping[str, Any] = stranger.post(path, body).body
        return answer
