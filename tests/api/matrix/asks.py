"""For each route one request that succeeds, and whose thing it asks about: the columns of the matrix.

A route that is missing here fails the matrix. Who may ask it is said once more in tests/api/test_scopes.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

from autom8.alerts.checks.pinging import Pinged
from autom8.kernel.vocabulary import LookKind, PingKind
from tests.api.matrix.people import Person
from tests.api.rig import PASSWORD, House

_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where a request is made: the house, who asks, and whose thing is asked about."""

    house: House
    asker: Person
    owner: Person


@dataclass(frozen=True, kw_only=True)
class Thing:
    """What a request is about: what its path names, and the version that was seen."""

    path: Mapping[str, object] = field(default_factory=dict)
    etag: str | None = None


Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A request that whoever may make it gets `status` for.

    Args:
        thing: makes what it is about anew, for the stage's owner.
        body: what is sent; made anew where it holds a name.
        file: what is sent instead, and of which type it is.
        owned: the thing is its owner's: to others it is not there.
        spends: it ends the asker's own access, so that each asker comes anew.
        local: the status for the operator of the machine, where it differs: they have no user of their own.
    """

    thing: Callable[[Stage], Thing] = lambda _: Thing()
    body: Body | Callable[[Stage], Body] | None = None
    query: str = ""
    file: tuple[bytes, str] | None = None
    status: int = 200
    owned: bool = False
    spends: bool = False
    local: int | None = None


def _fresh(kind: str) -> str:
    return f"{kind} {next(_numbers)}"


def _task(stage: Stage) -> Thing:
    task = stage.house.local.add_task(_fresh("task"))
    etag = stage.house.local.get(f"/tasks/{task['id']}").headers["ETag"]
    return Thing(path={"task_id": task["id"]}, etag=etag)


def _run(stage: Stage) -> Thing:
    task = stage.house.local.add_task(_fresh("task"))
    run = stage.house.local.post(f"/tasks/{task['id']}/run").json
    return Thing(path={"run_id": run["id"]})


def _user(stage: Stage) -> Thing:
    body = {"name": _fresh("user"), "password": PASSWORD, "role": "viewer"}
    answer = stage.house.local.post("/users", body)
    return Thing(path={"user_id": answer.json["id"]}, etag=answer.headers["ETag"])


def _credentials(stage: Stage) -> Body:
    name = _fresh("user")
    stage.house.local.post("/users", {"name": name, "password": PASSWORD, "role": "viewer"})
    return {"name": name, "password": PASSWORD}


def _refreshable(stage: Stage) -> Body:
    granted = stage.house.stranger.post("/auth/login", dict(_credentials(stage))).json
    return {"refresh_token": granted["refresh_token"]}


def _new_task(_: Stage) -> Body:
    return {"name": _fresh("task"), "command": ["/bin/true"]}


def _new_user(_: Stage) -> Body:
    return {"name": _fresh("user"), "password": PASSWORD, "role": "viewer"}


def _task_to_import(_: Stage) -> Body:
    source = {"path": "/etc/crontab", "user": "root", "line": "@daily x", "ordinal": 1, "text": "x"}
    return {"tasks": [{"name": _fresh("task"), "command": ["/bin/true"], "source": source}], "plan": True}


def _contact(stage: Stage) -> Thing:
    answer = stage.house.local.post("/contacts", {"name": "somebody"})
    return Thing(path={"contact_id": answer.json["id"]}, etag=answer.headers["ETag"])


def _erased(stage: Stage) -> Thing:
    thing = _contact(stage)
    stage.house.local.post(f"/contacts/{thing.path['contact_id']}/erase", {"confirm": "somebody"})
    return thing


def _incident(stage: Stage) -> Thing:
    """An incident of an alert that another program pushed."""
    alerts = stage.house.services.alerts
    with stage.house.services.units.writing() as work:
        now = work.now()
        row = {
            "fingerprint": _fresh("alert"),
            "labels": {"alertname": _fresh("Alert")},
            "annotations": {},
            "generator_url": "",
            "starts_at": now,
            "ends_at": now + timedelta(hours=1),
            "updated_at": now,
        }
        work.looks.bring_forward(LookKind.PUSHED, work.pushed.put([row]).values(), now)
        work.commit()
    while alerts.telling.looker.look():
        pass
    newest = stage.house.local.get("/incidents?order=-id&limit=1").json["items"][0]
    return Thing(path={"incident_id": newest["id"]})


def _acknowledged(stage: Stage) -> Thing:
    made = _incident(stage)
    stage.house.local.post(f"/incidents/{made.path['incident_id']}/acknowledge", {})
    return made


def _new_setting(_: Stage) -> Body:
    return {
        "kind": "task",
        "rule": "failed",
        "scope": "tag",
        "value": _fresh("tag"),
        "changes": {"count": 3},
    }


def _setting(stage: Stage) -> Thing:
    answer = stage.house.local.post("/rules", _new_setting(stage))
    return Thing(path={"setting_id": answer.json["id"]}, etag=answer.headers["ETag"])


def _new_channel(_: Stage) -> Body:
    return {"name": _fresh("hook"), "kind": "webhook", "fields": {"url": "http://127.0.0.1:9/"}}


def _channel(stage: Stage) -> Thing:
    answer = stage.house.local.post("/channels", _new_channel(stage))
    return Thing(path={"channel_id": answer.json["id"]}, etag=answer.headers["ETag"])


def _dead_letter(stage: Stage) -> Thing:
    channel_id = _channel(stage).path["channel_id"]
    with stage.house.services.units.writing() as work:
        now = work.now()
        message_id = work.messages.add(
            {
                "key": _fresh("key"),
                "contact_id": 0,
                "channel_id": channel_id,
                "digest": False,
                "pages": False,
                "ends": False,
                "made_at": now,
                "state": "dead",
                "tries": 1,
                "unknown": 0,
                "ended_at": now,
                "reason": "refused",
                "error": "no",
                "subject": "a dead letter",
            }
        )
        work.commit()
    return Thing(path={"message_id": message_id})


def _new_silence(_: Stage) -> Body:
    return {"matchers": f'task="{_fresh("task")}"', "ends_at": _in_an_hour()}


def _silence(stage: Stage) -> Thing:
    answer = stage.house.local.post("/silences", _new_silence(stage))
    return Thing(path={"silence_id": answer.json["id"]}, etag=answer.headers["ETag"])


def _silence_key(stage: Stage) -> Thing:
    return Thing(path={"key": stage.house.local.post("/silences", _new_silence(stage)).json["key"]})


def _new_silence_v2(_: Stage) -> Body:
    return {
        "matchers": [{"name": "task", "value": _fresh("task"), "isRegex": False, "isEqual": True}],
        "startsAt": "2026-01-01T00:00:00Z",
        "endsAt": _in_an_hour(),
        "createdBy": "ada",
        "comment": "",
    }


def _new_dependency(_: Stage) -> Body:
    return {"name": _fresh("dependency"), "parents": 'task="a"', "children": 'task="b"'}


def _dependency(stage: Stage) -> Thing:
    answer = stage.house.local.post("/dependencies", _new_dependency(stage))
    return Thing(path={"dependency_id": answer.json["id"]}, etag=answer.headers["ETag"])


def _pushed(_: Stage) -> Body:
    return {"alerts": [{"labels": {"alertname": _fresh("Alert")}}]}


def _in_an_hour() -> str:
    return (datetime.now(UTC) + timedelta(hours=1)).isoformat()


def _new_check(_: Stage) -> Body:
    return {"name": _fresh("check"), "period_s": 3600}


def _check(stage: Stage) -> Thing:
    answer = stage.house.local.post("/checks", _new_check(stage))
    return Thing(path={"check_id": answer.json["id"]}, etag=answer.headers["ETag"])


def _paused_check(stage: Stage) -> Thing:
    made = _check(stage)
    stage.house.local.post(f"/checks/{made.path['check_id']}/pause")
    return made


def _ping(stage: Stage) -> Thing:
    answer = stage.house.local.post("/checks", _new_check(stage))
    key = answer.json["url"].rpartition("/")[2]
    stage.house.services.alerts.pinging.take(key, Pinged(kind=PingKind.SUCCESS))
    check_id = answer.json["id"]
    newest = stage.house.local.get(f"/checks/{check_id}/pings").json["items"][0]
    return Thing(path={"check_id": check_id, "ping_id": newest["id"]})


def _ping_key(stage: Stage) -> Thing:
    answer = stage.house.local.post("/checks", _new_check(stage))
    return Thing(path={"key": answer.json["url"].rpartition("/")[2]})


def _ping_key_word(stage: Stage) -> Thing:
    return Thing(path={**_ping_key(stage).path, "word": "start"})


def _group(stage: Stage) -> Thing:
    answer = stage.house.local.post("/groups", {"name": _fresh("group")})
    return Thing(path={"group_id": answer.json["id"]}, etag=answer.headers["ETag"])


def _new_group(_: Stage) -> Body:
    return {"name": _fresh("group")}


def _new_schedule(stage: Stage) -> Body:
    rotation = {
        "participants": [_contact(stage).path["contact_id"]],
        "turn_s": 604_800,
        "start": "2026-01-05T09:00:00",
        "zone": "Europe/Berlin",
    }
    return {"name": _fresh("schedule"), "zone": "Europe/Berlin", "rotations": [rotation]}


def _schedule(stage: Stage) -> Thing:
    answer = stage.house.local.post("/oncall/schedules", dict(_new_schedule(stage)))
    return Thing(path={"schedule_id": answer.json["id"]}, etag=answer.headers["ETag"])


def _new_override(stage: Stage) -> Body:
    end = stage.house.services.clock.now() + timedelta(days=1)
    return {"end": end.isoformat(), "added": _contact(stage).path["contact_id"]}


def _override(stage: Stage) -> Thing:
    path = _schedule(stage).path
    answer = stage.house.local.post(
        f"/oncall/schedules/{path['schedule_id']}/overrides", dict(_new_override(stage))
    )
    return Thing(path={**path, "override_id": answer.json["id"]})


def _new_policy(stage: Stage) -> Body:
    contact = _contact(stage).path["contact_id"]
    return {"name": _fresh("policy"), "steps": [{"targets": [f"contact:{contact}"]}]}


def _policy(stage: Stage) -> Thing:
    answer = stage.house.local.post("/escalation-policies", dict(_new_policy(stage)))
    return Thing(path={"policy_id": answer.json["id"]}, etag=answer.headers["ETag"])


def _merging(stage: Stage) -> Body:
    return {"other_id": _contact(stage).path["contact_id"], "other_version": 1}


def _no_erasures(stage: Stage) -> Body:
    return {"installation": stage.house.services.installation_key, "erasures": []}


def _spare_key(stage: Stage) -> Body:
    keyring = stage.house.services.keyring.keyring
    with keyring.changing() as put:
        put(material := keyring.material().with_spare(at=stage.house.services.clock.now()))
    return {"key_id": material.spare()}


def _session(stage: Stage) -> Thing:
    """A second session of the owner."""
    stage.house.stranger.post("/auth/login", {"name": stage.owner.name or "nobody", "password": PASSWORD})
    found = stage.owner.caller.get("/auth/sessions").json.get("items", [])
    ids = [each["id"] for each in found if not each["current"]]
    return Thing(path={"session_id": ids[0] if ids else "0" * 32})


def _session_of_user(stage: Stage) -> Thing:
    body = dict(_credentials(stage))
    user_id = stage.house.stranger.post("/auth/login", body).json["user"]["id"]
    found = stage.house.local.get(f"/users/{user_id}/sessions").json["items"]
    return Thing(path={"user_id": user_id, "session_id": found[0]["id"]})


def _key(stage: Stage) -> Thing:
    """A key of the owner, made in a session that has just begun: making one wants proof."""
    if not stage.owner.name:
        return Thing(path={"id_": 1}, etag='"k1-v1"')
    granted = stage.house.stranger.post("/auth/login", {"name": stage.owner.name, "password": PASSWORD}).json
    owner = stage.house.stranger.having(Authorization=f"Bearer {granted['access_token']}")
    made = owner.post("/auth/keys", _KEY)
    return Thing(path={"id_": made.json["id"]}, etag=made.headers["ETag"])


def _key_of_user(stage: Stage) -> Thing:
    body = dict(_credentials(stage))
    granted = stage.house.stranger.post("/auth/login", body).json
    user = stage.house.stranger.having(Authorization=f"Bearer {granted['access_token']}")
    return Thing(path={"user_id": granted["user"]["id"], "id_": user.post("/auth/keys", _KEY).json["id"]})


def _pending_factor(stage: Stage) -> Thing:
    stage.asker.caller.post("/auth/factor")
    return Thing()


_KEY: Final = {"name": "matrix", "scopes": ["tasks:read"]}

_PROM: Final = {
    "query": "query=up",
    "query_range": "query=up&start=0&end=60&step=15",
    "series": "match[]=up",
    "labels": "",
}

ASKS: Final[dict[str, Ask]] = {
    "GET /api/docs": Ask(),
    "GET /api/v1/health": Ask(),
    "GET /api/v1/openapi.json": Ask(),
    # -- signing in
    "GET /api/v1/auth/oidc": Ask(),
    "GET /api/v1/auth/oidc/start": Ask(status=404),  # no provider is set up; tests/security/oidc has one
    "GET /api/v1/auth/oidc/callback": Ask(status=404),
    "GET /api/v1/auth/setup": Ask(),
    "POST /api/v1/auth/setup": Ask(body={"token": "x", "name": "x", "password": PASSWORD}, status=403),
    "POST /api/v1/auth/login": Ask(body=_credentials),
    "POST /auth/login": Ask(body=_credentials),
    "POST /api/v1/auth/refresh": Ask(body=_refreshable),
    "POST /api/v1/auth/logout": Ask(status=204, spends=True),
    "GET /api/v1/auth/session": Ask(),
    # -- keys: of the installation, not of a person
    "GET /api/v1/keys": Ask(),
    "POST /api/v1/keys/export": Ask(body={"plain": True}),
    "POST /api/v1/keys/retire": Ask(body=_spare_key, status=204),
    "POST /api/v1/keys/rewrap": Ask(body={}),
    "POST /api/v1/keys/rotate": Ask(body={}),
    # -- one's own account; the local operator has none
    "POST /api/v1/auth/prove": Ask(body={"password": PASSWORD}, status=204, local=403, spends=True),
    "POST /api/v1/auth/password": Ask(
        body={"current": PASSWORD, "new": "another long and unlikely password"},
        status=204,
        local=403,
        spends=True,
    ),
    "GET /api/v1/auth/sessions": Ask(local=403),
    "DELETE /api/v1/auth/sessions": Ask(status=204, local=403),
    "DELETE /api/v1/auth/sessions/<session:session_id>": Ask(
        thing=_session, status=204, local=403, owned=True
    ),
    "GET /api/v1/auth/factor": Ask(local=403),
    "POST /api/v1/auth/factor": Ask(local=403),
    "POST /api/v1/auth/factor/confirm": Ask(
        thing=_pending_factor, body={"code": "wrong"}, status=400, local=403
    ),
    "POST /api/v1/auth/factor/recovery-codes": Ask(status=409, local=403),
    "DELETE /api/v1/auth/factor": Ask(status=204, local=403),
    "GET /api/v1/auth/keys": Ask(local=403),
    "POST /api/v1/auth/keys": Ask(body=_KEY, status=201, local=403),
    "GET /api/v1/auth/keys/<id:id_>": Ask(thing=_key, local=403, owned=True),
    "PATCH /api/v1/auth/keys/<id:id_>": Ask(thing=_key, body={"name": "changed"}, local=403, owned=True),
    "DELETE /api/v1/auth/keys/<id:id_>": Ask(thing=_key, status=204, local=403, owned=True),
    # -- tasks and runs: whoever may see one may see all
    "GET /api/v1/runs": Ask(),
    "GET /api/v1/runs/<id:run_id>": Ask(thing=_run),
    "GET /api/v1/runs/<id:run_id>/output": Ask(thing=_run),
    "POST /api/v1/runs/<id:run_id>/cancel": Ask(thing=_run, status=202),
    "GET /api/v1/slots/preview": Ask(query="cron=@daily"),
    "GET /api/v1/tasks": Ask(),
    "POST /api/v1/tasks": Ask(body=_new_task, status=201),
    "POST /api/v1/tasks/import": Ask(body=_task_to_import),
    "GET /api/v1/tasks/<id:task_id>": Ask(thing=_task),
    "PATCH /api/v1/tasks/<id:task_id>": Ask(thing=_task, body={"description": "changed"}),
    "DELETE /api/v1/tasks/<id:task_id>": Ask(thing=_task, status=204),
    "POST /api/v1/tasks/<id:task_id>/pause": Ask(thing=_task, body={"reason": "matrix"}),
    "GET /api/v1/tasks/<id:task_id>/preview": Ask(thing=_task),
    "POST /api/v1/tasks/<id:task_id>/resume": Ask(thing=_task),
    "POST /api/v1/tasks/<id:task_id>/run": Ask(thing=_task, status=202),
    # -- contacts: whoever may see one may see all, more or less of each
    "GET /api/v1/contacts": Ask(),
    "POST /api/v1/contacts": Ask(body={"name": "somebody"}, status=201),
    "POST /api/v1/contacts/search": Ask(body={"q": "some"}),
    "POST /api/v1/contacts/bulk": Ask(body={"ids": [1], "action": "tag", "tag": "matrix"}),
    "POST /api/v1/contacts/import": Ask(
        file=(b"name\nsomebody\n", "text/csv"), query="mode=all&on_existing=skip"
    ),
    "GET /api/v1/contacts/export": Ask(query="format=csv"),
    "GET /api/v1/contacts/tags": Ask(),
    "GET /api/v1/contacts/duplicates": Ask(),
    "GET /api/v1/contacts/erasures": Ask(),
    "GET /api/v1/contacts/erasures/<id:contact_id>": Ask(thing=_erased),
    "POST /api/v1/contacts/erasures/replay": Ask(body=_no_erasures),
    "GET /api/v1/contacts/<id:contact_id>": Ask(thing=_contact),
    "PATCH /api/v1/contacts/<id:contact_id>": Ask(thing=_contact, body={"language": "de"}),
    "POST /api/v1/contacts/<id:contact_id>/merge": Ask(thing=_contact, body=_merging),
    "POST /api/v1/contacts/<id:contact_id>/erase": Ask(thing=_contact, body={"confirm": "somebody"}),
    "GET /api/v1/incidents": Ask(),
    "GET /api/v1/incidents/counts": Ask(),
    "GET /api/v1/incidents/<id:incident_id>": Ask(thing=_incident),
    "GET /api/v1/incidents/<id:incident_id>/story": Ask(thing=_incident),
    "POST /api/v1/incidents/<id:incident_id>/acknowledge": Ask(thing=_incident, body={}),
    "POST /api/v1/incidents/<id:incident_id>/unacknowledge": Ask(thing=_acknowledged),
    "POST /api/v1/incidents/<id:incident_id>/assign": Ask(thing=_incident, body={"contact_id": None}),
    "POST /api/v1/incidents/<id:incident_id>/notes": Ask(thing=_incident, body={"text": "seen"}),
    "POST /api/v1/incidents/<id:incident_id>/resolve": Ask(thing=_incident, body={}),
    "GET /api/v1/rules": Ask(),
    "GET /api/v1/rules/effective": Ask(query="kind=task"),
    "POST /api/v1/rules": Ask(body=_new_setting, status=201),
    "GET /api/v1/rules/<id:setting_id>": Ask(thing=_setting),
    "PATCH /api/v1/rules/<id:setting_id>": Ask(thing=_setting, body={"changes": {"severity": "info"}}),
    "DELETE /api/v1/rules/<id:setting_id>": Ask(thing=_setting, status=204),
    "GET /api/v1/channels": Ask(),
    "GET /api/v1/channels/kinds": Ask(),
    "GET /api/v1/channels/template-fields": Ask(),
    "POST /api/v1/channels/preview": Ask(body={"templates": {"subject": "{{ incident.title }}"}}),
    "POST /api/v1/channels": Ask(body=_new_channel, status=201),
    "GET /api/v1/channels/<id:channel_id>": Ask(thing=_channel),
    "PATCH /api/v1/channels/<id:channel_id>": Ask(thing=_channel, body={"enabled": False}),
    "DELETE /api/v1/channels/<id:channel_id>": Ask(thing=_channel, status=204),
    "POST /api/v1/channels/<id:channel_id>/test": Ask(thing=_channel, body={}),
    "GET /api/v1/messages": Ask(),
    "GET /api/v1/messages/<id:message_id>": Ask(thing=_dead_letter),
    "POST /api/v1/messages/<id:message_id>/resend": Ask(thing=_dead_letter),
    "POST /api/v1/metrics": Ask(body={"samples": [{"name": "load", "value": 1}]}),
    "GET /api/v1/metrics/series": Ask(),
    "GET /api/v1/metrics/query": Ask(query="name=load"),
    "GET /api/v1/metrics/usage": Ask(),
    **{
        f"{method} {path}{name}": ask
        for path in ("/api/v1/prom/api/v1/", "/api/v1/prom/")
        for name, query in _PROM.items()
        for method, ask in {
            "GET": Ask(query=query),
            "POST": Ask(file=(query.encode(), "application/x-www-form-urlencoded")),
        }.items()
    },
    **{
        f"GET {path}/label/<name>/values": Ask(thing=lambda _: Thing(path={"name": "host"}))
        for path in ("/api/v1/prom/api/v1", "/api/v1/prom")
    },
    "GET /api/v1/silences": Ask(),
    "POST /api/v1/silences": Ask(body=_new_silence, status=201),
    "GET /api/v1/silences/<id:silence_id>": Ask(thing=_silence),
    "PATCH /api/v1/silences/<id:silence_id>": Ask(thing=_silence, body={"comment": "longer"}),
    "POST /api/v1/silences/<id:silence_id>/expire": Ask(thing=_silence),
    "GET /api/v1/dependencies": Ask(),
    "POST /api/v1/dependencies": Ask(body=_new_dependency, status=201),
    "GET /api/v1/dependencies/<id:dependency_id>": Ask(thing=_dependency),
    "PATCH /api/v1/dependencies/<id:dependency_id>": Ask(thing=_dependency, body={"comment": "so"}),
    "DELETE /api/v1/dependencies/<id:dependency_id>": Ask(thing=_dependency, status=204),
    "GET /api/v2/alerts": Ask(),
    "POST /api/v2/alerts": Ask(body=_pushed),
    "GET /api/v2/alerts/groups": Ask(),
    "GET /api/v2/silences": Ask(),
    "POST /api/v2/silences": Ask(body=_new_silence_v2),
    "GET /api/v2/silence/<key>": Ask(thing=_silence_key),
    "DELETE /api/v2/silence/<key>": Ask(thing=_silence_key),
    "GET /api/v2/receivers": Ask(),
    "GET /api/v2/status": Ask(),
    "GET /api/v1/checks": Ask(),
    "POST /api/v1/checks": Ask(body=_new_check, status=201),
    "GET /api/v1/checks/<id:check_id>": Ask(thing=_check),
    "PATCH /api/v1/checks/<id:check_id>": Ask(thing=_check, body={"grace_s": 120}),
    "DELETE /api/v1/checks/<id:check_id>": Ask(thing=_check, status=204),
    "POST /api/v1/checks/<id:check_id>/pause": Ask(thing=_check),
    "POST /api/v1/checks/<id:check_id>/resume": Ask(thing=_paused_check),
    "POST /api/v1/checks/<id:check_id>/key": Ask(thing=_check),
    "GET /api/v1/checks/<id:check_id>/pings": Ask(thing=_check),
    "GET /api/v1/checks/<id:check_id>/pings/<id:ping_id>": Ask(thing=_ping),
    "GET /ping/<key>": Ask(thing=_ping_key),
    "GET /ping/<key>/<word>": Ask(thing=_ping_key_word),
    "POST /ping/<key>": Ask(thing=_ping_key),
    "POST /ping/<key>/<word>": Ask(thing=_ping_key_word),
    "GET /api/v1/groups": Ask(),
    "POST /api/v1/groups": Ask(body=_new_group, status=201),
    "GET /api/v1/groups/<id:group_id>": Ask(thing=_group),
    "PATCH /api/v1/groups/<id:group_id>": Ask(thing=_group, body={"description": "changed"}),
    "DELETE /api/v1/groups/<id:group_id>": Ask(thing=_group, status=204),
    # -- on call: whoever may see one may see all
    "GET /api/v1/oncall": Ask(),
    "GET /api/v1/oncall/schedules": Ask(),
    "POST /api/v1/oncall/schedules": Ask(body=_new_schedule, status=201),
    "GET /api/v1/oncall/schedules/<id:schedule_id>": Ask(thing=_schedule),
    "PATCH /api/v1/oncall/schedules/<id:schedule_id>": Ask(thing=_schedule, body={"description": "changed"}),
    "DELETE /api/v1/oncall/schedules/<id:schedule_id>": Ask(thing=_schedule, status=204),
    "GET /api/v1/oncall/schedules/<id:schedule_id>/now": Ask(thing=_schedule),
    "GET /api/v1/oncall/schedules/<id:schedule_id>/shifts": Ask(thing=_schedule),
    "GET /api/v1/oncall/schedules/<id:schedule_id>/calendar.ics": Ask(thing=_schedule),
    "GET /api/v1/oncall/schedules/<id:schedule_id>/overrides": Ask(thing=_schedule),
    "POST /api/v1/oncall/schedules/<id:schedule_id>/overrides": Ask(
        thing=_schedule, body=_new_override, status=201
    ),
    "DELETE /api/v1/oncall/schedules/<id:schedule_id>/overrides/<id:override_id>": Ask(
        thing=_override, status=204
    ),
    "GET /api/v1/escalation-policies": Ask(),
    "POST /api/v1/escalation-policies": Ask(body=_new_policy, status=201),
    "GET /api/v1/escalation-policies/<id:policy_id>": Ask(thing=_policy),
    "PATCH /api/v1/escalation-policies/<id:policy_id>": Ask(thing=_policy, body={"description": "changed"}),
    "DELETE /api/v1/escalation-policies/<id:policy_id>": Ask(thing=_policy, status=204),
    # -- users and the trail
    "GET /api/v1/users": Ask(),
    "POST /api/v1/users": Ask(body=_new_user, status=201),
    "GET /api/v1/users/<id:user_id>": Ask(thing=_user),
    "PATCH /api/v1/users/<id:user_id>": Ask(thing=_user, body={"role": "operator"}),
    "DELETE /api/v1/users/<id:user_id>": Ask(thing=_user, status=204),
    "GET /api/v1/users/<id:user_id>/sessions": Ask(thing=_user),
    "DELETE /api/v1/users/<id:user_id>/sessions": Ask(thing=_user, status=204),
    "DELETE /api/v1/users/<id:user_id>/sessions/<session:session_id>": Ask(
        thing=_session_of_user, status=204
    ),
    "GET /api/v1/users/<id:user_id>/keys": Ask(thing=_user),
    "DELETE /api/v1/users/<id:user_id>/keys": Ask(thing=_user, status=204),
    "DELETE /api/v1/users/<id:user_id>/keys/<id:id_>": Ask(thing=_key_of_user, status=204),
    "DELETE /api/v1/users/<id:user_id>/factor": Ask(thing=_user, status=204),
    "GET /api/v1/audit": Ask(),
    "GET /api/v1/audit/checkpoints": Ask(),
    "GET /api/v1/audit/export": Ask(),
    "GET /api/v1/audit/key": Ask(),
    "GET /api/v1/audit/verification": Ask(),
}
