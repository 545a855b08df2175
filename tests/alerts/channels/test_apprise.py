"""Services through Apprise: what each one's API gets, over our own way out and no other."""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from autom8.alerts.channels import through_apprise
from autom8.alerts.channels.forms import FORMS, SERVICES, apprise_url
from autom8.alerts.channels.outgoing import Address, Outgoing
from autom8.alerts.channels.senders import Senders, filled_in
from autom8.alerts.channels.through_apprise import OTHER_WAYS, AppriseSender, NotUsable, opened
from autom8.alerts.retrying import Result
from autom8.kernel.errors import Invalid
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import ChannelKind
from tests.alerts.channels.services import FIELDS, NOON, TOLD, ZERO_WIDTH, Rerouted, by_url, send
from tests.egress.far_side import OK, Serve, endless, far_side, redirect, way_out

MADE_OF_FIELDS = (ChannelKind.TELEGRAM, ChannelKind.NTFY, ChannelKind.PUSHOVER, ChannelKind.TWILIO)


def _secret(url: str, _: Outgoing) -> Secret:
    return Secret(url)


def test_slack_gets_an_attachment_in_which_nothing_is_a_command() -> None:
    got = send(ChannelKind.SLACK)

    assert got.sent.result is Result.DELIVERED
    assert got.ask.url == FIELDS[ChannelKind.SLACK]["webhook_url"]
    [attachment] = got.json["attachments"]
    assert attachment["title"] == "FIRING: bäckup &lt;1&gt;"
    assert attachment["text"].startswith('File "&lt;stdin&gt;", line 1\n&lt;!channel&gt;')


def test_teams_gets_a_card_by_its_workflow() -> None:
    got = send(ChannelKind.TEAMS)

    assert got.sent.result is Result.DELIVERED
    assert got.ask.url == FIELDS[ChannelKind.TEAMS]["webhook_url"]
    card = got.json["attachments"][0]["content"]
    assert card["type"] == "AdaptiveCard"
    assert next(each["text"] for each in card["body"]) == TOLD.subject


def test_telegram_gets_text_in_which_nothing_is_lost_as_markup() -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'
    got = send(ChannelKind.TELEGRAM, answer=answer)

    assert got.sent.result is Result.DELIVERED
    token = FIELDS[ChannelKind.TELEGRAM]["bot_token"]
    assert got.ask.url == f"https://api.telegram.org/bot{token}/sendMessage"
    assert str(got.json["chat_id"]) == "-100123"
    assert "FIRING: bäckup &lt;1&gt;" in got.json["text"]
    assert 'File "&lt;stdin&gt;", line 1' in got.json["text"].replace("&quot;", '"')
    assert "&lt;!channel&gt; @everyone *x* &amp; `y`" in got.json["text"]


def test_ntfy_gets_a_message_with_the_topic_s_token_and_a_page_is_urgent() -> None:
    got = send(ChannelKind.NTFY)
    quiet = send(ChannelKind.NTFY, replace(TOLD, pages=False))

    assert got.sent.result is Result.DELIVERED
    assert got.ask.url == "https://ntfy.sh/"
    assert got.json == {"topic": "ops-a1b2", "title": TOLD.subject, "message": TOLD.text.rstrip()}
    assert got.ask.headers["Authorization"] == "Bearer tk_0123456789abcdef"
    assert got.ask.headers["X-Priority"] == "max"
    assert "X-Priority" not in quiet.ask.headers


def test_a_ntfy_of_one_s_own_is_asked_where_it_is() -> None:
    fields = filled_in(ChannelKind.NTFY, {"topic": "a", "server": "http://ntfy.lan:8080/"}, {})
    with far_side() as side:
        way = Rerouted(side)
        Senders(way_out=way, now=lambda: NOON, source="x").of(ChannelKind.NTFY, fields).send(TOLD)

    assert way.asked[0].url == "http://ntfy.lan:8080/"
    assert "Authorization" not in way.asked[0].headers


def test_pushover_gets_user_token_and_priority() -> None:
    got = send(ChannelKind.PUSHOVER)
    over = send(ChannelKind.PUSHOVER, replace(TOLD, ends=True))

    assert got.sent.result is Result.DELIVERED
    assert got.ask.url == "https://api.pushover.net/1/messages.json"
    form = got.form
    assert (form["user"], form["token"], form["priority"]) == ("u" * 30, "a" * 30, "1")
    assert (form["title"], form["message"]) == (TOLD.subject, TOLD.text.rstrip())
    assert over.form["priority"] == "0"


