"""`/api/v2` speaks as Alertmanager does: shapes, meanings, refusals; and takes nothing that it can't mean."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autom8.alerts.pushed.service import fingerprint_of
from tests.api.rig import Answer, Caller, House, Json
from tests.silences.test_silences import ALWAYS, hours_on

ALERT = {
    "labels": {"alertname": "DiskFull", "instance": "db1"},
    "annotations": {"summary": "no room"},
    "generatorURL": "http://prometheus:9090/graph",
}
SILENCE = {
    "matchers": [{"name": "alertname", "value": "DiskFull", "isRegex": False, "isEqual": True}],
    "startsAt": "2026-01-01T00:00:00.000Z",
    "createdBy": "ada",
    "comment": "new disk",
}


def push(api: Caller, *alerts: object) -> Answer:
    return api.post("//api/v2/alerts", list(alerts))


def put(api: Caller, **more: Any) -> Answer:
    return api.post("//api/v2/silences", {**SILENCE, "endsAt": hours_on(1), **more})


def listed(api: Caller, query: str = "") -> list[Json]:
    answer = api.get(f"//api/v2/silences{query}")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json
    return found


def test_an_alert_has_alertmanagers_shape(api: Caller) -> None:
    pushed = push(api, ALERT)
    assert (pushed.status_code, pushed.data) == (200, b"")
    made = put(api).json["silenceID"]
    (alert,) = api.get("//api/v2/alerts").json
    for name in ("startsAt", "endsAt", "updatedAt"):
        datetime.fromisoformat(alert.pop(name))
    assert alert == {
        **ALERT,
        "fingerprint": fingerprint_of(ALERT["labels"]),  # type: ignore[arg-type]
        "receivers": [{"name": "autom8"}],
        "status": {"state": "suppressed", "silencedBy": [made], "inhibitedBy": [], "mutedBy": []},
    }
    (group,) = api.get("//api/v2/alerts/groups").json
    assert (group["labels"], group["receiver"]) == ({"alertname": "DiskFull"}, {"name": "autom8"})
    assert group["alerts"][0]["fingerprint"] == alert["fingerprint"]


def test_filters_are_given_as_alertmanagers_clients_give_them(local: Caller) -> None:
    push(local, ALERT, {"labels": {"alertname": "Slow", "service.name": "shop"}})

    def names(query: str) -> list[str]:
        answer = local.get(f"//api/v2/alerts?{query}")
        assert answer.status_code == 200, answer.text
        return sorted(each["labels"]["alertname"] for each in answer.json)

    assert names('filter=alertname="DiskFull"') == ["DiskFull"]
    assert names("filter=alertname%3D~%22D.*%7CS.*%22&filter=instance%3D") == ["Slow"]
    assert names('filter="service.name"="shop"') == ["Slow"]
    assert names("active=false") == []
    assert names("silenced=false&inhibited=false&unprocessed=false&active=true") == ["DiskFull", "Slow"]
    assert names("receiver=autom.") == ["DiskFull", "Slow"]
    assert names("receiver=other") == names('receiver_matchers=team="a"') == []


def test_silences_are_listed_by_state_and_by_what_they_match(local: Caller) -> None:
    soon, late = (put(local, endsAt=hours_on(n)).json["silenceID"] for n in (1, 2))
    pending = put(local, startsAt=hours_on(1), endsAt=hours_on(3)).json["silenceID"]
    regex = [{"name": "alertname", "value": "Disk.*", "isRegex": True}]
    other = put(local, matchers=regex).json["silenceID"]
    local.delete(f"//api/v2/silence/{other}")
    assert [each["id"] for each in listed(local)] == [soon, late, pending, other]
    assert [each["id"] for each in listed(local, "?active=false&expired=false")] == [pending]
    assert [each["id"] for each in listed(local, "?pending=false&active=false")] == [other]
    assert [each["id"] for each in listed(local, '?filter=alertname=~"Disk.*"')] == [other]
    assert len(listed(local, '?filter=alertname="DiskFull"')) == 3
    assert listed(local, '?filter=alertname!="DiskFull"') == []
    one = local.get(f"//api/v2/silence/{other}").json
    assert one["matchers"] == [{**regex[0], "isEqual": True}]
    assert (one["status"], one["createdBy"], one["comment"]) == ({"state": "expired"}, "ada", "new disk")
    assert set(one) == {
        "id",
        "status",
        "matchers",
        "startsAt",
        "endsAt",
        "updatedAt",
        "createdBy",
        "comment",
        "annotations",
    }


def test_annotations_of_a_silence_are_taken_and_not_kept(local: Caller) -> None:
    made = put(local, annotations={"ticket": "OPS-12"})
    assert made.status_code == 200, made.text
    assert local.get(f"//api/v2/silence/{made.json['silenceID']}").json["annotations"] == {}


def test_a_maintenance_window_between_its_hours_is_pending(local: Caller) -> None:
    day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][(datetime.now(UTC).weekday() + 3) % 7]
    body = {"matchers": "a=b", "ends_at": hours_on(999), "hours": {**ALWAYS, "days": [day]}}
    local.post("/silences", body)
    assert [each["status"]["state"] for each in listed(local)] == ["pending"]


def test_a_silence_is_changed_in_place_or_gives_way_as_alertmanager_has_it(api: Caller) -> None:
    first = put(api).json["silenceID"]
    start = api.get(f"//api/v2/silence/{first}").json["startsAt"]
    to_the_second = datetime.fromisoformat(start).replace(microsecond=0).isoformat()
    longer = put(api, id=first, startsAt=to_the_second, endsAt=hours_on(9), createdBy="grace", comment="more")
    assert longer.json["silenceID"] == first
    there = api.get(f"//api/v2/silence/{first}").json
    assert (there["startsAt"], there["createdBy"], there["comment"]) == (start, "grace", "more")

    others = [{"name": "alertname", "value": "Slow", "isRegex": False}]
    second = put(api, id=first, startsAt=start, matchers=others).json["silenceID"]
    assert UUID(second) != UUID(first)
    states = {each["id"]: each["status"]["state"] for each in listed(api)}
    assert states == {first: "expired", second: "active"}

    third = put(api, id=first, startsAt=start).json["silenceID"]  # what is over is not brought back
    assert third not in {first, second}
    moved = put(api, id=third, startsAt=hours_on(0.5), endsAt=hours_on(2)).json["silenceID"]
    assert moved != third
    again = put(api, id=moved, startsAt=hours_on(0.7), endsAt=hours_on(2)).json["silenceID"]
    assert again == moved  # it was pending
    actions = [each["action"] for each in api.get("/audit?order=seq&limit=200").json["items"]]
    assert [each for each in actions if each.startswith("silence.")] == [
        "silence.added",
        "silence.changed",
        "silence.expired",
        "silence.added",
        "silence.added",
        "silence.expired",
        "silence.added",
        "silence.changed",
    ]


def test_a_silence_that_began_in_the_past_begins_now(api: Caller) -> None:
    made = put(api, startsAt="2020-01-01T00:00:00Z").json["silenceID"]
    start = datetime.fromisoformat(api.get(f"//api/v2/silence/{made}").json["startsAt"])
    assert datetime.now(UTC) - start < timedelta(minutes=1)


def test_a_refusal_is_a_text_that_amtool_shows(local: Caller) -> None:
    asks = [
        put(local, endsAt="2020-01-01T00:00:00Z"),
        put(local, matchers=[]),
        put(local, matchers=[{"name": "a", "value": "(", "isRegex": True}]),
        push(local, {"labels": {}}),
        push(local, {"labels": {"a": 1}}),
        local.get("//api/v2/alerts?filter=alertname"),
        local.get("//api/v2/alerts?receiver=("),
        local.get("//api/v2/silences?filter=="),
        local.post("//api/v2/alerts", data=b"{", content_type="application/json"),
    ]
    for answer in asks:
        assert (answer.status_code, answer.content_type) == (400, "application/json"), answer.text
        assert isinstance(answer.json, str)
    assert put(local, id=str(uuid4())).status_code == 404
    for method in ("GET", "DELETE"):
        assert local.ask(method, f"//api/v2/silence/{uuid4()}").status_code == 404
        assert local.ask(method, "//api/v2/silence/nonsense").status_code == 404


def test_of_many_alerts_the_good_ones_are_taken(api: Caller) -> None:
    answer = push(api, {"labels": {}}, ALERT, {"labels": {"a": "\0"}})
    assert answer.status_code == 400
    assert answer.json.startswith("2 of 3 alerts were not taken: alerts.0 ")
    assert [each["labels"] for each in api.get("//api/v2/alerts").json] == [ALERT["labels"]]


def test_status_and_receivers_are_what_clients_read(local: Caller) -> None:
    status = local.get("//api/v2/status").json
    assert status["cluster"] == {"status": "disabled", "peers": []}
    assert set(status["versionInfo"]) == {
        "version",
        "revision",
        "branch",
        "buildUser",
        "buildDate",
        "goVersion",
    }
    assert status["config"]["original"].startswith("#")
    assert datetime.fromisoformat(status["uptime"]) <= datetime.now(UTC)
    assert local.get("//api/v2/receivers").json == [{"name": "autom8"}]


def test_a_key_may_be_the_password_of_basic_authentication(house: House) -> None:
    token = house.local.headers["Authorization"].removeprefix("Bearer ")

    def basic(text: str) -> int:
        given = f"Basic {base64.b64encode(text.encode()).decode()}"
        return house.stranger.having(Authorization=given).get("//api/v2/alerts").status_code

    assert basic(f"anybody:{token}") == 200
    assert basic(f"anybody:{token}x") == basic(token) == basic("") == 401
    assert house.stranger.having(Authorization="Basic %%%").get("//api/v2/alerts").status_code == 401


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
TEXT = st.text(max_size=12)
INSTANT = TEXT | st.sampled_from(
    [
        "",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "2026-02-30T00:00:00Z",
        "2026-01-01T00:00:00+99:99",
    ]
)
LABELS = st.dictionaries(TEXT, TEXT, max_size=4) | JSON
ALERTS = st.lists(
    st.fixed_dictionaries(
        {"labels": LABELS},
        optional={
            "annotations": LABELS,
            "startsAt": INSTANT | JSON,
            "endsAt": INSTANT | JSON,
            "generatorURL": TEXT | JSON,
            "unknown": JSON,
        },
    )
    | JSON,
    max_size=4,
)
SILENCES = st.fixed_dictionaries(
    {},
    optional={
        "id": TEXT | JSON,
        "matchers": st.lists(
            st.fixed_dictionaries(
                {}, optional=dict.fromkeys(("name", "value", "isRegex", "isEqual"), TEXT | JSON)
            )
            | JSON,
            max_size=3,
        )
        | JSON,
        "startsAt": INSTANT | JSON,
        "endsAt": INSTANT | JSON,
        "createdBy": TEXT | JSON,
        "comment": TEXT | JSON,
    },
)


def _sent(body: object) -> bytes:
    return json.dumps(body).encode()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=ALERTS.map(_sent) | JSON.map(_sent) | SILENCES.map(_sent) | st.binary(max_size=60))
@pytest.mark.parametrize("path", ["//api/v2/alerts", "//api/v2/silences"])
def test_malformed_posts_are_refused_and_what_is_listed_stays_readable(
    house: House, path: str, body: bytes
) -> None:
    answer = house.local.post(path, data=body, content_type="application/json")
    assert answer.status_code in {200, 400, 404, 413}, answer.text
    assert house.local.get("//api/v2/alerts").status_code == 200
    assert house.local.get("//api/v2/silences").status_code == 200


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.fixed_dictionaries({"labels": st.dictionaries(TEXT, TEXT, min_size=1, max_size=3)}),
    name=TEXT,
    value=TEXT,
)
def test_any_labels_may_come_and_any_filter_be_asked(house: House, body: Json, name: str, value: str) -> None:
    push(house.local, body)
    quoted = json.dumps(name, ensure_ascii=False), json.dumps(value, ensure_ascii=False)
    for operator in ("=", "!=", "=~", "!~"):
        query = {"filter": operator.join(quoted), "receiver": value}
        for path in ("alerts", "alerts/groups"):
            answer = house.local.get(f"//api/v2/{path}", query_string=query)
            assert answer.status_code in {200, 400}, answer.text


@pytest.mark.parametrize("length", [1_000, 100_000])
def test_a_huge_body_is_refused(local: Caller, length: int) -> None:
    alerts = [{"labels": {"alertname": "A", "n": str(n), "text": "x" * 100}} for n in range(length)]
    answer = push(local, *alerts)
    assert answer.status_code == (200 if length == 1_000 else 413)
