"""Who is on call on the page: schedules, their calendar and overrides, and escalation policies."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.dashboard.person import Person
from tests.dashboard.running_server import RunningServer


@pytest.fixture(scope="session")
def people(server: RunningServer) -> dict[str, int]:
    """Two contacts and a group."""
    found = {name: server.post("/contacts", {"name": name})["id"] for name in ("Iris Turn", "Jon Turn")}
    return {**found, "Pager": server.post("/groups", {"name": "Pager"})["id"]}


def monday() -> date:
    return datetime.now(UTC).date() - timedelta(days=datetime.now(UTC).weekday())


def weekly(server: RunningServer, name: str, people: dict[str, int], **more: Any) -> int:
    """A schedule of two who take turns by the week, with Iris on call now."""
    rotation = {
        "participants": [people["Iris Turn"], people["Jon Turn"]],
        "turn_s": 604_800,
        "start": f"{monday()}T00:00:00",
        "zone": "UTC",
        **more,
    }
    schedule_id: int = server.post(
        "/oncall/schedules", {"name": name, "zone": "UTC", "rotations": [rotation]}
    )["id"]
    return schedule_id


def named(server: RunningServer, path: str, name: str) -> Any:
    return next(each for each in server.get(f"{path}?limit=200")["items"] if each["name"] == name)


def test_an_operator_makes_a_policy_of_two_steps_changes_it_and_removes_it(
    olu: Person, server: RunningServer, people: dict[str, int]
) -> None:
    schedule_id = weekly(server, "policy-primary", people)
    olu.open("/oncall").follow("Escalation policies")
    olu.sees_heading("Escalation policies")
    olu.click("New policy")
    dialog = olu.page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("page-first")
    first, second = dialog.get_by_role("group", name="Step 1"), dialog.get_by_role("group", name="Step 2")
    first.get_by_label("Target 1", exact=True).select_option("Pager")
    first.get_by_role("button", name="Add a target").click()
    first.get_by_label("Target 2", exact=True).select_option("Iris Turn")
    olu.click("Add a step")
    second.get_by_label("Minutes after the step before").fill("5")
    second.get_by_label("Target 1", exact=True).select_option("policy-primary")
    olu.fill("Repeats", "")
    olu.click("Make the policy")
    expect(olu.page.get_by_label("Repeats", exact=True)).to_have_attribute("aria-invalid", "true")
    olu.fill("Repeats", "2")
    assert olu.accessibility_faults() == ""
    olu.click("Make the policy")
    olu.sees("page-first is made")
    words = "at once: group Pager, contact Iris Turn; after 5 min: schedule policy-primary"
    olu.sees(words)
    olu.sees("2 times more, 15 min after the last step")
    made = named(server, "/escalation-policies", "page-first")
    assert made["steps"] == [
        {"targets": [f"group:{people['Pager']}", f"contact:{people['Iris Turn']}"], "after_s": 0},
        {"targets": [f"schedule:{schedule_id}"], "after_s": 300},
    ]
    assert (made["repeats"], made["repeated_after_s"], made["is_default"]) == (2, 900, False)
    assert olu.accessibility_faults() == ""

    olu.click("Edit page-first")
    olu.click("Remove step 1")
    olu.page.get_by_label("Repeat until somebody acts").check()
    olu.fill("Minutes between rounds", "0")
    olu.click("Save")
    olu.sees("must be from a minute to a week")
    olu.fill("Minutes between rounds", "30")
    olu.click("Save")
    olu.sees("until somebody acts, 30 min after the last step")
    changed = named(server, "/escalation-policies", "page-first")
    assert (len(changed["steps"]), changed["repeats"], changed["version"]) == (1, None, 2)

    olu.click("Remove page-first")
    olu.click("Remove the policy")
    olu.sees("page-first is removed")


def test_an_operator_makes_a_weekly_schedule_and_removes_it(
    olu: Person, server: RunningServer, people: dict[str, int]
) -> None:
    olu.open("/oncall").sees_heading("On call")
    olu.click("New schedule")
    olu.fill("Name", "page-weekly")
    olu.fill("Time zone", "UTC")
    olu.page.get_by_label("Participant 1", exact=True).select_option("Jon Turn")
    olu.click("Add a participant")
    olu.page.get_by_label("Participant 2", exact=True).select_option("Iris Turn")
    olu.click("Move participant 2 up")
    olu.fill("First hand-over", f"{monday() - timedelta(weeks=2)}T00:00")
    assert olu.accessibility_faults() == ""
    olu.click("Make the schedule")
    olu.sees("page-weekly is made")
    made = named(server, "/oncall/schedules", "page-weekly")
    assert made["rotations"][0]["participants"] == [people["Iris Turn"], people["Jon Turn"]]
    assert (made["rotations"][0]["turn_s"], made["rotations"][0]["zone"]) == (604_800, "UTC")
    cells = olu.row("page-weekly").get_by_role("cell")
    expect(cells.nth(0)).to_contain_text("Iris Turn since")
    expect(cells.nth(1)).to_contain_text("Jon Turn from")
    assert not olu.scrolls_sideways()

    olu.click("Remove …")
    olu.click("Remove the schedule")
    olu.sees("page-weekly is removed")
    assert all(each["name"] != "page-weekly" for each in server.get("/oncall/schedules")["items"])


def test_an_override_is_seen_in_the_calendar_until_it_is_removed(
    olu: Person, server: RunningServer, people: dict[str, int]
) -> None:
    schedule_id = weekly(server, "page-overridden", people)
    day = monday() + timedelta(days=9)
    olu.open(f"/oncall?schedule={schedule_id}")
    calendar = olu.page.get_by_role("table", name="Who is on call: page-overridden")
    there = calendar.get_by_role("cell").filter(has_text=str(day))
    expect(there).to_contain_text("Jon Turn")
    expect(there).not_to_contain_text("override")
    olu.click("Override …")
    olu.page.get_by_label("On call", exact=True).select_option("Iris Turn")
    olu.page.get_by_label("Instead of", exact=True).select_option("Jon Turn")
    olu.fill("From", f"{day}T09:00")
    assert olu.accessibility_faults() == ""
    olu.click("Add the override")
    olu.sees("is needed")
    olu.fill("Until", f"{day}T17:00")
    olu.click("Add the override")
    olu.sees("Overridden: Iris Turn for Jon Turn")
    handed_over = "Jon Turn until 09:00", "Iris Turn 09:00 to 17:00", "Jon Turn from 17:00"
    for words in (*handed_over, "override Iris Turn for Jon Turn 09:00 to 17:00"):
        expect(there).to_contain_text(words)
    assert olu.accessibility_faults() == ""
    assert not olu.scrolls_sideways()

    olu.click("Remove Iris Turn for Jon Turn")
    olu.click("Remove the override")
    olu.sees("The override is removed")
    expect(there).not_to_contain_text("Iris Turn")


def test_what_may_be_overlooked_of_an_override_is_said(
    olu: Person, server: RunningServer, people: dict[str, int]
) -> None:
    olu.open(f"/oncall?schedule={weekly(server, 'page-noted', people)}")
    olu.click("Override …")
    olu.page.get_by_label("On call", exact=True).select_option("Iris Turn")
    olu.fill("Until", f"{monday() + timedelta(days=9)}T17:00")
    olu.click("Add the override")
    olu.sees("But Iris Turn is on call in this time already")


def test_a_schedule_is_changed_to_hours_of_custom_turns(
    olu: Person, server: RunningServer, people: dict[str, int]
) -> None:
    schedule_id = weekly(server, "page-nights", people)
    olu.open(f"/oncall?schedule={schedule_id}")
    olu.click("Edit …")
    olu.page.get_by_label("Hand-over", exact=True).select_option("After hours")
    olu.fill("How many hours", "25")
    olu.page.get_by_label("Only in some hours of the week").check()
    olu.fill("Hours from", "22:00")
    olu.fill("Hours until", "6")
    olu.page.get_by_label("Sunday").uncheck()
    olu.click("Save")
    olu.sees("must be a time of day such as 09:30")
    olu.fill("Hours until", "06:00")
    olu.click("Save")
    olu.sees("must be whole hours up to a day")
    olu.fill("How many hours", "12")
    assert olu.accessibility_faults() == ""
    olu.click("Save")
    olu.sees("every 12 h from")
    olu.sees("only 22:00 to 06:00, Mon Tue Wed Thu Fri Sat")
    rotation = server.get(f"/oncall/schedules/{schedule_id}")["rotations"][0]
    assert (rotation["turn_s"], rotation["only"]["from"], len(rotation["only"]["days"])) == (
        43_200,
        "22:00",
        6,
    )


def test_nobody_chosen_and_a_change_of_somebody_else_are_said_in_the_question(
    olu: Person, server: RunningServer, people: dict[str, int]
) -> None:
    schedule_id = weekly(server, "page-stale", people)
    olu.open(f"/oncall?schedule={schedule_id}")
    olu.click("Edit …")
    olu.page.get_by_label("Participant 1", exact=True).select_option("")
    olu.click("Remove participant 2")
    expect(olu.page.get_by_role("button", name="Add a participant")).to_be_focused()
    olu.click("Save")
    expect(olu.page.get_by_label("Participant 1", exact=True)).to_have_attribute("aria-invalid", "true")
    assert olu.accessibility_faults() == ""
    olu.page.get_by_label("Participant 1", exact=True).select_option("Jon Turn")
    server.patch(f"/oncall/schedules/{schedule_id}", {"description": "by somebody else"})
    olu.click("Save")
    olu.sees("was changed meanwhile")
    assert server.get(f"/oncall/schedules/{schedule_id}")["description"] == "by somebody else"


def test_weeks_are_gone_through_by_keyboard_and_by_address(
    vic: Person, server: RunningServer, people: dict[str, int]
) -> None:
    schedule_id = weekly(server, "page-weeks", people)
    vic.open(f"/oncall?schedule={schedule_id}&from=2040-02-29")
    vic.sees("2040-02-27 to 2040-03-25, by the clocks of UTC")
    later = vic.page.get_by_role("link", name="Later weeks")
    later.focus()
    vic.page.keyboard.press("Enter")
    vic.sees("2040-03-26 to 2040-04-22")
    expect(later).to_be_focused()
    expect(vic.page.get_by_role("columnheader", name="Monday")).to_be_visible()
    expect(vic.page.get_by_role("cell").filter(has_text="2040-03-26")).to_contain_text("Turn")
    vic.follow("This week")
    expect(vic.page.locator("[aria-current=date]")).to_contain_text("Iris Turn")
    assert "from=" not in vic.page.url


def test_a_viewer_sees_who_is_on_call_and_changes_nothing(
    vic: Person, server: RunningServer, people: dict[str, int]
) -> None:
    schedule_id = weekly(server, "page-seen", people)
    server.post(
        "/escalation-policies", {"name": "page-seen", "steps": [{"targets": [f"schedule:{schedule_id}"]}]}
    )
    vic.open("/").follow("On call")
    vic.sees_heading("On call")
    vic.follow("page-seen")
    expect(vic.page.get_by_role("heading", name="page-seen")).to_be_visible()
    vic.sees("every week from")
    for name in ("New schedule", "Override …", "Edit …", "Remove …"):
        expect(vic.page.get_by_role("button", name=name)).to_have_count(0)
    with vic.page.expect_download() as coming:
        vic.follow("As iCalendar (.ics)")
    assert coming.value.suggested_filename == f"oncall-{schedule_id}.ics"
    vic.follow("Escalation policies")
    vic.sees("at once: schedule page-seen")
    expect(vic.page.get_by_role("button", name="New policy")).to_have_count(0)
    expect(vic.page.get_by_role("columnheader", name="Actions")).to_have_count(0)


def test_on_a_phone_each_day_has_a_line_of_its_own(
    at_phone: Person, server: RunningServer, people: dict[str, int]
) -> None:
    schedule_id = weekly(server, "page-oncall-phone", people)
    end = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    server.post(f"/oncall/schedules/{schedule_id}/overrides", {"end": end, "added": people["Jon Turn"]})
    at_phone.open(f"/oncall?schedule={schedule_id}").sees("Jon Turn besides")
    assert not at_phone.scrolls_sideways()
    assert at_phone.accessibility_faults() == ""
    at_phone.click("Edit …")
    at_phone.sees("Rotation 1")
    assert not at_phone.scrolls_sideways()
    assert at_phone.accessibility_faults() == ""
