"""How each route that changes something is made to succeed, and what the trail then holds of it.

A route that is not here fails the suite (`test_audited_routes`): add a recipe for each one that is new. What
is needed beforehand is done by `given`, whose entries are not counted; `ask` is the request itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from autom8.bootstrap import Services
from autom8.kernel.actor import SCOPES_BY_ROLE
from autom8.kernel.vocabulary import Role
from tests.api.matrix.asks import ASKS, Stage
from tests.api.matrix.people import Person
from tests.api.matrix.test_matrix import answer_to
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


def _paused(house: House) -> Json:
    task = house.local.add_task()
    house.local.post(f"/tasks/{task['id']}/pause")
    return task


def _user(house: House) -> Json:
    added = house.local.post("/users", {"name": "ada", "password": PASSWORD, "role": Role.VIEWER})
    return {**added.json, "etag": added.headers["ETag"]}


def _signed_in(house: House) -> Json:
    _user(house)
    grant: Json = house.stranger.post("/auth/login", {"name": "ada", "password": PASSWORD}).json
    return grant


def _bearer(house: House) -> Caller:
    return house.stranger.having(Authorization=f"Bearer {_signed_in(house)['access_token']}")


def _setup_token(house: House) -> str:
    token = house.services.security.setup.open_()
    assert token is not None
    return token.reveal()


def _sign_in(path: str) -> Callable[[House, Given], Answer]:
    return lambda house, _: house.stranger.post(path, {"name": "ada", "password": PASSWORD})


_TRIES: Final = {
    "login_throttle": "a try is counted before the password is looked at, so that none slips through"
}


def _as_in_the_matrix(route: str, *actions: str, unaudited: str = "") -> Recipe:
    """The request that the matrix of roles and routes makes, as the operator of the machine."""
    ask = ASKS[route]

    def given(house: House) -> Given:
        local = Person(caller=house.local, scopes=SCOPES_BY_ROLE[Role.ADMIN], local=True)
        stage = Stage(house=house, asker=local, owner=local)
        return stage, ask.thing(stage), ask.body(stage) if callable(ask.body) else ask.body

    def make(_: House, prepared: Given) -> Answer:
        stage, thing, body = prepared
        return answer_to(stage, route, replace(ask, body=body), thing)

    return Recipe(given=given, ask=make, actions=actions, unaudited=unaudited)


def _contact(house: House) -> Json:
    added = house.local.post("/contacts", {"name": "Ada", "email": "ada@example.org"})
    contact: Json = added.json
    return contact


def _certificate(house: House) -> Json:
    """Of a contact whom a newer copy of this installation has erased, and this one, restored, has not."""
    contact = _contact(house)
    return {
        "contact_id": contact["id"],
        "data_key_id": 1,
        "erased_at": "2100-01-01T00:00:00Z",
        "erased_by": "ada",
        "reason": "",
        "audit_seq": None,
        "audit_hash": None,
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
    "POST /api/v1/tasks/<id:task_id>/resume": Recipe(
        given=_paused,
        ask=lambda house, task: house.local.post(f"/tasks/{task['id']}/resume"),
        actions=("task.resumed",),
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
    "PATCH /api/v1/users/<id:user_id>": Recipe(
        given=_user,
        ask=lambda house, user: house.local.patch(
            f"/users/{user['id']}", {"password": PASSWORD_2}, user["etag"]
        ),
        actions=("user.changed",),
    ),
    "GET /api/v1/contacts/export": Recipe(
        ask=lambda house, _: house.local.get("/contacts/export?format=csv"), actions=("contact.exported",)
    ),
    "POST /api/v1/contacts/bulk": Recipe(
        given=_contact,
        ask=lambda house, contact: house.local.post(
            "/contacts/bulk", {"ids": [contact["id"]], "action": "tag", "tag": "a"}
        ),
        actions=("contact.bulk_changed",),
    ),
    "POST /api/v1/contacts/erasures/replay": Recipe(
        given=_certificate,
        ask=lambda house, certificate: house.local.post(
            "/contacts/erasures/replay",
            {"installation": house.services.installation_key, "erasures": [certificate]},
        ),
        actions=("contact.erased",),
    ),
    "POST /api/v1/contacts/import": Recipe(
        ask=lambda house, _: house.local.ask(
            "POST", "/contacts/import", data=b"name,email\nAda,ada@example.org\n", content_type="text/csv"
        ),
        actions=("contact.imported",),
    ),
    **{
        route: _as_in_the_matrix(route, *actions)
        for route, actions in {
            "POST /api/v1/runs/<id:run_id>/cancel": ("run.cancelled",),
            "POST /api/v1/tasks": ("task.added",),
            "PATCH /api/v1/tasks/<id:task_id>": ("task.edited",),
            "DELETE /api/v1/tasks/<id:task_id>": ("task.removed",),
            "POST /api/v1/tasks/<id:task_id>/pause": ("task.paused",),
            "POST /api/v1/tasks/<id:task_id>/run": ("run.started",),
            "POST /api/v1/users": ("user.added",),
            "DELETE /api/v1/users/<id:user_id>": ("user.removed",),
            "POST /api/v1/contacts": ("contact.added",),
            "PATCH /api/v1/contacts/<id:contact_id>": ("contact.changed",),
            "POST /api/v1/contacts/<id:contact_id>/merge": ("contact.erased", "contact.merged"),
            "POST /api/v1/contacts/<id:contact_id>/erase": ("contact.erased",),
            "POST /api/v1/groups": ("group.added",),
            "PATCH /api/v1/groups/<id:group_id>": ("group.changed",),
            "DELETE /api/v1/groups/<id:group_id>": ("group.removed",),
            # Nothing is changed, but much is taken out:
            "GET /api/v1/audit/export": ("audit.exported",),
        }.items()
    },
    "POST /api/v1/contacts/search": _as_in_the_matrix(
        "POST /api/v1/contacts/search",
        unaudited="it changes nothing; who reads on over pages leaves contact.listed",
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
