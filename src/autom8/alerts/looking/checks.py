"""What a look sees of checks: pings that were not judged, and whether the next is late."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from autom8.alerts.checks.check import PingFact, judgements, rhythm_from
from autom8.alerts.checks.pinging import standing_of
from autom8.alerts.expectations import Expectation, Judgement
from autom8.alerts.looking.sight import Rules, Sight
from autom8.alerts.messages.facts import last_lines
from autom8.alerts.messages.masking import masked
from autom8.alerts.states import Observation
from autom8.kernel.vocabulary import AlertKind, PingKind
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

_OFF: Final = Judgement(observations=(Observation.FINE,))


def look_at_checks(work: Work, check_ids: Collection[int], rules: Rules, at: datetime) -> Mapping[int, Sight]:
    """Look at checks, and take note that their pings were judged. One that is paused expects nothing."""
    unseen = work.checks.unseen(check_ids)
    work.checks.mark_seen([each.id for pings in unseen.values() for each in pings])
    sights: dict[int, Sight] = {}
    for row in work.checks.find_many(check_ids).values():
        tags = tuple(row.tags)
        of_check = rules(AlertKind.CHECK, row.id, tags)
        pings = unseen.get(row.id, [])
        labels = {"source": "check", "check": row.name} | ({"tags": ",".join(sorted(tags))} if tags else {})
        sights[row.id] = Sight(
            name=row.name,
            labels=labels,
            rules=of_check,
            judgements=judgements(
                map(_fact, pings),
                standing_of(row),
                rhythm_from(row.schedule, row.grace_s),
                {name: rule.threshold for name, rule in of_check.items()},
                at=at,
            )
            if row.enabled
            else dict.fromkeys(map(str, of_check), _OFF),
            annotations=_annotations(row, pings),
        )
    return sights


def _fact(row: AnyRow) -> PingFact:
    return PingFact(id=row.id, at=row.at, kind=PingKind(row.kind), run=row.run, exit_code=row.exit_code)


def _annotations(row: AnyRow, pings: Sequence[AnyRow]) -> dict[str, dict[str, str]]:
    failed = next((each for each in reversed(pings) if each.kind == PingKind.FAIL), None)
    last = row.last_ping_at.isoformat() if row.last_ping_at else "never"
    said = {Expectation.MISSED: {"summary": f"last ping: {last}"}}
    if failed is not None:
        code = f"exit code {failed.exit_code}" if failed.exit_code is not None else "it said that it failed"
        text = last_lines(masked(failed.body.decode("utf-8", errors="replace"))) if failed.body else ""
        said[Expectation.FAILED] = {"summary": code} | ({"output": text} if text else {})
    return {str(name): texts for name, texts in said.items()}
