"""What a message tells of an incident beside its title: of a task's run why it failed, and its last lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Final

from autom8.alerts.messages.masking import masked, secrets_of
from autom8.kernel.vocabulary import AlertKind
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

LINES_MAX: Final = 20
CHARS_MAX: Final = 4_000
TAIL_BYTES: Final = 16 * 1024
USUAL_OF: Final = 20  # good runs
QUOTED_MAX: Final = 10  # incidents of one message whose output is read


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """How a run went. `usual` is the median of the task's last good runs."""

    id: int
    reason: str
    exit_code: int | None
    duration: timedelta | None
    usual: timedelta | None
    output: str


def runs_of(work: Work, incidents: Collection[AnyRow]) -> Mapping[int, RunFacts]:
    """The run that raised each of these incidents, by the incident; none where no run did."""
    wanted = {each.run_id: each for each in incidents if each.kind == AlertKind.TASK and each.run_id}
    rows = work.runs.find_many(list(wanted)[:QUOTED_MAX])
    usual = work.runs.good_durations({row.task_id for row in rows}, limit=USUAL_OF)
    definitions = work.ledger.definitions({(row.task_id, row.task_revision) for row in rows})
    tails = {row.id: work.outputs.tail(row.id, bytes_max=TAIL_BYTES) for row in rows}
    facts: dict[int, RunFacts] = {}
    by_run = {row.id: row for row in rows}
    for incident in incidents:
        row = by_run.get(incident.run_id) if incident.kind == AlertKind.TASK else None
        if row is None:
            continue
        env = definitions.get((row.task_id, row.task_revision), {}).get("env") or {}
        secrets = secrets_of([env, row.parameters or {}])
        facts[incident.id] = RunFacts(
            id=row.id,
            reason=reason_of(row),
            exit_code=row.exit_code,
            duration=row.ended_at - row.started_at if row.ended_at and row.started_at else None,
            usual=_usual(usual.get(row.task_id, ())),
            output=last_lines(masked(tails[row.id].decode("utf-8", errors="replace"), secrets)),
        )
    return facts


def reason_of(run: AnyRow) -> str:
    """Why a run ended so, in few words."""
    if run.signal is not None:
        return f"signal {run.signal}"
    if run.exit_code:
        return f"exit code {run.exit_code}"
    words = str(run.reason or run.state).replace("_", " ")
    return f"{words}: {run.detail}" if run.detail else words


def last_lines(text: str) -> str:
    """The last lines of an output, few enough for a message."""
    lines = text.rstrip().splitlines()[-LINES_MAX:]
    return "\n".join(lines)[-CHARS_MAX:]


def _usual(durations: Sequence[timedelta]) -> timedelta | None:
    seconds = [each.total_seconds() for each in durations]
    return timedelta(seconds=median(seconds)) if seconds else None
