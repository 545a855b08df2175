"""Who may ask what: every route states it, and is asked as everybody who may not.

The table below says again what the routes say, so that a change of either is seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from flask import Flask

from autom8.api.endpoint import PUBLIC, SIGNED_IN
from autom8.kernel.actor import SCOPES_BY_ROLE
from autom8.kernel.vocabulary import Role
from autom8.middleware.access import access_of
from tests.api.rig import Caller, House

SCOPES = {
    "GET /api/docs": PUBLIC,
    "GET /api/v1/audit": "audit:read",
    "GET /api/v1/audit/checkpoints": "audit:read",
    "GET /api/v1/audit/export": "audit:read",
    "GET /api/v1/audit/key": "audit:read",
    "GET /api/v1/audit/verification": "audit:read",
    "GET /api/v1/auth/factor": "self:write",
    "POST /api/v1/auth/factor": "self:write",
    "DELETE /api/v1/auth/factor": "self:write",
    "POST /api/v1/auth/factor/confirm": "self:write",
    "POST /api/v1/auth/factor/recovery-codes": "self:write",
    "GET /api/v1/auth/keys": "self:write",
    "POST /api/v1/auth/keys": "self:write",
    "GET /api/v1/auth/keys/<id:id_>": "self:write",
    "PATCH /api/v1/auth/keys/<id:id_>": "self:write",
    "DELETE /api/v1/auth/keys/<id:id_>": "self:write",
    "POST /api/v1/auth/password": "self:write",
    "POST /api/v1/auth/prove": "self:write",
    "GET /api/v1/auth/oidc": PUBLIC,
    "GET /api/v1/auth/oidc/callback": PUBLIC,
    "GET /api/v1/auth/oidc/start": PUBLIC,
    "GET /api/v1/auth/session": SIGNED_IN,
    "GET /api/v1/auth/sessions": "self:write",
    "DELETE /api/v1/auth/sessions": "self:write",
    "DELETE /api/v1/auth/sessions/<session:session_id>": "self:write",
    "GET /api/v1/auth/setup": PUBLIC,
    "POST /api/v1/auth/login": PUBLIC,
    "POST /api/v1/auth/logout": SIGNED_IN,
    "POST /api/v1/auth/refresh": PUBLIC,
    "POST /api/v1/auth/setup": PUBLIC,
    "POST /auth/login": PUBLIC,
    "GET /api/v1/contacts": "contacts:read",
    "POST /api/v1/contacts": "contacts:write",
    "POST /api/v1/contacts/import": "contacts:write",
    "GET /api/v1/contacts/export": "contacts:export",
    "POST /api/v1/contacts/search": "contacts:read",
    "POST /api/v1/contacts/bulk": "contacts:write",
    "GET /api/v1/contacts/tags": "contacts:read",
    "GET /api/v1/contacts/duplicates": "contacts:write",
    "GET /api/v1/contacts/erasures": "contacts:erase",
    "GET /api/v1/contacts/erasures/<id:contact_id>": "contacts:erase",
    "POST /api/v1/contacts/erasures/replay": "contacts:erase",
    "GET /api/v1/contacts/<id:contact_id>": "contacts:read",
    "PATCH /api/v1/contacts/<id:contact_id>": "contacts:write",
    "POST /api/v1/contacts/<id:contact_id>/merge": "contacts:write",
    "POST /api/v1/contacts/<id:contact_id>/erase": "contacts:erase",
    "GET /api/v1/incidents": "alerts:read",
    "GET /api/v1/incidents/counts": "alerts:read",
    "GET /api/v1/incidents/<id:incident_id>": "alerts:read",
    "GET /api/v1/incidents/<id:incident_id>/story": "alerts:read",
    "POST /api/v1/incidents/<id:incident_id>/acknowledge": "alerts:write",
    "POST /api/v1/incidents/<id:incident_id>/unacknowledge": "alerts:write",
    "POST /api/v1/incidents/<id:incident_id>/assign": "alerts:write",
    "POST /api/v1/incidents/<id:incident_id>/notes": "alerts:write",
    "POST /api/v1/incidents/<id:incident_id>/resolve": "alerts:write",
    "GET /api/v1/rules": "alerts:read",
    "GET /api/v1/rules/effective": "alerts:read",
    "POST /api/v1/rules": "alerts:write",
    "GET /api/v1/rules/<id:setting_id>": "alerts:read",
    "PATCH /api/v1/rules/<id:setting_id>": "alerts:write",
    "DELETE /api/v1/rules/<id:setting_id>": "alerts:write",
    "GET /api/v1/channels": "channels:read",
    "GET /api/v1/channels/kinds": "channels:read",
    "GET /api/v1/channels/template-fields": "channels:read",
    "POST /api/v1/channels/preview": "channels:read",
    "POST /api/v1/channels": "channels:write",
    "GET /api/v1/channels/<id:channel_id>": "channels:read",
    "PATCH /api/v1/channels/<id:channel_id>": "channels:write",
    "DELETE /api/v1/channels/<id:channel_id>": "channels:write",
    "POST /api/v1/channels/<id:channel_id>/test": "channels:write",
    "GET /api/v1/messages": "channels:read",
    "GET /api/v1/messages/<id:message_id>": "channels:read",
    "POST /api/v1/messages/<id:message_id>/resend": "alerts:write",
    "POST /api/v1/metrics": "metrics:write",
    "GET /api/v1/metrics/series": "metrics:read",
    "GET /api/v1/metrics/query": "metrics:read",
    "GET /api/v1/metrics/usage": "metrics:read",
    "GET /api/v1/prom/api/v1/query": "metrics:read",
    "POST /api/v1/prom/api/v1/query": "metrics:read",
    "GET /api/v1/prom/query": "metrics:read",
    "POST /api/v1/prom/query": "metrics:read",
    "GET /api/v1/prom/api/v1/query_range": "metrics:read",
    "POST /api/v1/prom/api/v1/query_range": "metrics:read",
    "GET /api/v1/prom/query_range": "metrics:read",
    "POST /api/v1/prom/query_range": "metrics:read",
    "GET /api/v1/prom/api/v1/series": "metrics:read",
    "POST /api/v1/prom/api/v1/series": "metrics:read",
    "GET /api/v1/prom/series": "metrics:read",
    "POST /api/v1/prom/series": "metrics:read",
    "GET /api/v1/prom/api/v1/labels": "metrics:read",
    "POST /api/v1/prom/api/v1/labels": "metrics:read",
    "GET /api/v1/prom/labels": "metrics:read",
    "POST /api/v1/prom/labels": "metrics:read",
    "GET /api/v1/prom/api/v1/label/<name>/values": "metrics:read",
    "GET /api/v1/prom/label/<name>/values": "metrics:read",
    "GET /api/v1/silences": "alerts:read",
    "POST /api/v1/silences": "alerts:write",
    "GET /api/v1/silences/<id:silence_id>": "alerts:read",
    "PATCH /api/v1/silences/<id:silence_id>": "alerts:write",
    "POST /api/v1/silences/<id:silence_id>/expire": "alerts:write",
    "GET /api/v1/dependencies": "alerts:read",
    "POST /api/v1/dependencies": "alerts:write",
    "GET /api/v1/dependencies/<id:dependency_id>": "alerts:read",
    "PATCH /api/v1/dependencies/<id:dependency_id>": "alerts:write",
    "DELETE /api/v1/dependencies/<id:dependency_id>": "alerts:write",
    "GET /api/v2/alerts": "alerts:read",
    "POST /api/v2/alerts": "alerts:push",
    "GET /api/v2/alerts/groups": "alerts:read",
    "GET /api/v2/silences": "alerts:read",
    "POST /api/v2/silences": "alerts:write",
    "GET /api/v2/silence/<key>": "alerts:read",
    "DELETE /api/v2/silence/<key>": "alerts:write",
    "GET /api/v2/receivers": "alerts:read",
    "GET /api/v2/status": "alerts:read",
    "GET /api/v1/checks": "checks:read",
    "POST /api/v1/checks": "checks:write",
    "GET /api/v1/checks/<id:check_id>": "checks:read",
    "PATCH /api/v1/checks/<id:check_id>": "checks:write",
    "DELETE /api/v1/checks/<id:check_id>": "checks:write",
    "POST /api/v1/checks/<id:check_id>/pause": "checks:write",
    "POST /api/v1/checks/<id:check_id>/resume": "checks:write",
    "POST /api/v1/checks/<id:check_id>/key": "checks:write",
    "GET /api/v1/checks/<id:check_id>/pings": "checks:read",
    "GET /api/v1/checks/<id:check_id>/pings/<id:ping_id>": "checks:read",
    "GET /ping/<key>": PUBLIC,
    "GET /ping/<key>/<word>": PUBLIC,
    "POST /ping/<key>": PUBLIC,
    "POST /ping/<key>/<word>": PUBLIC,
    "GET /api/v1/groups": "contacts:read",
    "POST /api/v1/groups": "contacts:write",
    "GET /api/v1/groups/<id:group_id>": "contacts:read",
    "PATCH /api/v1/groups/<id:group_id>": "contacts:write",
    "DELETE /api/v1/groups/<id:group_id>": "contacts:write",
    "GET /api/v1/oncall": "oncall:read",
    "GET /api/v1/oncall/schedules": "oncall:read",
    "POST /api/v1/oncall/schedules": "oncall:write",
    "GET /api/v1/oncall/schedules/<id:schedule_id>": "oncall:read",
    "PATCH /api/v1/oncall/schedules/<id:schedule_id>": "oncall:write",
    "DELETE /api/v1/oncall/schedules/<id:schedule_id>": "oncall:write",
    "GET /api/v1/oncall/schedules/<id:schedule_id>/now": "oncall:read",
    "GET /api/v1/oncall/schedules/<id:schedule_id>/shifts": "oncall:read",
    "GET /api/v1/oncall/schedules/<id:schedule_id>/calendar.ics": "oncall:read",
    "GET /api/v1/oncall/schedules/<id:schedule_id>/overrides": "oncall:read",
    "POST /api/v1/oncall/schedules/<id:schedule_id>/overrides": "oncall:write",
    "DELETE /api/v1/oncall/schedules/<id:schedule_id>/overrides/<id:override_id>": "oncall:write",
    "GET /api/v1/escalation-policies": "oncall:read",
    "POST /api/v1/escalation-policies": "oncall:write",
    "GET /api/v1/escalation-policies/<id:policy_id>": "oncall:read",
    "PATCH /api/v1/escalation-policies/<id:policy_id>": "oncall:write",
    "DELETE /api/v1/escalation-policies/<id:policy_id>": "oncall:write",
    "GET /api/v1/health": PUBLIC,
    "GET /api/v1/keys": "keys:read",
    "POST /api/v1/keys/export": "keys:write",
    "POST /api/v1/keys/retire": "keys:write",
    "POST /api/v1/keys/rewrap": "keys:write",
    "POST /api/v1/keys/rotate": "keys:write",
    "GET /api/v1/openapi.json": PUBLIC,
    "GET /api/v1/runs": "runs:read",
    "GET /api/v1/runs/<id:run_id>": "runs:read",
    "GET /api/v1/runs/<id:run_id>/output": "runs:read",
    "POST /api/v1/runs/<id:run_id>/cancel": "runs:write",
    "GET /api/v1/slots/preview": "tasks:read",
    "GET /api/v1/tasks": "tasks:read",
    "POST /api/v1/tasks": "tasks:write",
    "POST /api/v1/tasks/import": "tasks:write",
    "GET /api/v1/tasks/<id:task_id>": "tasks:read",
    "PATCH /api/v1/tasks/<id:task_id>": "tasks:write",
    "DELETE /api/v1/tasks/<id:task_id>": "tasks:write",
    "POST /api/v1/tasks/<id:task_id>/pause": "tasks:write",
    "GET /api/v1/tasks/<id:task_id>/preview": "tasks:read",
    "POST /api/v1/tasks/<id:task_id>/resume": "tasks:write",
    "POST /api/v1/tasks/<id:task_id>/run": "runs:write",
    "GET /api/v1/users": "users:read",
    "POST /api/v1/users": "users:write",
    "GET /api/v1/users/<id:user_id>": "users:read",
    "PATCH /api/v1/users/<id:user_id>": "users:write",
    "DELETE /api/v1/users/<id:user_id>": "users:write",
    "DELETE /api/v1/users/<id:user_id>/factor": "users:write",
    "GET /api/v1/users/<id:user_id>/keys": "users:read",
    "DELETE /api/v1/users/<id:user_id>/keys": "users:write",
    "DELETE /api/v1/users/<id:user_id>/keys/<id:id_>": "users:write",
    "GET /api/v1/users/<id:user_id>/sessions": "users:read",
    "DELETE /api/v1/users/<id:user_id>/sessions": "users:write",
    "DELETE /api/v1/users/<id:user_id>/sessions/<session:session_id>": "users:write",
}
CLOSED = [route for route, scope in SCOPES.items() if scope != PUBLIC]


def routes_of(app: Flask) -> Iterator[tuple[str, str]]:
    """Each method of each route, with the name of its view."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD"}):
            yield f"{method} {rule.rule}", rule.endpoint


