"""The contacts that schedules and policies name: which are there, and what they are called."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from autom8.repositories.unit_of_work import Work

ID_MAX: Final = 2**63 - 1


def named_in(rotations: object) -> set[int]:
    """The contacts that the JSON of rotations names, whatever else is in it."""
    return set(_named_in(rotations))


def names_of(work: Work, contact_ids: Collection[int]) -> Mapping[int, str]:
    """The names of those contacts that are there."""
    return {row.id: row.name for row in work.contacts.get_many(contact_ids)} if contact_ids else {}


def people(names: Mapping[int, str]) -> list[dict[str, Any]]:
    """Contacts as answers show them, by id."""
    return [{"id": id_, "name": name} for id_, name in sorted(names.items())]


def is_id(value: object) -> bool:
    """Whether a value can be an id."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= ID_MAX


def _named_in(rotations: object) -> Iterator[int]:
    for each in rotations if isinstance(rotations, list) else []:
        participants = each.get("participants") if isinstance(each, Mapping) else None
        for contact in participants if isinstance(participants, list) else []:
            if is_id(contact):
                yield contact
