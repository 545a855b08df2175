"""What the database said of callers, remembered for five seconds. Knows neither sessions nor keys."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from datetime import timedelta
from typing import Final, Generic, Protocol, TypeVar

from autom8.kernel.clock import Clock
from autom8.repositories.unit_of_work import BeginWork

_BELIEVED: Final = timedelta(seconds=5)
_REMEMBERED_MAX: Final = 10_000


class OfUser(Protocol):
    """Something that stands as long as its user does."""

    @property
    def user_id(self) -> int:
        """Whose it is."""
        ...


F = TypeVar("F", bound=OfUser)


class Remembered(ABC, Generic[F]):
    """Finds by key, remembered for five seconds. Safe for any number of threads."""

    def __init__(self, read: BeginWork, clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[F, float]] = OrderedDict()
        self._epoch = 0  # rises when something is forgotten, so that a read begun before is not remembered

    @abstractmethod
    def _load(self, key: str) -> F | None:
        """Ask the database."""

    def find(self, key: str, *, fresh: bool) -> F | None:
        """What has this key, at most five seconds old; `fresh` asks the database in any case."""
        started = self._clock.monotonic()
        with self._lock:
            epoch = self._epoch
            known = self._known.get(key)
        if known is not None and not fresh and started < known[1]:
            return known[0]
        found = self._load(key)
        with self._lock:
            if found is None:
                self._known.pop(key, None)
            elif epoch == self._epoch:
                self._known[key] = (found, started + _BELIEVED.total_seconds())
                self._known.move_to_end(key)
                if len(self._known) > _REMEMBERED_MAX:
                    self._known.popitem(last=False)
        return found

    def forget(self, *, key: str | None = None, user_id: int | None = None) -> None:
        """Ask the database next time, for one key or all of one user."""
        with self._lock:
            self._epoch += 1
            gone = [
                each for each, (found, _) in self._known.items() if each == key or found.user_id == user_id
            ]
            for each in gone:
                del self._known[each]
