"""What callers may ask about runs: lists, one run, its output page by page, and a start by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from autom8.kernel.errors import Invalid
from autom8.kernel.events import RunRequested, RunsQueued
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import RunState
from autom8.repositories.runs import RunNotFound
from autom8.scheduler.runs import OUTPUT_PAGE_BYTES_MAX
from tests.scheduler.house import ADA, EVERY_MINUTE, NOON, HandProcesses, House


class TestStarting:
    def test_a_run_by_hand_is_queued_and_announced_with_the_names_of_its_parameters(
        self, house: House
    ) -> None:
        task = house.add(enabled=False)
        run = house.runs.start(task.id, parameters={"token": "hunter2"}, actor=ADA)

        assert (run.state, run.trigger, run.slot_at, run.requested_by) == (
            RunState.QUEUED,
            "manual",
            None,
            "ada",
        )
        assert run.parameters == {"token": "hunter2"}
        (asked,) = [each for each in house.heard if isinstance(each, RunRequested)]
        assert asked.details == {"task": "report", "parameters": ["token"]}
        assert RunsQueued(run_ids=[run.id]) in house.heard

    @pytest.mark.parametrize(
        ("parameters", "field"),
        [
            ({"1st": "x"}, "parameters.1st"),
            ({"a-b": "x"}, "parameters.a-b"),
            ({"a": "\0"}, "parameters.a"),
            ({"a": "\udc80"}, "parameters.a"),
            ({"a": "x" * 32_769}, "parameters.a"),
            ({"a": "x", "A": "y"}, "parameters"),
            ({f"p{n}": "" for n in range(101)}, "parameters"),
        ],
    )
    def test_parameters_that_can_not_be_passed_on_are_refused(
        self, house: House, parameters: dict[str, str], field: str
    ) -> None:
        task = house.add()
        with pytest.raises(Invalid) as refused:
            house.runs.start(task.id, parameters=parameters, actor=ADA)
        assert set(refused.value.fields) == {field}
        assert house.all_runs() == []


class TestLists:
    @pytest.fixture
    def history(self, house: House) -> dict[str, int]:
        worker, _ = house.worker()
        ids = {}
        for name in ("a", "b"):
            task = house.add(name, schedule=EVERY_MINUTE)
            ids[name] = task.id
        house.clock.advance(60)
        house.firing.fire()
        worker.ring()
        worker.step()
        worker.step()
        ids["manual"] = house.runs.start(ids["a"], parameters={}, actor=ADA).id
        return ids

    @pytest.mark.parametrize(
        ("filters", "count"),
        [
            ({}, 3),
            ({"task": "a"}, 2),
            ({"task": "nobody"}, 0),
            ({"state": ["queued"]}, 1),
            ({"state": ["queued", "succeeded"]}, 3),
            ({"trigger": "schedule"}, 2),
            ({"since": NOON + timedelta(minutes=1)}, 3),
            ({"since": NOON + timedelta(minutes=2)}, 0),
            ({"until": NOON + timedelta(minutes=1)}, 0),
            ({"task": "a", "trigger": "manual", "state": None}, 1),
        ],
    )
    def test_filters_narrow_the_list(
        self, house: House, history: dict[str, int], filters: dict[str, Any], count: int
    ) -> None:
        assert len(house.runs.list_(Page(filters=filters), actor=ADA).items) == count

    def test_the_newest_come_first(self, house: House, history: dict[str, int]) -> None:
        ids = [run.id for run in house.runs.list_(Page(), actor=ADA).items]
        assert ids == sorted(ids, reverse=True)
        turned = [run.id for run in house.runs.list_(Page(order="id"), actor=ADA).items]
        assert turned == sorted(ids)

    def test_lateness_and_duration_are_measured(self, house: House) -> None:
        worker, processes = house.worker(processes=HandProcesses(hold=True))
        house.add(schedule=EVERY_MINUTE)
        house.clock.advance(60)
        house.firing.fire()
        house.clock.advance(0.25)
        worker.step()
        house.clock.advance(2)
        processes.children[0].finish()
        worker.step()

        (run,) = house.runs.list_(Page(), actor=ADA).items
        assert (run.lateness_s, run.duration_s) == (0.25, 2.0)

    def test_there_is_no_run_0(self, house: House) -> None:
        for ask in (
            lambda: house.runs.get(0, actor=ADA),
            lambda: house.runs.cancel(0, actor=ADA),
            lambda: house.runs.output(0, after=None, actor=ADA),
        ):
            with pytest.raises(RunNotFound):
                ask()


class TestOutput:
    def write(self, house: House, *attempts: list[bytes], **task: Any) -> int:
        """A run with these attempts, all but the last failed."""
        worker, processes = house.worker(processes=HandProcesses(hold=True))
        run_id = house.start(house.add(retries_max=len(attempts) - 1, retry_first_s=60, **task))
        for number, pieces in enumerate(attempts):
            worker.ring()
            worker.step()
            for piece in pieces:
                processes.children[-1].say(piece)
            processes.children[-1].finish(0 if number == len(attempts) - 1 else 1)
            worker.step()
            house.clock.advance(200)
        return run_id

    def read(self, house: House, run_id: int, limit: int) -> tuple[list[tuple[int, str]], int]:
        found: list[tuple[int, str]] = []
        after, asked = None, 0
        while True:
            page = house.runs.output(run_id, after=after, actor=ADA, limit=limit)
            asked += 1
            found += [(item.attempt, item.text) for item in page.items]
            if page.complete:
                return found, asked
            assert page.items, "a page that is not the last brings something"
            after = page.next

    @pytest.mark.parametrize("limit", [1, 2, 500])
    def test_pages_go_on_over_attempts_and_end(self, house: House, limit: int) -> None:
        run_id = self.write(house, [b"a", b"b", b"c"], [b"d"])

        found, _ = self.read(house, run_id, limit)

        assert found == [(1, "a"), (1, "b"), (1, "c"), (2, "d")]

    def test_a_run_in_progress_is_never_complete(self, house: House) -> None:
        worker, processes = house.worker(processes=HandProcesses(hold=True))
        run_id = house.start(house.add())
        worker.step()
        page = house.runs.output(run_id, after=None, actor=ADA)
        assert (page.items, page.complete) == ([], False)
        processes.children[0].say(b"tick")
        house.clock.advance(1)
        worker.step()
        page = house.runs.output(run_id, after=page.next, actor=ADA)
        assert [item.text for item in page.items] == ["tick"]
        again = house.runs.output(run_id, after=page.next, actor=ADA)
        assert (again.items, again.next, again.complete) == ([], page.next, False)

    def test_a_page_has_at_most_a_mebibyte(self, house: House) -> None:
        piece = b"x" * (OUTPUT_PAGE_BYTES_MAX // 4)
        run_id = self.write(house, [piece] * 10)

        page = house.runs.output(run_id, after=None, actor=ADA)

        assert len(page.items) == 4
        assert len(self.read(house, run_id, 500)[0]) == 10

    def test_bytes_that_are_no_text_are_shown_as_replacement_characters(self, house: House) -> None:
        run_id = self.write(house, [b"\xff\xfe ok \xc3"])

        assert self.read(house, run_id, 500)[0] == [(1, "\ufffd\ufffd ok \ufffd")]

    def test_the_gap_before_a_tail_is_told(self, house: House) -> None:
        worker, processes = house.worker(processes=HandProcesses(hold=True))
        run_id = house.start(house.add(output_bytes_max=1_048_576 + 4))
        worker.step()
        child = processes.children[0]
        child.say(b"head")
        for data in (b"aa", b"bb", b"cc"):
            child.say(data, tail=True)
            house.clock.advance(1)
            worker.step()
        page = house.runs.output(run_id, after=None, actor=ADA)

        assert [(item.text, item.dropped_before) for item in page.items] == [
            ("head", 0),
            ("bb", 2),
            ("cc", 0),
        ]

    @pytest.mark.parametrize("cursor", ["x", "é", "MS4x", "MS4yLjMuNA", "LTEuLTEuLTE", "AAAA"])
    def test_a_cursor_that_is_none_is_refused(self, house: House, cursor: str) -> None:
        run_id = self.write(house, [b"a"])
        with pytest.raises(Invalid) as refused:
            house.runs.output(run_id, after=cursor, actor=ADA)
        assert set(refused.value.fields) == {"after"}

    def test_a_cursor_of_another_run_is_refused(self, house: House) -> None:
        one = self.write(house, [b"a"], name="one")
        two = self.write(house, [b"b"], name="two")
        cursor = house.runs.output(one, after=None, actor=ADA).next

        with pytest.raises(Invalid):
            house.runs.output(two, after=cursor, actor=ADA)
