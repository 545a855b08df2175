"""What a message tells of a run is read in few statements, masked, and only as much as it quotes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from autom8.alerts.messages.facts import LINES_MAX, RunFacts, runs_of
from autom8.alerts.messages.masking import MASK
from autom8.kernel.vocabulary import AlertKind
from tests.alerts.message_rig import Told
from tests.scheduler.house import ADA, House
from tests.services.sql import statements


def ran(house: House, task: Any, *, says: bytes = b"", code: int = 0, took: float = 1, **start: Any) -> int:
    """A run of a task that ended so; its id."""
    run_id = house.runs.start(task.id, parameters=start.get("parameters", {}), actor=ADA).id
    worker, processes = house.worker(f"w{run_id}")
    processes.hold = True
    worker.step()
    child = processes.children[-1]
    house.clock.advance(took)
    if says:
        child.say(says)
    child.finish(code)
    for _ in range(3):
        worker.step()
    return run_id


def told_of(house: House, *run_ids: int | None, quoted: bool = True, **columns: Any) -> dict[int, RunFacts]:
    incidents: list[Any] = [Told(id=n, run_id=run_id, **columns) for n, run_id in enumerate(run_ids)]
    with house.units.reading() as work:
        return dict(runs_of(work, incidents, quoted=quoted))


def test_a_run_is_told_with_its_code_its_time_beside_the_usual_and_its_last_lines(house: House) -> None:
    task = house.add("backup")
    for seconds in (10, 20, 90):
        ran(house, task, took=seconds)
    failed = ran(house, task, says=b"\n".join(b"line %d" % n for n in range(50)), code=3, took=5)

    facts = told_of(house, failed)[0]

    assert (facts.reason, facts.exit_code, facts.signal, facts.attempt) == ("exit_code", 3, None, 1)
    assert (facts.duration, facts.usual) == (timedelta(seconds=5), timedelta(seconds=20))
    assert facts.output.splitlines() == [f"line {n}" for n in range(50 - LINES_MAX, 50)]


def test_the_usual_time_is_that_of_the_last_twenty_good_runs(house: House) -> None:
    task = house.add("backup")
    ids = [ran(house, task, took=seconds) for seconds in [500] * 3 + [7] * 20]

    assert told_of(house, ids[-1])[0].usual == timedelta(seconds=7)


def test_a_task_that_never_went_well_has_no_usual_time_and_bytes_that_are_no_text_are_told(
    house: House,
) -> None:
    facts = told_of(house, ran(house, house.add("backup"), says=b"\xff\xfe oops", code=1))[0]

    assert facts.usual is None
    assert facts.output == "\ufffd\ufffd oops"


def test_what_a_run_wrote_is_stored_as_it_was_and_told_with_its_secrets_masked(house: House) -> None:
    task = house.add("backup", env={"PGPASSWORD": "hunter2-of-env", "PLAIN": "visible"})
    parameters = {"API_TOKEN": "hunter2-of-person"}
    said = b"visible hunter2-of-env hunter2-of-person secret=hunter2-by-form"
    run_id = ran(house, task, says=said, code=1, parameters=parameters)

    with house.units.reading() as work:
        assert work.outputs.tails({run_id: 1}, bytes_max=100) == {run_id: said}
    assert told_of(house, run_id)[0].output == f"visible {MASK} {MASK} secret={MASK}"


def test_the_definition_that_a_run_was_made_with_says_what_is_secret_in_it(house: House) -> None:
    task = house.add("backup", env={"PASSWORD": "the-former"})
    run_id = ran(house, task, says=b"with the-former", code=1)
    house.tasks.edit(task.id, {"env": {"PASSWORD": "the-later"}}, revision=task.revision, actor=ADA)

    assert told_of(house, run_id)[0].output == f"with {MASK}"


def test_the_end_of_a_large_output_is_read_and_no_more(house: House) -> None:
    task = house.add("backup")
    run_id = house.start(task)
    worker, processes = house.worker()
    processes.hold = True
    worker.step()
    for number in range(100):
        processes.children[-1].say(b"%05d\n" % number + b"x" * 8_000 + b"\n")
        worker.step()
    processes.children[-1].finish(1)
    for _ in range(3):
        worker.step()

    with house.units.reading() as work:
        tail = work.outputs.tails({run_id: 1}, bytes_max=20_000)[run_id]
        assert work.outputs.tails({run_id: 2}, bytes_max=20_000) == {}
    assert len(tail) == 20_000
    assert tail.endswith(b"00099\n" + b"x" * 8_000 + b"\n")


def test_many_incidents_take_three_statements_and_those_of_other_kinds_none(house: House) -> None:
    runs = [ran(house, house.add(f"task {n}"), says=b"out", code=1) for n in range(12)]

    with statements(house.database) as sent:
        facts = told_of(house, *runs, None, 999_999)
    assert sorted(facts) == list(range(12))
    assert len(sent) <= 3, sent

    with statements(house.database) as sent:
        assert told_of(house, *runs, quoted=False)[0].output == ""
    assert len(sent) <= 2, sent

    with statements(house.database) as sent:
        assert told_of(house, *runs, kind=AlertKind.CHECK) == {}
        assert told_of(house) == {}
    assert sent == []


@pytest.mark.parametrize("number", [1, 100])
def test_incidents_of_one_run_are_told_of_it_each(house: House, number: int) -> None:
    run_id = ran(house, house.add("backup"), code=1)

    assert {facts.id for facts in told_of(house, *[run_id] * number).values()} == {run_id}
