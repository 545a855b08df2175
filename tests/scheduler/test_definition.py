"""What a definition may be, and its JSON form."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import Concurrency, Delivery
from autom8.scheduler.definition import Source, TaskDefinition, from_json, instant_text, to_json
from autom8.scheduler.schedules import EARLIEST, BootTime, Cron, Interval, Manual, Once
from tests.scheduler.house import NOON

GOOD = TaskDefinition(name="good", command=("true",))


def test_a_name_and_a_command_are_enough() -> None:
    assert GOOD.check() is GOOD


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " x"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "123"}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "a\ud800"}, "name"),
        ({"description": "\a"}, "description"),
        ({"description": "x" * 20_001}, "description"),
        ({"queue": ""}, "queue"),
        ({"queue": "a\0"}, "queue"),
        ({"notes": ("\0",)}, "notes"),
        ({"command": ()}, "command"),
        ({"command": ("  ",)}, "command"),
        ({"command": ("a\0b",)}, "command"),
        ({"command": ("\udcff",)}, "command"),
        ({"command": ("x",) * 1_001}, "command"),
        ({"command": ("x" * 100_001,)}, "command"),
        ({"command": ("a", "b"), "shell": "/bin/sh"}, "command"),
        ({"shell": "sh"}, "shell"),
        ({"cwd": "relative"}, "cwd"),
        ({"cwd": "/a\0"}, "cwd"),
        ({"user": ""}, "user"),
        ({"user": "-u"}, "user"),
        ({"user": "a\n"}, "user"),
        ({"stdin": "\0"}, "stdin"),
        ({"stdin": "\ud800"}, "stdin"),
        ({"env": {"A=B": ""}}, "env.A=B"),
        ({"env": {"": "x"}}, "env."),
        ({"env": {"A.B": "x"}}, "env.A.B"),
        ({"env": {"1A": "x"}}, "env.1A"),
        ({"env": {"A": "\0"}}, "env.A"),
        ({"env": {"AUTOM8_TASK": "x"}}, "env.AUTOM8_TASK"),
        ({"source": Source(path="\0", user="u", line="l", ordinal=1)}, "source.path"),
        ({"source": Source(path="p", user="u", line="a\x1fb", ordinal=1)}, "source.line"),
        ({"timeout": timedelta()}, "timeout_s"),
        ({"grace": timedelta(days=2)}, "grace_s"),
        ({"concurrency_max": -1}, "concurrency_max"),
        ({"retries_max": 101}, "retries_max"),
        ({"retry_jitter": float("nan")}, "retry_jitter"),
        ({"priority": 1_001}, "priority"),
        ({"output_bytes_max": -1}, "output_bytes_max"),
        ({"lateness_max": timedelta()}, "lateness_max_s"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"schedule": Cron(expression="61 * * * *")}, "schedule.cron"),
    ],
)
def test_what_can_not_be_meant_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        replace(GOOD, **change).check()
    assert set(refused.value.fields) == {field}


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        replace(GOOD, name="", command=(), timeout=timedelta(), zone="x").check()
    assert set(refused.value.fields) == {"name", "command", "timeout_s", "zone"}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"timeout_s": 1e300}, "timeout_s"),
        ({"timeout_s": float("nan")}, "timeout_s"),
        ({"gap": "leap"}, "gap"),
        ({"schedule": {"kind": "weekly"}}, "schedule.kind"),
        ({"schedule": {"kind": "interval", "every_s": 1e300}}, "schedule.every_s"),
        ({"schedule": {"kind": "interval", "every_s": 1, "anchor_at": "noon"}}, "schedule.anchor_at"),
        ({"schedule": {"kind": "once", "at": "noon"}}, "schedule.at"),
    ],
)
def test_json_without_meaning_is_named(data: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        from_json({"name": "x", "command": ["x"], **data})
    assert set(refused.value.fields) == {field}


def test_an_instant_without_its_offset_is_refused_by_the_check() -> None:
    naive = from_json(
        {"name": "x", "command": ["x"], "schedule": {"kind": "once", "at": "2026-05-04T12:00:00"}}
    )

    with pytest.raises(Invalid) as refused:
        naive.check()
    assert set(refused.value.fields) == {"schedule.at"}
    assert to_json(naive)["schedule"]["at"] == "2026-05-04T12:00:00"


def test_an_interval_beats_from_the_given_anchor_or_from_the_earliest() -> None:
    data = {"name": "x", "command": ["x"], "schedule": {"kind": "interval", "every_s": 5}}

    assert from_json(data, anchor=NOON).schedule == Interval(every=timedelta(seconds=5), anchor=NOON)
    assert from_json(data).schedule == Interval(every=timedelta(seconds=5), anchor=EARLIEST)


def test_instants_are_told_in_utc() -> None:
    assert instant_text(NOON) == "2026-05-04T12:00:00Z"


def test_the_identity_of_a_source_leaves_its_text_out() -> None:
    one = Source(path="p", user="u", line="l", ordinal=1, text="as it stood")
    assert one.key == replace(one, text="").key
    assert one.key != replace(one, ordinal=2).key


schedules = st.one_of(
    st.just(Cron(expression="*/5 * * * *")),
    st.builds(
        Interval, every=st.integers(1, 10**6).map(lambda s: timedelta(seconds=s)), anchor=st.just(NOON)
    ),
    st.just(Once(at=NOON)),
    st.just(BootTime()),
    st.just(Manual()),
)
definitions = st.builds(
    TaskDefinition,
    name=st.text(min_size=1, max_size=20),
    command=st.lists(st.text(max_size=10), max_size=4).map(tuple),
    schedule=schedules,
    env=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
    stdin=st.none() | st.text(max_size=5),
    timeout=st.integers(1, 10**9).map(lambda ms: timedelta(milliseconds=ms)),
    retry_jitter=st.floats(0, 1),
    delivery=st.sampled_from(Delivery),
    concurrency=st.sampled_from(Concurrency),
    source=st.none()
    | st.builds(Source, path=st.text(), user=st.text(), line=st.text(), ordinal=st.integers(1, 9)),
    notes=st.lists(st.text(max_size=5), max_size=2).map(tuple),
)


@given(definition=definitions)
def test_a_definition_survives_the_database(definition: TaskDefinition) -> None:
    assert from_json(orjson.loads(orjson.dumps(to_json(definition)))) == definition
