"""Where a keyring comes from: the environment, or a file that servers on a machine share.

Adapters of the `Keyring` port. A file may be changed while servers run: a rotation on one reaches all.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from autom8.kernel.clock import Clock
from autom8.kernel.errors import Misconfigured
from autom8.kernel.secrets import Secret
from autom8.security.keyring import KeyMaterial, LoadedKeys
from autom8.security.sealing import Refusal, Refused
from autom8.security.secret_files import alone, ensure_secret_file, read_secret_file, replace_secret_file

log = logging.getLogger(__name__)

KEYRING_FILE: Final = "keyring.json"
_LOOK_AGAIN_S: Final = 1.0  # at the same file, which lacked a key or could not be read
_Stamp = tuple[int, int, int]


class KeyringGiven(Misconfigured):
    """The keyring stands in the environment, where this program can't change it."""

    code = "keyring_given"


class GivenKeyring:
    """A keyring given as text. It stays as it is while this process runs."""

    def __init__(self, text: Secret) -> None:
        self.loaded = LoadedKeys(KeyMaterial.parse(text.reveal(), origin=self.origin))

    @property
    def origin(self) -> str:
        """Where it is, in words."""
        return "AUTOM8_KEYRING"

    def material(self) -> KeyMaterial:
        """What it holds."""
        return self.loaded.material

    def changing(self) -> AbstractContextManager[Callable[[KeyMaterial], None]]:
        """Refuse: who gave it changes it.

        Raises:
            KeyringGiven: always.
        """
        raise KeyringGiven(
            "The keyring is given in AUTOM8_KEYRING: change it there, and start the servers again."
        )

    def primary(self) -> str:
        return self.loaded.material.primary

    def key_ids(self) -> Collection[str]:
        return self.loaded.material.keys.keys()

    def wrap(self, key_id: str, data_key: bytes, place: bytes) -> bytes:
        return self.loaded.wrap(key_id, data_key, place)

    def unwrap(self, key_id: str, wrapped: bytes, place: bytes) -> bytes:
        return self.loaded.unwrap(key_id, wrapped, place)

    def blind(self, use: bytes, text: bytes) -> bytes:
        return self.loaded.blind(use, text)


class FileKeyring:
    """A keyring in a file of mode 0600. Safe for any number of threads.

    Its primary is always the file's; a look at the file's status tells whether it must be read again. A
    file that became unreadable is said to be, and what was read of it before stays good.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._stamp: _Stamp | None = None
        self._tried: _Stamp | None = None
        self._look_again_at = 0.0
        self._load()

    @property
    def origin(self) -> str:
        """Where it is, in words."""
        return str(self.path)

    def material(self) -> KeyMaterial:
        """What the file holds now.

        Raises:
            Misconfigured: it is unsafe, can't be read, or is no keyring.
        """
        with self._lock:
            self._load()
            return self._loaded.material

    @contextmanager
    def changing(self) -> Iterator[Callable[[KeyMaterial], None]]:
        """Be the only one who changes the file, by the function that is given.

        Raises:
            Misconfigured: the file can't be locked or written.
        """

        def put(material: KeyMaterial) -> None:
            replace_secret_file(self.path, material.text())
            self.material()

        with alone(self.path):
            yield put

    def primary(self) -> str:
        return self._fresh().material.primary

    def key_ids(self) -> Collection[str]:
        return self._fresh().material.keys.keys()

    def wrap(self, key_id: str, data_key: bytes, place: bytes) -> bytes:
        return self._loaded.wrap(key_id, data_key, place)

    def unwrap(self, key_id: str, wrapped: bytes, place: bytes) -> bytes:
        try:
            return self._loaded.unwrap(key_id, wrapped, place)
        except Refused as refused:
            if refused.reason is not Refusal.UNKNOWN_KEY:
                raise
        return self._fresh(lacking=key_id).unwrap(key_id, wrapped, place)

    def blind(self, use: bytes, text: bytes) -> bytes:
        return self._loaded.blind(use, text)

    def _fresh(self, *, lacking: str | None = None) -> LoadedKeys:
        """The file's keys: read again if its status changed, or (once a second) if a key is not in them."""
        with self._lock:
            stamp = self._look()
            if stamp != self._stamp or (lacking is not None and lacking not in self._loaded.material.keys):
                self._try_load(stamp)
            return self._loaded

    def _try_load(self, stamp: _Stamp | None) -> None:
        """Read the file unless it was read lately as it is now; one that was replaced is read at once."""
        now = self._clock.monotonic()
        if stamp == self._tried and now < self._look_again_at:
            return
        self._tried, self._look_again_at = stamp, now + _LOOK_AGAIN_S
        try:
            self._load()
        except Misconfigured as error:
            log.error("keyring_unreadable", extra={"fields": {"error": str(error)}})  # noqa: TRY400 - expected

    def _look(self) -> _Stamp | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _load(self) -> None:
        stamp = self._look()  # before it is read: a change in between is seen at the next look
        self._loaded = LoadedKeys(KeyMaterial.parse(read_secret_file(self.path), origin=str(self.path)))
        self._stamp = stamp


HeldKeyring = GivenKeyring | FileKeyring


def open_keyring(
    home: Path, *, text: Secret | None, path: Path | None, generate: bool, clock: Clock
) -> HeldKeyring:
    """The keyring of this installation: as given, else the file in `home`, made once where that is allowed.

    Raises:
        Misconfigured: there is none, or it is malformed or kept in an unsafe file.
    """
    if text is not None:
        return GivenKeyring(text)
    if path is not None:
        return FileKeyring(path, clock)
    if not generate:
        raise Misconfigured("AUTOM8_KEYRING or AUTOM8_KEYRING_FILE must be given; none is generated here.")
    path = home / KEYRING_FILE
    _, made = ensure_secret_file(path, KeyMaterial.fresh(at=clock.now()).text())
    if made:
        log.info("keyring_made", extra={"fields": {"path": str(path)}})
    return FileKeyring(path, clock)
