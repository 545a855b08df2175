"""Retention: the history keeps to its limits of age, count and bytes, in short transactions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from autom8.repositories.unit_of_work import BeginWork

BATCH: Final = 500
ANSWERS_KEPT: Final = timedelta(days=1)  # of requests that may be repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Removes ended runs that are too old or too many, and the oldest output when there is too much."""

    begin: BeginWork
    age_max: timedelta
    runs_max: int  # a task
    output_bytes_max: int  # in all

    def prune(self) -> int:
        """Bring the history within its limits; returns how many runs were removed. Open runs stay."""
        removed = self._remove_old() + self._remove_many()
        self._drop_output()
        with self.begin() as work:
            work.installation.forget_answers_before(work.now() - ANSWERS_KEPT)
            work.commit()
        return removed

    def _remove_old(self) -> int:
        removed = 0
        while True:
            with self.begin() as work:
                count = work.runs.remove_ended_before(work.now() - self.age_max, limit=BATCH)
                work.commit()
            removed += count
            if count < BATCH:
                return removed

    def _remove_many(self) -> int:
        removed = 0
        while True:
            with self.begin() as work:
                count = work.runs.remove_beyond(self.runs_max, limit=BATCH)
                work.commit()
            removed += count
            if count < BATCH:
                return removed

    def _drop_output(self) -> None:
        while True:
            with self.begin() as work:
                over = work.runs.output_bytes() - self.output_bytes_max
                gone = work.runs.drop_oldest_output(over) if over > 0 else 0
                work.commit()
            if gone == 0:
                return
