"""A run at the page: its output while it grows, its end, and what is shown of output that is odd."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.dashboard.person import Person
from tests.dashboard.running_server import RunningServer

ENDLESS = "for i in $(seq 600); do echo line $i; sleep 0.05; done"


def shell(server: RunningServer, name: str, line: str) -> int:
    """The id of a new run of this line."""
    task = server.add_line(name, line)
    run: int = server.post(f"/tasks/{task['id']}/run")["id"]
    return run


def log_of(person: Person) -> Locator:
    return person.page.get_by_role("log")


def test_output_shows_while_the_command_still_runs_and_cancel_ends_it(
    server: RunningServer, olu: Person
) -> None:
    olu.open(f"/runs/{shell(server, 'endless', ENDLESS)}")
    expect(log_of(olu)).to_contain_text("line 20")
    olu.sees("running")

    olu.click("Cancel run")
    olu.click("Cancel the run")
    olu.sees("somebody asked for it")
    olu.sees("complete")
    expect(olu.page.get_by_role("button", name="Cancel run")).to_have_count(0)


def test_the_log_follows_its_end_until_the_reader_scrolls_away(server: RunningServer, olu: Person) -> None:
    run = shell(server, "scrolling", ENDLESS)
    log = log_of(olu.open(f"/runs/{run}"))
    far_from_end = "log => log.scrollHeight - log.scrollTop - log.clientHeight"
    expect(log).to_contain_text("line 60")
    assert log.evaluate(far_from_end) < 5

    log.evaluate("log => log.scrollTo(0, 0)")
    expect(log).to_contain_text("line 120")
    assert log.evaluate("log => log.scrollTop") == 0
    olu.click("Follow")
    expect(olu.page.get_by_role("button", name="Follow")).to_have_count(0)
    assert log.evaluate(far_from_end) < 5
    server.post(f"/runs/{run}/cancel")


def test_markup_in_output_is_text_and_colours_are_classes(server: RunningServer, vic: Person) -> None:
    line = r"printf '<img src=x onerror=alert(1)>\n\033[31mred\033[0m \033]0;title\007plain\nbad \377 byte\n'"
    vic.open(f"/runs/{shell(server, 'odd-output', line)}")
    log = log_of(vic)

    expect(log).to_contain_text("<img src=x onerror=alert(1)>")
    expect(log.locator("img")).to_have_count(0)
    expect(log.locator(".ansi-1")).to_have_text("red")
    expect(log).to_contain_text("red plain")
    expect(log).to_contain_text("bad � byte")


def test_stderr_is_told_from_stdout_in_words(server: RunningServer, vic: Person) -> None:
    vic.open(f"/runs/{shell(server, 'two-streams', 'echo fine; echo careful >&2')}")

    expect(log_of(vic).locator("p", has_text="careful")).to_have_text("stderr: careful")
    expect(log_of(vic).locator("p", has_text="fine")).to_have_text("fine")


def test_what_was_not_kept_is_said_where_it_is_missing(server: RunningServer, vic: Person) -> None:
    task = server.add_line("wordy", "seq 400000; echo the end", output_bytes_max=1_200_000)
    run = server.run_to_end(task)
    vic.open(f"/runs/{run['id']}")

    expect(log_of(vic)).to_contain_text("the end")
    expect(log_of(vic)).to_contain_text(re.compile(r"earlier lines not shown here|bytes not kept"))
    vic.sees("kept)")


def test_a_failure_says_why_in_one_line(server: RunningServer, vic: Person) -> None:
    run = server.run_to_end(server.add_line("exits-3", "exit 3"))
    vic.open(f"/runs/{run['id']}")

    vic.sees("the command said that it failed")
    vic.sees("exit code 3")


def test_a_command_that_could_not_start_says_so(server: RunningServer, vic: Person) -> None:
    run = server.run_to_end(server.add_task("absent", "/no/such/program"))
    vic.open(f"/runs/{run['id']}")

    vic.sees("the command could not be started")


def test_the_kept_output_is_downloaded_whole(server: RunningServer, vic: Person, tmp_path: Path) -> None:
    run = shell(server, "downloaded", "seq 20000")
    vic.open(f"/runs/{run}")
    vic.sees("complete")
    with vic.page.expect_download() as download:
        vic.click("Download")
    download.value.save_as(tmp_path / "output.txt")

    assert download.value.suggested_filename == f"run-{run}.txt"
    assert (tmp_path / "output.txt").read_text() == "".join(f"{number}\n" for number in range(1, 20_001))


def test_a_run_by_hand_gets_its_parameters_and_says_who_asked(server: RunningServer, olu: Person) -> None:
    task = server.add_line("parametric", "echo got $AUTOM8_PARAM_WHAT")
    olu.open(f"/tasks/{task['id']}")
    olu.click("Run with …")
    olu.fill("Parameters", "no equals sign")
    expect(olu.page.get_by_role("dialog").get_by_role("button", name="Run now")).to_be_disabled()
    olu.fill("Parameters", "what=some bread")
    olu.page.get_by_role("dialog").get_by_role("button", name="Run now").click()
    olu.page.get_by_role("link", name=re.compile("is queued")).click()

    expect(log_of(olu)).to_contain_text("got some bread")
    olu.sees("olu, by hand")
    olu.sees("what=some bread")


def test_runs_are_found_by_state_task_and_trigger(server: RunningServer, vic: Person) -> None:
    good = server.run_to_end(server.add_task("filter-good"))
    bad = server.run_to_end(server.add_task("filter-bad", "false"))
    vic.open("/runs")
    vic.page.get_by_label("State").select_option("Needs a look")
    expect(vic.row(f"#{bad['id']}")).to_be_visible()
    expect(vic.row(f"#{good['id']}")).to_have_count(0)

    vic.open("/runs?trigger=manual&task=filter-good")
    expect(vic.page.locator("tbody tr")).to_have_count(1)
    expect(vic.row(f"#{good['id']}")).to_be_visible()
