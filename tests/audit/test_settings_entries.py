"""A server that starts with other settings than before says so in the trail, and tells no secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autom8.audit.settings import note_settings
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import ActorKind
from tests.audit.recording import SEED
from tests.security.house import House

GIVEN: dict[str, Any] = {
    "home": Path("/srv/autom8"),
    "port": 8008,
    "behind_tls_proxy": False,
    "database_url": Secret("postgresql://autom8:hunter2@db/autom8"),
    "secret_key": None,
    "origins": frozenset({"https://a", "https://b", "https://c", "https://d"}),
    "limits": {"viewer": 10},
}


def start(house: House, server: str = "here", **changed: Any) -> bool:
    return note_settings(house.writing, server, {**GIVEN, **changed}, seed=SEED)


def test_the_first_start_is_told_and_the_same_again_is_not(house: House) -> None:
    assert start(house)
    assert not start(house)
    (entry,) = house.entries()

    assert (entry.action, entry.object_type, entry.object_id) == ("settings.changed", "server", "here")
    assert entry.actor_kind is ActorKind.SYSTEM
    assert entry.details["changed"] == sorted(set(GIVEN) - {"secret_key"})
    assert entry.details["settings"]["origins"] == ["https://a", "https://b", "https://c", "https://d"]
    assert entry.details["settings"]["home"] == "/srv/autom8"
    assert house.audit.verify().ok


def test_a_changed_setting_is_named_with_what_it_is_now(house: House) -> None:
    start(house)
    assert start(house, port=9000, behind_tls_proxy=True)
    entry = house.entries()[-1]

    assert entry.details["changed"] == ["behind_tls_proxy", "port"]
    assert entry.details["settings"]["port"] == 9000
    assert start(house, port=9000)
    assert house.entries()[-1].details["changed"] == ["behind_tls_proxy"]


def test_a_changed_secret_is_named_and_neither_value_is_told(house: House) -> None:
    start(house)
    assert start(
        house, database_url=Secret("postgresql://autom8:hunter3@db/autom8"), secret_key=Secret("k" * 40)
    )
    assert not start(
        house, database_url=Secret("postgresql://autom8:hunter3@db/autom8"), secret_key=Secret("k" * 40)
    )
    entry = house.entries()[-1]

    assert entry.details["changed"] == ["database_url", "secret_key"]
    with house.reading() as work:
        told = b"".join(row[8] for row in work.audit.trail.entries(after=0, limit=10))
    assert b"hunter" not in told
    assert b"kkkk" not in told


def test_servers_on_one_database_are_told_apart(house: House) -> None:
    assert start(house, "one")
    assert start(house, "other", port=1)
    assert not start(house, "one")
    assert not start(house, "other", port=1)
