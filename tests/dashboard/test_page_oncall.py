"""Who is on call and who is told, on the page: made, seen in the calendar, overridden."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.dashboard.person import Person
from tests.dashboard.running_server import RunningServer


def test_an_operator_makes_a_rotation_and_somebody_stands_in(olu: Person, server: RunningServer) -> None:
    for name in ("Ada Page", "Grace Page"):
        server.post("/contacts", {"name": name, "email": f"{name[:3].lower()}@example.org"})
    olu.open("/").follow("On call")
    olu.sees_heading("On call")
    olu.click("New schedule")
    olu.fill("Name", "Page Operations")
    olu.fill("Time zone", "Europe/Berlin")
    assert olu.accessibility_faults() == ""
    olu.click("Make the schedule")
    olu.sees_heading("Page Operations")
    olu.click("Add a rotation")
    for name in ("Ada Page", "Grace Page"):
        olu.page.get_by_label("People, in their order", exact=True).last.select_option(label=name)
    assert olu.accessibility_faults() == ""
    olu.click("Save")
    olu.sees("Grace Page from 09:00")
    assert not olu.scrolls_sideways()
    assert olu.accessibility_faults() == ""
    olu.click("Override")
    olu.page.get_by_label("On call", exact=True).select_option(label="Grace Page")
    olu.page.get_by_label("In place of", exact=True).select_option(label="Ada Page")
    olu.fill("Until", f"{datetime.now() + timedelta(days=2):%Y-%m-%dT%H:%M}")  # noqa: DTZ005 - as typed
    olu.fill("Why", "dentist")
    olu.click("Make the override")
    olu.sees("Grace Page for Ada Page")
    olu.sees("dentist")
    standing = next(
        each for each in server.get("/oncall")["items"] if each["schedule"]["name"] == "Page Operations"
    )
    assert [each["contact"]["name"] for each in standing["on_call"]] == ["Grace Page"]
    olu.open("/oncall").sees("Grace Page until")


def test_an_operator_makes_a_policy_of_two_steps(olu: Person, server: RunningServer) -> None:
    server.post("/contacts", {"name": "Radia Page"})
    server.post("/groups", {"name": "Page Team"})
    olu.open("/escalation-policies")
    olu.click("New policy")
    olu.fill("Name", "Page First")
    olu.page.get_by_label("Step 1 tells", exact=True).last.select_option(label="Radia Page (contact)")
    olu.click("Add a step")
    olu.page.get_by_label("Step 2 tells", exact=True).last.select_option(label="Page Team (group)")
    olu.fill("Repeated", "forever")
    assert olu.accessibility_faults() == ""
    olu.click("Make the policy")
    olu.sees("at once: Radia Page")
    olu.sees("after 10min: Page Team")
    made = next(each for each in server.get("/escalation-policies")["items"] if each["name"] == "Page First")
    assert [each["after_s"] for each in made["steps"]] == [0, 600]
    assert made["repeats"] is None
    assert not olu.scrolls_sideways()
    olu.click("Remove Page First")
    olu.click("Remove the policy")
    olu.sees_no("at once: Radia Page")


def test_a_viewer_sees_who_is_on_call_and_changes_nothing(vic: Person) -> None:
    vic.open("/oncall").sees_heading("On call")
    vic.sees_no("New schedule")
    vic.open("/escalation-policies").sees_heading("Escalation policies")
    vic.sees_no("New policy")
