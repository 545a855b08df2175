"""A receiver of webhooks while the server is killed: each message is there once by its idempotency key."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable

import pytest

from tests.faults.conftest import Ground
from tests.faults.report import Notes
from tests.faults.server import Server
from tests.faults.telling import OUT, Told, told_by, ways
from tests.faults.test_telling import rage, settle
from tests.services.receiver import receiver

WAYS = ways({("sqlite", "critical")}, briefly_s=8)


@pytest.mark.serial
@pytest.mark.parametrize(("ground", "severity", "for_s"), WAYS, indirect=["ground"])
def test_a_receiver_has_each_failure_once_by_its_idempotency_key(
    ground: Ground, make_server: Callable[..., Server], note: Notes, for_s: float, severity: str
) -> None:
    server = make_server(ground, env=OUT)
    with told_by(ground.folder, [server], by=receiver) as told:
        told.prepare_hook(severity=severity)
        rage(told, for_s=for_s, victims=[server])
        settle(told)
        keys = judge(told, severity)
        posts = f"{sum(keys.values())} posts of {len(keys)} keys taken"
        seen = f"{len(told.tasks)} tasks failed; {posts}; {told.rest()}"
        note.fact(f"kill -9 while a webhook's receiver fails, {severity}", ground.dialect, seen)


def judge(told: Told, severity: str) -> Counter[str]:
    """None is lost, none is there under two keys, and none that informs is there twice; posts by key."""
    titles = {each["title"] for each in told.incidents()}
    by_title: dict[str, set[str]] = defaultdict(set)
    keys: Counter[str] = Counter()
    for each in told.hook.requests():
        event, key = json.loads(each["body"]), each["headers"]["idempotency-key"].strip('"')
        assert event["id"] == key == each["headers"]["webhook-id"]
        keys[key] += 1
        by_title[event["data"]["subject"].removeprefix("Problem: ")].add(key)
    assert {title: found for title, found in by_title.items() if len(found) > 1} == {}, "under another key"
    dead = told.ask("GET", "/messages?state=dead&limit=200")["items"]
    unknown = {each["subject"] for each in dead if each["reason"] == "outcome_unknown"}
    missing = titles - by_title.keys()
    if severity == "critical":
        assert missing == set(), "missing"
        return keys
    assert missing <= unknown, "missing"
    assert {key: number for key, number in keys.items() if number > 1} == {}, "twice"
    return keys
