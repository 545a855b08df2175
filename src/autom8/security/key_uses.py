"""When API keys were last used: noted once a minute for each key, by a thread that nobody waits for."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from autom8.kernel.errors import Unavailable
from autom8.repositories.api_keys import KeyUse
from autom8.repositories.unit_of_work import BeginWork

log = logging.getLogger(__name__)

_NOTED_EVERY: Final = timedelta(minutes=1)
_REMEMBERED_MAX: Final = 10_000
_CLOSING_S: Final = 10.0


class KeyUses:
    """Notes uses of keys. Safe for any number of threads; a database that can't write shuts nobody out."""

    def __init__(self, begin: BeginWork) -> None:
        self._begin = begin
        self._lock = threading.Lock()
        self._noted: OrderedDict[int, datetime] = OrderedDict()  # what this process has noted of each key
        self._waiting: dict[int, KeyUse] = {}
        self._writer: threading.Thread | None = None

    def note(self, key: int, *, since: datetime | None, at: datetime, address: str) -> None:
        """Have it noted that a key is in use `at`, unless one less than a minute old is noted already."""
        with self._lock:
            last = self._noted.get(key, since)
            if last is not None and abs(at - last) < _NOTED_EVERY:
                return
            self._noted[key] = at
            self._noted.move_to_end(key)
            if len(self._noted) > _REMEMBERED_MAX:
                self._noted.popitem(last=False)
            self._waiting[key] = KeyUse(id=key, at=at, address=address)
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="key-uses", daemon=True)
                self._writer.start()

    def close(self) -> None:
        """Wait until what was noted is written."""
        with self._lock:
            writer = self._writer
        if writer is not None:
            writer.join(_CLOSING_S)

    def _write(self) -> None:
        while uses := self._take():
            try:
                with self._begin() as work:
                    work.api_keys.note_uses(uses)
                    work.commit()
            except Unavailable:
                log.warning("key_uses_not_noted")
            except Exception:  # a writer that died would be waited for by all later uses, in vain
                log.exception("key_uses_not_noted")

    def _take(self) -> list[KeyUse]:
        """What waits to be written; when there is nothing, the next use starts another writer."""
        with self._lock:
            uses, self._waiting = list(self._waiting.values()), {}
            if not uses:
                self._writer = None
            return uses
