"""Finished lists: cheap when nothing was written, never out of date, never before the gate."""

from __future__ import annotations

import pytest

from autom8.kernel.vocabulary import Role
from tests.api.rig import House, Open


def test_a_list_is_made_once_while_nothing_is_written(each_house: House) -> None:
    api = each_house.local
    api.add_task()

    first, second = api.get("/tasks"), api.get("/tasks")

    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("miss", "hit")
    assert second.data == first.data
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Cache-Control"] == "private, no-cache"
    assert api.get("/health").json["cache"] == {"hits": 1, "misses": 1}


@pytest.mark.parametrize("path", ["/tasks?recent=5", "/runs"])
def test_a_write_ends_what_was_kept(each_house: House, path: str) -> None:
    api = each_house.local
    task = api.add_task()
    before = api.get(path)

    api.post(f"/tasks/{task['id']}/run")
    after = api.get(path, headers={"If-None-Match": before.headers["ETag"]})

    assert (after.status_code, after.headers["X-Cache"]) == (200, "miss")
    assert after.data != before.data


def test_an_unchanged_list_is_not_sent_again(house: House) -> None:
    api = house.local
    etag = api.get("/runs").headers["ETag"]

    answer = api.get("/runs", headers={"If-None-Match": etag})

    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["X-Cache"] == "hit"
    assert answer.headers["ETag"] == etag
    assert "RateLimit-Remaining" in answer.headers
    assert "Content-Security-Policy" in answer.headers


def test_another_query_is_another_list(house: House) -> None:
    api = house.local
    api.add_task()
    api.get("/tasks")

    assert api.get("/tasks?limit=1").headers["X-Cache"] == "miss"
    assert api.get("/tasks?q=zzz").json["items"] == []


def test_who_may_not_read_it_is_refused_though_it_is_kept(house: House) -> None:
    house.local.get("/tasks")

    assert house.stranger.get("/tasks").status_code == 401


def test_who_holds_other_scopes_gets_a_list_made_for_them(house: House) -> None:
    viewer = house.user(Role.VIEWER)
    house.local.get("/tasks")

    assert viewer.get("/tasks").headers["X-Cache"] == "miss"
    assert viewer.get("/tasks").headers["X-Cache"] == "hit"


def test_a_kept_list_counts_against_the_limit(open_house: Open) -> None:
    house = open_house(requests_per_minute=1)  # ten for the local operator

    answers = [house.local.get("/tasks").status_code for _ in range(11)]

    assert answers == [200] * 10 + [429]


def test_a_query_that_is_refused_is_refused_each_time(house: House) -> None:
    assert [house.local.get("/tasks?limit=x").status_code for _ in range(2)] == [400, 400]


def test_the_cache_can_be_turned_off(open_house: Open) -> None:
    api = open_house(cache_items=0).local

    assert [api.get("/tasks").headers["X-Cache"] for _ in range(2)] == ["miss", "miss"]


def test_fifty_tasks_with_their_last_runs_take_three_statements(each_house: House) -> None:
    api = each_house.local
    for number in range(50):
        task = api.add_task(f"task-{number}")
        api.post(f"/tasks/{task['id']}/run")
    api.get("/tasks?limit=1")  # connections are open now

    with each_house.statements() as sent:
        answer = api.get("/tasks?limit=50&recent=30")

    assert len(answer.json["items"]) == 50
    assert all(len(task["recent"]) == 1 for task in answer.json["items"])
    queries = [each for each in sent if "generation" not in each]
    assert len(queries) <= 3, queries


def test_a_list_at_hand_asks_the_database_only_whether_it_is_still_good(each_house: House) -> None:
    api = each_house.local
    api.get("/tasks")

    with each_house.statements() as sent:
        assert api.get("/tasks").headers["X-Cache"] == "hit"

    assert [each for each in sent if "generation" not in each] == []
