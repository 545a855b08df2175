"""The page of a link: a person's button acknowledges, a program that follows every link does not."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from autom8.alerts.messages.link_wording import LINK_WORDS
from autom8.alerts.messages.links import GOOD_FOR
from autom8.dashboard.links import make_links_blueprint
from autom8.kernel.errors import Unavailable
from autom8.models import Incident, IncidentEntry, UsedLink, table_of
from autom8.wsgi import create
from tests import production
from tests.alerts.message_rig import Markup, add_contact, add_incident
from tests.api.fixtures import each_house, open_house, quick_passwords
from tests.api.rig import Answer, House, Open

__all__ = ["each_house", "open_house", "quick_passwords"]

SCANNERS = [
    {"User-Agent": "Mozilla/5.0 (compatible; SafeLinks)"},
    {"User-Agent": "Slackbot-LinkExpanding 1.0", "Range": "bytes=0-32768"},
    {"User-Agent": "curl/8", "Accept": "*/*"},
    {"Purpose": "prefetch", "Sec-Purpose": "prefetch", "Sec-Fetch-Site": "cross-site"},
]
FORGED = "/a/" + "A" * 96


def with_page(house: House) -> House:
    app = house.client.application
    assert isinstance(app, Flask)
    app.register_blueprint(make_links_blueprint(house.services.alerts.links))
    return house


@pytest.fixture
def house(each_house: House) -> House:
    return with_page(each_house)


def link(house: House, incident_id: int, contact_id: int = 0, ago: timedelta = timedelta()) -> str:
    at = house.services.clock.now() - ago
    return house.services.alerts.links.url(incident_id, contact_id, "m1", at)


def ask(house: House, method: str, path: str, **options: Any) -> Answer:
    return house.stranger.ask(method, "/" + path, **options)


def rows(house: House, model: Any) -> list[Any]:
    with house.services.units.reading() as work:
        return list(work.session.execute(select(table_of(model))))


def acknowledged(house: House) -> bool:
    return any(row.acknowledged_at for row in rows(house, Incident))


def test_a_person_sees_what_it_is_about_and_acknowledges_by_its_button(house: House) -> None:
    ada = add_contact(house.services.units, language="fr")
    path = link(house, add_incident(house.services.units, title="<b>backup</b>\r\nfailed"), ada)

    shown = ask(house, "GET", path)
    markup = Markup(shown.text)
    assert shown.status_code == 200
    assert '<html lang="fr">' in shown.text
    assert "<b>backup</b> failed" in markup.text
    assert LINK_WORDS["fr"].good in markup.text
    assert markup.tags.count("form") == markup.tags.count("button") == 1
    assert not {"script", "img", "link", "input", "a", "b"} & set(markup.tags)
    assert [(name, value) for name, value in markup.attrs if name in {"method", "action"}] == [
        ("method", "post")
    ]
    assert not acknowledged(house)

    done = ask(house, "POST", path)
    assert done.status_code == 200
    assert LINK_WORDS["fr"].done in Markup(done.text).text
    assert "form" not in Markup(done.text).tags
    assert acknowledged(house)

    again = ask(house, "POST", path)
    assert again.status_code == ask(house, "GET", path).status_code == 410
    assert LINK_WORDS["fr"].used in Markup(again.text).text
    assert "backup" not in again.text


@pytest.mark.parametrize("headers", SCANNERS)
def test_a_program_that_follows_every_link_acknowledges_nothing(
    house: House, headers: dict[str, str]
) -> None:
    path = link(house, add_incident(house.services.units))
    before = rows(house, Incident)

    for method in ("HEAD", "GET", "GET", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"):
        answer = ask(house, method, path, headers=headers)
        for found in re.findall(r'(?:href|src|action)="([^"]*)"', answer.text):  # there is none to follow
            pytest.fail(f"leads to {found}")
        assert answer.status_code == (200 if method in {"HEAD", "GET"} else 405), method
        if method == "HEAD":
            assert answer.data == b""

    assert rows(house, Incident) == before
    assert rows(house, IncidentEntry) == rows(house, UsedLink) == []


def test_it_takes_neither_a_session_nor_a_cookie_nor_a_proof_of_its_own_page(house: House) -> None:
    """With `Referrer-Policy: no-referrer` browsers send the form with `Origin: null`."""
    path = link(house, add_incident(house.services.units))
    shown = ask(house, "GET", path)
    assert "Set-Cookie" not in shown.headers

    done = ask(
        house,
        "POST",
        path,
        headers={"Origin": "null", "Cookie": "autom8=nonsense"},
        data="",
        content_type="application/x-www-form-urlencoded",
    )
    assert done.status_code == 200
    assert "Set-Cookie" not in done.headers
    assert acknowledged(house)


def test_two_posts_at_once_acknowledge_once(house: House) -> None:
    path = link(house, add_incident(house.services.units))

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(lambda _: ask(house, "POST", path).status_code, range(6)))

    assert statuses == [200, 410, 410, 410, 410, 410]
    assert len(rows(house, IncidentEntry)) == len(rows(house, UsedLink)) == 1


def test_the_trail_tells_of_it_with_where_it_came_from(house: House) -> None:
    number = add_incident(house.services.units)
    ask(house, "POST", link(house, number))

    (entry,) = house.local.get("/audit?action=incident.acknowledged").json["items"]
    assert (entry["object_id"], entry["actor"]["kind"]) == (str(number), "anonymous")
    assert entry["details"]["by_link"] is True


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_each_link_that_is_worth_nothing_says_why(house: House, method: str) -> None:
    words = LINK_WORDS["en"]
    number = add_incident(house.services.units, title="a secret name")
    old, over = link(house, number, ago=GOOD_FOR + timedelta(minutes=1)), link(house, number)

    expired = ask(house, method, old)
    assert (expired.status_code, words.expired in Markup(expired.text).text) == (410, True)

    with house.services.units.writing() as work:
        work.session.execute(update(table_of(Incident)).values(resolved_at=work.now()))
        work.commit()
    resolved = ask(house, method, over)
    assert (resolved.status_code, words.over in Markup(resolved.text).text) == (200, True)
    assert "form" not in Markup(resolved.text).tags

    altered = over[:-1] + ("B" if over.endswith("A") else "A")
    unknown = [ask(house, method, path) for path in (FORGED, altered, "/a/x", old[:-9] + "A" * 9)]
    assert {answer.status_code for answer in unknown} == {404}
    assert len({answer.text for answer in unknown}) == 1, "a stranger can't tell one from another"
    for answer in [expired, *unknown]:
        assert "a secret name" not in answer.text
    assert rows(house, UsedLink) == []


def test_whom_we_do_not_know_is_answered_in_the_browsers_language(house: House) -> None:
    for sent, language in (("de-CH,de;q=0.9", "de"), ("es, en;q=0.5", "es"), ("ja", "en"), ("%%", "en")):
        answer = ask(house, "GET", FORGED, headers={"Accept-Language": sent})
        assert f'<html lang="{language}">' in answer.text, sent


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_page_is_kept_by_nobody_and_may_do_nothing_but_send_its_form(house: House, method: str) -> None:
    for path in (link(house, add_incident(house.services.units)), FORGED):
        answer = ask(house, method, path)
        headers = answer.headers
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["X-Frame-Options"] == "DENY"
        (policy,) = headers.getlist("Content-Security-Policy")
        (style,) = re.findall("<style>(.*?)</style>", answer.text)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert policy == (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
        )
        assert '<meta name="viewport" content="width=device-width' in answer.text
        assert '<meta name="robots" content="noindex' in answer.text


def test_too_many_requests_are_refused_in_words_and_then_nothing_is_done(open_house: Open) -> None:
    house = with_page(open_house(requests_per_minute=3))
    path = link(house, add_incident(house.services.units))

    statuses = [ask(house, "GET", FORGED).status_code for _ in range(3)]
    refused = ask(house, "POST", path)

    assert statuses == [404] * 3
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert LINK_WORDS["en"].too_many in Markup(refused.text).text
    assert not acknowledged(house)


def test_in_production_a_link_is_opened_by_https_only(open_house: Open) -> None:
    house = with_page(open_house(behind_tls_proxy=True, **production.SETTINGS))
    path = link(house, add_incident(house.services.units))

    away, host = {"REMOTE_ADDR": "192.0.2.7"}, {"Host": "server.example"}
    answer = ask(house, "POST", path, environ_base=away, headers=host)

    assert answer.status_code == 403
    assert LINK_WORDS["en"].only_https in Markup(answer.text).text
    assert not acknowledged(house)


def test_while_the_database_is_away_it_says_that_it_will_be_back(
    open_house: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = with_page(open_house())
    path = link(house, add_incident(house.services.units))

    def away(*_: object) -> Any:
        raise Unavailable("The database can't be reached.")

    monkeypatch.setattr(type(house.services.alerts.links), "look", away)
    answer = ask(house, "GET", path)

    assert answer.status_code == 503
    assert LINK_WORDS["en"].unavailable in Markup(answer.text).text


def test_no_log_holds_a_link(open_house: Open, caplog: pytest.LogCaptureFixture) -> None:
    house = with_page(open_house())
    path = link(house, add_incident(house.services.units))

    with caplog.at_level(logging.DEBUG):
        for method in ("GET", "POST", "POST", "PUT"):
            ask(house, method, path)
        assert ask(house, "GET", path, query_string="x" * 9_000).status_code == 414

    told = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "/a/<token>" in told
    assert path.rpartition("/")[2] not in told


def test_the_server_has_the_page(open_house: Open) -> None:
    rules = {str(each) for each in create(open_house().services).url_map.iter_rules()}

    assert "/a/<token>" in rules
