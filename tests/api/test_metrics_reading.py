"""Series are listed and drawn over HTTP."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest

from autom8.kernel.vocabulary import Role
from tests.api.rig import Caller, House


def push(caller: Caller, hosts: int = 3) -> None:
    now = int(caller.services.clock.now().timestamp() * 1_000)
    samples = [
        {"name": name, "labels": {"host": f"web{number}"}, "at": now - back * 15_000, "value": number + back}
        for name in ("load", "jobs")
        for number in range(hosts)
        for back in range(4)
    ]
    assert caller.post("/metrics", {"samples": samples}).json["kept"] == len(samples)


def test_series_are_listed_page_by_page(api: Caller) -> None:
    push(api)

    first = api.get("/metrics/series?limit=4").json
    rest = api.get(f"/metrics/series?limit=4&cursor={first['next']}").json

    items = first["items"] + rest["items"]
    assert (len(first["items"]), rest["next"]) == (4, None)
    assert {(each["name"], each["labels"]["host"]) for each in items} == {
        (name, f"web{number}") for name in ("load", "jobs") for number in range(3)
    }


def test_series_are_filtered_by_name_and_labels(api: Caller) -> None:
    push(api, hosts=5)

    def found(query: str) -> list[str]:
        items = api.get(f"/metrics/series?{query}").json["items"]
        return sorted(f"{each['name']} {each['labels']['host']}" for each in items)

    some = quote('host=~"web[12]"')
    assert found(f"name=load&match={some}") == ["load web1", "load web2"]
    but_some, named = quote('{host!~"web[1-4]"}'), quote('__name__=~"j.*", host="web3"')
    assert found(f"match={but_some}") == ["jobs web0", "load web0"]
    assert found(f"match={named}") == ["jobs web3"]
    page = api.get(f"/metrics/series?limit=1&match={some}").json
    assert len(page["items"]) == 1
    more = api.get(f"/metrics/series?limit=9&match={some}&cursor={page['next']}").json
    assert (len(more["items"]), more["next"]) == (3, None)


def test_a_chart_says_what_it_is_made_of(api: Caller) -> None:
    push(api)

    chart = api.get("/metrics/query?name=load&aggregate=max&step=3600&top=1").json

    assert (chart["tier"], chart["step_s"], chart["left_out"]) == ("1h", 3_600, 2)
    [line] = chart["series"]
    assert line["labels"] == {"host": "web2"}
    assert max(value for _, value in line["points"]) == 5.0


def test_times_are_instants_and_steps_seconds(api: Caller) -> None:
    push(api)
    now = api.services.clock.now()
    since = quote((now - timedelta(minutes=10)).isoformat())

    chart = api.get(f"/metrics/query?name=jobs&from={since}&until={quote(now.isoformat())}&step=15").json

    assert (chart["tier"], chart["step_s"], len(chart["series"])) == ("raw", 15, 3)
    assert api.get("/metrics/query?name=nothing").json["series"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "name"),
        ("name=a-b", "name"),
        ("name=a&step=0", "step"),
        ("name=a&aggregate=median", "aggregate"),
        ("name=a&match=x", "match"),
        ("name=a&match=x%3D~%22(%22", "match"),
        ("name=a&match=%7Bx%3D%22y%22%7D%7D", "match"),
        ("name=a&from=2030-01-01T00:00:00Z&until=2029-01-01T00:00:00Z", "from"),
        ("name=a&from=yesterday", "from"),
        ("name=a&from=2000-01-01T00:00:00Z&until=2030-01-01T00:00:00Z&step=1", "query"),
    ],
)
def test_what_can_not_be_meant_is_named(local: Caller, query: str, field: str) -> None:
    answer = local.get(f"/metrics/query?{query}")

    assert (answer.status_code, list(answer.json["fields"])) == (400, [field])


def test_a_viewer_may_read(house: House) -> None:
    viewer = house.user(Role.VIEWER)

    assert viewer.get("/metrics/series").status_code == 200
    assert viewer.get("/metrics/query?name=load").status_code == 200
