"""A link acknowledges once, for a time, for its contact; a stranger's is worth nothing and tells nothing."""

from __future__ import annotations

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from autom8.alerts.incidents.casebook import Casebook
from autom8.alerts.incidents.service import IncidentService
from autom8.alerts.messages.links import GOOD_FOR, TOKEN_CHARS, Links, LinkState, Seen
from autom8.kernel.events import IncidentChanged, LookDue
from autom8.kernel.vocabulary import IncidentState
from autom8.models import Contact, Incident, IncidentEntry, UsedLink, table_of
from autom8.repositories.query import AnyRow
from tests.alerts.message_rig import BASE, add_contact, add_incident
from tests.alerts.rig import Teller
from tests.scheduler.house import House

KEY = bytes(range(32))
NOTHING = Seen(state=LinkState.FORGED)


def links_of(house: House, key: bytes = KEY, acknowledge: Any = None) -> Links:
    casebook: Casebook = Teller(house).looker.casebook
    begin, read = house.units.writing, house.units.reading
    service = IncidentService(begin=begin, read=read, casebook=casebook)
    acknowledge = acknowledge or service.acknowledge_within
    return Links(key=key, base_url=BASE, begin=begin, read=read, acknowledge=acknowledge)


def token_for(house: House, incident_id: int, contact_id: int = 0, message: str = "m1", **of: Any) -> str:
    url = links_of(house, **of).url(incident_id, contact_id, message, house.clock.now())
    assert url.startswith(f"{BASE}/a/")
    token = url.rpartition("/")[2]
    assert len(token) == TOKEN_CHARS
    return token


def incident(house: House, incident_id: int) -> AnyRow:
    with house.units.reading() as work:
        return work.incidents.get(incident_id)


def count(house: House, model: Any) -> int:
    with house.units.reading() as work:
        return len(work.session.execute(select(table_of(model))).all())


def change(house: House, model: Any, **columns: Any) -> None:
    with house.units.writing() as work:
        work.session.execute(update(table_of(model)).values(**columns))
        work.commit()


def test_a_link_acknowledges_once_in_its_contacts_name_and_says_so_to_the_trail_by_id_alone(
    house: House,
) -> None:
    ada, number = add_contact(house.units, language="de"), add_incident(house.units)
    token, links = token_for(house, number, ada), links_of(house)

    before = links.look(token)
    assert before == Seen(state=LinkState.GOOD, title="backup: failed", language="de")
    assert links.use(token) == before

    row = incident(house, number)
    assert row.state == IncidentState.ACKNOWLEDGED
    assert (row.acknowledged_by, row.acknowledged_contact_id) == ("", ada)
    (told,) = [each for each in house.heard if isinstance(each, IncidentChanged)]
    assert (told.action, told.object_id) == ("incident.acknowledged", str(number))
    assert told.details == {"by_link": True, "contact_id": ada}
    assert any(isinstance(each, LookDue) for each in house.heard)

    version = row.version
    again = links.use(token)
    assert again == Seen(state=LinkState.USED, language="de") == links.look(token)
    assert incident(house, number).version == version
    assert count(house, IncidentEntry) == 1


def test_to_look_at_a_link_changes_nothing_however_often(house: House) -> None:
    number = add_incident(house.units)
    token, links = token_for(house, number), links_of(house)
    before = incident(house, number)

    assert {links.look(token).state for _ in range(20)} == {LinkState.GOOD}

    assert incident(house, number) == before
    assert count(house, UsedLink) == count(house, IncidentEntry) == 0
    assert house.heard == []


def test_uses_at_the_same_time_acknowledge_once(house: House) -> None:
    number = add_incident(house.units)
    token, links, start = token_for(house, number), links_of(house), threading.Barrier(8)

    def use(_: int) -> LinkState:
        start.wait()
        return links.use(token).state

    with ThreadPoolExecutor(8) as pool:
        states = sorted(pool.map(use, range(8)))

    assert states == [LinkState.GOOD] + [LinkState.USED] * 7
    assert count(house, IncidentEntry) == count(house, UsedLink) == 1
    assert len([each for each in house.heard if isinstance(each, IncidentChanged)]) == 1


def test_links_of_two_messages_about_one_incident_are_each_used_once(house: House) -> None:
    number, links = add_incident(house.units), links_of(house)
    first, second = (token_for(house, number, message=key) for key in ("m1", "m2"))

    assert [links.use(each).state for each in (first, second, first)] == ["good", "good", "used"]


def test_a_link_is_too_old_after_seven_days_and_tells_nothing_any_more(house: House) -> None:
    number = add_incident(house.units)
    token, links = token_for(house, number), links_of(house)

    house.clock.step(GOOD_FOR - timedelta(seconds=1))
    assert links.look(token).state is LinkState.GOOD
    house.clock.step(timedelta(seconds=1))

    assert timedelta(days=7) == GOOD_FOR
    assert links.look(token) == links.use(token) == Seen(state=LinkState.EXPIRED)
    assert incident(house, number).acknowledged_at is None


