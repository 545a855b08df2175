"""`autom8 incident`, `rule`, `silence` and `check` against the real API."""

from __future__ import annotations

import json
import re

import pytest

from autom8.alerts.checks.pinging import Pinged
from autom8.kernel.vocabulary import PingKind
from tests.api.rig import House
from tests.cli.command import Cli
from tests.cli.served import here, house

__all__ = ["here", "house"]


def wrong(house: House, name: str = "backup") -> int:
    """An incident of a check whose job failed; its number."""
    check = house.local.post("/checks", {"name": name}).json
    key = check["url"].rpartition("/")[2]
    house.services.alerts.pinging.take(key, Pinged(kind=PingKind.FAIL, exit_code=3))
    while house.services.alerts.telling.looker.look():
        pass
    return int(house.local.get("/incidents?order=-id").json["items"][0]["id"])


def test_an_incident_is_listed_shown_acknowledged_noted_and_resolved(here: Cli, house: House) -> None:
    house.local.post("/contacts", {"name": "Ada"})
    number = str(wrong(house))
    assert "backup: failed" in here("incident", "list").out
    assert here("incident", "ack", number, "--for", "2h", "--note", "on it").out.startswith(
        f"acknowledged incident {number}, backup: failed until"
    )
    assert here("incident", "assign", number, "ada").out == f"incident {number}, backup: failed is for ada\n"
    assert here("incident", "unack", number).code == 0
    assert here("incident", "note", number, "disk is full").code == 0
    assert here("incident", "resolve", number).out == f"resolved incident {number}, backup: failed\n"
    shown = here("incident", "show", number).out
    for words in ("exit code 3", "acknowledged", "on it", "assigned", "Ada", "disk is full", "resolved"):
        assert words in shown, shown
    assert here("incident", "list").out.count("backup") == 0
    assert json.loads(here("incident", "list", "--all", "--json").out)[0]["id"] == int(number)
    again = here("incident", "ack", number)
    assert (again.code, "was resolved" in again.err) == (7, True), again


def test_a_rule_is_listed_set_and_unset(here: Cli, house: House) -> None:
    house.local.post("/tasks", {"name": "backup", "command": ["true"]})
    assert "no_success_for" in here("rule", "list").out
    said = here("rule", "set", "failed", "--task", "backup", "--count", "3", "--severity", "critical")
    assert said.out == "set failed for task 1: count 3, enabled yes, severity critical\n", said.err
    (rule,) = [
        each
        for each in json.loads(here("rule", "list", "--task", "backup", "--json").out)
        if each["rule"] == "failed"
    ]
    assert (rule["count"], rule["severity"]) == (3, "critical")
    assert here("rule", "set", "failed", "--task", "backup", "--severity", "info").code == 0
    assert "task 1" in here("rule", "settings").out
    assert here("rule", "unset", "failed", "--task", "backup").code == 0
    assert here("rule", "unset", "failed", "--task", "backup").code == 6
    assert here("rule", "set", "nothing", "--all", "--on").code == 8


def test_a_rule_is_said_for_a_tag_in_any_letters_and_shown_field_by_field(here: Cli) -> None:
    assert here("task", "add", "backup", "--tag", "DB", "--", "true").code == 0
    assert here("rule", "set", "no_success_for", "--tag", "db", "--time", "26h").code == 0
    again = here("rule", "set", "no_success_for", "--tag", " Db", "--for", "5m", "--severity", "critical")
    assert again.out.startswith("set no_success_for for tag db:"), again.err
    assert here("rule", "set", "no_success_for", "--all", "--label", "team=ops").code == 0
    shown = here("rule", "show", "no_success_for", "--task", "backup").out
    told = [re.split(r"  +", line.strip()) for line in shown.splitlines()]
    for line in (
        ["enabled", "yes", "tag db"],
        ["time", "1d 2h", "tag db"],
        ["violated for", "5m", "tag db"],
        ["severity", "critical", "tag db"],
        ["labels", "team=ops", "all"],
        ["fine for", "0s", "default"],
    ):
        assert line in told, shown
    assert "no_success_for" not in here("rule", "show", "failed", "--json").out
    assert here("rule", "show", "nothing").code == 6
    assert here("rule", "unset", "no_success_for", "--tag", "DB").code == 0


