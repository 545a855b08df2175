"""What a message tells of an incident beside its title: of a task's run why it failed, and its last lines.

What commands write is stored as they wrote it, so it is masked here, where it is taken out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any, Final

from autom8.alerts.messages.masking import masked, secrets_of
from autom8.kernel.vocabulary import AlertKind
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

LINES_MAX: Final = 20
CHARS_MAX: Final = 4_000
TAIL_BYTES: Final = 32 * 1024  # more than CHARS_MAX take, so that a secret at its cut end is not shown
USUAL_OF: Final = 20  # good runs
RUNS_MAX: Final = 100  # of one message: as many as a digest has lines
DETAIL_CHARS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """How a run went. `usual` is the median of the task's last good runs; `reason` is a word of ours.

    `output` and `detail` are masked. `output` is empty where it is not quoted.
    """

    id: int
    task_id: int
    reason: str  # kernel.vocabulary Reason, or RunState where there is none
    detail: str
    exit_code: int | None
    signal: int | None
    attempt: int
    attempts_max: int
    duration: timedelta | None
    usual: timedelta | None
    output: str


def runs_of(work: Work, incidents: Collection[AnyRow], *, quoted: bool) -> Mapping[int, RunFacts]:
    """The run that raised each of these incidents, by the incident; none where no run did.

    With `quoted` the last lines of output too. At most three statements, for RUNS_MAX runs.
    """
    by_run: dict[int, list[int]] = {}
    for each in incidents:
        if each.kind == AlertKind.TASK and each.run_id:
            by_run.setdefault(each.run_id, []).append(each.id)
    rows = work.runs.with_definitions(sorted(by_run)[:RUNS_MAX])
    usual = work.runs.good_durations({row.task_id for row in rows}, limit=USUAL_OF)
    attempts = {row.id: row.attempt for row in rows} if quoted else {}
    tails = work.outputs.tails(attempts, bytes_max=TAIL_BYTES)
    facts: dict[int, RunFacts] = {}
    for row in rows:
        told = _told(row, usual.get(row.task_id, ()), tails.get(row.id, b""))
        facts |= dict.fromkeys(by_run[row.id], told)
    return facts


def quoted_output(annotations: Mapping[str, Any]) -> str:
    """What a check's last ping said, as a message quotes it."""
    return last_lines(masked(str(annotations.get("output") or "")[-TAIL_BYTES:]))


def last_lines(text: str) -> str:
    """The last lines of an output, few enough for a message."""
    lines = text.rstrip().splitlines()[-LINES_MAX:]
    return "\n".join(lines)[-CHARS_MAX:]


def _told(row: AnyRow, good: Sequence[timedelta], tail: bytes) -> RunFacts:
    env = (row.definition or {}).get("env") or {}
    secrets = secrets_of([env, row.parameters or {}])
    return RunFacts(
        id=row.id,
        task_id=row.task_id,
        reason=str(row.reason or row.state),
        detail=masked(row.detail or "", secrets)[:DETAIL_CHARS_MAX],
        exit_code=row.exit_code,
        signal=row.signal,
        attempt=row.attempt,
        attempts_max=row.attempts_max,
        duration=row.ended_at - row.started_at if row.ended_at and row.started_at else None,
        usual=timedelta(seconds=median(each.total_seconds() for each in good)) if good else None,
        output=last_lines(masked(tail.decode("utf-8", errors="replace"), secrets)),
    )
