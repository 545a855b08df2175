"""Which of the runs that are ready may begin, by their tasks' concurrency policies.

Pure: the claim counts what is in progress under the tasks' locks, and this decides. What is in
progress holds a lease or waits for its retry; both are rows, so no slot can leak.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from autom8.kernel.vocabulary import Concurrency


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A queued run. `attempt` > 0 says that it waits for its retry."""

    run_id: int
    task_id: int
    attempt: int
    concurrency: Concurrency
    concurrency_max: int  # for allow; 0 is no limit


@dataclass(slots=True, kw_only=True)
class InProgress:
    """What a task has in progress: runs that hold a lease, and runs that wait for their retry."""

    live: set[int] = field(default_factory=set)
    retrying: set[int] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Admission:
    """What shall become of the candidates; those named nowhere wait."""

    claim: list[int] = field(default_factory=list)
    overlap: list[int] = field(default_factory=list)  # skipped: an earlier run is in progress
    replaced: list[int] = field(default_factory=list)  # skipped: a newer run takes its place
    cancel: list[int] = field(default_factory=list)  # live runs that a newer one replaces

    @property
    def any(self) -> bool:
        """Whether anything was decided."""
        return bool(self.claim or self.overlap or self.replaced or self.cancel)


def admit(candidates: Iterable[Candidate], in_progress: dict[int, InProgress], *, room: int) -> Admission:
    """Decide on candidates in their order (most urgent first); at most `room` are claimed.

    A run that is retried is never held against itself, nor against a younger one that is retried too. What
    is claimed is added to `in_progress`.
    """
    ordered = list(candidates)
    decided = Admission()
    newest = _newest_replacing(ordered)
    for each in ordered:
        if len(decided.claim) >= room:
            break
        present = in_progress.get(each.task_id) or InProgress()
        others = present.live | _retries_before(each, present)
        match each.concurrency:
            case Concurrency.FORBID if others:
                decided.overlap.append(each.run_id)
            case Concurrency.REPLACE if each.run_id != newest[each.task_id]:
                decided.replaced.append(each.run_id)
            case Concurrency.REPLACE if present.live:
                decided.cancel += sorted(present.live - set(decided.cancel))
            case Concurrency.QUEUE if others:
                pass
            case Concurrency.ALLOW if 0 < each.concurrency_max <= len(present.live):
                pass
            case _:
                decided.claim.append(each.run_id)
                in_progress.setdefault(each.task_id, present).live.add(each.run_id)
    return decided


def _retries_before(candidate: Candidate, present: InProgress) -> set[int]:
    """The waiting retries that come before a candidate; of two retries the older, or both would wait."""
    if candidate.attempt == 0:
        return present.retrying - {candidate.run_id}
    return {run_id for run_id in present.retrying if run_id < candidate.run_id}


def _newest_replacing(candidates: Iterable[Candidate]) -> dict[int, int]:
    newest: dict[int, int] = {}
    for each in candidates:
        if each.concurrency is Concurrency.REPLACE:
            newest[each.task_id] = max(each.run_id, newest.get(each.task_id, 0))
    return newest
