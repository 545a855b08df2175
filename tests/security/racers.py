"""Processes of their own that do one thing each on one database, all at the same moment.

They are forked from a process that has loaded everything and holds no connection.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from typing import Any, Final

from autom8.kernel.errors import Autom8Error
from autom8.kernel.vocabulary import Role
from autom8.security.views import UserChanges
from tests.security.house import STRANGER, House, another_house

JOINED_S: Final = 60
_forked = multiprocessing.get_context("forkserver")
_forked.set_forkserver_preload(["tests.security.racers"])


def refresh(house: House, token: str) -> str:
    """The refresh token that follows."""
    return house.security.sign_ins.refresh(token, actor=STRANGER).refresh_token.reveal()


def sign_in(house: House, name: str, password: str, code: str) -> str:
    """The session that is opened."""
    granted = house.security.sign_ins.sign_in(name, password, actor=STRANGER, code=code)
    return house.bearer(granted).session_id or ""


def remove_user(house: House, user_id: int) -> str:
    house.security.users.remove(user_id, actor=house.local())
    return "removed"


def demote(house: House, user_id: int) -> str:
    house.security.users.change(user_id, UserChanges(role=Role.VIEWER), actor=house.local())
    return "demoted"


Step = Callable[..., str]


def together(url: str, steps: Sequence[tuple[Step, tuple[Any, ...]]]) -> list[str]:
    """What each step came to, in a process of its own: its answer, or the code of its refusal."""
    start, answers = _forked.Barrier(len(steps)), _forked.SimpleQueue()
    racers = [
        _forked.Process(target=_race, args=(url, start, answers, number, step, given))
        for number, (step, given) in enumerate(steps)
    ]
    for racer in racers:
        racer.start()
    found = dict(answers.get() for _ in racers)
    for racer in racers:
        racer.join(JOINED_S)
        assert racer.exitcode == 0
    return [found[number] for number in range(len(steps))]


def _race(url: str, start: Any, answers: Any, number: int, step: Step, given: tuple[Any, ...]) -> None:
    with another_house(url) as house:
        house.local()
        with house.reading() as work:  # connected before the start
            work.access.any_user()
        start.wait(JOINED_S)
        try:
            answer = step(house, *given)
        except Autom8Error as refused:
            answer = f"refused: {refused.code}"
    answers.put((number, answer))
