"""A flood of notices is a stated number of messages, and each notice is in exactly one of them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.digests import PAGES_WAIT_MAX, Limit, Line, Message, Plan, Spell, Spent, Unsent, plan
from autom8.kernel.errors import Invalid

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIMIT = Limit(alone_max=3, kept_for_pages=1, digests_max=6)  # a digest each ten minutes
NO_MORE_ALONE = Spent(alone=(NOON,) * LIMIT.alone_max)
HELD_BACK = Spent(alone=(NOON,) * LIMIT.alone_max, digest=NOON)


def informs(number: int, subject: str = "", *, minute: int = 0, ends: bool = False) -> Unsent:
    return Unsent(id=number, subject=subject or f"s{number}", at=NOON + minute * MINUTE, ends=ends)


def pages(number: int, subject: str = "", *, minute: int = 0) -> Unsent:
    return Unsent(id=number, subject=subject or f"s{number}", at=NOON + minute * MINUTE, pages=True)


def asked(*waiting: Unsent, spent: Spent | None = None, minute: int = 0, limit: Limit = LIMIT) -> Plan:
    return plan(waiting, spent or Spent(), limit=limit, at=NOON + minute * MINUTE)


def ids(message: Message) -> list[int]:
    return [notice.id for line in message.lines for notice in line.notices]


def told(planned: Plan) -> list[list[int]]:
    return [ids(message) for message in planned.messages]


def test_nothing_waits_and_nothing_is_sent() -> None:
    assert asked() == Plan(messages=(), held=(), look_at=None, spent=Spent())


def test_a_few_go_alone_at_once_and_pages_go_first() -> None:
    assert told(asked(informs(1), informs(2))) == [[1], [2]]
    assert told(asked(pages(1), informs(2, minute=1), spent=Spent())) == [[1], [2]]
    assert told(asked(informs(1), pages(2))) == [[2], [1]]
    assert told(asked(pages(1), pages(2), pages(3))) == [[1], [2], [3]]  # nothing is kept from pages


def test_a_thousand_at_once_are_one_message_with_the_pages_on_top_and_the_order_kept() -> None:
    planned = asked(*(pages(n) if n % 100 == 7 else informs(n) for n in range(1_000)))

    (message,) = planned.messages
    first = list(range(7, 1_000, 100))
    assert ids(message) == first + [n for n in range(1_000) if n not in first]
    assert (message.digest, message.pages, planned.held, planned.look_at) == (True, True, (), None)


def test_what_does_not_page_leaves_some_messages_for_what_does() -> None:
    two = Spent(alone=(NOON, NOON), digest=NOON)

    assert told(asked(informs(1), spent=two, minute=1)) == []
    assert told(asked(pages(1), spent=two, minute=1)) == [[1]]
    # A page for which there is room does not take the place kept for another one along.
    assert told(asked(pages(1), informs(2), spent=two, minute=1)) == [[1]]


def test_what_is_held_is_in_the_next_digest_and_that_is_due_when_it_says() -> None:
    first = asked(informs(1), informs(2), spent=HELD_BACK, minute=1)
    assert (first.messages, [each.id for each in first.held]) == ((), [1, 2])
    assert first.look_at == NOON + 10 * MINUTE

    early = asked(*first.held, informs(3), spent=first.spent, minute=9)
    assert early.messages == ()
    then = asked(*early.held, spent=early.spent, minute=10)
    assert told(then) == [[1, 2, 3]]
    assert then.messages[0].digest


def test_a_page_goes_alone_as_soon_as_the_limit_lets_it_if_that_is_before_the_digest() -> None:
    spent = Spent(alone=(NOON, *(NOON + 50 * MINUTE,) * 2), digest=NOON + 55 * MINUTE)

    held = asked(pages(1), informs(2), spent=spent, minute=56)
    assert told(held) == [[1, 2]]  # in a digest, since the last one is a minute ago
    soon = Spent(alone=spent.alone, digest=NOON + 59.5 * MINUTE)
    held = asked(pages(1), informs(2), spent=soon, minute=59)
    assert (held.messages, held.look_at) == ((), NOON + 60 * MINUTE)
    assert told(asked(*held.held, spent=held.spent, minute=60)) == [[1]]
    assert asked(informs(2), spent=spent, minute=56).look_at == NOON + 65 * MINUTE


def test_of_many_pages_the_first_go_alone_and_the_rest_is_in_the_next_digest() -> None:
    planned = asked(*map(pages, range(5)), spent=Spent(digest=NOON))

    assert told(planned) == [[0], [1], [2]]
    assert [each.id for each in planned.held] == [3, 4]
    assert planned.look_at == NOON + PAGES_WAIT_MAX
    assert told(asked(*planned.held, informs(5), spent=planned.spent, minute=1)) == [[3, 4, 5]]


def test_an_end_joins_its_raise_that_waits_and_both_are_one_line() -> None:
    waiting = (
        informs(1, "disk", minute=1),
        informs(2, "net", minute=2),
        informs(3, "disk", minute=6, ends=True),
    )

    (message,) = asked(*waiting, spent=NO_MORE_ALONE, minute=7).messages
    disk, net = message.lines
    assert disk.spells == (Spell(began=NOON + MINUTE, ended=NOON + 6 * MINUTE),)
    assert net.spells == (Spell(began=NOON + 2 * MINUTE, ended=None),)


def test_an_end_whose_raise_was_told_before_is_a_line_of_its_own() -> None:
    (message,) = asked(informs(1, ends=True)).messages
    assert message.lines[0].spells == (Spell(began=None, ended=NOON),)


def test_an_end_does_not_overtake_its_raise_that_is_held() -> None:
    held = asked(
        informs(1, "disk"), informs(2, "disk", ends=True), pages(3), spent=Spent(digest=NOON), minute=1
    )
    assert told(held) == [[3], [1, 2]]
    page = Unsent(id=2, subject="disk", at=NOON, pages=True)
    # It became a page meanwhile, and takes what was held before it along.
    assert told(asked(informs(1, "disk"), page, spent=Spent(digest=NOON), minute=1)) == [[1, 2]]


def test_what_is_over_before_it_was_told_pages_nobody() -> None:
    line = Line((pages(1, "disk"), informs(2, "disk", ends=True)))
    assert not line.pages
    assert Line((*line.notices, pages(3, "disk"))).pages
    assert told(asked(*line.notices, pages(3), spent=Spent(digest=NOON), minute=1)) == [[3], [1, 2]]


def test_a_limit_that_was_lowered_holds_at_once() -> None:
    lower = Limit(alone_max=1, kept_for_pages=0, digests_max=6)
    planned = asked(*map(pages, range(5)), spent=HELD_BACK, minute=1, limit=lower)
    assert told(planned) == [[0, 1, 2, 3, 4]]
    planned = asked(*map(informs, range(5)), spent=HELD_BACK, minute=1, limit=lower)
    assert (planned.messages, planned.look_at) == ((), NOON + 10 * MINUTE)


def test_a_clock_that_steps_back_by_a_day_holds_nothing_back_for_a_day() -> None:
    tomorrow = NOON + timedelta(days=1)
    spent = Spent(alone=(tomorrow,) * LIMIT.alone_max, digest=tomorrow)
    (alone,) = asked(informs(1), spent=spent).messages
    assert (ids(alone), alone.digest) == ([1], False)
    assert told(asked(*map(informs, range(9)), spent=spent)) == [list(range(9))]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"alone_max": -1, "kept_for_pages": 0}, {"alone_max", "kept_for_pages"}),
        ({"alone_max": 1_001}, {"alone_max"}),
        ({"kept_for_pages": 11}, {"kept_for_pages"}),
        ({"kept_for_pages": -1}, {"kept_for_pages"}),
        ({"digests_max": 0}, {"digests_max"}),
        ({"digests_max": 1_001}, {"digests_max"}),
        ({"window": timedelta(seconds=59)}, {"window"}),
        ({"window": timedelta(hours=25)}, {"window"}),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(wrong: dict[str, object], named: set[str]) -> None:
    with pytest.raises(Invalid) as caught:
        Limit(**wrong).check()  # type: ignore[arg-type]
    assert set(caught.value.fields) == named


@given(story=st.text("RPE", min_size=1, max_size=12))
def test_the_spells_of_a_line_are_those_that_a_reader_of_its_story_sees(story: str) -> None:
    line = Line(
        tuple(
            Unsent(id=n, subject="disk", at=NOON + n * MINUTE, pages=each == "P", ends=each == "E")
            for n, each in enumerate(story)
        )
    )
    seen = [
        Spell(
            began=None if found[0] == "E" else NOON + found.start() * MINUTE,
            ended=NOON + (found.end() - 1) * MINUTE if found[0].endswith("E") else None,
        )
        for found in re.finditer("[RP]+E?|E", story)
    ]
    assert list(line.spells) == seen


@dataclass
class Contact:
    """Somebody who is served by a loop that looks when something is new, and when it said it would."""

    limit: Limit
    spent: Spent = field(default_factory=Spent)
    waiting: tuple[Unsent, ...] = ()
    look_at: datetime | None = None
    got: list[tuple[datetime, Message]] = field(default_factory=list)

    def look(self, at: datetime, *new: Unsent) -> None:
        before = (*self.waiting, *new)
        planned = plan(before, self.spent, limit=self.limit, at=at)
        self.spent, self.waiting, self.look_at = planned.spent, planned.held, planned.look_at
        self.got += [(at, message) for message in planned.messages]
        assert (self.look_at is None) == (not self.waiting)
        assert self.look_at is None or self.look_at > at, "a loop without a pause"
        sent = {number for message in planned.messages for number in ids(message)}
        assert [each for each in before if each.id not in sent] == list(planned.held)

    def until(self, at: datetime) -> None:
        while self.look_at is not None and self.look_at <= at:
            self.look(self.look_at)


LIMITS = st.integers(0, 6).flatmap(
    lambda alone: st.builds(
        Limit,
        alone_max=st.just(alone),
        kept_for_pages=st.integers(0, alone),
        digests_max=st.integers(1, 13),  # 7 and others part no hour into whole microseconds
        window=st.sampled_from([timedelta(minutes=1), timedelta(hours=1)]),
    )
)
# Shares of a window until something is new, and what that is: subject, whether it pages, whether it ends.
NEWS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 0.001, 0.07, 1 / 7, 0.4, 1.0, 2.5]),
        st.lists(st.tuples(st.sampled_from("abcde"), st.booleans(), st.booleans()), max_size=8),
    ),
    max_size=30,
)


def served(
    limit: Limit, news: list[tuple[float, list[tuple[str, bool, bool]]]]
) -> tuple[Contact, list[Unsent]]:
    contact, at, made = Contact(limit.check()), NOON, list[Unsent]()
    for share, heard in news:
        at += limit.window * share
        contact.until(at)
        new = [
            Unsent(id=len(made) + n, subject=subject, at=at, pages=page, ends=ends)
            for n, (subject, page, ends) in enumerate(heard)
        ]
        made += new
        contact.look(at, *new)
    contact.until(at + limit.window)
    return contact, made


def _raised_last(line: Line) -> list[int]:
    """The page by which a line has paged ever since: before it, it may have waited as what only informs."""
    since = [each for each in takewhile(lambda each: not each.ends, reversed(line.notices)) if each.pages]
    return [each.id for each in since[:1]]


@given(limit=LIMITS, news=NEWS)
def test_each_notice_is_in_exactly_one_message_and_none_waits_for_longer_than_the_limit_says(
    limit: Limit, news: list[tuple[float, list[tuple[str, bool, bool]]]]
) -> None:
    contact, made = served(limit, news)

    assert Counter(n for _, message in contact.got for n in ids(message)) == Counter(each.id for each in made)
    arrived = {n: at for at, message in contact.got for n in ids(message)}
    assert all(made[n].at <= at <= made[n].at + limit.wait_max for n, at in arrived.items())
    paging = {
        n for _, message in contact.got for line in message.lines if line.pages for n in _raised_last(line)
    }
    assert all(arrived[n] <= made[n].at + limit.pages_wait for n in paging)


@given(limit=LIMITS, news=NEWS)
def test_no_time_as_long_as_the_window_has_more_messages_than_the_stated_number(
    limit: Limit, news: list[tuple[float, list[tuple[str, bool, bool]]]]
) -> None:
    contact, made = served(limit, news)

    for first, _ in contact.got:
        within = [message for at, message in contact.got if first <= at < first + limit.window]
        assert sum(not each.digest for each in within) <= limit.alone_max
        assert sum(each.digest and not each.pages for each in within) <= limit.digests_max
        assert len(within) <= (limit.paging_max if any(each.pages for each in made) else limit.messages_max)


@pytest.mark.parametrize("digests_max", range(1, 61))
def test_a_flood_that_never_ends_has_no_more_digests_than_stated(digests_max: int) -> None:
    limit = Limit(alone_max=0, kept_for_pages=0, digests_max=digests_max).check()
    contact, at, number = Contact(limit), NOON, 0
    while at < NOON + limit.window:
        contact.look(at, informs(number), informs(number + 1))
        number += 2
        contact.look(at, informs(number))  # nothing but the next digest takes it
        number += 1
        assert contact.look_at is not None
        at = contact.look_at
    assert len(contact.got) <= digests_max


@given(limit=LIMITS, news=NEWS)
def test_what_is_about_one_subject_arrives_in_its_order_and_pages_stand_on_top(
    limit: Limit, news: list[tuple[float, list[tuple[str, bool, bool]]]]
) -> None:
    contact, made = served(limit, news)

    for subject in "abcde":
        arrived = [n for _, message in contact.got for n in ids(message) if made[n].subject == subject]
        assert arrived == sorted(arrived)
    for _, message in contact.got:
        assert len(message.lines) == 1 or message.digest
        assert len({line.subject for line in message.lines}) == len(message.lines)
        paging = [line.pages for line in message.lines]
        assert paging == sorted(paging, reverse=True)
        for kind in (True, False):
            firsts = [line.notices[0].id for line in message.lines if line.pages is kind]
            assert firsts == sorted(firsts)
