"""What callers may ask about tasks; each change first completes the ledger under what was true until then."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Autom8Error, Invalid, Stale
from autom8.kernel.events import TaskChanged
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import Reason, RunState
from autom8.repositories.tasks import TaskNameTaken, TaskNotFound
from autom8.repositories.unit_of_work import Work
from autom8.scheduler.schedules import Cron, Rule
from tests.scheduler.house import ADA, EVERY_MINUTE, NOON, HandProcesses, House

MINUTE = timedelta(minutes=1)


def changes(house: House) -> list[str]:
    return [each.action for each in house.heard if isinstance(each, TaskChanged)]


class TestAdding:
    def test_the_first_slot_is_the_first_after_now(self, house: House) -> None:
        task = house.add(schedule=EVERY_MINUTE)

        assert (task.next_run, task.revision, task.enabled) == (NOON + MINUTE, 1, True)
        assert task.last_run is None
        assert changes(house) == ["task.added"]

    def test_an_interval_without_an_anchor_beats_from_now_on(self, house: House) -> None:
        house.clock.advance(17.5)
        task = house.add(schedule={"kind": "interval", "every_s": 60.0})

        assert task.next_run == NOON + timedelta(seconds=77)

    def test_a_paused_task_has_no_next_slot(self, house: House) -> None:
        assert house.add(schedule=EVERY_MINUTE, enabled=False).next_run is None

    def test_a_wrong_definition_names_every_field_and_writes_nothing(self, house: House) -> None:
        with pytest.raises(Invalid) as refused:
            house.add(" ", command=[], schedule={"kind": "cron", "cron": "61 * * * *"}, zone="Mars/Base")

        assert {"name", "command", "schedule.cron", "zone"} <= set(refused.value.fields)
        assert house.tasks.list_(Page(), actor=ADA).items == []

    def test_a_name_is_taken_once_even_in_a_race(self, house: House) -> None:
        start = threading.Barrier(2)
        told: list[str] = []

        def add(server: House) -> None:
            start.wait()
            try:
                server.add("mine")
                told.append("made")
            except Autom8Error as error:
                told.append(error.code)

        threads = [threading.Thread(target=add, args=(house.neighbour(),)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(told) == ["made", "name_taken"]

    def test_a_removed_tasks_name_is_free_again(self, house: House) -> None:
        first = house.add("mine")
        house.tasks.remove(first.id, revision=1, actor=ADA)

        assert house.add("mine").id != first.id


class TestPausing:
    def test_pausing_is_kept_and_announced_once(self, house: House) -> None:
        task = house.add(schedule=EVERY_MINUTE)
        first = house.tasks.pause(task.id, reason="disk full", actor=ADA)
        second = house.tasks.pause(task.id, reason="impatient click", actor=ADA)

        assert second == first
        assert (first.enabled, first.paused_reason, first.next_run) == (False, "disk full", None)
        assert changes(house) == ["task.added", "task.paused"]

    def test_slots_before_the_pause_still_run_and_those_within_stand_as_one_range(self, house: House) -> None:
        task = house.add(schedule=EVERY_MINUTE, catch_up="all")
        house.clock.advance(150)
        house.tasks.pause(task.id, reason="", actor=ADA)
        for _ in range(3):
            house.clock.advance(300)
            house.firing.complete_paused()
        house.tasks.resume(task.id, actor=ADA)

        assert house.fates() == [
            (RunState.QUEUED, None, 1),
            (RunState.QUEUED, None, 1),
            (RunState.SKIPPED, Reason.PAUSED, 15),
        ]
        paused = house.all_runs()[-1]
        assert (paused.slot_at, paused.slot_through) == (NOON + 3 * MINUTE, NOON + 17 * MINUTE)

    def test_resuming_never_catches_up(self, house: House) -> None:
        task = house.add(schedule=EVERY_MINUTE, catch_up="all")
        house.tasks.pause(task.id, reason="", actor=ADA)
        house.clock.advance(600)
        resumed = house.tasks.resume(task.id, actor=ADA)
        house.firing.fire()

        assert resumed.next_run == NOON + 11 * MINUTE
        assert house.fates() == [(RunState.SKIPPED, Reason.PAUSED, 10)]
        assert house.tasks.resume(task.id, actor=ADA) == resumed
        assert changes(house) == ["task.added", "task.paused", "task.resumed"]

    def test_two_pauses_are_two_ranges(self, house: House) -> None:
        task = house.add(schedule=EVERY_MINUTE)
        for _ in range(2):
            house.tasks.pause(task.id, reason="", actor=ADA)
            house.clock.advance(180)
            house.tasks.resume(task.id, actor=ADA)

        assert house.fates() == [(RunState.SKIPPED, Reason.PAUSED, 3)] * 2

    def test_an_edit_during_a_pause_begins_a_range_under_the_new_schedule(self, house: House) -> None:
        task = house.add(schedule=EVERY_MINUTE)
        house.tasks.pause(task.id, reason="", actor=ADA)
        house.clock.advance(600)
        house.tasks.edit(task.id, {"schedule": {**EVERY_MINUTE, "every_s": 120.0}}, revision=2, actor=ADA)
        house.clock.advance(600)
        house.firing.complete_paused()

        assert house.fates() == [
            (RunState.SKIPPED, Reason.PAUSED, 10),
            (RunState.SKIPPED, Reason.PAUSED, 5),
        ]
        assert house.task(task.id).next_run is None

    def test_a_run_in_progress_is_left_to_finish(self, house: House) -> None:
        worker, processes = house.worker(processes=HandProcesses(hold=True))
        task = house.add()
        house.start(task)
        worker.step()
        house.tasks.pause(task.id, reason="", actor=ADA)
        worker.step()

        assert processes.children[0].stopped is None

    @pytest.mark.parametrize("reason", ["\0", "bell \a", "x" * 501, "\ud800"])
    def test_a_reason_that_can_not_be_kept_is_refused(self, house: House, reason: str) -> None:
        task = house.add()
        with pytest.raises(Invalid) as refused:
            house.tasks.pause(task.id, reason=reason, actor=ADA)
        assert set(refused.value.fields) == {"reason"}


class TestEditing:
    def test_slots_until_now_keep_the_old_schedule(self, house: House) -> None:
        task = house.add(schedule=EVERY_MINUTE, catch_up="all")
        house.clock.advance(150)
        edited = house.tasks.edit(
            task.id, {"schedule": {**EVERY_MINUTE, "every_s": 3_600.0}}, revision=1, actor=ADA
        )

        assert [run.slot_at for run in house.all_runs()] == [NOON + MINUTE, NOON + 2 * MINUTE]
        assert [run.task_revision for run in house.all_runs()] == [1, 1]
        assert (edited.revision, edited.next_run) == (2, NOON + 60 * MINUTE)

    def test_who_has_seen_an_older_revision_is_told(self, house: House) -> None:
        task = house.add()
        house.tasks.edit(task.id, {"description": "first"}, revision=1, actor=ADA)

        with pytest.raises(Stale):
            house.tasks.edit(task.id, {"description": "second"}, revision=1, actor=ADA)
        with pytest.raises(Stale):
            house.tasks.remove(task.id, revision=1, actor=ADA)
        assert house.tasks.get(task.id, actor=ADA).definition.description == "first"

    def test_changing_nothing_changes_nothing(self, house: House) -> None:
        task = house.add(description="same")

        assert house.tasks.edit(task.id, {"description": "same"}, revision=1, actor=ADA) == task
        assert changes(house) == ["task.added"]

    def test_a_name_that_another_task_has_is_refused_and_nothing_is_written(self, house: House) -> None:
        house.add("taken")
        task = house.add("mine")

        with pytest.raises(TaskNameTaken):
            house.tasks.edit(task.id, {"name": "taken", "priority": 5}, revision=1, actor=ADA)
        kept = house.tasks.get(task.id, actor=ADA)
        assert (kept.definition.name, kept.definition.priority, kept.revision) == ("mine", 0, 1)

    def test_an_invalid_change_is_refused(self, house: House) -> None:
        task = house.add()
        with pytest.raises(Invalid):
            house.tasks.edit(task.id, {"timeout_s": -1}, revision=1, actor=ADA)

    def test_the_audit_learns_which_fields_changed_and_no_command(self, house: House) -> None:
        task = house.add()
        house.tasks.edit(task.id, {"command": ["secret"]}, revision=1, actor=ADA)

        (change,) = [e for e in house.heard if isinstance(e, TaskChanged) and e.action == "task.edited"]
        assert change.details == {"name": "report", "revision": 2, "changed": ["command"]}


class TestRemoving:
    def test_what_waits_is_skipped_what_runs_is_cancelled_and_the_history_stays(self, house: House) -> None:
        worker, processes = house.worker(processes=HandProcesses(hold=True))
        task = house.add(concurrency="queue", schedule=EVERY_MINUTE)
        first = house.start(task)
        worker.step()
        second = house.start(task)
        house.clock.advance(60)

        house.tasks.remove(task.id, revision=1, actor=ADA)
        worker.ring()
        worker.step()
        worker.step()

        assert (house.run(first).state, house.run(first).reason) == (RunState.CANCELLED, Reason.REMOVED)
        assert (house.run(second).state, house.run(second).reason) == (RunState.SKIPPED, Reason.REMOVED)
        assert house.slots_told(task.id) == 1
        assert processes.children[0].stopped is not None
        assert house.runs.list_(Page(), actor=ADA).items[0].task == "report"

    def test_a_removed_task_is_found_nowhere_and_fires_no_more(self, house: House) -> None:
        task = house.add(schedule=EVERY_MINUTE)
        house.tasks.remove(task.id, revision=1, actor=ADA)
        house.clock.advance(120)

        assert house.firing.fire().due == 0
        assert house.tasks.list_(Page(), actor=ADA).items == []
        with pytest.raises(TaskNotFound):
            house.tasks.get(task.id, actor=ADA)
        with pytest.raises(TaskNotFound):
            house.tasks.pause(task.id, reason="", actor=ADA)
        with pytest.raises(TaskNotFound):
            house.tasks.preview(task.id, after=None, count=1, actor=ADA)
        with pytest.raises(TaskNotFound):
            house.start(task)

    def test_a_run_started_while_its_task_is_removed_is_not_left_behind(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """PostgreSQL would let both pass each other, were the task not locked by the start."""
        task = house.add()
        inside, go_on = threading.Event(), threading.Event()
        commit = Work.commit

        def slow_commit(self: Work) -> None:
            if threading.current_thread().name == "remover":
                inside.set()
                go_on.wait(5)
            commit(self)

        monkeypatch.setattr(Work, "commit", slow_commit)
        neighbour = house.neighbour()
        remover = threading.Thread(
            target=lambda: neighbour.tasks.remove(task.id, revision=1, actor=ADA), name="remover"
        )
        remover.start()
        inside.wait(5)
        told: list[str] = []

        def start() -> None:
            try:
                house.start(task)
            except TaskNotFound as error:
                told.append(error.code)

        starter = threading.Thread(target=start)
        starter.start()
        starter.join(0.3)
        go_on.set()
        remover.join()
        starter.join()

        assert told == ["task_not_found"]
        assert house.all_runs() == []


class TestReading:
    def test_the_list_is_by_name_with_the_last_runs_of_each(self, house: House) -> None:
        worker, _ = house.worker()
        for name in ("b", "a"):
            task = house.add(name)
            for _ in range(3):
                house.start(task)
                worker.ring()
                worker.step()
                worker.step()

        page = house.tasks.list_(Page(), actor=ADA, recent=2)

        assert [task.definition.name for task in page.items] == ["a", "b"]
        for task in page.items:
            assert task.recent is not None
            assert [run.state for run in task.recent] == [RunState.SUCCEEDED] * 2
            assert task.recent[0].id > task.recent[1].id
            assert task.last_run is not None
            assert task.last_run.id == task.recent[0].id

    def test_it_can_be_searched_and_filtered(self, house: House) -> None:
        for name in ("Backup a%b", "backup two", "Über-Report"):
            house.add(name, enabled=name != "backup two")

        def named(**filters: Any) -> list[str]:
            return [t.definition.name for t in house.tasks.list_(Page(filters=filters), actor=ADA).items]

        assert set(named(q="BACKUP")) == {"Backup a%b", "backup two"}
        assert named(q="a%b") == ["Backup a%b"]
        assert named(q="Über") == ["Über-Report"]
        assert named(name="backup two") == ["backup two"]
        assert named(enabled=False) == ["backup two"]

    def test_one_task_comes_with_its_last_runs(self, house: House) -> None:
        task = house.add()
        house.start(task)

        recent = house.tasks.get(task.id, actor=ADA, recent=5).recent
        assert recent is not None
        assert [run.state for run in recent] == [RunState.QUEUED]

    def test_a_preview_tells_the_slots_to_come_of_a_paused_task_too(self, house: House) -> None:
        task = house.add(schedule=EVERY_MINUTE, enabled=False)

        assert house.tasks.preview(task.id, after=None, count=2, actor=ADA) == [
            NOON + MINUTE,
            NOON + 2 * MINUTE,
        ]
        assert len(house.tasks.preview(task.id, after=NOON, count=5_000, actor=ADA)) == 1_000

    def test_a_rule_without_a_task_has_a_preview(self, house: House) -> None:
        rule = Rule(schedule=Cron(expression="0 0 * * *"))

        assert house.tasks.preview_rule(rule, after=None, count=1, actor=ADA) == [NOON + timedelta(hours=12)]
        with pytest.raises(Invalid):
            house.tasks.preview_rule(Rule(schedule=Cron(expression="x")), after=None, count=1, actor=ADA)


@pytest.mark.parametrize("state", ["active", "paused"])
@pytest.mark.parametrize("deed", ["edit", "pause", "resume", "remove"])
def test_whatever_is_done_to_a_task_every_slot_until_then_is_told(
    house: House, state: str, deed: str
) -> None:
    task = house.add(schedule=EVERY_MINUTE)
    house.clock.advance(330)
    if state == "paused":
        house.tasks.pause(task.id, reason="", actor=ADA)
    house.clock.advance(330)
    revision = house.task(task.id).revision
    match deed:
        case "edit":
            house.tasks.edit(task.id, {"schedule": {"kind": "manual"}}, revision=revision, actor=ADA)
        case "pause":
            house.tasks.pause(task.id, reason="", actor=ADA)
        case "resume":
            house.tasks.resume(task.id, actor=ADA)
        case "remove":
            house.tasks.remove(task.id, revision=revision, actor=ADA)
    house.firing.fire()

    if (state, deed) == ("paused", "pause"):  # nothing changed, so nothing is told yet
        house.firing.complete_paused()
    assert house.slots_told(task.id) == 11


def test_who_asks_is_kept_on_the_run(house: House) -> None:
    task = house.add()
    run = house.runs.start(task.id, parameters={}, actor=Actor(kind=ADA.kind, name="ada"))

    assert run.requested_by == "ada"