def test_a_silence_is_made_listed_shown_and_ended(here: Cli) -> None:
    weekly = ("--weekly", "sat,sun 02:00-04:00 Europe/Berlin")
    made = here("silence", "add", "task=backup", "--for", "365d", *weekly, "--comment", "window")
    assert made.out.startswith("silence 1 holds until"), made.err
    assert made.out.endswith('task="backup"\n')
    assert "window" in here("silence", "list").out
    assert "sat,sun 02:00-04:00 Europe/Berlin" in here("silence", "show", "1").out
    assert here("silence", "expire", "1").out == "silence 1 has ended\n"
    assert "window" in here("silence", "list", "--expired").out
    assert here("silence", "add", "task=~(", "--for", "1h").code == 8
    dependency = ("dependency", "add", "db", "--parents", 'task="db"', "--children", 'tags="web"')
    assert here("silence", *dependency).out == "added dependency 1, db\n"
    assert 'tags="web"' in here("silence", "dependency", "list").out
    assert here("silence", "dependency", "remove", "db").code == 0


def test_a_check_is_added_shown_changed_paused_and_removed(here: Cli, house: House) -> None:
    added = here("check", "add", "backup of db1", "--every", "24h", "--grace", "2h", "--tag", "db")
    assert "/ping/" in added.out, added.err
    key = house.local.get("/checks/1").json["url"].rpartition("/")[2]
    house.services.alerts.pinging.take(key, Pinged(kind=PingKind.FAIL, body=b"no space"))
    assert "down" in here("check", "list").out
    assert here("check", "pings", "backup of db1", "--body", "1").out == "no space\n"
    assert here("check", "edit", "1", "--cron", "0 3 * * *", "--zone", "Europe/Berlin").code == 0
    assert "0 3 * * * Europe/Berlin" in here("check", "show", "1").out
    assert here("check", "pause", "1").out == "check backup of db1 is paused\n"
    assert here("check", "resume", "1").code == 0
    assert key not in here("check", "new-key", "1").out
    assert here("check", "remove", "1").code == 0
    assert here("check", "show", "1").code == 6


@pytest.mark.parametrize("words", [["incident", "show", "99"], ["silence", "show", "99"]])
def test_what_is_not_there_is_said(here: Cli, words: list[str]) -> None:
    assert here(*words).code == 6


def test_a_rule_of_one_thing_is_not_said_of_another_kind(here: Cli, house: House) -> None:
    house.local.post("/tasks", {"name": "backup", "command": ["true"]})

    for words in (["list"], ["show", "failed"], ["set", "failed", "--on"], ["unset", "failed"]):
        refused = here("rule", *words, "--kind", "check", "--task", "backup")
        assert (refused.code, "--task names a task" in refused.err) == (8, True), refused
    assert here("rule", "list", "--kind", "task", "--task", "backup").code == 0


def test_an_empty_tag_takes_all_tags_of_a_check_away(here: Cli) -> None:
    here("check", "add", "backup", "--tag", "db", "--tag", "nightly")

    assert here("check", "edit", "backup", "--tag", "").code == 0
    assert here("check", "show", "backup", "--json").json["tags"] == []


def test_more_pings_than_are_shown_are_said(here: Cli, house: House) -> None:
    here("check", "add", "backup")
    key = house.local.get("/checks/1").json["url"].rpartition("/")[2]
    for _ in range(3):
        house.services.alerts.pinging.take(key, Pinged(kind=PingKind.SUCCESS))

    some = here("check", "pings", "backup", "--limit", "2")
    assert (len(some.out.splitlines()), "there are more than 2" in some.err) == (3, True)
    assert here("check", "pings", "backup", "--limit", "3").err == ""


def test_a_zone_that_there_is_not_is_refused_for_a_check_of_a_period_too(here: Cli) -> None:
    here("check", "add", "backup", "--every", "1d")

    refused = here("check", "edit", "backup", "--zone", "Not/AZone")
    assert (refused.code, "zone" in refused.err) == (8, True), refused
    assert here("check", "show", "backup", "--json").json["zone"] is None
    assert here("check", "edit", "backup", "--zone", "Asia/Tokyo").code == 0
