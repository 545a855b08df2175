"""Which notices a contact gets alone, and which in one digest: a flood is a stated number of messages.

Pure. Looks at all that waits for one contact on one channel. It must not know what a notice says, quiet
hours, silences, nor how a message is delivered. A message that is tried again is still the same message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from autom8.kernel.errors import Invalid

PAGES_WAIT_MAX: Final = timedelta(minutes=1)  # a page beyond the limit is in a digest by then
WINDOW_MIN: Final = timedelta(minutes=1)
WINDOW_MAX: Final = timedelta(days=1)
MESSAGES_MAX: Final = 1_000  # that a limit may allow within its window


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many messages a contact gets in any time as long as `window`: at most `messages_max`.

    Pages beyond it are not held for as long as others, so that there may be a digest each minute while new
    ones come: `paging_max` messages.
    """

    alone_max: int = 10  # messages with one line
    kept_for_pages: int = 3  # of them, those that nothing but a page may use
    digests_max: int = 6
    window: timedelta = timedelta(hours=1)

    @property
    def messages_max(self) -> int:
        """The stated number."""
        return self.alone_max + self.digests_max

    @property
    def paging_max(self) -> int:
        """The stated number while pages come without end."""
        return self.alone_max + -(-self.window // self.pages_wait)

    @property
    def pages_wait(self) -> timedelta:
        """How long a page is held at most."""
        return min(PAGES_WAIT_MAX, self.wait_max)

    @property
    def wait_max(self) -> timedelta:
        """How long a notice is held at most, and the least time between two digests.

        Rounded up: rounded down, one more digest would fit into the window.
        """
        return -(-self.window // self.digests_max)

    def check(self) -> Limit:
        """This limit, if it can be meant.

        Raises:
            Invalid: it can't; `fields` names `alone_max`, `kept_for_pages`, `digests_max` or `window`.
        """
        wrong: dict[str, str] = {}
        if not 0 <= self.alone_max <= MESSAGES_MAX:
            wrong["alone_max"] = f"must be from 0 to {MESSAGES_MAX}"
        if not 0 <= self.kept_for_pages <= self.alone_max:
            wrong["kept_for_pages"] = "must be from 0 to alone_max"
        if not 1 <= self.digests_max <= MESSAGES_MAX:
            wrong["digests_max"] = f"must be from 1 to {MESSAGES_MAX}"
        if not WINDOW_MIN <= self.window <= WINDOW_MAX:
            wrong["window"] = "must be from a minute to a day"
        if wrong:
            raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """A notice that is in no message yet. A raise and its end have the same `subject`."""

    id: int
    subject: str
    at: datetime  # of what it tells
    pages: bool = False
    ends: bool = False  # it says that what was told before is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """When something was wrong. Without `began`, its raise was told before; without `ended`, it goes on."""

    began: datetime | None
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """All that waits about one subject, in its order: one line of a digest, or a message of its own."""

    notices: tuple[Unsent, ...]

    @property
    def subject(self) -> str:
        """What it is about."""
        return self.notices[0].subject

    @property
    def pages(self) -> bool:
        """Whether somebody must be reached: it holds a page, and is not over."""
        return not self.notices[-1].ends and any(each.pages for each in self.notices)

    @property
    def spells(self) -> tuple[Spell, ...]:
        """What it tells, ascending. One with both ends reads "was down from .. to ..".

        A raise that is repeated while it goes on, as each step of an escalation does, adds none.
        """
        spells: list[Spell] = []
        for notice in self.notices:
            goes_on = bool(spells) and spells[-1].ended is None
            if notice.ends and goes_on:
                spells[-1] = replace(spells[-1], ended=notice.at)
            elif notice.ends:
                spells.append(Spell(began=None, ended=notice.at))
            elif not goes_on:
                spells.append(Spell(began=notice.at, ended=None))
        return tuple(spells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent now, as one. Pages are its first lines; else the order is that of their first notices."""

    lines: tuple[Line, ...]
    digest: bool

    @property
    def pages(self) -> bool:
        """Whether somebody must be reached."""
        return any(line.pages for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """When this contact got messages lately; what is older than the limit's window may be left out."""

    alone: tuple[datetime, ...] = ()
    digest: datetime | None = None  # the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of all that waits: each notice is in one of `messages`, or among those that are `held`."""

    messages: tuple[Message, ...]
    held: tuple[Unsent, ...]  # as they were given
    look_at: datetime | None  # when some of them can be sent; None when none is held
    spent: Spent


def plan(waiting: Sequence[Unsent], spent: Spent, *, limit: Limit, at: datetime) -> Plan:
    """What is sent at `at` of the notices that wait, which are in the order in which they were made.

    All go alone if the limit lets all; else all go in one digest at once, if the last one is long enough ago;
    else pages go alone while the limit lets them, and the rest is held for the next digest, which is sooner
    if a page waits for it. So many at once are one message, and none is held for longer than
    `limit.wait_max`, or `limit.pages_wait` if it pages, by who asks again at `look_at`.

    What waits about one subject stays together, so no end overtakes its raise. Two must not ask for one
    contact at once. The limit holds for a wall clock that does not step back: what lies in its future by as
    much as a window is forgotten, lest such a step holds all back for as long as it was.
    """
    spent = _lately(spent, limit=limit, at=at)
    lines = sorted(lines_of(waiting), key=lambda line: not line.pages)  # stable: otherwise the order is kept
    paging = sum(line.pages for line in lines)
    free = max(0, limit.alone_max - len(spent.alone))  # below zero once a limit was lowered
    kept = limit.kept_for_pages if paging < len(lines) else 0
    if len(lines) <= free - kept:
        alone = len(lines)
    elif spent.digest is None or (paging > free and abs(at - spent.digest) >= limit.pages_wait):
        digest = Message(lines=tuple(lines), digest=True)
        return Plan(messages=(digest,), held=(), look_at=None, spent=replace(spent, digest=at))
    else:
        alone = min(paging, free)
    spent = replace(spent, alone=(*spent.alone, *[at] * alone))
    return Plan(
        messages=tuple(Message(lines=(line,), digest=False) for line in lines[:alone]),
        held=_held(waiting, lines[alone:]),
        look_at=_look_at(spent, limit=limit, paging=alone < paging) if alone < len(lines) else None,
        spent=spent,
    )


def _lately(spent: Spent, *, limit: Limit, at: datetime) -> Spent:
    """What still counts: messages alone for a window, the newest digest until there may be another."""
    digest = spent.digest
    return Spent(
        alone=tuple(each for each in spent.alone if abs(at - each) < limit.window),
        digest=digest if digest is not None and abs(at - digest) < limit.wait_max else None,
    )


def lines_of(waiting: Sequence[Unsent]) -> list[Line]:
    """One line for each subject, in the order of their first notices."""
    by_subject: dict[str, list[Unsent]] = {}
    for notice in waiting:
        by_subject.setdefault(notice.subject, []).append(notice)
    return [Line(tuple(notices)) for notices in by_subject.values()]


def _held(waiting: Sequence[Unsent], lines: Sequence[Line]) -> tuple[Unsent, ...]:
    subjects = {line.subject for line in lines}
    return tuple(each for each in waiting if each.subject in subjects)


def _look_at(spent: Spent, *, limit: Limit, paging: bool) -> datetime:
    """When the next digest may go or, if a page is held, one more message alone, if that is earlier."""
    assert spent.digest is not None
    if not paging:
        return spent.digest + limit.wait_max
    digest_at = spent.digest + limit.pages_wait
    return min([digest_at, *(each + limit.window for each in spent.alone)])
