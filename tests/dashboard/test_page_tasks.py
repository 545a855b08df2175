"""The list of tasks: what it shows, how it keeps up, and what may be done from it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.dashboard.person import Person
from tests.dashboard.running_server import RunningServer, running


def test_a_task_shows_its_schedule_its_next_slot_in_both_zones_and_its_last_runs(
    server: RunningServer, mara: Person
) -> None:
    cron = {"kind": "cron", "cron": "30 2 * * *"}
    task = server.add_task("nightly", schedule=cron, zone="Europe/Berlin")
    run = server.run_to_end(task)
    row = mara.open("/?q=nightly").row("nightly")

    expect(row).to_contain_text("every day at 02:30")
    expect(row).to_contain_text("30 2 * * *")
    expect(row).to_contain_text("02:30:00 Europe/Berlin")
    expect(row).to_contain_text("succeeded")
    bar = row.get_by_role("group", name="Last 1 runs of nightly, newest last")
    expect(bar.get_by_role("link", name=re.compile(rf"^Run {run['id']}, succeeded, "))).to_be_visible()


def test_the_list_keeps_up_without_being_asked(server: RunningServer, vic: Person) -> None:
    vic.open("/?q=appears")
    vic.sees("No task fits.")
    task = server.add_task("appears-later")
    expect(vic.row("appears-later")).to_contain_text("never")
    server.run_to_end(task)

    expect(vic.row("appears-later")).to_contain_text("succeeded")


def test_a_failing_task_is_told_by_a_word_and_found_by_the_filter(server: RunningServer, vic: Person) -> None:
    server.run_to_end(server.add_task("breaks", "false"))
    server.run_to_end(server.add_task("holds", "true"))
    vic.open("/")
    expect(vic.row("breaks")).to_contain_text("failing")

    vic.page.get_by_label("State").select_option("Failing")
    expect(vic.row("breaks")).to_be_visible()
    expect(vic.row("holds")).to_have_count(0)


def test_a_task_is_run_paused_and_resumed_from_its_row(server: RunningServer, olu: Person) -> None:
    task = server.add_task("handy")
    olu.open("/?q=handy")
    olu.click("Run handy now")
    olu.sees("of handy is queued")
    olu.click("Pause handy")
    expect(olu.row("handy")).to_contain_text("paused")
    assert server.get(f"/tasks/{task['id']}")["state"] == "paused"

    olu.click("Resume handy")
    expect(olu.row("handy")).to_contain_text("active")
    assert len(server.get(f"/runs?task_id={task['id']}")["items"]) == 1


def test_the_bar_of_runs_is_one_tab_stop_with_arrows_inside(server: RunningServer, vic: Person) -> None:
    task = server.add_task("beats")
    older, newer = server.run_to_end(task), server.run_to_end(task)
    bar = vic.open("/?q=beats").row("beats").get_by_role("group")
    expect(bar.get_by_role("link")).to_have_count(2)
    assert [link.get_attribute("tabindex") for link in bar.get_by_role("link").all()] == ["-1", "0"]

    bar.get_by_role("link", name=f"Run {newer['id']}").focus()
    vic.page.keyboard.press("ArrowLeft")
    vic.page.keyboard.press("Enter")
    vic.sees_heading(f"Run {older['id']}")


def test_the_keyboard_alone_searches_moves_and_goes_elsewhere(server: RunningServer, vic: Person) -> None:
    server.add_task("keys-one")
    server.add_task("keys-two")
    vic.open("/")
    vic.sees_heading("Tasks")
    vic.page.keyboard.press("/")
    vic.page.keyboard.type("keys-")
    expect(vic.row("keys-two")).to_be_visible()
    expect(vic.page.locator("tbody tr")).to_have_count(2)
    vic.page.locator("h1").focus()
    vic.page.keyboard.press("j")
    vic.page.keyboard.press("j")
    vic.page.keyboard.press("Enter")
    vic.sees_heading("keys-two")

    vic.page.keyboard.press("?")
    expect(vic.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    vic.page.keyboard.press("Escape")
    vic.page.keyboard.press("g")
    vic.page.keyboard.press("r")
    vic.sees_heading("Runs")


def test_a_lost_server_is_said_and_the_page_goes_on_when_it_is_back(
    built: Path, tmp_path: Path, page: Page
) -> None:
    del built
    with running(tmp_path / "home") as server:
        server.add_user("mara", "admin")
        server.add_task("survivor")
        person = Person(page, server.url).signed_in("mara")
        expect(person.row("survivor")).to_be_visible()
    person.sees("Not reaching the server since")
    expect(person.row("survivor")).to_be_visible()

    with running(tmp_path / "home", port=int(server.url.rpartition(":")[2]), fresh=False) as again:
        again.add_task("newcomer")
        expect(person.row("newcomer")).to_be_visible(timeout=20_000)
        person.sees_no("Not reaching the server since")


def test_more_tasks_than_a_page_holds_are_reached_by_the_next_page(
    built: Path, tmp_path: Path, page: Page
) -> None:
    del built
    with running(tmp_path / "home") as server:
        server.add_user("mara", "admin")
        for number in range(51):
            server.add_task(f"task-{number:02}")
        person = Person(page, server.url).signed_in("mara")
        expect(person.row("task-49")).to_be_visible()
        expect(person.row("task-50")).to_have_count(0)
        person.follow("Next page")
        expect(person.row("task-50")).to_be_visible()
        person.follow("First page")
        expect(person.row("task-00")).to_be_visible()
