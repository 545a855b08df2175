"""`/prom` is asked as a Prometheus is, and answers as one does."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from autom8.kernel.errors import Unavailable
from tests.api.rig import Caller, House

FORM = "application/x-www-form-urlencoded"


def push(caller: Caller) -> int:
    """Two counters with a sample each 15 s for ten minutes; when the last ones are, in seconds."""
    now = int(caller.services.clock.now().timestamp()) - 1
    samples = [
        {"name": "jobs_total", "labels": {"host": host}, "at": at * 1_000, "value": (40 - back) * by}
        for host, by in (("a", 15), ("b", 30))
        for back, at in enumerate(range(now, now - 41 * 15, -15))
    ]
    assert caller.post("/metrics", {"samples": samples}).json["kept"] == 82
    return now


def ask(caller: Caller, path: str, **query: Any) -> Any:
    answer = caller.get(f"/prom/{path}?{urlencode(query, doseq=True)}")
    assert answer.status_code == 200, answer.text
    assert answer.json["status"] == "success"
    return answer.json["data"]


def test_an_expression_has_a_value_at_an_instant(api: Caller) -> None:
    now = push(api)

    found = ask(api, "api/v1/query", query="round(sum by (host) (rate(jobs_total[5m])))", time=now)

    assert found == {
        "resultType": "vector",
        "result": [
            {"metric": {"host": "a"}, "value": [now, "1"]},
            {"metric": {"host": "b"}, "value": [now, "2"]},
        ],
    }
    assert ask(api, "query", query="1 + 1", time=now) == {"resultType": "scalar", "result": [now, "2"]}
    assert len(ask(api, "query", query="jobs_total")["result"]) == 2  # without a time it is now


def test_an_expression_has_values_over_a_range(api: Caller) -> None:
    now = push(api)

    found = ask(
        api, "query_range", query='jobs_total{host="a"}', start=now - 60, end=now, step="30s", timeout="5s"
    )

    metric = {"__name__": "jobs_total", "host": "a"}
    values = [[now - 60, "540"], [now - 30, "570"], [now, "600"]]
    assert found == {"resultType": "matrix", "result": [{"metric": metric, "values": values}]}


def test_series_and_labels_are_listed(api: Caller) -> None:
    push(api)
    api.post("/metrics", {"samples": [{"name": "up", "labels": {"job": "x"}, "value": 1}]})

    selectors = {"match[]": ['jobs_total{host="a"}', "{host=~'a|c'}", "up"]}
    found = ask(api, "series", **selectors)
    assert sorted(found, key=str) == [
        {"__name__": "jobs_total", "host": "a"},
        {"__name__": "up", "job": "x"},
    ]
    assert ask(api, "labels") == ["__name__", "host", "job"]
    assert ask(api, "labels", **{"match[]": "up"}) == ["__name__", "job"]
    assert ask(api, "api/v1/label/__name__/values") == ["jobs_total", "up"]
    assert ask(api, "label/host/values", **{"match[]": 'jobs_total{host!="a"}'}) == ["b"]


def test_a_form_says_the_same_and_more_than_an_address_can(local: Caller) -> None:
    push(local)
    names = "|".join(f"host{number}" for number in range(1_000))
    query = f'sum(jobs_total{{host=~"a|{names}|b"}})'

    answer = local.ask("POST", "/prom/api/v1/query", data=urlencode({"query": query}), content_type=FORM)

    assert answer.json["data"]["result"][0]["value"][1] == "1800"
    both = local.ask("POST", "/prom/query?time=0", data="query=1", content_type=FORM)
    assert both.json["data"]["result"] == [0, "1"]
    assert local.ask("POST", "/prom/query?query=1").status_code == 200
    refused = local.post("/prom/query", {"query": "1"})
    assert (refused.status_code, refused.json["errorType"]) == (400, "bad_data")


@pytest.mark.parametrize(
    ("path", "status", "kind", "words"),
    [
        ("query", 400, "bad_data", "query"),
        ("query?query=sum(", 400, "bad_data", "at character"),
        ("query?query=1&time=noon", 400, "bad_data", "time is a time"),
        ("query?query=1&query=2", 400, "bad_data", "given twice"),
        ("query_range?query=1&start=0&end=1", 400, "bad_data", "step"),
        ("query_range?query=1&start=0&end=1&step=0", 400, "bad_data", "step is a length"),
        ("query_range?query=1&start=1&end=0&step=1", 400, "bad_data", "before the start"),
        ("query_range?query=1&start=0&end=999999&step=1", 400, "bad_data", "11000 points"),
        ("query?query=1&timeout=x", 400, "bad_data", "timeout"),
        ("series", 400, "bad_data", "match[]"),
        ("series?match[]=1", 400, "bad_data", "selector"),
        ("label/a-b/values", 400, "bad_data", "invalid label name"),
        ("query?query=jobs_total%20%2B%20on()%20jobs_total", 422, "execution", ""),
    ],
)
def test_what_is_refused_is_refused_as_prometheus_does(
    local: Caller, path: str, status: int, kind: str, words: str
) -> None:
    push(local)

    answer = local.get(f"/prom/{path}")

    assert (answer.status_code, answer.json["status"], answer.json["errorType"]) == (status, "error", kind)
    assert words in answer.json["error"]


def test_a_store_that_is_gone_is_said_to_be(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise Unavailable("gone")

    monkeypatch.setattr("autom8.repositories.series.reading.SeriesReader.series", gone)

    answer = house.local.get("/prom/labels")

    assert (answer.status_code, answer.json["errorType"]) == (503, "unavailable")
