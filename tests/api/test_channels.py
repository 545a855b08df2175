"""Channels over HTTP: added, tried, changed and removed; what is secret goes in and never comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autom8.bootstrap import Services
from autom8.kernel.actor import SYSTEM
from autom8.kernel.destinations import Destination
from autom8.kernel.vocabulary import Role
from autom8.models import DataKey, table_of
from tests.alerts.channels.mail import mail_server
from tests.api.rig import Answer, Caller, House, Open
from tests.contacts.people import add as add_contact
from tests.contacts.people import entries
from tests.egress.far_side import far_side

SECRET = "whsec_c2VjcmV0IG9mIGEgaG9vaywgbG9uZyBlbm91Z2g="
HOOK = {"url": "https://hooks.example/T0/B0/s3cret", "signing_secret": SECRET}
MAIL = {"host": "mail.example", "sender": "autom8@example.org", "username": "ops", "password": "hunter22"}
LOOPBACK = [Destination.read("127.0.0.1")]


def add(caller: Caller, name: str = "Hook", kind: str = "webhook", **more: Any) -> Answer:
    answer = caller.post("/channels", {"name": name, "kind": kind, "fields": HOOK, **more})
    assert answer.status_code == 201, answer.text
    return answer


def sealed_key_owners(services: Services) -> list[int]:
    with services.units.reading() as work:
        key = table_of(DataKey)
        rows = work.session.execute(key.select().where(key.c.purpose == "channel")).all()
    return [row.owner_id for row in rows]


def test_a_channel_is_kept_with_defaults_and_without_its_secrets(api: Caller) -> None:
    made = add(api, "Mail", "email", fields=MAIL)

    assert made.headers["Location"] == f"/api/v1/channels/{made.json['id']}"
    assert made.headers["Cache-Control"] == "no-store"
    assert made.json["fields"] == {
        "host": "mail.example",
        "port": 587,
        "security": "starttls",
        "username": "ops",
        "sender": "autom8@example.org",
        "sender_name": "Autom8",
    }
    assert made.json["secrets"] == ["password"]
    assert (made.json["way"], made.json["enabled"], made.json["bounced"]) == ("email", True, [])
    assert api.get(f"/channels/{made.json['id']}").json == made.json
    assert "hunter22" not in api.get("/channels").text + made.text


def test_secrets_are_sealed_in_the_database_and_in_no_audit_entry(api: Caller) -> None:
    made = add(api)
    channel = made.json
    fields = {"url": "https://other.example/s3cret2"}
    changed = api.patch(f"/channels/{channel['id']}", {"fields": fields}, made.headers["ETag"])

    assert changed.status_code == 200
    with api.services.units.reading() as work:
        row = work.channels.get(channel["id"])
    assert row.secret_encrypted
    assert b"s3cret" not in row.secret_encrypted
    assert "s3cret" not in json.dumps(row.config)
    told = json.dumps(entries(api))
    assert "channel.changed" in told
    assert "s3cret" not in told
    assert "whsec_" not in told


def test_what_is_left_out_of_a_change_stays_and_null_removes_it(api: Caller) -> None:
    made = add(api, "Mail", "email", fields=MAIL)
    path = f"/channels/{made.json['id']}"

    anew = {"name": "Post", "fields": {"sender_name": "Ops"}}
    renamed = api.patch(path, anew, made.headers["ETag"])
    assert renamed.status_code == 200, renamed.text
    assert renamed.json["secrets"] == ["password"]
    assert (renamed.json["name"], renamed.json["fields"]["sender_name"]) == ("Post", "Ops")
    stale = api.patch(path, {"name": "Late"}, made.headers["ETag"])
    assert stale.status_code == 412
    bare = api.patch(path, {"fields": {"password": None, "username": None}}, renamed.headers["ETag"])
    assert (bare.json["secrets"], bare.json["fields"]["username"]) == ([], "")
    same = api.patch(path, {"fields": {"port": 587}, "name": "Post"}, bare.headers["ETag"])
    assert same.json["version"] == bare.json["version"]


@pytest.mark.parametrize("moved", [{"host": "evil.example"}, {"port": 25}, {"security": "plain"}])
def test_a_secret_goes_nowhere_else_unless_it_is_given_anew(api: Caller, moved: dict[str, Any]) -> None:
    made = api.post("/channels", {"name": "Mail", "kind": "email", "fields": MAIL})
    path, tag = f"/channels/{made.json['id']}", made.headers["ETag"]

    refused = api.patch(path, {"fields": moved}, tag)
    assert refused.status_code == 400
    assert set(refused.json["fields"]) == {"fields.password"}
    assert api.patch(path, {"fields": {"sender_name": "Ops"}}, tag).status_code == 200
    tag = api.get(path).headers["ETag"]
    assert api.patch(path, {"fields": {**moved, "password": "another"}}, tag).status_code == 200


def test_a_change_that_gives_new_secrets_is_what_is_used_from_then_on(open_house: Open) -> None:
    house = open_house(egress_allow=LOOPBACK)
    with far_side() as first, far_side() as second:
        made = add(house.local, fields={"url": first.url})
        path = f"/channels/{made.json['id']}"
        assert house.local.post(f"{path}/test", {}).json == {"result": "delivered", "detail": ""}
        house.local.patch(path, {"fields": {"url": second.url}}, made.headers["ETag"])
        house.local.post(f"{path}/test", {})

    assert (len(first.asked), len(second.asked)) == (1, 1)
    assert b'"type":"io.autom8.test"' in first.asked[0]


def test_all_that_is_wrong_with_a_form_is_named(local: Caller) -> None:
    refused = local.post(
        "/channels",
        {"name": "Mail", "kind": "email", "fields": {"host": "a b", "port": "25", "security": "x", "fax": 1}},
    )

    assert refused.status_code == 400
    assert set(refused.json["fields"]) == {f"fields.{name}" for name in ("host", "port", "security", "fax")}
    missing = local.post("/channels", {"name": "Mail", "kind": "email", "fields": {}})
    assert set(missing.json["fields"]) == {"fields.host", "fields.sender"}
    lone = {"host": "h", "sender": "a@b.example", "password": "hunter22"}
    alone = local.post("/channels", {"name": "Mail", "kind": "email", "fields": lone})
    assert alone.json["fields"] == {"fields.username": "is needed with a password"}
    secret = local.post("/channels", {"name": "H", "kind": "webhook", "fields": {"url": "ftp://s3cret"}})
    assert "s3cret" not in secret.text
    odd = {"url": "https://a.example/", "signing_secret": "sesame"}
    unsigned = local.post("/channels", {"name": "H", "kind": "webhook", "fields": odd})
    assert set(unsigned.json["fields"]) == {"fields.signing_secret"}
    assert "sesame" not in unsigned.text


@pytest.mark.parametrize(
    "url", ["syslog://", "slack://a/b/c?template=/etc/passwd", "mailto://a:s3cret@b.example"]
)
def test_an_apprise_url_that_can_not_be_guarded_is_refused_where_it_is_given(local: Caller, url: str) -> None:
    refused = local.post("/channels", {"name": "A", "kind": "apprise", "fields": {"url": url}})

    assert refused.status_code == 400
    assert set(refused.json["fields"]) == {"fields.url"}
    assert "s3cret" not in refused.text


def test_names_are_taken_once_and_kinds_stay(local: Caller) -> None:
    made = add(local, "Ops")

    taken = local.post("/channels", {"name": "OPS", "kind": "webhook", "fields": HOOK})
    assert (taken.status_code, taken.json["code"]) == (409, "name_taken")
    kind = local.patch(f"/channels/{made.json['id']}", {"kind": "email"}, made.headers["ETag"])
    assert kind.status_code == 400


def test_the_kinds_say_what_each_form_asks_for(local: Caller) -> None:
    kinds = {each["kind"]: each for each in local.get("/channels/kinds").json["items"]}

    assert set(kinds) == {
        *("email", "webhook", "slack", "teams", "telegram"),
        *("ntfy", "pushover", "twilio", "discord", "apprise"),
    }
    assert [kind for kind, each in kinds.items() if each["addressed"]] == ["email", "twilio"]
    password = next(each for each in kinds["email"]["fields"] if each["name"] == "password")
    assert (password["secret"], password["required"]) == (True, False)
    for each in kinds.values():
        assert any(field["secret"] for field in each["fields"])


def test_a_test_goes_to_a_contact_by_a_real_mail_server_and_is_audited(open_house: Open) -> None:
    house = open_house(egress_allow=LOOPBACK)
    ada = add_contact(house.local, "Ada", email="ada@example.org", language="de").json
    with mail_server() as server:
        fields = {"host": "127.0.0.1", "port": server.port, "security": "plain", "sender": "a@example.org"}
        channel = add(house.local, "Mail", "email", fields=fields).json
        path = f"/channels/{channel['id']}/test"
        whom = house.local.post(path, {})
        sent = house.local.post(path, {"contact_id": ada["id"]})
        server.at_rcpt = lambda _: "550 5.1.1 unknown"
        bounced = house.local.post(path, {"contact_id": ada["id"]})

    assert (whom.status_code, set(whom.json["fields"])) == (400, {"contact_id"})
    assert sent.json == {"result": "delivered", "detail": ""}
    assert server.taken[0].to == ["ada@example.org"]
    assert bounced.json["result"] == "refused"
    assert "550" in bounced.json["detail"]
    tested = entries(house.local, action="channel.tested")
    assert [each["details"]["contact_id"] for each in tested] == [ada["id"]] * 2


def test_a_channel_to_the_metadata_of_a_cloud_is_never_asked(local: Caller) -> None:
    channel = add(local, fields={"url": "http://169.254.169.254/latest/meta-data/"}).json

    sent = local.post(f"/channels/{channel['id']}/test", {}).json

    assert sent["result"] == "refused"
    assert "must not be reached" in sent["detail"]


def test_a_removed_channel_takes_its_key_along(api: Caller) -> None:
    made = add(api)
    assert sealed_key_owners(api.services) == [made.json["id"]]

    assert api.delete(f"/channels/{made.json['id']}", made.headers["ETag"]).status_code == 204

    assert api.get(f"/channels/{made.json['id']}").status_code == 404
    assert sealed_key_owners(api.services) == []


def test_a_channel_of_a_contact_goes_with_it_or_to_whom_it_was_merged_into(api: Caller) -> None:
    ada, bob = (add_contact(api, name).json for name in ("Ada", "Bob"))
    hers = add(api, "Hers", contact_id=ada["id"]).json
    his = add(api, "His", contact_id=bob["id"]).json
    merged = api.ask(
        "POST",
        f"/contacts/{ada['id']}/merge",
        json={"other_id": bob["id"], "other_version": bob["version"]},
        headers={"If-Match": api.get(f"/contacts/{ada['id']}").headers["ETag"]},
    )
    assert merged.status_code == 200, merged.text
    assert api.get(f"/channels/{his['id']}").json["contact_id"] == ada["id"]

    erased = api.post(f"/contacts/{ada['id']}/erase", {"confirm": "Ada", "reason": "asked for it"})

    assert erased.status_code == 200, erased.text
    assert [api.get(f"/channels/{each['id']}").status_code for each in (hers, his)] == [404, 404]
    assert sealed_key_owners(api.services) == []
    assert len(entries(api, action="channel.removed")) == 2


def test_secrets_outlive_a_rotation_of_the_keyring(open_house: Open) -> None:
    house = open_house(egress_allow=LOOPBACK)
    with far_side() as side:
        channel = add(house.local, fields={"url": side.url}).json
        keyring = house.services.keyring
        old = keyring.rotate(anew=False, actor=SYSTEM)
        progress = keyring.rewrap(None, actor=SYSTEM)
        assert progress.moved >= 1
        assert progress.refused == []
        assert house.local.post(f"/channels/{channel['id']}/test", {}).json["result"] == "delivered"
    assert old.primary == progress.primary


def test_lost_secrets_are_said_to_be_and_can_be_given_anew(open_house: Open) -> None:
    house = open_house(egress_allow=LOOPBACK)
    made = add(house.local)
    path = f"/channels/{made.json['id']}"
    with house.services.units.writing() as work:
        work.data_keys.remove_many("channel", [made.json["id"]])
        work.commit()

    lost = house.local.post(f"{path}/test", {})
    assert (lost.status_code, lost.json["code"]) == (409, "decryption_refused")
    off = house.local.patch(path, {"enabled": False}, made.headers["ETag"])
    assert (off.status_code, off.json["enabled"]) == (200, False)
    half = house.local.patch(path, {"fields": {"signing_secret": SECRET}}, off.headers["ETag"])
    assert set(half.json["fields"]) == {"fields.url"}
    with far_side() as side:
        anew = house.local.patch(path, {"fields": {"url": side.url}}, off.headers["ETag"])
        assert anew.json["secrets"] == ["url"]
        assert house.local.post(f"{path}/test", {}).json["result"] == "delivered"


def test_a_viewer_sees_channels_and_changes_none(house: House) -> None:
    channel = add(house.local).json
    viewer = house.user(Role.VIEWER)

    assert viewer.get("/channels").status_code == 200
    assert viewer.post(f"/channels/{channel['id']}/test", {}).status_code == 403


def test_a_bounced_address_is_shown_until_a_mail_arrives(api: Caller) -> None:
    ada = add_contact(api, "Ada", email="ada@example.org").json
    channel = add(api, "Mail", "email", fields=MAIL).json
    with api.services.units.writing() as work:
        work.channels.note_bounced(channel["id"], ada["id"], work.now(), "550 no such user")
        work.channels.note_bounced(channel["id"], ada["id"], work.now(), "551 gone")
        work.commit()
    [bounced] = api.get(f"/channels/{channel['id']}").json["bounced"]
    assert (bounced["contact_id"], bounced["detail"]) == (ada["id"], "551 gone")

    with api.services.units.writing() as work:
        work.channels.forget_bounce(channel["id"], ada["id"])
        work.commit()
    assert api.get(f"/channels/{channel['id']}").json["bounced"] == []


def test_channels_that_are_on_are_listed_alone_and_say_what_limits_them(api: Caller) -> None:
    usual = {"alone_max": 10, "kept_for_pages": 3, "digests_max": 6, "window_s": 3_600}
    on = add(api, "On").json
    off = add(api, "Off", enabled=False, limits={"alone_max": 2, "kept_for_pages": 1}).json

    for asked, one in (("true", on), ("false", off)):
        assert [each["id"] for each in api.get(f"/channels?enabled={asked}").json["items"]] == [one["id"]]
    assert (on["limits"], on["limits_in_force"]) == ({}, usual)
    assert off["limits"] == {"alone_max": 2, "kept_for_pages": 1}
    assert off["limits_in_force"] == usual | off["limits"]
