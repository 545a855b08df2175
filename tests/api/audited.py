"""How each route that changes something is made to succeed, and what the trail then holds of it.

A route that is not here fails the suite (`test_audited_routes`): add a recipe for each one that is new. What
is needed beforehand is done by `given`, whose entries are not counted; `ask` is the request itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

import pyotp

from autom8.bootstrap import Services
from autom8.kernel.actor import SCOPES_BY_ROLE
from autom8.kernel.vocabulary import Role
from autom8.models import Base
from tests.api.matrix.asks import ASKS, Stage
from tests.api.matrix.people import Person, user
from tests.api.matrix.test_matrix import answer_to
from tests.api.rig import PASSWORD, Answer, Caller, House, Json

Given = Any
PASSWORD_2: Final = "another long and unlikely password"
LINE: Final = {"path": "/etc/crontab", "user": "root", "line": "0 3 * * * true"}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What comes before, the request, and the actions of the entries that its success leaves.

    `unaudited` is the reason why a success leaves none. `beside` are tables that are written in a transaction
    of their own before the operation, or the keyring, so that a failing entry leaves that much, and why.
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


def _local(house: House) -> Person:
    return Person(caller=house.local, scopes=SCOPES_BY_ROLE[Role.ADMIN], local=True)


def _admin(house: House) -> Person:
    return user(house, Role.ADMIN)


def _as_in_the_matrix(
    route: str,
    *actions: str,
    who: Callable[[House], Person] = _local,
    unaudited: str = "",
    beside: Mapping[str, str] = MappingProxyType({}),
) -> Recipe:
    """The request that the matrix of roles and routes makes, as the operator of the machine or a user."""
    ask = ASKS[route]

    def given(house: House) -> Given:
        person = who(house)
        stage = Stage(house=house, asker=person, owner=person)
        return stage, ask.thing(stage), ask.body(stage) if callable(ask.body) else ask.body

    def make(_: House, prepared: Given) -> Answer:
        stage, thing, body = prepared
        return answer_to(stage, route, replace(ask, body=body), thing)

    return Recipe(given=given, ask=make, actions=actions, unaudited=unaudited, beside=beside)


def _with_factor(house: House) -> Person:
    """A user whose second factor is in force."""
    person = _admin(house)
    person.caller.post("/auth/factor/confirm", {"code": _code(person)})
    return person


def _code(person: Person) -> str:
    secret: str = person.caller.post("/auth/factor").json["secret"]
    return pyotp.TOTP(secret).now()


def _with_key(house: House) -> Person:
    person = _admin(house)
    person.caller.post("/auth/keys", {"name": "audited", "scopes": ["tasks:read"]})
    return person


def _signed_in_twice(house: House) -> Person:
    person = _admin(house)
    house.stranger.post("/auth/login", {"name": person.name, "password": PASSWORD})
    return person


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
            "POST /api/v1/incidents/<id:incident_id>/acknowledge": ("incident.acknowledged",),
            "POST /api/v1/incidents/<id:incident_id>/unacknowledge": ("incident.unacknowledged",),
            "POST /api/v1/incidents/<id:incident_id>/assign": ("incident.assigned",),
            "POST /api/v1/incidents/<id:incident_id>/notes": ("incident.noted",),
            "POST /api/v1/incidents/<id:incident_id>/resolve": ("incident.resolved",),
            "POST /api/v1/rules": ("rule.set",),
            "PATCH /api/v1/rules/<id:setting_id>": ("rule.changed",),
            "DELETE /api/v1/rules/<id:setting_id>": ("rule.unset",),
            "POST /api/v1/channels": ("channel.added",),
            "PATCH /api/v1/channels/<id:channel_id>": ("channel.changed",),
            "DELETE /api/v1/channels/<id:channel_id>": ("channel.removed",),
            "POST /api/v1/channels/<id:channel_id>/test": ("channel.tested",),
            "POST /api/v1/messages/<id:message_id>/resend": ("message.resent",),
            "POST /api/v1/oncall/schedules": ("schedule.added",),
            "PATCH /api/v1/oncall/schedules/<id:schedule_id>": ("schedule.changed",),
            "DELETE /api/v1/oncall/schedules/<id:schedule_id>": ("schedule.removed",),
            "POST /api/v1/oncall/schedules/<id:schedule_id>/overrides": ("override.added",),
            "DELETE /api/v1/oncall/schedules/<id:schedule_id>/overrides/<id:override_id>": (
                "override.removed",
            ),
            "POST /api/v1/escalation-policies": ("policy.added",),
            "PATCH /api/v1/escalation-policies/<id:policy_id>": ("policy.changed",),
            "DELETE /api/v1/escalation-policies/<id:policy_id>": ("policy.removed",),
            "POST /api/v1/silences": ("silence.added",),
            "PATCH /api/v1/silences/<id:silence_id>": ("silence.changed",),
            "POST /api/v1/silences/<id:silence_id>/expire": ("silence.expired",),
            "POST /api/v1/dependencies": ("dependency.added",),
            "PATCH /api/v1/dependencies/<id:dependency_id>": ("dependency.changed",),
            "DELETE /api/v1/dependencies/<id:dependency_id>": ("dependency.removed",),
            "POST /api/v2/silences": ("silence.added",),
            "DELETE /api/v2/silence/<key>": ("silence.expired",),
            "POST /api/v1/checks": ("check.added",),
            "PATCH /api/v1/checks/<id:check_id>": ("check.changed",),
            "DELETE /api/v1/checks/<id:check_id>": ("check.removed",),
            "POST /api/v1/checks/<id:check_id>/pause": ("check.paused",),
            "POST /api/v1/checks/<id:check_id>/resume": ("check.resumed",),
            "POST /api/v1/checks/<id:check_id>/key": ("check.key_renewed",),
            "POST /api/v1/groups": ("group.added",),
            "PATCH /api/v1/groups/<id:group_id>": ("group.changed",),
            "DELETE /api/v1/groups/<id:group_id>": ("group.removed",),
            # Nothing is changed, but much is taken out:
            "GET /api/v1/audit/export": ("audit.exported",),
        }.items()
    },
    "POST /ping/<key>": _as_in_the_matrix(
        "POST /ping/<key>", unaudited="a ping is a row of its own, and may come each second"
    ),
    "POST /ping/<key>/<word>": _as_in_the_matrix(
        "POST /ping/<key>/<word>", unaudited="a ping is a row of its own, and may come each second"
    ),
    "POST /api/v1/metrics": _as_in_the_matrix(
        "POST /api/v1/metrics",
        unaudited="each host sends a batch every few seconds; who may is told when keys are made",
    ),
    **{
        route: _as_in_the_matrix(route, unaudited="it changes nothing")
        for path in ("/api/v1/prom/api/v1", "/api/v1/prom")
        for name in ("query", "query_range", "series", "labels")
        for route in (f"POST {path}/{name}",)
    },
    "POST /api/v2/alerts": _as_in_the_matrix(
        "POST /api/v2/alerts",
        unaudited="a program repeats each alert every minute; what comes of it is in the incident's story",
    ),
    # -- one's own account
    "POST /api/v1/auth/prove": _as_in_the_matrix(
        "POST /api/v1/auth/prove", "session.proved", who=_admin, beside=_TRIES
    ),
    "POST /api/v1/auth/password": _as_in_the_matrix(
        "POST /api/v1/auth/password", "user.changed", who=_admin, beside=_TRIES
    ),
    "DELETE /api/v1/auth/sessions": Recipe(
        given=_signed_in_twice,
        ask=lambda _, person: person.caller.delete("/auth/sessions"),
        actions=("session.ended",),
    ),
    "DELETE /api/v1/auth/sessions/<session:session_id>": _as_in_the_matrix(
        "DELETE /api/v1/auth/sessions/<session:session_id>", "session.ended", who=_admin
    ),
    "POST /api/v1/auth/factor": _as_in_the_matrix(
        "POST /api/v1/auth/factor", who=_admin, unaudited="nothing is in force until it is confirmed"
    ),
    "POST /api/v1/auth/factor/confirm": Recipe(
        given=lambda house: (person := _admin(house), _code(person)),
        ask=lambda _, given: given[0].caller.post("/auth/factor/confirm", {"code": given[1]}),
        actions=("factor.enabled",),
    ),
    "POST /api/v1/auth/factor/recovery-codes": Recipe(
        given=_with_factor,
        ask=lambda _, person: person.caller.post("/auth/factor/recovery-codes"),
        actions=("factor.codes_renewed",),
    ),
    "DELETE /api/v1/auth/factor": Recipe(
        given=_with_factor,
        ask=lambda _, person: person.caller.delete("/auth/factor"),
        actions=("factor.removed",),
    ),
    "POST /api/v1/auth/keys": _as_in_the_matrix("POST /api/v1/auth/keys", "api_key.added", who=_admin),
    "PATCH /api/v1/auth/keys/<id:id_>": _as_in_the_matrix(
        "PATCH /api/v1/auth/keys/<id:id_>", "api_key.changed", who=_admin
    ),
    "DELETE /api/v1/auth/keys/<id:id_>": _as_in_the_matrix(
        "DELETE /api/v1/auth/keys/<id:id_>", "api_key.revoked", who=_admin
    ),
    # -- others' accounts
    "DELETE /api/v1/users/<id:user_id>/sessions": Recipe(
        given=_admin,
        ask=lambda house, person: house.local.delete(f"/users/{person.user_id}/sessions"),
        actions=("session.ended",),
    ),
    "DELETE /api/v1/users/<id:user_id>/sessions/<session:session_id>": _as_in_the_matrix(
        "DELETE /api/v1/users/<id:user_id>/sessions/<session:session_id>", "session.ended"
    ),
    "DELETE /api/v1/users/<id:user_id>/keys": Recipe(
        given=_with_key,
        ask=lambda house, person: house.local.delete(f"/users/{person.user_id}/keys"),
        actions=("api_key.revoked",),
    ),
    "DELETE /api/v1/users/<id:user_id>/keys/<id:id_>": _as_in_the_matrix(
        "DELETE /api/v1/users/<id:user_id>/keys/<id:id_>", "api_key.revoked"
    ),
    "DELETE /api/v1/users/<id:user_id>/factor": Recipe(
        given=_with_factor,
        ask=lambda house, person: house.local.delete(f"/users/{person.user_id}/factor"),
        actions=("factor.removed",),
    ),
    # -- keys of the installation
    "POST /api/v1/keys/export": _as_in_the_matrix("POST /api/v1/keys/export", "key.exported"),
    "POST /api/v1/keys/retire": _as_in_the_matrix("POST /api/v1/keys/retire", "key.retired"),
    "POST /api/v1/keys/rewrap": _as_in_the_matrix("POST /api/v1/keys/rewrap", "key.rewrapped"),
    "POST /api/v1/keys/rotate": _as_in_the_matrix(
        "POST /api/v1/keys/rotate",
        "key.rotated",
        beside={"keyring.json": "a spare key waits in it, which wraps nothing until the entry is there"},
    ),
    "POST /api/v1/contacts/search": _as_in_the_matrix(
        "POST /api/v1/contacts/search",
        unaudited="it changes nothing; who reads on over pages leaves contact.listed",
    ),
    "POST /api/v1/channels/preview": _as_in_the_matrix(
        "POST /api/v1/channels/preview", unaudited="it changes nothing and tells nobody"
    ),
}


def dump(services: Services) -> dict[str, object]:
    """Every row of every table of the core database, and the keyring."""
    found: dict[str, object] = {}
    with services.database.read_engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            found[table.name] = sorted(map(tuple, connection.execute(table.select())), key=repr)
    keyring = services.settings.home / "keyring.json"
    found[keyring.name] = keyring.read_bytes() if keyring.exists() else b""
    found["primary key"] = services.keyring.keyring.material().primary
    return found
