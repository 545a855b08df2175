"""`autom8 channel` against the real API: secrets by stdin or typed, never as arguments; forms; tests."""

from __future__ import annotations

import getpass
import json
import sys
import threading
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server

from autom8.kernel.destinations import Destination
from tests.api.rig import House, opened
from tests.cli.command import Cli
from tests.contacts.people import add as add_contact
from tests.egress.far_side import far_side

SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
MAIL = ("--set", "host=mail.example", "--set", "sender=autom8@example.org", "--set", "username=ops")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    """A house whose API listens on this machine, and that may ask it."""
    home = tmp_path_factory.mktemp("cli") / "home"
    with opened(home, egress_allow=[Destination.read("127.0.0.1")]) as house:
        server = make_server("127.0.0.1", 0, house.client.application, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield house, f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def house(served: tuple[House, str]) -> House:
    return served[0]


@pytest.fixture
def here(served: tuple[House, str], cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    house, url = served
    monkeypatch.setenv("AUTOM8_URL", url)
    monkeypatch.setenv("AUTOM8_TOKEN", house.local.headers["Authorization"].removeprefix("Bearer "))
    return cli


def test_the_kinds_and_the_form_of_one_are_shown(here: Cli) -> None:
    kinds = here("channel", "kinds").out
    form = here("channel", "kinds", "email").out

    assert "email" in kinds
    assert "any contact" in kinds
    assert "587" in form
    assert "password" in form
    assert [each["kind"] for each in here("channel", "kinds", "slack", "--json").json] == ["slack"]


def test_a_secret_comes_by_stdin_as_a_line_or_as_json(here: Cli, house: House) -> None:
    line = here("channel", "add", "Line", "--kind", "slack", "--secrets-stdin", stdin=SLACK + "\n")
    said = json.dumps({"password": "hunter22"})
    mail = here("channel", "add", "Mail", "--kind", "email", *MAIL, "--secrets-stdin", "--json", stdin=said)

    assert line.code == 0
    assert mail.json["secrets"] == ["password"]
    assert (mail.json["fields"]["host"], mail.json["fields"]["port"]) == ("mail.example", 587)
    shown = here("channel", "show", "mail").out
    assert "(secret)" in shown
    assert "hunter22" not in shown + mail.out
    assert SLACK not in line.out + here("channel", "list", "--json").out
    house.local.delete(f"/channels/{mail.json['id']}", mail_tag(house, mail.json["id"]))


def mail_tag(house: House, id_: int) -> str:
    return house.local.get(f"/channels/{id_}").headers["ETag"]


def test_a_secret_as_an_argument_is_refused_before_anything_is_sent(here: Cli) -> None:
    refused = here("channel", "add", "X", "--kind", "email", *MAIL, "--set", "password=hunter22")

    assert refused.code == 8
    assert "never as an argument" in refused.err
    assert "hunter22" not in refused.err + refused.out


def test_nobody_is_there_to_type_a_secret(here: Cli) -> None:
    refused = here("channel", "add", "X", "--kind", "slack")

    assert refused.code == 8
    assert "--secrets-stdin" in refused.err
    assert here("channel", "add", "X", "--kind", "slack", "--secrets-stdin", stdin="{").code == 8
    assert here("channel", "add", "X", "--kind", "pushover", "--secrets-stdin", stdin="lone").code == 8
    odd = here("channel", "add", "X", "--kind", "slack", "--secrets-stdin", stdin='{"fax": "1"}')
    assert (odd.code, "fax" in odd.err) == (8, True)


def test_a_secret_is_typed_where_somebody_is_there(here: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return SLACK

    monkeypatch.setattr(getpass, "getpass", typed)
    monkeypatch.setattr("autom8.cli.channel_fields.sys", _Terminal())

    assert here("channel", "add", "Typed", "--kind", "slack", "--json").json["secrets"] == ["webhook_url"]
    assert asked == ["Incoming webhook: "]
    assert here("channel", "change", "typed", "--secret", "webhook_url").code == 0
    assert len(asked) == 2
    wrong = here("channel", "change", "typed", "--secret", "fax")
    assert wrong.code == 8


class _Terminal:
    """A stdin at which somebody sits."""

    class stdin:  # noqa: N801 - as it is named in sys
        isatty = staticmethod(lambda: True)
        read = staticmethod(lambda: sys.stdin.read())


def test_a_channel_is_changed_tested_and_removed(here: Cli, house: House) -> None:
    with far_side() as side:
        words = ("--kind", "webhook", "--secrets-stdin", "--at-most", "alone_max=5", "--subject", "{notice}")
        added = here("channel", "add", "Hook", *words, "--json", stdin=side.url)
        assert added.code == 0, added.err
        assert (added.json["limits"], added.json["templates"]) == ({"alone_max": 5}, {"subject": "{notice}"})
        tested = here("channel", "test", "hook")
    assert (tested.code, tested.out) == (0, "Hook took the test\n")
    gone = here("channel", "test", str(added.json["id"]), "--json")
    assert (gone.code, gone.json["result"]) == (1, "failed")

    changed = here("channel", "change", "HOOK", "--name", "Hooks", "--disable", "--subject", "", "--json")
    assert (changed.json["name"], changed.json["enabled"], changed.json["templates"]) == ("Hooks", False, {})
    assert "disabled" in here("channel", "list").out
    assert (
        here("channel", "change", "Hooks", "--enable").out == f"changed channel {added.json['id']}, Hooks\n"
    )
    assert here("channel", "change", "Hooks").code == 8
    assert here("channel", "remove", "Hooks").out == "removed channel Hooks\n"
    assert here("channel", "show", "Hooks").code == 6


def test_a_channel_of_a_contact_and_a_field_that_is_emptied(here: Cli, house: House) -> None:
    add_contact(house.local, "Ada Channel")

    hers = here(
        "channel", "add", "Hers", "--kind", "slack", "--contact", "ada channel", "--secrets-stdin", "--json",
        stdin=SLACK,
    )  # fmt: skip
    mail = here(
        "channel", "add", "Post", "--kind", "email", *MAIL, "--secrets-stdin", "--disabled", "--json",
        stdin='{"password": "hunter22"}',
    )  # fmt: skip
    bare = here("channel", "change", "Post", "--unset", "password", "--set", "port=25", "--json")

    assert hers.json["contact_id"] > 0
    assert mail.json["enabled"] is False
    assert (bare.json["secrets"], bare.json["fields"]["port"]) == ([], 25)
    bad = here("channel", "change", "Post", "--set", "port=none")
    assert (bad.code, "fields.port" in bad.err) == (8, True)
