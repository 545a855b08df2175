"""Refresh tokens rotate; one that comes back after its time ends its session."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from autom8.kernel.errors import Unauthenticated
from autom8.kernel.events import SessionEnded
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import SessionEnd
from autom8.models import Session
from autom8.security import sign_in
from autom8.security.sign_in import RefreshRefused, RefreshReused
from autom8.security.tokens import SessionTokens, TokenRefused, digest
from autom8.security.views import TokenGrant, UserChanges, UserView
from tests.security.house import KEYS, STRANGER, House

GRACE = timedelta(seconds=10)


def refresh(house: House, token: str) -> TokenGrant:
    return house.security.sign_ins.refresh(token, actor=STRANGER)


def session_row(house: House) -> Session:
    with house.reading() as work:
        return work.session.scalars(select(Session)).one()


def test_each_refresh_gives_another_token_of_the_same_session(house: House, ada: UserView) -> None:
    first = house.sign_in("Ada")
    second = refresh(house, first.refresh_token.reveal())
    third = refresh(house, second.refresh_token.reveal())

    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert house.bearer(third).session_id == house.bearer(first).session_id


def test_a_lost_answer_can_be_asked_for_again_within_the_grace(house: House, ada: UserView) -> None:
    first = house.sign_in("Ada").refresh_token.reveal()
    answer = refresh(house, first)
    house.advance(GRACE - timedelta(seconds=5))

    assert refresh(house, first).refresh_token == answer.refresh_token
    assert refresh(house, answer.refresh_token.reveal())


def test_a_token_used_again_after_the_grace_ends_its_session_for_everybody(
    house: House, ada: UserView
) -> None:
    first = house.sign_in("Ada").refresh_token.reveal()
    second = refresh(house, first)
    house.advance(GRACE + timedelta(seconds=1))

    with pytest.raises(RefreshReused):
        refresh(house, first)
    with pytest.raises(RefreshRefused):
        refresh(house, second.refresh_token.reveal())
    with pytest.raises(TokenRefused):
        house.bearer(second)
    assert session_row(house).end_reason == SessionEnd.REFRESH_REUSED


def test_a_token_two_generations_old_ends_its_session_even_within_the_grace(
    house: House, ada: UserView
) -> None:
    first = house.sign_in("Ada").refresh_token.reveal()
    refresh(house, refresh(house, first).refresh_token.reveal())

    with pytest.raises(RefreshReused):
        refresh(house, first)


def test_reuse_is_announced_and_audited_with_the_address_it_came_from(house: House, ada: UserView) -> None:
    first = house.sign_in("Ada").refresh_token.reveal()
    refresh(house, first)
    house.advance(GRACE + timedelta(seconds=1))
    with pytest.raises(RefreshReused):
        refresh(house, first)

    entry = house.entries()[-1]
    assert (entry.action, entry.address) == ("session.ended", STRANGER.address)
    assert entry.details == {"reason": "refresh_reused", "user_id": ada.id}
    assert isinstance(house.heard[-1], SessionEnded)


def test_reuse_in_one_session_leaves_the_others_alone(house: House, ada: UserView) -> None:
    stolen = house.sign_in("Ada").refresh_token.reveal()
    other = house.sign_in("Ada")
    refresh(house, stolen)
    house.advance(GRACE + timedelta(seconds=1))
    with pytest.raises(RefreshReused):
        refresh(house, stolen)

    assert refresh(house, other.refresh_token.reveal())


def test_an_idle_session_is_over(house: House, ada: UserView) -> None:
    grant = house.sign_in("Ada")
    house.advance(timedelta(days=7, minutes=1))

    with pytest.raises(RefreshRefused):
        refresh(house, grant.refresh_token.reveal())


def test_a_session_is_over_after_a_month_however_much_it_is_used(house: House, ada: UserView) -> None:
    grant = house.sign_in("Ada")
    for _ in range(5):
        house.advance(timedelta(days=5, hours=23))
        grant = refresh(house, grant.refresh_token.reveal())
    house.advance(timedelta(hours=6))

    with pytest.raises(RefreshRefused):
        refresh(house, grant.refresh_token.reveal())


def test_a_disabled_user_gets_nothing(house: House, ada: UserView, bob: UserView) -> None:
    grant = house.sign_in("Bob")
    house.security.users.change(bob.id, UserChanges(disabled=True), actor=house.local())

    with pytest.raises(RefreshRefused):
        refresh(house, grant.refresh_token.reveal())


def test_a_pages_session_gives_no_refresh_token_even_to_who_could_sign_one(
    house: House, ada: UserView
) -> None:
    house.security.sign_ins.sign_in_page("Ada", "plumb-vane-xkq-77", actor=STRANGER)
    forged = SessionTokens(KEYS).refresh_token(session_row(house).id, 1)

    with pytest.raises(RefreshRefused):
        refresh(house, forged.reveal())


def test_a_generation_that_was_never_given_is_refused(house: House, ada: UserView) -> None:
    """As when the database was set back to a backup: the session stays as it is."""
    grant = house.sign_in("Ada")
    ahead = SessionTokens(KEYS).refresh_token(session_row(house).id, 5)

    with pytest.raises(RefreshRefused):
        refresh(house, ahead.reveal())
    assert refresh(house, grant.refresh_token.reveal())


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.replace("_1_", "_2_"),
        lambda token: token.replace("_1_", "_01_"),
        lambda token: token.replace("_1_", "_\u0661_"),
        lambda token: token.replace("a8r_", "a8x_"),
        lambda token: token + "\n",
        lambda token: token + "x" * 5_000,
        lambda token: "a8r_" + "0" * 32 + token[36:],
    ],
)
def test_a_token_that_is_not_ours_is_refused_and_ends_nothing(
    house: House, ada: UserView, change: object
) -> None:
    assert callable(change)
    grant = house.sign_in("Ada")

    with pytest.raises(RefreshRefused):
        refresh(house, change(grant.refresh_token.reveal()))
    assert refresh(house, grant.refresh_token.reveal())


def test_an_access_token_does_not_refresh_and_a_refresh_token_gives_no_access(
    house: House, ada: UserView
) -> None:
    grant = house.sign_in("Ada")

    with pytest.raises(RefreshRefused):
        refresh(house, grant.access_token.reveal())
    with pytest.raises(TokenRefused):
        house.security.authenticator.bearer(grant.refresh_token.reveal(), address="", request_id="")


def test_only_the_hash_of_a_refresh_token_is_kept(house: House, ada: UserView) -> None:
    grant = house.sign_in("Ada")
    row = session_row(house)
    kept = {column.name: getattr(row, column.name) for column in Session.__table__.c}

    assert grant.refresh_token.reveal().rpartition("_")[2] not in str(kept)


def test_many_who_ask_with_one_token_at_once_all_get_its_one_successor(
    house: House, other_house: House, ada: UserView
) -> None:
    token = house.sign_in("Ada").refresh_token.reveal()
    houses = [house, other_house] * 4
    with ThreadPoolExecutor(len(houses)) as pool:
        answers = list(pool.map(lambda each: refresh(each, token), houses))

    assert len({answer.refresh_token for answer in answers}) == 1
    assert session_row(house).generation == 2


def test_a_server_that_was_slow_to_refresh_does_not_set_the_session_back(
    house: House, other_house: House, ada: UserView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would write the generation that followed what it read long ago, and sign the owner out."""
    token = house.sign_in("Ada").refresh_token.reveal()
    reached, go_on, pauses = threading.Event(), threading.Event(), iter([True])

    def slow_digest(value: Secret) -> str:
        if next(pauses, False):
            reached.set()
            assert go_on.wait(10)
        return digest(value)

    monkeypatch.setattr(sign_in, "digest", slow_digest)
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(refresh, house, token)
        assert reached.wait(10)
        second = pool.submit(lambda: refresh(other_house, refresh(other_house, token).refresh_token.reveal()))
        threading.Event().wait(0.3)
        go_on.set()
        slow.result(10)
        newest = second.result(10).refresh_token.reveal()

    refresh(house, newest)


def test_a_thief_and_the_owner_who_race_leave_the_thief_with_nothing(
    house: House, other_house: House, ada: UserView
) -> None:
    stolen = house.sign_in("Ada").refresh_token.reveal()
    owners = refresh(house, stolen).refresh_token.reveal()
    house.advance(GRACE + timedelta(seconds=1))
    other_house.advance(GRACE + timedelta(seconds=1))

    def attempt(at: tuple[House, str]) -> TokenGrant | None:
        try:
            return refresh(*at)
        except Unauthenticated:
            return None

    with ThreadPoolExecutor(2) as pool:
        thief, owner = pool.map(attempt, [(house, stolen), (other_house, owners)])

    assert thief is None
    assert session_row(house).ended_at is not None
    assert owner is None or attempt((house, owner.refresh_token.reveal())) is None
