"""What schedules and policies name goes: they are settled within the transaction in which it does.

A rotation or step that nobody is left in stays, and says so where it is shown: who made it shall know.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from autom8.alerts.on_call import without
from autom8.alerts.policies.service import targets_in, told
from autom8.alerts.schedules.people import named_in
from autom8.alerts.schedules.service import changed, look_again
from autom8.alerts.schedules.shapes import rotation_of
from autom8.alerts.shelf import next_stamps
from autom8.kernel.errors import Invalid
from autom8.kernel.events import Bus, ChannelChanged, ContactErased, GroupChanged
from autom8.repositories.unit_of_work import Work

log = logging.getLogger(__name__)


def subscribe(bus: Bus) -> None:
    """Have schedules and policies hear of what goes."""
    bus.within(ContactErased, _contact_erased)
    bus.within(GroupChanged, _group_changed)
    bus.within(ChannelChanged, _channel_changed)


def _contact_erased(event: ContactErased, work: Work) -> None:
    """One that was merged is stood for by the contact that stays."""
    work.incidents.settle_contact(event.contact_id, event.merged_into)
    settled = _settle_schedules(work, event.contact_id, event.merged_into)
    into = None if event.merged_into is None else f"contact:{event.merged_into}"
    settled |= _settle_policies(work, f"contact:{event.contact_id}", into)
    for channel_id in _gone_channels(work):  # their own ones go with them
        settled |= _settle_policies(work, f"channel:{channel_id}", None)
    if settled:
        look_again(work)


def _group_changed(event: GroupChanged, work: Work) -> None:
    if event.action == "group.removed" and _settle_policies(work, f"group:{event.group_id}", None):
        look_again(work)


def _channel_changed(event: ChannelChanged, work: Work) -> None:
    if event.action == "channel.removed" and _settle_policies(work, f"channel:{event.channel_id}", None):
        look_again(work)


def _gone_channels(work: Work) -> list[int]:
    """The channels that policies name and that are not there."""
    named = {id_ for row in work.policies.all() for kind, id_ in targets_in(row.steps) if kind == "channel"}
    return sorted(named - work.channels.find_many(named).keys()) if named else []


def _settle_schedules(work: Work, contact_id: int, into: int | None) -> bool:
    naming = {row.id for row in work.schedules.all() if contact_id in named_in(row.rotations)}
    overridden = set(work.schedules.overridden_for(contact_id))
    for id_ in sorted(naming | overridden):
        row = work.schedules.lock(id_)
        rotations = [_settled(each, contact_id, into, work.now()) for each in row.rotations or ()]
        stamps = next_stamps(row, work.now())
        work.schedules.change(id_, {"rotations": rotations, **stamps} if id_ in naming else stamps)
        work.record(changed("schedule.changed", id_, {"contact_gone": contact_id, "instead": into}))
    if into is not None:
        work.schedules.rename_in_overrides(contact_id, into)
    work.schedules.remove_overrides_of(contact_id)
    return bool(naming | overridden)


def _settled(rotation: Any, contact_id: int, into: int | None, at: datetime) -> Any:
    """The JSON of a rotation without a contact, or with another in its place."""
    if contact_id not in named_in([rotation]):
        return rotation
    people: Sequence[Any] = rotation["participants"]
    if into is not None:
        return {**rotation, "participants": [into if each == contact_id else each for each in people]}
    try:
        left = without(rotation_of(rotation), contact_id, at=at)
    except Invalid as error:  # somebody broke it by hand: it puts nobody on call, and loses the contact too
        log.warning("rotation_not_read", extra={"fields": {"error": str(error)}})
        left = tuple(each for each in people if each != contact_id)
    return {**rotation, "participants": list(left)}


def _settle_policies(work: Work, target: str, instead: str | None) -> bool:
    kind, _, id_ = target.partition(":")
    naming = [row.id for row in work.policies.all() if (kind, int(id_)) in set(targets_in(row.steps))]
    for policy_id in naming:
        row = work.policies.lock(policy_id)
        steps = [_without_target(each, target, instead) for each in row.steps]
        work.policies.change(policy_id, {"steps": steps, **next_stamps(row, work.now())})
        work.record(told("changed", policy_id, {"target_gone": target, "instead": instead}))
    return bool(naming)


def _without_target(step: Any, target: str, instead: str | None) -> Any:
    targets = step.get("targets") if isinstance(step, Mapping) else None
    if not isinstance(targets, list) or target not in targets:
        return step
    stood_for = [instead if each == target else each for each in targets]
    return {**step, "targets": list(dict.fromkeys(each for each in stood_for if each is not None))}
