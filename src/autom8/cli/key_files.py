"""Files of `autom8 key`: a backup that is read, and a secret that is written for its owner alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from autom8.kernel.errors import Conflict, Invalid, NotFound

_BYTES_MAX: Final = 1 << 20


class FileThere(Conflict):
    """A secret is not written over what is there."""

    code = "file_there"


class NoSuchFile(NotFound):
    """A file can't be read."""

    code = "file_not_found"


def read_backup(path: Path, ask: Callable[[], str]) -> str:
    """The keyring in a backup, sealed (then `ask` gives the passphrase) or plain.

    Raises:
        NoSuchFile: it can't be read.
        Invalid: it holds no keyring, or the passphrase is not its own.
    """
    from autom8.kernel.secrets import Secret
    from autom8.security.key_backup import opened_backup
    from autom8.security.keyring import BadKeyring, KeyMaterial

    try:
        with path.open("rb") as file:
            text = file.read(_BYTES_MAX).decode()
    except OSError as error:
        raise NoSuchFile(f"{path} can't be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise Invalid(f"{path} is no backup of a keyring") from None
    try:
        return KeyMaterial.parse(text, origin=str(path)).text()
    except BadKeyring:  # then it is sealed
        return opened_backup(text, Secret(ask())).text()


def write_secret(path: Path, text: str) -> None:
    """Write a file of mode 0600, whole or not at all.

    Raises:
        FileThere: there is one already.
        Misconfigured: it can't be written.
    """
    from autom8.security.secret_files import ensure_secret_file

    _, made = ensure_secret_file(path, text)
    if not made:
        raise FileThere(f"{path} is there already; move it away first")
