"""A preview shows what templates would make of an incident, and tells nobody anything."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from autom8.alerts.flapping import Notice
from autom8.alerts.messages.templates import FIELDS
from autom8.kernel.actor import SCOPES_BY_ROLE
from autom8.kernel.vocabulary import Role
from autom8.models import Message, UsedLink, table_of
from tests.alerts.message_rig import Markup, add_incident
from tests.api.rig import Caller, House, Open

OWN = {"subject": "[{{ incident.id }}] {{ incident.title }}", "text": "{{ run.reason }}: {{ ack.url }}"}


def preview(caller: Caller, status: int = 200, **body: Any) -> Any:
    answer = caller.post("/channels/preview", body)
    assert answer.status_code == status, answer.text
    return answer.json


def test_without_an_incident_one_is_made_up(open_house: Open) -> None:
    house = open_house(public_url="https://autom8.example.org")
    made = preview(house.local, templates=OWN)

    assert made["subject"] == "[1] nightly-backup: failed"
    assert made["text"] == "exit code 3: https://autom8.example.org/a/preview\n"
    assert Markup(made["html"]).hrefs == ["https://autom8.example.org/a/preview"]
    assert (made["event_type"], made["event"]["run"]["exit_code"]) == ("incident.firing", 3)


@pytest.mark.parametrize("notice", Notice)
def test_each_notice_is_shown_in_the_usual_form_in_each_language_and_zone(
    local: Caller, notice: Notice
) -> None:
    made = preview(local, notice=notice, language="de", zone="Europe/Berlin")

    assert "Europe/Berlin, UTC+" in made["text"]
    assert "Rückgabewert 3" in made["text"]
    assert made["event"]["notice"] == notice


def test_an_incident_that_there_is_is_told_with_its_run(api: Caller) -> None:
    units = api.services.units
    task = api.add_task("report")
    run = api.post(f"/tasks/{task['id']}/run").json
    number = add_incident(units, title="report: lost", run_id=run["id"], object_id=task["id"])

    made = preview(api, templates=OWN, incident_id=number)

    assert made["subject"] == f"[{number}] report: lost"
    assert made["text"] == "waits:\n"
    assert made["event"]["run"]["id"] == run["id"]
    with units.reading() as work:
        assert not work.session.execute(select(table_of(Message))).all()
        assert not work.session.execute(select(table_of(UsedLink))).all()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"templates": {"subject": "{{ nope }}"}}, {"subject"}),
        ({"templates": {"text": "{{"}}, {"text"}),
        ({"templates": {"html": "x"}}, {"templates.html"}),
        ({"templates": {"text": "x" * 10_001}}, {"templates.text"}),
        ({"zone": "Mars/Olympus"}, {"zone"}),
        ({"notice": "loud"}, {"notice"}),
        ({"incident_id": 0}, {"incident_id"}),
        ({"facts": {}}, {"facts"}),
    ],
)
def test_what_can_not_be_meant_is_named(local: Caller, body: dict[str, Any], fields: set[str]) -> None:
    assert set(preview(local, 400, **body)["fields"]) == fields


def test_an_incident_that_is_not_there_is_not_found(local: Caller) -> None:
    assert preview(local, 404, incident_id=4711)["code"] == "incident_not_found"


def test_an_incident_and_its_run_are_shown_to_whom_may_read_them(house: House) -> None:
    units = house.services.units
    plain, of_run = add_incident(units), add_incident(units, run_id=1, object_id=4)
    admin = house.user(Role.ADMIN)

    def with_scopes(*scopes: str) -> Caller:
        assert set(scopes) <= SCOPES_BY_ROLE[Role.ADMIN]
        body = {"name": " ".join(scopes), "scopes": list(scopes)}
        key = admin.post("/auth/keys", body)
        assert key.status_code == 201, key.text
        return house.stranger.having(Authorization=f"Bearer {key.json['key']}")

    assert preview(with_scopes("channels:read"))["subject"]
    preview(with_scopes("channels:read"), 403, incident_id=plain)
    preview(with_scopes("channels:read", "alerts:read"), incident_id=plain)
    preview(with_scopes("channels:read", "alerts:read"), 403, incident_id=of_run)
    preview(with_scopes("channels:read", "alerts:read", "runs:read"), incident_id=of_run)


def test_the_fields_are_listed_with_what_they_mean(local: Caller) -> None:
    items = local.get("/channels/template-fields").json["items"]

    assert {each["name"]: each["meaning"] for each in items} == dict(FIELDS)