def test_twilio_sends_a_short_message_to_the_contact_s_number() -> None:
    got = send(ChannelKind.TWILIO, replace(TOLD, text="x" * 5_000))
    again = send(ChannelKind.TWILIO, replace(TOLD, text=f"{TOLD.subject}\n\nReason: x"))

    assert got.sent.result is Result.DELIVERED
    sid = FIELDS[ChannelKind.TWILIO]["account_sid"]
    assert got.ask.url == f"https://api.twilio.com/2010-04-01/Accounts/{sid}/Messages.json"
    assert (got.form["From"], got.form["To"]) == ("+15005550006", "+4930123456")
    assert got.form["Body"].startswith(TOLD.subject)
    assert 600 < len(got.form["Body"]) <= 640
    assert got.form["Body"].endswith("xxx...")
    assert again.form["Body"] == f"{TOLD.subject}\n\nReason: x"  # paid for once


def test_twilio_without_a_number_is_refused_and_not_asked() -> None:
    fields = filled_in(ChannelKind.TWILIO, FIELDS[ChannelKind.TWILIO], {})
    with far_side() as side:
        sender = Senders(way_out=Rerouted(side), now=lambda: NOON, source="x").of(ChannelKind.TWILIO, fields)
        for to in (None, Address(name="Ada")):
            assert sender.send(replace(TOLD, to=to)).result is Result.REFUSED
    assert not side.asked


def test_discord_gets_text_that_calls_nobody() -> None:
    got = send(ChannelKind.DISCORD)

    assert got.sent.result is Result.DELIVERED
    assert got.ask.url.startswith("https://discord.com/api/webhooks/")
    assert "@everyone" not in got.json["content"]
    assert f"@{ZERO_WIDTH}everyone" in got.json["content"]


def test_any_other_service_that_speaks_http_is_asked_by_its_url() -> None:
    got = send(ChannelKind.APPRISE)

    assert got.ask.url == "https://hooks.example/deploy"
    assert (got.json["title"], got.json["type"]) == (TOLD.subject, "failure")


@pytest.mark.parametrize("kind", [each for each in FIELDS if each is not ChannelKind.APPRISE])
def test_a_megabyte_is_cut_to_what_a_service_takes(kind: ChannelKind) -> None:
    got = send(kind, replace(TOLD, text="ä<b>\n" * 200_000, subject="x" * 1_000_000))

    assert got.sent.result is Result.DELIVERED
    assert len(got.body) < 250_000


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (b"HTTP/1.1 500 Oh\r\n\r\n", Result.FAILED),
        (b"HTTP/1.1 429 Many\r\nRetry-After: 30\r\n\r\n", Result.FAILED),
        (b"HTTP/1.1 404 None\r\n\r\n", Result.REFUSED),
        (b"HTTP/1.1 401 Who\r\n\r\n", Result.REFUSED),
        (redirect("http://127.0.0.1:1/"), Result.REFUSED),
        (lambda connection: connection.close(), Result.UNKNOWN),
        (endless(b"x" * 60_000), Result.UNKNOWN),
    ],
)
def test_the_exchange_says_what_became_of_it(answer: Serve | bytes, result: Result) -> None:
    sent = send(ChannelKind.APPRISE, answer=answer).sent

    assert sent.result is result
    assert sent.retry_after == (timedelta(seconds=30) if "Retry" in str(answer) else None)
    assert "deploy" not in sent.detail


def test_what_the_way_out_refuses_is_refused() -> None:
    for url in ("json://169.254.169.254/latest", "json://[::1]/", "xmls://10.0.0.1/"):
        made = AppriseSender(url_for=partial(_secret, url), ask=way_out().ask, now=lambda: NOON)
        sent = made.send(TOLD)
        assert sent.result is Result.REFUSED
        assert "must not be reached" in sent.detail


@pytest.mark.parametrize(
    "url",
    [
        "syslog://",
        "dbus://",
        "gnome://",
        "macosx://",
        "windows://",
        "exec://ls",
        "file:///etc/passwd",
        "mailto://u:p@example.com",
        "mqtt://localhost/topic",
        "rsyslog://localhost",
        "xmpps://u:p@localhost",
        "irc://localhost/#a",
        "fcm://project/DEVICE?keyfile=/etc/passwd",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ?template=/etc/passwd",
        f"discord://{'1' * 18}/{'a' * 68}?template=http://127.0.0.1/x",
        "workflows://h.logic.azure.com/wid/sig?template=/etc/hostname",
        "twilio://AC" + "a" * 32 + ":" + "b" * 32 + "@%2B15005550006/%2B4930123456/%2B4930123457",
        "nonsense",
        "",
        "jsons://",
    ],
)
def test_what_runs_programs_reads_files_or_tells_several_is_no_channel(url: str) -> None:
    with pytest.raises(NotUsable):
        opened(Secret(url))
    with pytest.raises(Invalid) as refused:
        filled_in(ChannelKind.APPRISE, {"url": url}, {})
    assert "passwd" not in str(refused.value)


