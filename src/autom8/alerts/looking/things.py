"""What a look sees of channels, and of what other programs push."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from autom8.alerts.expectations import Judgement
from autom8.alerts.looking.sight import Rules, Sight
from autom8.alerts.pushed.ending import EARLIEST, over_at
from autom8.alerts.states import Observation
from autom8.kernel.vocabulary import AlertKind, ChannelRule, LookKind, PushedRule, Severity
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work


def look_at_channels(
    work: Work, channel_ids: Collection[int], rules: Rules, at: datetime
) -> Mapping[int, Sight]:
    """A channel is failing from a try that failed until one that did not; one that is off is left alone."""
    del at
    sights: dict[int, Sight] = {}
    for row in work.channels.find_many(channel_ids).values():
        failing = row.enabled and row.failing_since is not None
        seen = Observation.VIOLATED if failing else Observation.FINE
        sights[row.id] = Sight(
            name=f"channel {row.name}",
            labels={"source": "channel", "channel": row.name},
            rules=rules(AlertKind.CHANNEL, row.id, ()),
            judgements={ChannelRule.FAILING: Judgement(observations=(seen,))},
            annotations={ChannelRule.FAILING: {"summary": row.error or ""}} if failing else {},
        )
    return sights


def look_at_pushed(
    work: Work, ids: Collection[int], rules: Rules, at: datetime, *, serving_since: datetime = EARLIEST
) -> Mapping[int, Sight]:
    """What is pushed is wrong until its end, which whoever pushes it puts off or brings.

    `serving_since` is when this server began to take what is pushed.
    """
    sights: dict[int, Sight] = {}
    ended = work.looks.take_ended(LookKind.PUSHED, ids)
    for row in work.pushed.find_many(ids).values():
        over = over_at(ends_at=row.ends_at, updated_at=row.updated_at, serving_since=serving_since)
        wrong = over > at
        seen = [Observation.FINE] if not wrong or row.id in ended else []
        seen += [Observation.VIOLATED] if wrong else []
        labels: Mapping[str, str] = row.labels
        said = labels.get("severity", "")
        sights[row.id] = Sight(
            name=labels.get("alertname", "alert"),
            labels={"source": "pushed", **labels},
            rules=rules(AlertKind.PUSHED, row.id, ()),
            judgements={
                PushedRule.FIRING: Judgement(observations=tuple(seen), look_at=over if wrong else None)
            },
            annotations={PushedRule.FIRING: {"title": _title(labels), **_source(row), **row.annotations}},
            severity=Severity(said) if said in set(Severity) else None,
        )
    return sights


def _source(row: AnyRow) -> dict[str, str]:
    """Where whoever pushes it shows it."""
    return {"generator_url": row.generator_url} if row.generator_url else {}


def _title(labels: Mapping[str, str]) -> str:
    """What tells one alert of a name from another: where it is."""
    where = [labels[name] for name in ("instance", "job", "service") if labels.get(name)]
    name = labels.get("alertname", "alert")
    return f"{name} ({', '.join(where)})" if where else name
