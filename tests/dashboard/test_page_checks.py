"""Checks, silences and messages on the page: made, pinged, held back, ended, sent again."""

from __future__ import annotations

import urllib.request
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.dashboard.person import Person
from tests.dashboard.running_server import RunningServer
from tests.faults.server import wait_until


def test_an_operator_makes_a_check_and_sees_its_pings(olu: Person, server: RunningServer) -> None:
    olu.open("/").follow("Checks")
    olu.sees_heading("Checks")
    olu.click("New check")
    olu.fill("Name", "page-nightly")
    olu.fill("Pings every", "soon")
    olu.click("Make the check")
    olu.page.get_by_role("dialog").locator("[aria-invalid=true]").first.wait_for()
    assert olu.accessibility_faults() == ""
    olu.fill("Pings every", "1h")
    olu.click("Make the check")
    olu.sees_heading("page-nightly")
    made = next(each["id"] for each in server.get("/checks")["items"] if each["name"] == "page-nightly")
    url = server.get(f"/checks/{made}")["url"]
    olu.sees(url)
    for path in ("/start", "", "/3"):
        with urllib.request.urlopen(url + path, timeout=5) as answer:
            assert answer.status == 200
    with urllib.request.urlopen(url + "/fail", data=b"no space left", timeout=5) as answer:
        assert answer.status == 200
    olu.sees("fail, exit code 3")
    olu.sees("down")
    olu.page.get_by_text("13 B").click()
    olu.sees("no space left")
    expect(olu.page.get_by_role("link", name="page-nightly: failed")).to_be_visible()
    assert olu.accessibility_faults() == ""
    assert not olu.scrolls_sideways()
    olu.click("Pause")
    olu.sees("Resume")
    olu.click("New address")
    olu.page.get_by_role("dialog").get_by_role("button", name="New address").click()
    olu.sees_no(url)
    olu.click("Remove")
    olu.page.get_by_role("dialog").wait_for()
    server.patch(f"/checks/{made}", {"description": "by somebody else"})
    olu.click("Remove the check")
    olu.page.get_by_role("dialog").get_by_role("alert").get_by_text("changed").wait_for()
    olu.click("Back")
    olu.click("Remove")
    olu.click("Remove the check")
    olu.sees_heading("Checks")
    olu.sees_no("page-nightly")


def test_a_viewer_sees_checks_without_their_address(vic: Person, server: RunningServer) -> None:
    made = server.post("/checks", {"name": "page-seen", "cron": "30 4 * * *"})
    vic.open("/checks").follow("page-seen")
    vic.sees_heading("page-seen")
    vic.sees("30 4 * * *, UTC")
    vic.sees_no("Remove")
    vic.sees_no(made["url"])


def test_an_operator_silences_an_incident_and_ends_the_silence(olu: Person, server: RunningServer) -> None:
    server.run_to_end(server.add_task("page-noisy", "false"))
    wait_until(
        lambda: [each for each in server.get("/incidents")["items"] if "page-noisy" in each["title"]],
        within_s=20,
        what="an incident",
    )
    olu.open("/incidents").follow("page-noisy: failed")
    olu.click("Silence")
    olu.fill("Why", "we know")
    assert olu.accessibility_faults() == ""
    olu.page.get_by_role("dialog").get_by_role("button", name="Silence").click()
    olu.sees("Silenced")
    olu.open("/silences").sees("we know")
    assert not olu.scrolls_sideways()
    olu.page.get_by_role("button", name="End the silence of").click()
    olu.sees_no("we know")
    olu.follow("Over")
    olu.sees("expired")
    olu.sees("we know")
    assert server.get("/silences")["items"][0]["state"] == "expired"


def test_an_operator_changes_a_rule_for_a_tag_and_takes_it_back(olu: Person, server: RunningServer) -> None:
    olu.open("/rules").sees_heading("Rules")
    olu.click("Change failed")
    olu.page.get_by_label("For", exact=True).select_option("tag")
    olu.fill("Tag", "page-night")
    olu.page.get_by_label("Severity").select_option("critical")
    olu.fill("Once it has lasted for", "5min")
    assert olu.accessibility_faults() == ""
    olu.click("Save")
    olu.sees("tag page-night")
    said = [each for each in server.get("/rules?kind=task")["items"] if each["value"] == "page-night"]
    assert [each["changes"] for each in said] == [{"severity": "critical", "violated_for_s": 300}]
    assert olu.accessibility_faults() == ""
    assert not olu.scrolls_sideways()
    olu.click("Change failed")
    olu.page.get_by_label("For", exact=True).select_option("tag")
    olu.fill("Tag", "Page-NIGHT")
    olu.fill("Once it has lasted for", "10min")
    olu.click("Save")
    olu.sees_dialog_close()
    said = [each for each in server.get("/rules?kind=task")["items"] if each["value"] == "page-night"]
    assert [each["changes"] for each in said] == [{"severity": "critical", "violated_for_s": 600}]
    olu.click("Take back failed for tag page-night")
    olu.click("Take back")
    olu.sees_dialog_close()
    olu.sees_no("tag page-night")


