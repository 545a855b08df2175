"""Making and editing a task: what is written is what is kept, and what is wrong is said where it is."""

from __future__ import annotations

from playwright.sync_api import Dialog, expect

from tests.dashboard.person import Person
from tests.dashboard.running_server import RunningServer


def test_a_task_is_made_as_it_was_written(server: RunningServer, olu: Person) -> None:
    olu.open("/tasks/new")
    olu.fill("Name", "greeting")
    olu.fill("Program and arguments", "printf '%s\\n' 'hello, world' \"it's\" ''")
    expect(olu.page.get_by_role("list", name="As it is passed").get_by_role("listitem")).to_have_text(
        ["printf", "%s\\n", "hello, world", "it's", "(empty)"]
    )
    olu.fill("Cron expression", "0 4 * * 5")
    olu.sees("Runs every Friday at 04:00.")
    olu.fill("Time zone", "Europe/Berlin")
    olu.page.get_by_text("Limits, overlaps and retries").click()
    olu.fill("Timeout", "1h 30min")
    olu.page.get_by_text("Surroundings").click()
    olu.fill("Environment", "LANG=C\nGREETING=a=b c")
    olu.click("Make the task")
    olu.sees_heading("greeting")

    kept = server.get("/tasks?name=greeting")["items"][0]
    assert kept["command"] == ["printf", "%s\\n", "hello, world", "it's", ""]
    assert kept["schedule"] == {"kind": "cron", "cron": "0 4 * * 5"}
    assert (kept["zone"], kept["timeout_s"]) == ("Europe/Berlin", 5400)
    assert kept["env"] == {"LANG": "C", "GREETING": "a=b c"}


def test_a_shell_line_is_kept_as_one(server: RunningServer, olu: Person) -> None:
    olu.open("/tasks/new")
    olu.fill("Name", "piped")
    olu.fill("Program and arguments", "echo hello | wc -c")
    olu.sees("Only a shell would act on it.")
    olu.page.get_by_label("Run it in a shell").check()
    olu.page.get_by_label("Runs", exact=True).select_option("Only by hand")
    olu.click("Make the task")
    olu.sees_heading("piped")

    kept = server.get("/tasks?name=piped")["items"][0]
    assert (kept["command"], kept["shell"]) == (["echo hello | wc -c"], "/bin/sh")


def test_the_coming_slots_are_shown_in_both_zones_with_the_change_of_clocks(olu: Person) -> None:
    olu.open("/tasks/new")
    olu.fill("Cron expression", "0 12 1 */2 *")
    olu.fill("Time zone", "Europe/Berlin")
    preview = olu.page.get_by_role("region", name="The next 10 slots")

    expect(preview.get_by_role("columnheader", name="Your clock (Pacific/Chatham)")).to_be_visible()
    expect(preview).to_contain_text("12:00:00")
    expect(preview).to_contain_text("The clocks of Europe/Berlin change: UTC+01:00 → UTC+02:00")


def test_every_wrong_field_is_said_beside_it_and_the_first_has_the_focus(olu: Person) -> None:
    olu.open("/tasks/new")
    olu.fill("Name", "wrong")
    olu.fill("Program and arguments", "echo 'unfinished")
    olu.page.get_by_text("Limits, overlaps and retries").click()
    olu.fill("Timeout", "soon")
    olu.page.get_by_text("Limits, overlaps and retries").click()
    olu.click("Make the task")

    summary = olu.page.get_by_role("alert").filter(has_text="Some fields need another look.")
    expect(summary.get_by_role("listitem")).to_have_count(2)
    expect(olu.page.get_by_label("Timeout")).to_have_attribute("aria-invalid", "true")
    olu.stands_in("command")
    summary.get_by_role("button", name="timeout_s").click()
    olu.stands_in("timeout_s")
    expect(olu.page.get_by_label("Timeout")).to_be_visible()


def test_what_only_the_server_knows_to_be_wrong_is_said_the_same_way(
    server: RunningServer, olu: Person
) -> None:
    olu.open("/tasks/new")
    olu.fill("Name", "12345")
    olu.fill("Program and arguments", "true")
    olu.fill("Cron expression", "61 * * * *")
    olu.click("Make the task")

    expect(olu.page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(olu.page.get_by_label("Cron expression")).to_have_attribute("aria-invalid", "true")
    olu.stands_in("name")
    assert server.get("/tasks?name=12345")["items"] == []


def test_a_name_that_is_taken_is_a_wrong_name(server: RunningServer, olu: Person) -> None:
    server.add_task("taken")
    olu.open("/tasks/new")
    olu.fill("Name", "taken")
    olu.fill("Program and arguments", "true")
    olu.click("Make the task")

    expect(olu.page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")


def test_an_edit_that_somebody_overtook_can_be_kept_without_undoing_theirs(
    server: RunningServer, olu: Person
) -> None:
    task = server.add_task("contested")
    olu.open(f"/tasks/{task['id']}/edit")
    olu.fill("Description", "mine")
    server.patch(f"/tasks/{task['id']}", {"timeout_s": 77})
    olu.click("Save")
    olu.sees("Somebody has edited this task meanwhile")
    assert server.get(f"/tasks/{task['id']}")["description"] != "mine"

    olu.click("Keep mine")
    olu.sees_heading("contested")
    kept = server.get(f"/tasks/{task['id']}")
    assert (kept["description"], kept["timeout_s"]) == ("mine", 77)


def test_an_edit_that_somebody_overtook_can_be_dropped_for_theirs(server: RunningServer, olu: Person) -> None:
    task = server.add_task("yielding")
    olu.open(f"/tasks/{task['id']}/edit")
    olu.fill("Description", "mine")
    server.patch(f"/tasks/{task['id']}", {"description": "theirs"})
    olu.click("Save")
    olu.click("Drop mine and load theirs")

    expect(olu.page.get_by_label("Description")).to_have_value("theirs")


def test_a_run_that_ended_meanwhile_is_no_conflict(server: RunningServer, olu: Person) -> None:
    task = server.add_task("busy")
    olu.open(f"/tasks/{task['id']}/edit")
    olu.fill("Description", "still saved")
    server.run_to_end(task)
    olu.click("Save")

    olu.sees_heading("busy")
    olu.sees("still saved")


def test_leaving_with_unsaved_changes_asks_first(olu: Person) -> None:
    olu.open("/tasks/new")
    olu.fill("Name", "nearly lost")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    olu.page.once("dialog", stay)
    olu.follow("Runs")

    assert len(asked) == 1
    expect(olu.page.get_by_label("Name", exact=True)).to_have_value("nearly lost")


def test_a_task_is_removed_only_by_typing_its_name(server: RunningServer, olu: Person) -> None:
    task = server.add_task("doomed")
    olu.open(f"/tasks/{task['id']}")
    olu.click("Remove …")
    expect(olu.page.get_by_role("button", name="Remove the task")).to_be_disabled()
    olu.fill("Type doomed to be sure", "doomed")
    olu.click("Remove the task")

    olu.sees_heading("Tasks")
    assert server.get("/tasks?name=doomed")["items"] == []
