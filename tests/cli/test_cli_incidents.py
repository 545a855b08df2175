"""`autom8 incident` against the real API: what is shown of one, and until when it is acknowledged."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from autom8.kernel.vocabulary import Role
from tests.api.rig import House
from tests.cli.command import Cli
from tests.cli.served import here, house

__all__ = ["here", "house"]


def pushed(house: House, **annotations: str) -> str:
    """An incident of an alert that somebody pushed; its number."""
    alert = {"labels": {"alertname": "DiskFull"}, "annotations": annotations}
    assert house.local.post("//api/v2/alerts", [alert]).status_code == 200
    while house.services.alerts.telling.looker.look():
        pass
    return str(house.local.get("/incidents?order=-id").json["items"][0]["id"])


def fields_of(text: str) -> dict[str, str]:
    """What stands above the story, by its names."""
    lines = (line.split("  ", 1) for line in text.partition("\n\n")[0].splitlines() if "  " in line.strip())
    return {name.strip(): value.strip() for name, value in lines}


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Call it to have the server's clock go before ours, as its answers tell."""

    def set_ahead(by: timedelta) -> None:
        def told(_: Any, timestamp: float | None = None) -> str:
            del timestamp
            return format_datetime(datetime.fromtimestamp(time.time(), UTC) + by, usegmt=True)

        monkeypatch.setattr(BaseHTTPRequestHandler, "date_time_string", told)

    return set_ahead


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("tomorrow", "'tomorrow' is no instant"),
        ("2099-03-29 02:30", "does not exist in Europe/Berlin"),
        ("2001-01-01", "until"),
        ("", "'' is no instant"),
    ],
)
def test_an_end_that_can_not_be_meant_is_refused_in_one_line(
    here: Cli, house: House, until: str, said: str
) -> None:
    refused = here("incident", "ack", pushed(house), "--until", until, "--tz", "Europe/Berlin")

    assert (refused.code, refused.err.count("\n")) == (8, 1), refused.err
    assert said in refused.err


def test_an_end_without_an_offset_is_a_time_of_the_zone(here: Cli, house: House) -> None:
    number = pushed(house)

    by_zone = here("incident", "ack", number, "--until", "2099-01-01 12:00", "--tz", "Asia/Tokyo", "--json")
    assert by_zone.json["acknowledged_until"] == "2099-01-01T03:00:00Z"
    plain = here("incident", "ack", number, "--until", "2099-01-01 12:00", "--json")
    assert plain.json["acknowledged_until"] == "2099-01-01T12:00:00Z"


def test_whose_it_is_until_when_and_who_ended_it_are_shown(here: Cli, house: House) -> None:
    house.local.post("/contacts", {"name": "Ada"})
    number = pushed(house)
    here("incident", "ack", number, "--until", "2099-01-01")
    here("incident", "assign", number, "ada")

    shown = fields_of(here("incident", "show", number).out)
    assert shown["acknowledged until"].startswith("2099-01-01 ")
    assert shown["assigned to"] == "Ada"
    assert "resolved by" not in shown

    here("incident", "resolve", number)
    shown = fields_of(here("incident", "show", number).out)
    assert shown["resolved by"] == house.local.get(f"/incidents/{number}").json["resolved_by"]


def test_whoever_may_not_see_contacts_sees_whose_it_is_by_number(
    here: Cli, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.local.post("/contacts", {"name": "Ada"})
    number = pushed(house)
    here("incident", "assign", number, "ada")
    operator = house.user(Role.OPERATOR)
    key = operator.post("/auth/keys", {"name": "watcher", "scopes": ["alerts:read"]}).json["key"]
    monkeypatch.setenv("AUTOM8_TOKEN", key)

    assert fields_of(here("incident", "show", number).out)["assigned to"] == "contact 1"


def test_an_annotation_stands_apart_and_in_no_field_s_place(here: Cli, house: House) -> None:
    number = pushed(house, state="resolved", severity="none", summary="disk \x9b31m full")

    shown = here("incident", "show", number).out

    fields = fields_of(shown.partition("annotations\n")[0])
    assert (fields["state"], fields["severity"]) == ("open", "warning")
    assert "  severity  none\n" in shown
    assert "  summary   disk \\x9b31m full\n" in shown


@pytest.mark.parametrize("by", [timedelta(hours=3), timedelta(hours=-3), timedelta()])
def test_for_counts_by_the_server_s_clock(
    here: Cli, house: House, ahead: Callable[[timedelta], None], by: timedelta
) -> None:
    ahead(by)
    number = pushed(house)

    until = here("incident", "ack", number, "--for", "5h", "--json").json["acknowledged_until"]
    made = here("silence", "add", "a=b", "--for", "5h", "--json").json
    longer = here("silence", "change", "1", "--for", "6h", "--json").json

    for end, length in ((until, 5), (made["ends_at"], 5), (longer["ends_at"], 6)):
        start = datetime.now(UTC) + (max(by, timedelta()) if end is longer["ends_at"] else by)
        assert abs(datetime.fromisoformat(end) - start - timedelta(hours=length)) < timedelta(seconds=20)


def test_a_severity_is_taken_in_any_letters_and_one_that_there_is_not_is_refused(
    here: Cli, house: House
) -> None:
    pushed(house)

    assert "DiskFull" in here("incident", "list", "--severity", "Critical,Warning").out
    assert "DiskFull" not in here("incident", "list", "--severity", "critical").out
    refused = here("incident", "list", "--severity", "critcal")
    assert (refused.code, "'critcal' is not one of critical, warning, info" in refused.err) == (2, True)
