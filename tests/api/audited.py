"""How each route that changes something is made to succeed, and what the trail then holds of it.

A route that is not here fails the suite (`test_audited_routes`): add a recipe for each one that is new. What
is needed beforehand is done by `given`, whose entries are not counted; `ask` is the request itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from autom8.bootstrap import Services
from autom8.kernel.vocabulary import Role
from tests.api.rig import PASSWORD, Answer, Caller, House, Json

Given = Any
PASSWORD_2: Final = "another long and unlikely password"
LINE: Final = {"path": "/etc/crontab", "user": "root", "line": "0 3 * * * true"}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What comes before, the request, and the actions of the entries that its success leaves.

    `unaudited` is the reason why a success leaves none. `beside` are tables that are written in a transaction
    of their own before the operation, so that a failing entry leaves that much, and why.
    """

    ask: Callable[[House, Given], Answer]
    actions: tuple[str, ...] = ()
    given: Callable[[House], Given] = lambda _: None
    unaudited: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)


def _task(house: House) -> Json:
    return house.local.add_task()


def _paused(house: House) -> Json:
    task = house.local.add_task()
    house.local.post(f"/tasks/{task['id']}/pause")
    return task


def _run(house: House) -> Json:
    task = house.local.add_task()
    run: Json = house.local.post(f"/tasks/{task['id']}/run").json
    return run


def _user(house: House) -> Json:
    added = house.local.post("/users", {"name": "ada", "password": PASSWORD, "role": Role.VIEWER})
    return {**added.json, "etag": added.headers["ETag"]}


def _signed_in(house: House) -> Json:
    _user(house)
    grant: Json = house.stranger.post("/auth/login", {"name": "ada", "password": PASSWORD}).json
    return grant


def _bearer(house: House) -> Caller:
    return house.stranger.having(Authorization=f"Bearer {_signed_in(house)['access_token']}")


def _etag(house: House, path: str) -> str:
    etag: str = house.local.get(path).headers["ETag"]
    return etag


def _setup_token(house: House) -> str:
    token = house.services.security.setup.open_()
    assert token is not None
    return token.reveal()


def _sign_in(path: str) -> Callable[[House, Given], Answer]:
    return lambda house, _: house.stranger.post(path, {"name": "ada", "password": PASSWORD})


_TRIES: Final = {
    "login_throttle": "a try is counted before the password is looked at, so that none slips through"
}

RECIPES: Final[dict[str, Recipe]] = {
    "POST /auth/login": Recipe(
        given=_user, ask=_sign_in("//auth/login"), actions=("session.started",), beside=_TRIES
    ),
    "POST /api/v1/auth/login": Recipe(
        given=_user, ask=_sign_in("/auth/login"), actions=("session.started",), beside=_TRIES
    ),
    "POST /api/v1/auth/logout": Recipe(
        given=_bearer, ask=lambda _, caller: caller.post("/auth/logout"), actions=("session.ended",)
    ),
    "POST /api/v1/auth/refresh": Recipe(
        given=_signed_in,
        ask=lambda house, grant: house.stranger.post(
            "/auth/refresh", {"refresh_token": grant["refresh_token"]}
        ),
        unaudited="nobody decides anything: a program renews what its audited sign-in gave it",
    ),
    "POST /api/v1/auth/setup": Recipe(
        given=_setup_token,
        ask=lambda house, token: house.stranger.post(
            "/auth/setup", {"token": token, "name": "ada", "password": PASSWORD}
        ),
        actions=("user.added",),
    ),
    "POST /api/v1/runs/<id:run_id>/cancel": Recipe(
        given=_run,
        ask=lambda house, run: house.local.post(f"/runs/{run['id']}/cancel"),
        actions=("run.cancelled",),
    ),
    "POST /api/v1/tasks": Recipe(
        ask=lambda house, _: house.local.post("/tasks", {"name": "a", "command": ["true"]}),
        actions=("task.added",),
    ),
    "PATCH /api/v1/tasks/<id:task_id>": Recipe(
        given=_task,
        ask=lambda house, task: house.local.patch(
            f"/tasks/{task['id']}", {"command": ["false"]}, _etag(house, f"/tasks/{task['id']}")
        ),
        actions=("task.edited",),
    ),
    "DELETE /api/v1/tasks/<id:task_id>": Recipe(
        given=_task,
        ask=lambda house, task: house.local.delete(
            f"/tasks/{task['id']}", _etag(house, f"/tasks/{task['id']}")
        ),
        actions=("task.removed",),
    ),
    "POST /api/v1/tasks/<id:task_id>/pause": Recipe(
        given=_task,
        ask=lambda house, task: house.local.post(f"/tasks/{task['id']}/pause", {"reason": "because"}),
        actions=("task.paused",),
    ),
    "POST /api/v1/tasks/<id:task_id>/resume": Recipe(
        given=_paused,
        ask=lambda house, task: house.local.post(f"/tasks/{task['id']}/resume"),
        actions=("task.resumed",),
    ),
    "POST /api/v1/tasks/<id:task_id>/run": Recipe(
        given=_task,
        ask=lambda house, task: house.local.post(f"/tasks/{task['id']}/run"),
        actions=("run.started",),
    ),
    "POST /api/v1/tasks/import": Recipe(
        ask=lambda house, _: house.local.post(
            "/tasks/import",
            {
                "tasks": [
                    {"name": name, "command": ["true"], "source": {**LINE, "ordinal": ordinal}}
                    for ordinal, name in enumerate(("a", "b"), 1)
                ]
            },
        ),
        actions=("task.added", "task.added"),
    ),
    "POST /api/v1/users": Recipe(
        ask=lambda house, _: house.local.post(
            "/users", {"name": "ada", "password": PASSWORD, "role": Role.VIEWER}
        ),
        actions=("user.added",),
    ),
    "PATCH /api/v1/users/<id:user_id>": Recipe(
        given=_user,
        ask=lambda house, user: house.local.patch(
            f"/users/{user['id']}", {"password": PASSWORD_2}, user["etag"]
        ),
        actions=("user.changed",),
    ),
    "DELETE /api/v1/users/<id:user_id>": Recipe(
        given=_user,
        ask=lambda house, user: house.local.delete(f"/users/{user['id']}", user["etag"]),
        actions=("user.removed",),
    ),
    # Not a change, but critical all the same: a read in bulk.
    "GET /api/v1/audit/export": Recipe(
        ask=lambda house, _: house.local.get("/audit/export"), actions=("audit.exported",)
    ),
}


def dump(services: Services) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the core database."""
    from autom8.models import Base

    found: dict[str, list[tuple[Any, ...]]] = {}
    with services.database.read_engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            found[table.name] = sorted(map(tuple, connection.execute(table.select())), key=repr)
    return found
