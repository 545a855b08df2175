"""Whoever looks, acts or changes holds rows in one order, so that no two wait for each other in a circle."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from autom8.alerts.looking.looker import Looker
from autom8.kernel.errors import Unavailable
from autom8.kernel.vocabulary import LookKind
from tests.alerts.rig import Teller
from tests.alerts.test_looking import add_dependency, open_incidents
from tests.alerts.test_told import incidents_of
from tests.scheduler.house import ADA

MEET_S = 0.5  # in which the other one comes to where it waits


@dataclass(slots=True)
class Meeting:
    """A look that pauses once it holds what is due, so that somebody else meets it there."""

    teller: Teller
    holds: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    troubles: list[str] = field(default_factory=list)

    def looker(self) -> Looker:
        look_at_tasks = self.teller.looker.sources[LookKind.TASK]

        def slowly(*args: Any) -> Any:
            self.holds.set()
            self.go.wait(10)
            return look_at_tasks(*args)

        return replace(self.teller.looker, sources={LookKind.TASK: slowly})

    def with_(self, other: Callable[[], object]) -> None:
        """Have both be done; what goes wrong stays in `troubles`, or is logged by the look."""
        look = threading.Thread(target=self._noting, args=(self.looker().look,))
        look.start()
        assert self.holds.wait(10)
        meets = threading.Thread(target=self._noting, args=(other,))
        meets.start()
        meets.join(MEET_S)
        self.go.set()
        for each in (look, meets):
            each.join(30)
            assert not each.is_alive()

    def _noting(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Unavailable as trouble:
            self.troubles.append(repr(trouble.__cause__ or trouble))


def test_who_resolves_by_hand_and_a_look_wait_in_no_circle(teller: Teller, run: Any, caplog: Any) -> None:
    task = teller.house.add("backup")
    run(task, 1)
    teller.pass_time()
    (incident,) = teller.incidents()
    run(task, 1)  # a look is due
    meeting = Meeting(teller)
    meeting.with_(lambda: incidents_of(teller).resolve(incident.id, actor=ADA))
    assert (meeting.troubles, caplog.messages) == ([], [])


def test_looks_at_all_incidents_and_at_objects_hold_nothing_for_each_other(
    teller: Teller, run: Any, caplog: Any
) -> None:
    task = teller.house.add("backup")
    run(task, 1)
    teller.pass_time()
    (incident,) = teller.incidents()
    units = teller.house.units
    with units.writing() as work:
        work.looks.bring_all_forward(LookKind.INCIDENT, work.now() - timedelta(seconds=5))
        work.commit()
    run(task, 1)

    def hold_both() -> None:
        with units.writing() as work:
            work.alerts.lock(incident.alert_id)
            work.incidents.lock(incident.id)
            work.commit()

    meeting = Meeting(teller)
    meeting.with_(hold_both)
    assert (meeting.troubles, caplog.messages) == ([], [])


def test_lanes_are_rung_after_all_else_that_a_transaction_holds(teller: Teller) -> None:
    """Where several incidents open, what they ring is not rung one incident after the other."""
    add_dependency(teller, parents="Down", children="Disk")
    wrote: list[str] = []
    engine = teller.house.database.write_engine

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "COMMIT")):
            wrote.append(statement.split("\n", maxsplit=1)[0])

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", lambda _: wrote.append("COMMIT"))
    open_incidents(teller, 3)
    lanes = [index for index, each in enumerate(wrote) if each.startswith("INSERT INTO lane")]
    assert lanes, "somebody is told"
    for index in lanes:
        assert wrote[index + 1] == "COMMIT"
