"""The form of an entry: the same bytes for the same entry for ever, and plain JSON only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.audit.entry import CANONICAL_BYTES_MAX, AuditRefused, Entry, chained, genesis
from autom8.kernel.actor import Actor
from autom8.kernel.events import Audited
from autom8.kernel.vocabulary import ActorKind, Role

AT = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
ADA = Actor(kind=ActorKind.USER, id=1, name="Ada", address="203.0.113.7", request_id="request-1")


def entry(details: Any, *, at: datetime = AT) -> Entry:
    event = Audited(action="task.added", object_type="task", object_id="7", details=details)
    return Entry(seq=1, at=at, actor=ADA, event=event)


def test_the_bytes_are_these_and_stay_these() -> None:
    """A change here breaks the proof of every chain that exists: raise the version instead."""
    written = entry({"b": [1, 2.5, None, True], "a": "Åsa\n"}).canonical()

    assert written.decode() == (
        '{"action":"task.added","actor":{"id":1,"kind":"user","name":"Ada"},"address":"203.0.113.7",'
        '"at":"2026-07-01T12:00:00.000000Z","details":{"a":"Åsa\\n","b":[1,2.5,null,true]},'
        '"object":{"id":"7","type":"task"},"request_id":"request-1","seq":1,"v":1}'
    )
    assert (
        genesis("an-installation").hex() == "1a9f01d06fe7446c65c7baf753664a2faaa0b65a0c3bbb882dc6aa0307a7807a"
    )
    assert (
        chained(genesis("an-installation"), written).hex()
        == "8b42766c8ef70f182133de1635a0602271597a26a44a51f04904a1371a2ee39e"
    )


def test_an_instant_is_written_in_utc_whatever_its_zone() -> None:
    there = AT.astimezone(ZoneInfo("Pacific/Chatham"))

    assert entry({}, at=there).canonical() == entry({}).canonical()


def test_the_order_in_which_details_were_given_makes_no_difference() -> None:
    one, other = {"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}

    assert entry(one).canonical() == entry(other).canonical()


def test_an_enum_is_its_value() -> None:
    assert entry({"role": Role.ADMIN}).canonical() == entry({"role": "admin"}).canonical()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON, max_size=5))
def test_what_is_plain_json_is_kept_as_it_is(details: dict[str, Any]) -> None:
    assert orjson.loads(entry(details).canonical())["details"] == details


def nested(depth: int) -> dict[str, Any]:
    return {"in": nested(depth - 1)} if depth else {}


@pytest.mark.parametrize(
    "details",
    [
        {"at": AT},
        {"bytes": b"x"},
        {"set": {1}},
        {"nan": float("nan")},
        {"inf": float("-inf")},
        {"large": 2**53},
        {1: "a number as a name"},
        {"object": object()},
        {"half": "\ud800"},
        {"actor": ADA},
        nested(20),
        {"text": "x" * CANONICAL_BYTES_MAX},
    ],
)
def test_what_is_not_plain_or_too_large_is_refused(details: dict[Any, Any]) -> None:
    with pytest.raises(AuditRefused):
        entry(details).canonical()


def test_what_follows_another_entry_has_another_hash() -> None:
    written = entry({}).canonical()

    assert chained(genesis("here"), written) != chained(genesis("there"), written)
    assert chained(b"\0" * 32, written) != chained(b"\0" * 31 + b"\1", written)


def test_each_field_of_an_entry_is_in_its_bytes() -> None:
    first = entry({})
    others = [
        replace(first, seq=2),
        replace(first, at=AT.replace(microsecond=1)),
        replace(first, actor=replace(ADA, id=2)),
        replace(first, actor=replace(ADA, name="Eve")),
        replace(first, actor=replace(ADA, kind=ActorKind.LOCAL)),
        replace(first, actor=replace(ADA, address="::1")),
        replace(first, actor=replace(ADA, request_id="r")),
        replace(first, event=replace(first.event, action="task.removed")),
        replace(first, event=replace(first.event, object_type="run")),
        replace(first, event=replace(first.event, object_id="8")),
        replace(first, event=replace(first.event, details={"x": 1})),
    ]

    assert len({each.canonical() for each in [first, *others]}) == 12
