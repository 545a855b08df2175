"""Sends messages: claims what is due by lease, looks once more, tries, and writes what became of it.

No transaction is open while the other side is asked. A lease that runs out says that nobody knows what
became of that try.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from autom8.alerts.channels.outgoing import Outgoing, Sender, Sent
from autom8.alerts.outbox.settling import Settler
from autom8.alerts.retrying import Result
from autom8.kernel.errors import Autom8Error, Unavailable
from autom8.kernel.ids import new_lease_token
from autom8.kernel.telemetry import Telemetry
from autom8.kernel.vocabulary import MessageState
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

log = logging.getLogger(__name__)

SENDERS: Final = 8  # messages that are tried at once by one server
OF_CHANNEL: Final = 2  # of them of one channel: a slow one holds up no other
LEASE: Final = timedelta(minutes=2)  # longer than any channel may take
CLOSING_S_MAX: Final = 5.0
TROUBLE: Final = timedelta(seconds=1)


_NOT_HEARD_OF: Final = Sent(result=Result.UNKNOWN, detail="nobody heard of this try again")


class Compose(Protocol):
    """Makes of a message's row and its notices what its channel sends."""

    def __call__(self, work: Work, message: AnyRow, notices: Sequence[AnyRow], at: datetime) -> Outgoing:
        """What is sent."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    message_id: int
    channel_id: int
    token: str


@dataclass(slots=True, kw_only=True)
class Outbox:
    """Sends what is due, with a few threads of its own."""

    begin: BeginWork
    read: BeginWork
    compose: Compose
    sender_of: Callable[[AnyRow], Sender]
    settler: Settler
    telemetry: Telemetry
    owner: str = ""  # this server, over restarts: begins its leases
    done: Callable[[], None] = field(default=lambda: None)  # rung when a thread is free again
    _busy: Counter[int] = field(default_factory=Counter)  # by channel
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def send_due(self) -> int:
        """Begin to send what is due, as far as there are threads; how many."""
        with self._lock:
            free = SENDERS - sum(self._busy.values())
            full = [channel for channel, busy in self._busy.items() if busy >= OF_CHANNEL]
        if free <= 0:
            return 0
        begun = self._claim(free, full)
        for each in begun:
            threading.Thread(target=self._guarded, args=(each,), name="autom8-send", daemon=True).start()
        return len(begun)

    def take_up(self, owner: str) -> None:
        """Send for this server from now on; what an earlier incarnation of it was sending is settled at once.

        Nobody knows what became of that.
        """
        self.owner = owner
        with self.begin() as work:
            if work.messages.end_leases(f"{owner} ", work.now()):
                work.commit()

    @property
    def idle(self) -> bool:
        """Whether nothing is being sent."""
        with self._lock:
            return not sum(self._busy.values())

    def close(self) -> None:
        """Wait a little for what is being sent. Who finds the lease of the rest over settles it."""
        self._stopping.set()
        end = time.monotonic() + CLOSING_S_MAX
        while not self.idle and time.monotonic() < end:
            time.sleep(0.02)

    def _claim(self, free: int, full: Sequence[int]) -> list[_Tried]:
        token = f"{self.owner} {new_lease_token()}"
        with self.begin() as work:
            at = work.now()
            taken: list[AnyRow] = []
            with self._lock:
                busy = Counter(self._busy)
            for row in work.messages.take_due(at, leave=full, limit=free):
                if row.state == MessageState.SENDING:  # its lease is over
                    self.settler.settle(work, row, _NOT_HEARD_OF, at)
                elif busy[row.channel_id] < OF_CHANNEL and self.settler.still_holds(work, row, at):
                    busy[row.channel_id] += 1
                    taken.append(row)
            if taken:
                work.messages.lease([row.id for row in taken], token=token, until=at + LEASE)
            work.commit()
        with self._lock:
            self._busy.update(row.channel_id for row in taken)
        return [_Tried(message_id=row.id, channel_id=row.channel_id, token=token) for row in taken]

    def _guarded(self, tried: _Tried) -> None:
        try:
            self._send(tried)
        except Unavailable as error:
            log.warning("send_not_settled", extra={"fields": {"error": str(error)}})  # its lease runs out
        except Exception:
            log.exception("send_failed")
        finally:
            with self._lock:
                self._busy[tried.channel_id] -= 1
            self.done()

    def _send(self, tried: _Tried) -> None:
        sent = self._try(tried)
        self.telemetry.count(f"messages.{sent.result}", 1)
        while not self._settled(tried, sent):
            if self._stopping.wait(TROUBLE.total_seconds()):
                return  # whoever finds its lease over settles it

    def _settled(self, tried: _Tried, sent: Sent) -> bool:
        """Write what became of a try; False while the database is away."""
        try:
            with self.begin() as work:
                row = work.messages.leased(tried.message_id, tried.token)
                if row is not None:
                    self.settler.settle(work, row, sent, work.now())
                    work.commit()
        except Unavailable as error:
            log.warning("send_not_settled", extra={"fields": {"error": str(error)}})
            return False
        return True

    def _try(self, tried: _Tried) -> Sent:
        """Ask the other side. What is amiss here, not there, is refused: another try would be no better."""
        try:
            with self.read() as work:
                row = work.messages.get(tried.message_id)
                channel = work.channels.get(row.channel_id)
                notices = work.notices.of_message(row.id)
                outgoing = self.compose(work, row, notices, work.now())
            sender = self.sender_of(channel)
        except Unavailable as error:
            return Sent(result=Result.FAILED, detail=str(error))
        except Autom8Error as error:
            return Sent(result=Result.REFUSED, detail=str(error))
        return sender.send(outgoing)