def test_a_rule_that_is_not_changed_is_not_said_anew(olu: Person, server: RunningServer) -> None:
    before = server.get("/rules")["items"]
    olu.open("/rules").click("Change lost")
    olu.click("Save")
    olu.sees_dialog_close()
    assert server.get("/rules")["items"] == before


def test_a_silence_ends_by_the_clock_of_the_server(olu: Person, server: RunningServer) -> None:
    olu.page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=1))
    olu.open("/silences").click("New silence")
    olu.fill("What", 'task="page-clock"')
    olu.page.get_by_role("dialog").get_by_role("button", name="Silence").click()
    olu.sees_dialog_close()
    made = next(each for each in server.get("/silences")["items"] if "page-clock" in each["text"])
    length = datetime.fromisoformat(made["ends_at"]) - datetime.fromisoformat(made["starts_at"])
    assert abs(length - timedelta(hours=2)) < timedelta(minutes=1)


def test_an_operator_makes_a_dependency_changes_it_and_removes_it(olu: Person, server: RunningServer) -> None:
    olu.open("/silences").follow("Dependencies")
    olu.sees_heading("Dependencies")
    olu.click("New dependency")
    olu.fill("Name", "Site down")
    olu.fill("While this is wrong", "alertname=")
    olu.fill("This is told to nobody", "what?")
    olu.click("Make the dependency")
    olu.page.get_by_role("dialog").locator("[aria-invalid=true]").first.wait_for()
    assert olu.accessibility_faults() == ""
    olu.fill("While this is wrong", "alertname=SiteDown")
    olu.fill("This is told to nobody", 'severity=~"warning|info", "service.name"!=shop')
    olu.fill("With the same labels", "site, rack")
    olu.click("Make the dependency")
    olu.sees("Site down is made")
    olu.sees('severity=~"warning|info", "service.name"!="shop"')
    olu.sees("site, rack")
    assert olu.accessibility_faults() == ""
    assert not olu.scrolls_sideways()
    olu.click("Edit Site down")
    olu.fill("With the same labels", "")
    olu.click("Save")
    olu.sees("Site down is saved")
    (kept,) = server.get("/dependencies")["items"]
    assert (kept["equal"], [each["value"] for each in kept["parents"]]) == ([], ["SiteDown"])
    olu.click("Remove Site down")
    olu.click("Remove the dependency")
    olu.sees("Site down is removed")
    assert server.get("/dependencies")["items"] == []


def test_the_rules_of_one_task_are_a_step_from_its_page(olu: Person, server: RunningServer) -> None:
    task = server.add_task("page-ruled", "true")
    olu.open(f"/tasks/{task['id']}").follow("Rules")
    olu.sees_heading(f"Rules of task {task['name']}")
    olu.click("Change missed")
    olu.page.get_by_label("It is told").uncheck()
    olu.click("Save")
    olu.sees_dialog_close()
    rules = server.get(f"/rules/effective?kind=task&id={task['id']}")["items"]
    assert [each["enabled"] for each in rules if each["rule"] == "missed"] == [False]


def test_a_dead_letter_is_seen_and_sent_again(olu: Person, server: RunningServer) -> None:
    fields = {"url": "http://127.0.0.1:9/nobody"}  # where nothing may be sent to
    hook = server.post("/channels", {"name": "page-dead", "kind": "webhook", "fields": fields})
    steps = [{"targets": [f"channel:{hook['id']}"]}]
    policy = server.post("/escalation-policies", {"name": "page-dead", "steps": steps})
    task = server.add_task("page-untold", "false")
    told = {"scope": "one", "value": str(task["id"]), "changes": {"policy_id": policy["id"]}}
    server.post("/rules", {"kind": "task", "rule": "failed", **told})
    server.run_to_end(task)

    olu.open("/channels").follow("Messages")
    olu.sees_heading("Messages")
    row = olu.page.get_by_role("row", name="page-untold: failed")
    expect(row).to_contain_text("dead (refused")
    assert olu.accessibility_faults() == ""
    assert not olu.scrolls_sideways()
    olu.click("Send again: page-untold: failed")
    olu.sees("It is sent again")
    messages = f"/messages?channel_id={hook['id']}"
    wait_until(lambda: server.get(messages)["items"][0]["state"] == "dead", within_s=20, what="it is tried")
    audited = [each["action"] for each in server.get("/audit?order=-seq&limit=50")["items"]]
    assert "message.resent" in audited
    olu.follow("Sent")
    olu.sees("There is none.")


def test_an_edit_of_somebody_else_is_not_overwritten(olu: Person, server: RunningServer) -> None:
    made = server.post("/checks", {"name": "page-shared"})
    olu.open(f"/checks/{made['id']}").click("Edit")
    olu.fill("Grace", "2h")
    server.patch(f"/checks/{made['id']}", {"period_s": 7200})
    olu.click("Save")
    olu.page.get_by_role("dialog").get_by_role("alert").get_by_text("changed").wait_for()
    kept = server.get(f"/checks/{made['id']}")
    assert (kept["period_s"], kept["grace_s"]) == (7200, 3600)