def test_the_link_of_somebody_who_is_gone_is_worth_nothing(house: House) -> None:
    ada, number = add_contact(house.units), add_incident(house.units)
    token, links = token_for(house, number, ada), links_of(house)
    with house.units.writing() as work:
        work.session.execute(delete(table_of(Contact)))
        work.commit()

    assert links.use(token) == Seen(state=LinkState.EXPIRED)
    assert incident(house, number).acknowledged_at is None


def test_a_link_whose_incident_was_resolved_meanwhile_says_so_and_is_not_spent(house: House) -> None:
    number = add_incident(house.units)
    token, links = token_for(house, number), links_of(house)
    change(house, Incident, resolved_at=house.clock.now(), state=IncidentState.RESOLVED)

    assert links.look(token).state is links.use(token).state is LinkState.OVER
    assert count(house, UsedLink) == 0

    with house.units.writing() as work:
        work.session.execute(delete(table_of(Incident)))
        work.commit()
    assert links.look(token) == links.use(token) == Seen(state=LinkState.OVER)


def test_an_incident_that_is_resolved_between_the_look_and_the_act_is_over_and_nothing_is_written(
    house: House,
) -> None:
    number = add_incident(house.units)
    inner = links_of(house).acknowledge

    def resolved_first(work: Any, incident_id: int, **by: Any) -> None:
        work.incidents.change(incident_id, {"resolved_at": work.now()})
        inner(work, incident_id, **by)

    links = links_of(house, acknowledge=resolved_first)
    assert links.use(token_for(house, number)).state is LinkState.OVER
    assert count(house, UsedLink) == count(house, IncidentEntry) == 0
    assert incident(house, number).resolved_at is None


def test_what_fails_leaves_the_link_to_be_used_again(house: House) -> None:
    number = add_incident(house.units)
    token = token_for(house, number)

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("power is gone")

    with pytest.raises(RuntimeError):
        links_of(house, acknowledge=fails).use(token)
    assert links_of(house).use(token).state is LinkState.GOOD


def test_who_has_acknowledged_it_already_is_told(house: House) -> None:
    ada, number = add_contact(house.units), add_incident(house.units)
    links = links_of(house)
    links.use(token_for(house, number, ada))

    assert links.look(token_for(house, number, message="m2")).acknowledged_by == "Ada"


def test_no_change_of_a_token_is_taken_for_ours_nor_does_it_ask_the_database(house: House) -> None:
    token, links = token_for(house, add_incident(house.units)), links_of(house)
    data = base64.urlsafe_b64decode(token)
    for index in range(len(data)):
        changed = bytes(each ^ (1 << (index % 8)) if at == index else each for at, each in enumerate(data))
        forged = base64.urlsafe_b64encode(changed).decode()
        assert links.look(forged) == links.use(forged) == NOTHING, index
    assert token_for(house, 1, key=KEY[::-1]) != token
    assert links_of(house, KEY[::-1]).look(token) == NOTHING
    assert count(house, UsedLink) == 0


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        "=" * 96,
        "A" * 95,
        "A" * 96,
        "A" * 97,
        "é" * 96,
        "\0" * 96,
        " " * 96,
        "A" * 1_000_000,
        "../" * 32,
    ],
)
def test_what_is_no_token_is_nothing(house: House, forged: str) -> None:
    assert links_of(house).look(forged) == links_of(house).use(forged) == NOTHING


def test_a_token_written_in_another_way_is_still_the_same_link(house: House) -> None:
    """With + and / for - and _ it is taken too, yet it can't be used twice."""
    number, links = add_incident(house.units), links_of(house)
    for message in range(20):
        token = token_for(house, number, message=str(message))
        other = token.replace("-", "+").replace("_", "/")
        assert links.use(token).state is LinkState.GOOD
        assert links.use(other).state in {LinkState.USED, LinkState.FORGED}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(text=st.text(st.characters(), max_size=120) | st.text("ABab01-_=+/", min_size=96, max_size=96))
def test_no_text_fails_or_is_taken_for_ours(house: House, text: str) -> None:
    assert links_of(house).look(text) == NOTHING


def test_used_links_are_forgotten_once_they_would_have_expired(house: House) -> None:
    token, links = token_for(house, add_incident(house.units)), links_of(house)
    links.use(token)
    for at, left in ((GOOD_FOR - timedelta(minutes=1), 1), (timedelta(minutes=2), 0)):
        house.clock.step(at)
        with house.units.writing() as work:
            work.links.forget_expired(work.now())
            work.commit()
        assert count(house, UsedLink) == left
    assert links.use(token).state is LinkState.EXPIRED