def test_a_form_takes_no_url_of_another_service() -> None:
    slack = FIELDS[ChannelKind.SLACK]["webhook_url"]
    for kind, url in (
        (ChannelKind.TEAMS, slack),
        (ChannelKind.DISCORD, slack),
        (
            ChannelKind.SLACK,
            "https://slack.com.evil.example/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        ),
        (ChannelKind.SLACK, slack.replace("https", "http")),
        (ChannelKind.SLACK, slack + "?template=/etc/passwd"),
    ):
        with pytest.raises(Invalid):
            filled_in(kind, {"webhook_url": url}, {})


@pytest.mark.parametrize(
    "kind", [ChannelKind.TELEGRAM, ChannelKind.NTFY, ChannelKind.PUSHOVER, ChannelKind.TWILIO]
)
def test_no_field_leaves_its_place_in_the_url(kind: ChannelKind) -> None:
    for name in FIELDS[kind]:
        for text in ("a/b@evil.example?x=1#", "a\r\nb", "%2F..", "a b", "a&format=html&template=/etc/passwd"):
            fields = {**FIELDS[kind], name: text}
            try:
                filled_in(kind, fields, {})
            except Invalid:
                continue
            url = apprise_url(kind, fields, phone="+4930123456")
            assert url is not None
            assert "evil.example" not in url
            assert "format=html" not in url


def test_a_dead_or_odd_phone_number_of_a_contact_stays_in_its_place() -> None:
    url = apprise_url(ChannelKind.TWILIO, FIELDS[ChannelKind.TWILIO], phone="+49/@evil?x")

    assert url is not None
    assert "evil?x" not in url


@pytest.mark.parametrize("kind", SERVICES)
def test_the_secret_of_a_channel_is_in_nothing_that_is_told_of_a_try(kind: ChannelKind) -> None:
    secrets = [each.name for each in FORMS[kind] if each.secret]

    sent = send(kind, answer=b"HTTP/1.1 403 No\r\n\r\nno").sent

    assert sent.result is not Result.DELIVERED
    for name in secrets:
        assert str(FIELDS[kind].get(name, "-none-")) not in sent.detail


def test_two_threads_know_nothing_of_each_other_s_message() -> None:
    results: dict[int, Result] = {}

    def one(number: int) -> None:
        with far_side(OK if number % 2 else b"HTTP/1.1 500 Oh\r\n\r\n") as side:
            for _ in range(3):
                results[number] = by_url("json://one.example/", side)[0].result

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [results[number] for number in range(8)] == [Result.FAILED, Result.DELIVERED] * 4


def test_nothing_is_asked_outside_of_a_message_and_others_keep_their_requests() -> None:
    with far_side() as side:
        service = opened(Secret(f"json://127.0.0.1:{side.port}/"))
        assert not service.notify(body="x")
        assert not side.asked
        assert requests.get(side.url, timeout=5).status_code == 200  # this test's own


def test_no_service_repeats_by_itself() -> None:
    with far_side(b"HTTP/1.1 500 Oh\r\n\r\n") as side:
        sent, way = by_url("json://one.example/?retry=5&wait=60", side)

    assert sent.result is Result.FAILED
    assert len(way.asked) == 1


def accepted() -> Iterator[Path]:
    """The source files of all services that are let through."""
    through_apprise.prepare()
    manager: Any = sys.modules["apprise.manager_plugins"]
    for plugin in manager.NotificationManager().plugins():
        if through_apprise.is_guarded(plugin.__module__):
            path = Path(str(sys.modules[plugin.__module__].__file__))
            own = path.parent if path.name in {"__init__.py", "base.py"} else path
            yield from sorted(own.rglob("*.py")) if own.is_dir() and own.name != "plugins" else [path]


def test_no_service_that_is_let_through_knows_another_way_out_or_opens_a_file_that_is_named() -> None:
    """Read in the sources, since an import may stand in a function."""
    found: list[str] = []
    count = 0
    for path in accepted():
        count += 1
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            found += [f"{path.name}: {each}" for each in names if each.partition(".")[0] in OTHER_WAYS]
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "open":
                [what, *_] = node.args
                if not ast.unparse(what).endswith((".path", "path")):
                    found.append(f"{path.name}: {ast.unparse(node)}")
    assert count > 150
    assert not found
