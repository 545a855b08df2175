"""Who stands behind the targets of a policy's step now, and which policy an incident is escalated by.

What somebody broke by hand never fails a look: it counts as nobody, and is logged.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from autom8.alerts.escalation import Policy, Step
from autom8.alerts.on_call import on_call
from autom8.alerts.schedules.shapes import schedule_of
from autom8.kernel.errors import Invalid
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

log = logging.getLogger(__name__)

KINDS: Final = ("contact", "group", "schedule", "channel")
_TARGET: Final = re.compile(rf"({'|'.join(KINDS)}):([1-9][0-9]{{0,17}})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Who stands behind targets: contacts, and channels for their own rooms; each once, in order."""

    contact_ids: tuple[int, ...]
    channel_ids: tuple[int, ...]


def read_target(target: object) -> tuple[str, int]:
    """The kind and id of a target such as `contact:5`.

    Raises:
        ValueError: it is none.
    """
    found = _TARGET.fullmatch(target) if isinstance(target, str) else None
    if found is None:
        raise ValueError(f"must be such as contact:5; there are {', '.join(KINDS)}")
    return found[1], int(found[2])


def by_kind(targets: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    """The ids of targets, of each kind those that are named."""
    wanted: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for kind, id_ in targets:
        wanted[kind].append(id_)
    return wanted


def reached(work: Work, targets: Sequence[str], at: datetime) -> Reached:
    """Who stands behind these targets at an instant; what is not there any more is left out."""
    read = list(_readable(targets))
    wanted = by_kind(read)
    members = work.groups.members_of(wanted["group"]) if wanted["group"] else {}
    turns = _on_call(work, wanted["schedule"], at) if wanted["schedule"] else {}
    named: list[int] = []
    for kind, id_ in read:
        behind = {"contact": [id_], "group": members.get(id_, []), "schedule": turns.get(id_, [])}
        named += behind.get(kind, [])
    contacts = {row.id for row in work.contacts.get_many(set(named))} if named else set()
    channels = work.channels.find_many(wanted["channel"]) if wanted["channel"] else {}
    return Reached(
        contact_ids=tuple(each for each in dict.fromkeys(named) if each in contacts),
        channel_ids=tuple(each for each in dict.fromkeys(wanted["channel"]) if each in channels),
    )


def policy_of(work: Work, policy_id: int | None) -> tuple[int, Policy] | None:
    """The policy of this id, or else the default one, if there is one that can be read."""
    row = work.policies.find(policy_id) if policy_id is not None else None
    for each in (row, work.policies.default()):
        if each is not None and (policy := policy_from(each)) is not None:
            return each.id, policy
    return None


def policy_from(row: AnyRow) -> Policy | None:
    """The pure form of a policy's row; None, and logged, where somebody broke it by hand."""
    try:
        return read_policy(row)
    except Invalid as error:
        log.warning("policy_left_out", extra={"fields": {"policy": row.id, "error": str(error)}})
        return None


def read_policy(row: AnyRow) -> Policy:
    """The pure form of a policy's row. A step may be left without anybody, when who was told is gone.

    Raises:
        Invalid: it can't be meant.
    """
    try:
        policy = Policy(
            steps=steps_of(row.steps),
            repeats=row.repeats,
            repeated_after=timedelta(seconds=row.repeated_after_s),
        )
    except (TypeError, ValueError, LookupError, AttributeError, OverflowError) as error:
        raise Invalid("steps: can't be read", fields={"steps": "can't be read"}) from error
    somebody = tuple(replace(each, targets=each.targets or ("nobody",)) for each in policy.steps)
    replace(policy, steps=somebody).check()
    return policy


def steps_of(value: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Steps from JSON: `{targets, after_s}` each."""
    read = ((each["targets"], each.get("after_s", 0)) for each in value)
    return tuple(Step(targets=tuple(targets), after=timedelta(seconds=after_s)) for targets, after_s in read)


def _readable(targets: Iterable[object]) -> Iterable[tuple[str, int]]:
    for target in targets:
        try:
            yield read_target(target)
        except ValueError:
            log.warning("target_left_out", extra={"fields": {"target": str(target)[:100]}})


def _on_call(work: Work, schedule_ids: Sequence[int], at: datetime) -> Mapping[int, list[int]]:
    rows = work.schedules.find_many(schedule_ids)
    overrides = work.schedules.overrides(list(rows), since=at)
    return {id_: sorted(on_call(schedule_of(row, overrides.get(id_, ())), at)) for id_, row in rows.items()}
