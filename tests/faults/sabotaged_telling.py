"""The guards of telling, each taken out; as `sabotage`, which finds them here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from autom8.alerts import escalation, retrying
from autom8.alerts.channels.webhook import WebhookSender
from autom8.alerts.incidents import casebook
from autom8.alerts.looking.looker import Looker
from autom8.alerts.outbox import fates, planning, settling
from autom8.alerts.outbox.notifying import tell
from autom8.alerts.outbox.settling import Settler
from autom8.alerts.silences import holding
from autom8.kernel.events import NoticesMade
from autom8.repositories.messages import MessageRepository
from autom8.repositories.notices import NoticeRepository
from tests.faults.replacing import WINDOW_S
from tests.faults.replacing import put as _put


def notices_come_later() -> None:
    """Writes what happened to an alert in one transaction, and whom to tell of it in another."""
    waiting: list[tuple[Sequence[Any], Any]] = []
    add, look = NoticeRepository.add, Looker.look

    def gather(_self: NoticeRepository, rows: Sequence[Any], *, due: Any) -> None:
        waiting.append((list(rows), due))

    def later(self: Looker) -> bool:
        looked = look(self)
        if waiting:
            time.sleep(WINDOW_S)
            with self.begin() as work:
                while waiting:
                    rows, due = waiting.pop(0)
                    add(work.notices, rows, due=due)
                work.record(NoticesMade())
                work.commit()
        return looked

    _put(NoticeRepository, "add", gather)
    _put(Looker, "look", later)


def messages_unguarded() -> None:
    """Claims messages that another server is claiming."""
    take_due = MessageRepository.take_due

    def unguarded(self: MessageRepository, *args: Any, **named: Any) -> Any:
        execute = self._session.connection().execute

        def plainly(statement: Any, *rest: Any) -> Any:
            statement._for_update_arg = None
            return execute(statement, *rest)

        unlocked = SimpleNamespace(connection=lambda: SimpleNamespace(execute=plainly))
        rows = take_due(MessageRepository(unlocked), *args, **named)  # type: ignore[arg-type]
        if rows:
            time.sleep(WINDOW_S)
        return rows

    _put(MessageRepository, "take_due", unguarded)


def unknown_is_left() -> None:
    """Leaves a page alone of which nobody knows whether it arrived."""
    decide = retrying.decide

    def careless(tried: Any, urgency: Any, **named: Any) -> Any:
        return decide(tried, replace(urgency, pages=False, ends=False), **named)

    _put(settling, "decide", careless)


def keys_anew() -> None:
    """Sends each try of a message under an idempotency key of its own."""
    send = WebhookSender.send
    _put(WebhookSender, "send", lambda self, outgoing: send(self, replace(outgoing, key=str(uuid4()))))


def told_as_planned() -> None:
    """Sends what was planned, without asking whether it still holds."""
    _put(Settler, "still_holds", lambda *_: True)


def ends_forgotten() -> None:
    """Tells of what began and ended meanwhile as one, and leaves the end out."""
    pack = NoticeRepository.pack

    def beginnings(self: NoticeRepository, notice_ids: Sequence[int], message_id: int) -> None:
        pack(self, list(notice_ids)[:1], message_id)
        self.drop(list(notice_ids)[1:], "told")

    _put(NoticeRepository, "pack", beginnings)


def ends_overtake() -> None:
    """Tells that something is over while what says that it began is still tried."""
    _put(planning, "_under_way", lambda *_: {})


def ends_unsaid() -> None:
    """Tells what is wrong, and never that it is over."""

    def beginnings(work: Any, ways: Any, cause: Any) -> None:
        if not cause.notice.ends:
            tell(work, ways, cause)

    _put(casebook, "tell", beginnings)


def silences_unheard() -> None:
    """Escalates what is silenced, and sends it."""
    _put(holding, "silencing", lambda *_: ())


def nights_unquiet() -> None:
    """Knows nobody's quiet hours."""
    _put(planning, "quiet_hours", lambda _: None)


def acknowledged_in_vain() -> None:
    """Escalates what somebody takes care of."""
    _put(escalation, "next_look", lambda each: each.due_at)
    _put(fates, "_fate_of_raise", lambda *_: None)
