"""What a look sees of checks: pings that were not judged, and whether the next is late."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from autom8.alerts.checks.check import PingFact, judgements, rhythm_from
from autom8.alerts.checks.pinging import standing_of
from autom8.alerts.expectations import Expectation, Judgement
from autom8.alerts.looking.sight import Rules, Sight
from autom8.alerts.messages.facts import last_lines
from autom8.alerts.messages.masking import masked
from autom8.alerts.rules.rule import Rule
from autom8.alerts.states import Observation
from autom8.kernel.vocabulary import AlertKind, PingKind
from autom8.repositories.checks import UNSEEN_MAX
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

_OFF: Final = Judgement(observations=(Observation.FINE,))
_MICROSECOND: Final = timedelta(microseconds=1)


def look_at_checks(work: Work, check_ids: Collection[int], rules: Rules, at: datetime) -> Mapping[int, Sight]:
    """Look at checks, and take note that their pings were judged. One that is paused expects nothing.

    Where there are more pings than a look takes, the next one follows at once.
    """
    unseen = work.checks.unseen(check_ids)
    count = sum(map(len, unseen.values()))
    again_at = at if count == UNSEEN_MAX else None
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
            judgements=_judgements(row, pings, of_check, at, again_at),
            annotations=_annotations(work, row, pings),
        )
    return sights


def _judgements(
    row: AnyRow, pings: Sequence[AnyRow], rules: Mapping[str, Rule], at: datetime, again_at: datetime | None
) -> Mapping[str, Judgement]:
    if row.enabled:
        found = judgements(
            map(_fact, pings),
            standing_of(row),
            rhythm_from(row.schedule, row.grace_s),
            {name: rule.threshold for name, rule in rules.items()},
            at=at,
        )
    else:
        found = dict.fromkeys(map(str, rules), _OFF)
    if again_at is not None:
        found = {name: replace(each, look_at=again_at) for name, each in found.items()}
    return found


def _fact(row: AnyRow) -> PingFact:
    return PingFact(
        id=row.id,
        at=row.at,
        kind=PingKind(row.kind),
        run=row.run,
        late=row.late,
        fails=row.fails,
        duration=row.duration_us * _MICROSECOND if row.duration_us is not None else None,
    )


def _annotations(work: Work, row: AnyRow, pings: Sequence[AnyRow]) -> dict[str, dict[str, str]]:
    failed = next((each for each in reversed(pings) if each.kind == PingKind.FAIL), None)
    last = row.last_ping_at.isoformat() if row.last_ping_at else "never"
    said = {Expectation.MISSED: {"summary": f"last ping: {last}"}}
    if failed is not None:
        code = f"exit code {failed.exit_code}" if failed.exit_code is not None else "it said that it failed"
        body = work.checks.body_of(failed.id) if failed.body_bytes else b""
        text = last_lines(masked(body.decode("utf-8", errors="replace")))
        said[Expectation.FAILED] = {"summary": code} | ({"output": text} if text else {})
    return {str(name): texts for name, texts in said.items()}
