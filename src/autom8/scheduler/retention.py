"""Retention: the history keeps to its limits of age, count and bytes.

Transactions are short, and what walks the whole history only reads: on SQLite every writer waits for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from autom8.kernel import defaults
from autom8.repositories.unit_of_work import BeginWork

BATCH: Final = 100  # runs removed in one transaction
DROP_BYTES_MAX: Final = 64 * defaults.MIB  # of output in one transaction, and one run's more
ANSWERS_KEPT: Final = timedelta(days=1)  # of requests that may be repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Removes ended runs that are too old or too many, and the oldest output when there is too much."""

    begin: BeginWork
    read: BeginWork
    age_max: timedelta
    runs_max: int  # a task
    output_bytes_max: int  # in all

    def prune(self) -> int:
        """Bring the history within its limits; returns how many runs were removed. Open runs stay."""
        removed = _repeated(self._remove_old) + sum(map(self._remove_many, self._crowded()))
        self._drop_output()
        with self.begin() as work:
            work.installation.forget_answers_before(work.now() - ANSWERS_KEPT)
            work.commit()
        return removed

    def _remove_old(self) -> int:
        with self.begin() as work:
            count = work.runs.remove_ended_before(work.now() - self.age_max, limit=BATCH)
            work.commit()
            return count

    def _crowded(self) -> Sequence[int]:
        with self.read() as work:
            return work.runs.crowded(self.runs_max)

    def _remove_many(self, task_id: int) -> int:
        def remove() -> int:
            with self.begin() as work:
                count = work.runs.remove_beyond(task_id, keep=self.runs_max, limit=BATCH)
                work.commit()
                return count

        return _repeated(remove)

    def _drop_output(self) -> None:
        with self.read() as work:
            over = work.runs.output_bytes() - self.output_bytes_max
        while over > 0:
            with self.begin() as work:
                gone = work.runs.drop_oldest_output(min(over, DROP_BYTES_MAX))
                work.commit()
            if gone == 0:
                return
            over -= gone


def _repeated(remove: Callable[[], int]) -> int:
    """Remove batch after batch until one is not full; returns how many in all."""
    removed = count = remove()
    while count >= BATCH:
        count = remove()
        removed += count
    return removed