def _ask(caller: Caller, route: str) -> int:
    method, _, path = route.partition(" ")
    answer = caller.ask(method, "/" + re.sub(r"<[^>]+>", "4711", path), json=None if method == "GET" else {})
    return answer.status_code


def test_every_route_states_who_may_ask_it(house: House) -> None:
    app = house.client.application
    assert isinstance(app, Flask)

    stated = {route: access_of(app.view_functions[endpoint]) for route, endpoint in routes_of(app)}

    assert [route for route, access in stated.items() if access is None] == []
    assert {route: access.scope for route, access in stated.items() if access} == SCOPES


def test_a_stranger_may_ask_nothing_that_is_not_public(house: House) -> None:
    for who in (house.stranger, house.stranger.having(Authorization="Bearer made-up")):
        assert {
            route: status for route in CLOSED if (status := _ask(who, route)) != HTTPStatus.UNAUTHORIZED
        } == {}


@pytest.mark.parametrize("role", Role)
def test_a_user_may_ask_what_the_role_holds_and_nothing_else(house: House, role: Role) -> None:
    user = house.user(role)

    for route in CLOSED:
        if route.endswith("/logout"):
            continue
        allowed = SCOPES[route] in {SIGNED_IN, *SCOPES_BY_ROLE[role]}
        refused = _ask(user, route) == HTTPStatus.FORBIDDEN
        assert refused is not allowed, f"{role} {route}"


def test_a_route_that_does_not_say_who_may_ask_it_is_closed_to_all(house: House) -> None:
    app = house.client.application
    assert isinstance(app, Flask)
    app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "open")

    assert house.stranger.get("/forgotten").status_code == HTTPStatus.FORBIDDEN
    assert house.local.get("/forgotten").status_code == HTTPStatus.FORBIDDEN


def test_a_demoted_operator_starts_nothing_any_more(house: House) -> None:
    """Routes that run commands ask the database, whatever was known of the caller a moment ago."""
    operator, task = house.user(Role.OPERATOR), house.local.add_task()
    assert operator.get("/tasks").status_code == HTTPStatus.OK

    with house.services.units.writing() as work:  # as another server would: no event reaches this one
        user = work.access.lock_user(1)
        assert user is not None
        user.role, user.version = Role.VIEWER, user.version + 1
        work.commit()

    assert operator.post(f"/tasks/{task['id']}/run").status_code == HTTPStatus.UNAUTHORIZED
