"""Checks on both databases: pings as Healthchecks' clients send them, and what is told of them."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from autom8.alerts.checks import pinging
from autom8.alerts.looking import checks as looking
from autom8.api.pings import PINGS_PER_MINUTE, WRONG_PER_MINUTE
from autom8.kernel.actor import SYSTEM
from autom8.kernel.vocabulary import LookKind, Role
from autom8.repositories import checks
from tests.api.rig import Caller, House


@pytest.fixture
def check(each_house: House) -> dict[str, Any]:
    made: dict[str, Any] = each_house.local.post(
        "/checks", {"name": "backup", "period_s": 3600, "grace_s": 600}
    ).json
    return made


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


def of(house: House, check: dict[str, Any]) -> dict[str, Any]:
    return dict(house.local.get(f"/checks/{check['id']}?recent=5").json)


def test_a_trailing_slash_does_no_harm(each_house: House, check: dict[str, Any]) -> None:
    assert [ping(each_house, check, rest).status_code for rest in ("/", "/start/", "/0/")] == [200, 200, 200]
    assert of(each_house, check)["pings"] == 3


def test_the_pings_of_a_run_say_how_long_it_took(each_house: House, check: dict[str, Any]) -> None:
    ping(each_house, check, "/start?rid=5aa42b42-1d8e-4b0b-9b0d-d83a0c46f5b1")
    assert of(each_house, check)["running"]
    ping(each_house, check, "?rid=5AA42B42-1d8e-4b0b-9b0d-d83a0c46f5b1")
    found = of(each_house, check)
    assert (found["running"], found["recent"][0]["kind"], found["recent"][1]["kind"]) == (
        False,
        "success",
        "start",
    )
    assert found["last_duration_s"] == found["recent"][0]["duration_s"] >= 0


def test_a_run_may_have_any_short_name(each_house: House, check: dict[str, Any]) -> None:
    assert ping(each_house, check, "/start?rid=build-417").status_code == 200
    refused = ping(each_house, check, f"?rid={'x' * 65}")
    assert (refused.status_code, refused.text) == (400, "invalid uuid format")
    assert of(each_house, check)["recent"][0]["run"] == "build-417"


def test_a_body_of_any_size_is_taken_and_cut(each_house: House, check: dict[str, Any]) -> None:
    long = 3 * 1_048_576  # more than any other route takes
    assert ping(each_house, check, "/1", method="POST", data=b"\xff" * long).status_code == 200
    newest = of(each_house, check)["recent"][0]
    whole = each_house.local.get(f"/checks/{check['id']}/pings/{newest['id']}").json
    assert (whole["body_bytes"], whole["body"][:2], whole["cut"]) == (long, "��", True)


def test_a_start_leaves_a_failed_check_down(each_house: House, check: dict[str, Any]) -> None:
    ping(each_house, check, "/fail")
    ping(each_house, check, "/start")
    assert (state(each_house, check), of(each_house, check)["running"]) == ("down", True)


def test_a_new_rhythm_counts_from_the_last_end(each_house: House, check: dict[str, Any]) -> None:
    ping(each_house, check)
    ended = of(each_house, check)["expected_at"]
    ping(each_house, check, "/log")
    got = each_house.local.get(f"/checks/{check['id']}")
    each_house.local.patch(f"/checks/{check['id']}", {"period_s": 7_200}, got.headers["ETag"])
    changed = of(each_house, check)["expected_at"]
    assert seconds_between(ended, changed) == pytest.approx(3_600)


def seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def test_a_resumed_check_begins_afresh(each_house: House, check: dict[str, Any]) -> None:
    each_house.local.post(f"/checks/{check['id']}/pause")
    assert ping(each_house, check, "/fail").status_code == 200
    ping(each_house, check, "/start")
    look(each_house)
    assert (titles(each_house), state(each_house, check)) == ([], "paused")
    each_house.local.post(f"/checks/{check['id']}/resume")
    look(each_house)
    assert (titles(each_house), state(each_house, check)) == ([], "new")
    assert not of(each_house, check)["running"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"period_s": 3_600, "cron": "5 4 * * *"}, "period_s"),
        ({"cron": "5 4 * *"}, "cron"),
        ({"cron": "0 0 30 2 *"}, "cron"),
        ({"cron": "5 4 * * *", "zone": "Mars/Olympus"}, "zone"),
        ({"grace_s": 366 * 86_400 + 1}, "grace_s"),
        ({"grace_s": 10**15}, "grace_s"),
        ({"period_s": 10**15}, "period_s"),
    ],
)
def test_what_is_wrong_with_a_rhythm_is_said_of_its_field(
    local: Caller, body: dict[str, Any], field: str
) -> None:
    answer = local.post("/checks", {"name": "odd", **body})
    assert (answer.status_code, list(answer.json["fields"])) == (400, [field])


def test_pings_beyond_the_latest_thousand_are_forgotten_unless_they_are_to_be_judged(
    each_house: House, check: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinging, "PINGS_KEPT", 10)
    monkeypatch.setattr(pinging, "_TIDIED_EACH", 20)

    def kept() -> int:
        for _ in range(20):
            ping(each_house, check)
        return len(each_house.local.get(f"/checks/{check['id']}/pings?limit=200").json["items"])

    assert kept() == 20, "none of them was judged"
    look(each_house)
    assert (kept(), of(each_house, check)["pings"]) == (20, 40)
    look(each_house)
    each_house.services.alerts.checks.prune()
    assert len(each_house.local.get(f"/checks/{check['id']}/pings").json["items"]) == 20


def test_more_pings_than_one_look_takes_are_all_judged(
    each_house: House, check: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (checks, looking):
        monkeypatch.setattr(module, "UNSEEN_MAX", 3)
    for rest in ("/0", "/0", "/0", "/log", "/1", "/log", "/log", "/log", "/0"):
        ping(each_house, check, rest)
    look(each_house)
    assert titles(each_house) == [("backup: failed", "resolved")]


def test_a_key_has_so_many_pings_a_minute(each_house: House, check: dict[str, Any]) -> None:
    other = each_house.local.post("/checks", {"name": "other"}).json
    for _ in range(PINGS_PER_MINUTE):
        assert ping(each_house, check, method="HEAD").status_code == 200
    refused = ping(each_house, check)
    assert (refused.status_code, refused.text) == (429, "rate limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert ping(each_house, other).status_code == 200


def test_who_guesses_keys_is_refused_and_right_keys_of_that_address_are_not(
    each_house: House, check: dict[str, Any]
) -> None:
    codes = [each_house.stranger.ask("GET", f"//ping/{uuid4()}").status_code for _ in range(100)]
    assert codes == [404] * WRONG_PER_MINUTE + [429] * (100 - WRONG_PER_MINUTE)
    assert ping(each_house, check).status_code == 200
    assert each_house.stranger.post("/auth/login", {"name": "x", "password": "y"}).status_code == 401


def test_a_browser_of_any_page_may_ping(each_house: House, check: dict[str, Any]) -> None:
    elsewhere = {"Origin": "https://app.example.org", "Sec-Fetch-Site": "cross-site"}
    answer = ping(each_house, check, method="POST", headers=elsewhere)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")


def test_no_log_shows_a_key_not_even_of_a_mistyped_address(
    each_house: House, check: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    key = check["url"].rpartition("/")[2]
    with caplog.at_level(logging.DEBUG):
        ping(each_house, check)
        ping(each_house, check, "/start/twice")
        ping(each_house, check, method="PUT")
    paths = [each.fields["path"] for each in caplog.records if hasattr(each, "fields")]
    assert len([each for each in paths if each.startswith("/ping/")]) == 3
    assert key not in str([vars(each) for each in caplog.records])


def test_a_check_whose_url_cannot_be_read_is_shown_and_gets_a_new_key(
    each_house: House, check: dict[str, Any]
) -> None:
    with each_house.services.alerts.begin() as work:
        work.checks.change(check["id"], {"key_encrypted": b"spoilt"})
        work.commit()
    got = each_house.local.get(f"/checks/{check['id']}")
    assert (got.status_code, got.json["url"]) == (200, None)
    assert ping(each_house, check).status_code == 200, "the old one still finds it"
    anew = each_house.local.post(f"/checks/{check['id']}/key", headers={"If-Match": got.headers["ETag"]}).json
    assert ping(each_house, anew).status_code == 200


def test_while_the_database_is_away_a_ping_is_to_be_sent_again(
    each_house: House, check: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("", {}, Exception("gone"), connection_invalidated=True)

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "execute", away)
        answer = ping(each_house, check)
    assert (answer.status_code, answer.text) == (503, "try again")
    assert answer.headers["Retry-After"] == "5"
    assert ping(each_house, check).status_code == 200


def test_beyond_the_limit_guesses_cost_the_database_one_look_a_second(
    each_house: House, check: dict[str, Any]
) -> None:
    for _ in range(WRONG_PER_MINUTE + 1):
        each_house.stranger.ask("GET", f"//ping/{uuid4()}")
    began = time.monotonic()
    with each_house.statements() as sent:
        for _ in range(50):
            assert each_house.stranger.ask("GET", f"//ping/{uuid4()}").status_code == 429
    assert len(sent) <= 2 * (1 + time.monotonic() - began)


def test_a_removed_key_is_forgotten_and_then_costs_no_transaction(
    each_house: House, check: dict[str, Any]
) -> None:
    ping(each_house, check)
    etag = each_house.local.get(f"/checks/{check['id']}").headers["ETag"]
    each_house.local.delete(f"/checks/{check['id']}", etag)
    assert ping(each_house, check).status_code == 404
    with each_house.statements() as sent:
        assert ping(each_house, check).status_code == 404
    assert not any("FOR UPDATE" in each for each in sent)
    assert len(sent) == 1


def test_a_check_may_be_removed_while_a_look_judges_its_pings(
    each_house: House, check: dict[str, Any]
) -> None:
    alerts = each_house.services.alerts
    ping(each_house, check)
    look(each_house)
    ping(each_house, check)
    with ThreadPoolExecutor(1) as pool:
        with alerts.begin() as work:
            assert work.looks.take(LookKind.CHECK, check["id"])
            removing = pool.submit(alerts.checks.remove, check["id"], version=None, actor=SYSTEM)
            assert wait([removing], timeout=0.5).not_done, "it waits for the look"
            (unseen,) = work.checks.unseen([check["id"]]).values()
            work.checks.mark_seen([each.id for each in unseen])
            work.commit()
        removing.result(timeout=10)
    assert each_house.local.get(f"/checks/{check['id']}").status_code == 404
