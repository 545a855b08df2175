"""From a run that failed to the message that its contact reads, and back by its link."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from autom8.alerts.channels.outgoing import Address, Outgoing
from autom8.alerts.messages.composing import Composer
from autom8.alerts.messages.links import LinkState
from autom8.kernel.errors import NotFound
from tests.alerts.message_rig import BASE
from tests.alerts.rig import Teller
from tests.alerts.test_links import links_of
from tests.alerts.test_message_facts import ran
from tests.scheduler.house import House


def composed(teller: Teller, base_url: str = BASE) -> Sequence[Outgoing]:
    """All messages of a house, as its channels would get them."""
    composer = Composer(
        address_of=lambda _, row: Address(name=row.name, email="ada@example.org"),
        base_url=base_url,
        ack_url=links_of(teller.house).url,
    )
    with teller.house.units.reading() as work:
        return [
            composer.compose(work, message, work.notices.of_message(message.id), work.now())
            for message in teller.messages()
        ]


@pytest.fixture
def told(house: House) -> Teller:
    """Ada, who reads French in Paris, is told of everything."""
    teller = Teller(house)
    teller.ada = teller.contact(language="fr-FR", zone="Europe/Paris")
    teller.mail = teller.channel()
    teller.tells(f"contact:{teller.ada}")
    return teller


def test_a_failed_run_reaches_its_contact_with_reason_output_and_a_link_that_works_once(told: Teller) -> None:
    task = told.house.add("backup", env={"TOKEN": "hunter2"})
    ran(told.house, task, took=20)
    ran(told.house, task, says=b"login with hunter2\nrefused", code=3, took=5)
    told.look()

    (message,) = composed(told)

    assert message.subject.startswith("Problème: backup")
    for part in (
        "code de sortie 3",
        "5,0 s (d\N{RIGHT SINGLE QUOTATION MARK}habitude 20 s)",
        "| login with •••\n| refused",
        "Europe/Paris",
    ):
        assert part in message.text
    assert "hunter2" not in f"{message.text}{message.html}{message.event}"
    assert message.to is not None
    assert message.to.email == "ada@example.org"
    (token,) = re.findall(rf"{BASE}/a/(\S+)", message.text)
    told.house.clock.advance(3_600)
    assert composed(told) == [message], "each try says the same"
    assert links_of(told.house).use(token).state is LinkState.GOOD
    (incident,) = told.incidents()
    assert incident.acknowledged_contact_id == told.ada


def test_without_a_public_address_a_message_has_no_links(told: Teller) -> None:
    ran(told.house, told.house.add("backup"), code=3)
    told.look()

    (message,) = composed(told, base_url="")

    assert "http" not in f"{message.text}{message.html}"
    assert message.url is None


def test_what_is_sent_again_days_later_has_a_link_that_is_good_again(told: Teller) -> None:
    ran(told.house, told.house.add("backup"), code=3)
    told.look()
    told.house.clock.advance(8 * 86_400)

    (message,) = composed(told)

    (token,) = re.findall(rf"{BASE}/a/(\S+)", message.text)
    assert links_of(told.house).look(token).state is LinkState.GOOD


def test_many_are_one_digest_which_quotes_no_output(told: Teller) -> None:
    for number in range(30):
        ran(told.house, told.house.add(f"task {number}"), says=b"quoted", code=3)
    told.look()

    digest = next(each for each in composed(told) if each.event_type == "digest")

    assert digest.subject == "30 problèmes"
    assert "quoted" not in f"{digest.text}{digest.event}"
    assert digest.event["lines"][0]["run"]["exit_code"] == 3


def test_a_message_of_which_nothing_is_left_is_not_made(told: Teller) -> None:
    ran(told.house, told.house.add("backup"), code=3)
    told.look()
    (message,) = told.messages()
    composer = Composer(address_of=lambda *_: Address(name=""), base_url="", ack_url=lambda *_: "")

    with told.house.units.reading() as work, pytest.raises(NotFound):
        composer.compose(work, message, [], work.now())
