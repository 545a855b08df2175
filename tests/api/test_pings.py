"""Checks on both databases: pings as Healthchecks' clients send them, and what is told of them."""

from __future__ import annotations

from typing import Any

import pytest

from autom8.kernel.vocabulary import Role
from tests.api.rig import House


@pytest.fixture
def check(each_house: House) -> dict[str, Any]:
    return each_house.local.post("/checks", {"name": "backup", "period_s": 3600, "grace_s": 600}).json


def ping(house: House, check: dict[str, Any], rest: str = "", method: str = "GET", **options: Any) -> Any:
    path = check["url"].partition("/ping/")[2]
    return house.stranger.ask(method, f"//ping/{path}{rest}", **options)


def look(house: House) -> None:
    while house.services.alerts.telling.looker.look():
        pass


def state(house: House, check: dict[str, Any]) -> str:
    return str(house.local.get(f"/checks/{check['id']}").json["state"])


def titles(house: House) -> list[tuple[str, str]]:
    items = house.local.get("/incidents?order=id").json["items"]
    return [(each["title"], each["state"]) for each in items]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_ping_is_answered_as_healthchecks_does(
    each_house: House, check: dict[str, Any], method: str
) -> None:
    answer = ping(each_house, check, method=method)
    assert (answer.status_code, answer.text) == (200, "OK")
    assert answer.headers["Ping-Body-Limit"] == "100000"
    assert "Set-Cookie" not in answer.headers
    assert state(each_house, check) == "up"


def test_a_head_request_is_a_ping_too(each_house: House, check: dict[str, Any]) -> None:
    assert ping(each_house, check, method="HEAD").status_code == 200
    assert each_house.local.get(f"/checks/{check['id']}").json["pings"] == 1


def test_a_failed_job_is_told_with_what_it_said_and_resolved_by_the_next_good_one(
    each_house: House, check: dict[str, Any]
) -> None:
    ping(each_house, check, "/start?rid=aaaa-1")
    ping(each_house, check, "/3?rid=aaaa-1", method="POST", data=b"no space left\npassword=hunter22")
    look(each_house)
    assert titles(each_house) == [("backup: failed", "open")]
    incident = each_house.local.get("/incidents").json["items"][0]
    assert incident["annotations"]["output"] == "no space left\npassword=•••"
    assert incident["labels"]["check"] == "backup"
    ping(each_house, check)
    look(each_house)
    assert titles(each_house) == [("backup: failed", "resolved")]


def test_a_failure_and_a_success_between_two_looks_are_both_seen(
    each_house: House, check: dict[str, Any]
) -> None:
    ping(each_house, check, "/fail")
    ping(each_house, check)
    look(each_house)
    assert titles(each_house) == [("backup: failed", "resolved")]


@pytest.mark.parametrize("rest", ["/256", "/-1", "/1.5", "/begin", "/٣", "/00000"])
def test_what_is_no_exit_code_is_refused(each_house: House, check: dict[str, Any], rest: str) -> None:
    answer = ping(each_house, check, rest)
    assert (answer.status_code, answer.text) == (400, "invalid url format")
    assert each_house.local.get(f"/checks/{check['id']}").json["pings"] == 0


@pytest.mark.parametrize("key", ["00000000-0000-4000-8000-000000000000", "x", "%00", "a" * 500])
def test_a_wrong_key_is_not_found(each_house: House, key: str) -> None:
    assert each_house.stranger.ask("GET", f"//ping/{key}").status_code == 404


def test_a_long_body_is_cut_and_counted(each_house: House, check: dict[str, Any]) -> None:
    ping(each_house, check, "/log", method="POST", data=b"x" * 150_000)
    newest = each_house.local.get(f"/checks/{check['id']}/pings").json["items"][0]
    whole = each_house.local.get(f"/checks/{check['id']}/pings/{newest['id']}").json
    assert (newest["body_bytes"], len(whole["body"]), whole["cut"]) == (150_000, 100_000, True)


def test_a_new_key_puts_the_old_one_out_of_force(each_house: House, check: dict[str, Any]) -> None:
    got = each_house.local.get(f"/checks/{check['id']}")
    anew = each_house.local.post(f"/checks/{check['id']}/key", headers={"If-Match": got.headers["ETag"]}).json
    assert ping(each_house, check).status_code == 404
    assert ping(each_house, anew).status_code == 200


def test_who_may_only_read_sees_no_key(each_house: House, check: dict[str, Any]) -> None:
    viewer = each_house.user(Role.VIEWER)
    assert viewer.get(f"/checks/{check['id']}").json.get("url") is None
    listed = each_house.local.get("/checks").json["items"][0]
    assert listed.get("url") is None


def test_a_paused_check_expects_nothing(each_house: House, check: dict[str, Any]) -> None:
    ping(each_house, check, "/fail")
    look(each_house)
    each_house.local.post(f"/checks/{check['id']}/pause")
    look(each_house)
    assert (titles(each_house), state(each_house, check)) == ([("backup: failed", "resolved")], "paused")
