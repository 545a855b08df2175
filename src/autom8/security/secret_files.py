"""Files that hold a secret: made once, whole or not at all, and readable by their owner alone.

Knows nothing of what is in them.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from autom8.kernel.errors import Misconfigured

_BYTES_MAX: Final = 65_536
_MODE: Final = 0o600


class UnsafeSecretFile(Misconfigured):
    """A file that holds a secret is open to others, or can't be read or made."""

    code = "unsafe_secret_file"


def ensure_secret_file(path: Path, content: str) -> tuple[str, bool]:
    """The content of `path`, and whether it was made now from `content`.

    Of several processes that start at once, one makes the file and all get what it wrote. A crash leaves the
    whole file or none.

    Raises:
        UnsafeSecretFile: somebody else can read it or owns it, or it can't be read or made.
    """
    try:
        made = not os.path.lexists(path) and _make(path, content)
        return _read(path), made
    except (OSError, UnicodeDecodeError) as error:
        raise UnsafeSecretFile(f"{path} can't be read or made: {error}.") from error


def read_private_file(path: Path) -> bytes:
    """The content of a file that an administrator has put there, such as the key of a certificate.

    As PostgreSQL has it: ours and closed to all others, or root's, who may let our group read it. Links are
    followed, since certificates are renewed by changing them.

    Raises:
        UnsafeSecretFile: somebody else can read or write it, or it can't be read.
    """
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123 - a descriptor
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise UnsafeSecretFile(f"{path} must be an ordinary file.")
            if found.st_uid not in {0, os.geteuid()}:
                raise UnsafeSecretFile(f"{path} belongs to another user; it must be yours or root's.")
            allowed = 0o640 if found.st_uid == 0 else _MODE
            if stat.S_IMODE(found.st_mode) & 0o777 & ~allowed & ~0o100:
                mode = stat.S_IMODE(found.st_mode)
                raise UnsafeSecretFile(f"{path} is open to others (mode {mode:04o}); run chmod 600 on it.")
            return file.read(_BYTES_MAX)
    except OSError as error:
        raise UnsafeSecretFile(f"{path} can't be read: {error.strerror}.") from error


def read_secret_file(path: Path) -> str:
    """The content of a file that is there already.

    Raises:
        UnsafeSecretFile: somebody else can read it or owns it, or it can't be read.
    """
    try:
        return _read(path)
    except (OSError, UnicodeDecodeError) as error:
        raise UnsafeSecretFile(f"{path} can't be read: {error}.") from error


def replace_secret_file(path: Path, content: str) -> None:
    """Put `content` in the place of what is in `path`: after a crash it holds the one or the other, whole.

    Callers take turns (`alone`), or what one of them read and changed would be lost.

    Raises:
        UnsafeSecretFile: it can't be written.
    """
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.unlink(missing_ok=True)  # of one who was killed; it holds a secret, so it has one name only
        try:
            _write(draft, content)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _flush_folder(path.parent)
    except OSError as error:
        raise UnsafeSecretFile(f"{path} can't be written: {error}.") from error


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Be the only process, and the only thread, that changes `path` meanwhile.

    Raises:
        UnsafeSecretFile: its folder can't be locked.
    """
    try:
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UnsafeSecretFile(f"{path.parent} can't be opened: {error}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # ends with the process, however that ends
        yield
    finally:
        os.close(descriptor)


def _write(draft: Path, content: str) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _make(path: Path, content: str) -> bool:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, content)
        os.link(draft, path)  # unlike a rename, it fails when another process was first
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    _flush_folder(path.parent)
    return True


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> str:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())  # of the open file: the path may become another meanwhile
        if not stat.S_ISREG(found.st_mode):
            raise UnsafeSecretFile(f"{path} must be an ordinary file.")
        if found.st_uid != os.geteuid():
            raise UnsafeSecretFile(
                f"{path} belongs to another user; it must belong to the one who runs Autom8."
            )
        if found.st_mode & 0o077:
            mode = stat.S_IMODE(found.st_mode)
            raise UnsafeSecretFile(f"{path} is open to others (mode {mode:04o}); run chmod 600 on it.")
        return file.read(_BYTES_MAX).decode()
