"""Samples are sent in batches: what is kept is told, what can't be meant is refused as a whole."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import text

from autom8.kernel import defaults
from autom8.kernel.vocabulary import Role
from tests.api.rig import Caller, House, Json, Open

NOTHING = {"too_old": 0, "too_early": 0, "not_finite": 0, "too_many_series": 0}
DAY_MS = 86_400_000


def now_ms(caller: Caller) -> int:
    return int(caller.services.clock.now().timestamp() * 1_000)


def stored(caller: Caller) -> list[tuple[str, Any, int, float]]:
    query = (
        "SELECT name, labels, ts, value FROM sample JOIN series ON series.id = series_id ORDER BY name, ts"
    )
    with caller.services.series.read_engine.connect() as connection:
        rows = connection.execute(text(query)).all()
    return [
        (name, orjson.loads(labels) if isinstance(labels, str) else labels, ts, value)
        for name, labels, ts, value in rows
    ]


def sample(**changes: Any) -> Json:
    return {"name": "load", "labels": {"host": "a"}, "value": 1.5, **changes}


def test_a_batch_is_kept_whatever_its_order(api: Caller) -> None:
    at = now_ms(api)
    samples = [sample(at=at), sample(at=at - 15_000, value=-2), sample(name="up:x", labels={}, at=at)]

    answer = api.post("/metrics", {"samples": samples})

    assert (answer.status_code, answer.json) == (200, {"kept": 3, "not_kept": NOTHING})
    assert stored(api) == [
        ("load", {"host": "a"}, at - 15_000, -2.0),
        ("load", {"host": "a"}, at, 1.5),
        ("up:x", {}, at, 1.5),
    ]


def test_a_batch_that_comes_again_leaves_what_the_first_left(api: Caller) -> None:
    batch = {"samples": [sample(at=now_ms(api), labels={"b": "1", "a": "2"})]}
    first = api.post("/metrics", batch, headers={"Idempotency-Key": "one"})
    before = stored(api)

    again = api.post("/metrics", batch, headers={"Idempotency-Key": "one"})

    assert (again.json, stored(api)) == (first.json, before)


def test_a_sample_without_an_instant_is_of_now_and_an_empty_label_is_none(api: Caller) -> None:
    before = now_ms(api)

    assert api.post("/metrics", {"samples": [sample(labels={"host": "", "cpu": "0"})]}).json["kept"] == 1

    [(_, labels, ts, _)] = stored(api)
    assert labels == {"cpu": "0"}
    assert before <= ts <= now_ms(api)


def test_what_is_not_kept_is_counted_by_reason(api: Caller) -> None:
    at = now_ms(api)
    raw = orjson.dumps({"samples": [sample(at=at - 15 * DAY_MS), sample(at=at + DAY_MS), sample(at=at)]})
    raw = raw[:-2] + b',{"name":"load","value":1e999},{"name":"load","value":NaN}]}'

    answer = api.ask("POST", "/metrics", data=raw, content_type="application/json")

    assert answer.json == {"kept": 1, "not_kept": {**NOTHING, "too_old": 1, "too_early": 1, "not_finite": 2}}


def test_when_no_series_can_be_added_any_more_the_limit_is_named(api: Caller) -> None:
    store: Any = api.services.metrics.store
    store._writer.series_max = store.series_max = 1
    assert api.post("/metrics", {"samples": [sample()]}).json["kept"] == 1

    some = api.post("/metrics", {"samples": [sample(), sample(labels={"host": "b"})]})
    none = api.post("/metrics", {"samples": [sample(labels={"host": "b"})]})

    assert some.json == {"kept": 1, "not_kept": {**NOTHING, "too_many_series": 1}}
    assert (none.status_code, none.json["code"]) == (409, "too_many_series")
    assert none.json["detail"] == "There are 1 series, which is the most: no other can be added."


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a-b"}, "name"),
        ({"name": "1a"}, "name"),
        ({"name": "load\n"}, "name"),
        ({"name": "a" * 201}, "name"),
        ({"labels": {"__name__": "x"}}, "labels.__name__"),
        ({"labels": {"a-b": "x"}}, "labels.a-b"),
        ({"labels": {"": "x"}}, "labels."),
        ({"labels": {"host": "a" * 201}}, "labels.host"),
        ({"labels": {"host": "a\0"}}, "labels.host"),
        ({"labels": {"host": 1}}, "labels.host"),
        ({"labels": {f"l{number}": "" for number in range(31)}}, "labels"),
        ({"labels": []}, "labels"),
        ({"at": -1}, "at"),
        ({"at": 2**60}, "at"),
        ({"at": 1.5}, "at"),
        ({"value": "1"}, "value"),
        ({"value": None}, "value"),
        ({"value": True}, "value"),
        ({"unit": "s"}, "unit"),
    ],
)
def test_a_sample_that_can_not_be_meant_refuses_its_batch(local: Caller, wrong: Json, field: str) -> None:
    answer = local.post("/metrics", {"samples": [sample(), sample(**wrong)]})

    assert answer.status_code == 400
    assert list(answer.json["fields"]) == [f"samples.1.{field}"]
    assert stored(local) == []


def test_the_names_that_prometheus_takes_are_taken(local: Caller) -> None:
    labels = {"_": "x", "_a": "x", "_1": "x", "A_b__c": "Grüße, 東京\n"}

    assert local.post("/metrics", {"samples": [sample(name=":a:B_1", labels=labels)]}).status_code == 200
    assert stored(local)[0][:2] == (":a:B_1", labels)


def test_a_batch_has_a_bounded_size(local: Caller) -> None:
    assert local.post("/metrics", {"samples": []}).status_code == 400
    assert local.post("/metrics", {"samples": [{"name": "a", "value": 1}] * 10_001}).status_code == 400
    assert local.post("/metrics", {"samples": [{"name": "a", "value": 1}] * 10_000}).json["kept"] == 10_000
    answer = local.ask("POST", "/metrics", data=b" " * (2**20 + 1), content_type="application/json")
    assert answer.status_code == 413


def test_a_viewer_may_not_send_and_a_key_of_that_scope_may_nothing_else(house: House) -> None:
    assert house.user(Role.VIEWER).post("/metrics", {"samples": [sample()]}).status_code == 403
    made = house.user(Role.OPERATOR).post("/auth/keys", {"name": "collector", "scopes": ["metrics:write"]})
    collector = house.stranger.having(Authorization=f"Bearer {made.json['key']}")

    assert collector.post("/metrics", {"samples": [sample()]}).status_code == 200
    assert collector.get("/tasks").status_code == 403


def test_batches_are_counted_apart_from_other_requests(open_house: Open) -> None:
    local = open_house(requests_per_minute=1).local  # of which an operator of the machine has ten times

    for _ in range(12):
        answer = local.post("/metrics", {"samples": [sample()]})
        assert answer.status_code == 200

    assert answer.headers["RateLimit-Limit"] == str(defaults.METRICS_REQUESTS_PER_MINUTE)
    assert local.get("/tasks").status_code == 200
