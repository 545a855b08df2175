"""Sends messages: claims what is due by lease, looks once more, tries, and writes what became of it.

No transaction is open while the other side is asked. That a message is handed over is written right before:
a lease that runs out later says that nobody knows what became of that try, and one that runs out earlier that
it did not arrive.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
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
AMISS_AFTER: Final = timedelta(minutes=1)  # what can't be judged is tried again

_NOT_HEARD_OF: Final = Sent(result=Result.UNKNOWN, detail="nobody heard of this try again")
_NOT_HANDED_OVER: Final = Sent(
    result=Result.FAILED, detail="who was to send it ended before that", blameless=True
)


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
    stuck: bool = False  # nothing of what was due could be begun, mostly since its channel is busy
    _busy: Counter[int] = field(default_factory=Counter)  # by channel
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def send_due(self) -> int:
        """Begin to send what is due, as far as there are threads; how many."""
        with self._lock:
            free = SENDERS - sum(self._busy.values())
            full = [channel for channel, busy in self._busy.items() if busy >= OF_CHANNEL]
        begun = self._claim(free, full) if free > 0 else []
        self.stuck = not begun
        for index, each in enumerate(begun):
            try:
                threading.Thread(target=self._guarded, args=(each,), name="autom8-send", daemon=True).start()
            except RuntimeError:  # the machine has no room for one more
                log.exception("send_not_begun")
                for left in begun[index:]:
                    self._let_go(left)
                return index
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
        """Claim what is due; a message of which nobody can say whether it holds is put off alone."""
        for _ in range(free):
            try:
                return self._claimed(free, full)
            except _Amiss as amiss:
                log.exception("message_put_off", extra={"fields": {"message": amiss.message_id}})
                self._put_off(amiss.message_id)
        return []

    def _claimed(self, free: int, full: Sequence[int]) -> list[_Tried]:
        token = f"{self.owner} {new_lease_token()}"
        with self.begin() as work:
            at = work.now()
            taken: list[AnyRow] = []
            with self._lock:
                busy = Counter(self._busy)
            due = work.messages.take_due(at, leave=full, limit=free)
            for row in sorted(due, key=lambda row: row.channel_id):  # in which order channels are held
                if self._goes(work, row, busy, at):
                    busy[row.channel_id] += 1
                    taken.append(row)
            if taken:
                work.messages.lease([row.id for row in taken], token=token, until=at + LEASE)
            work.commit()
        with self._lock:
            self._busy.update(row.channel_id for row in taken)
        return [_Tried(message_id=row.id, channel_id=row.channel_id, token=token) for row in taken]

    def _goes(self, work: Work, row: AnyRow, busy: Counter[int], at: datetime) -> bool:
        """Whether a message that is due is tried now; that of a lease that is over is settled."""
        try:
            if row.state == MessageState.SENDING:
                self.settler.settle(work, row, _NOT_HEARD_OF if row.handed_over else _NOT_HANDED_OVER, at)
                return False
            return busy[row.channel_id] < OF_CHANNEL and self.settler.still_holds(work, row, at)
        except Unavailable:
            raise
        except Exception as error:
            raise _Amiss(row.id) from error

    def _put_off(self, message_id: int) -> None:
        with self.begin() as work:
            row = work.messages.lock(message_id)
            if row.due_at is not None:
                work.messages.change(message_id, {"due_at": work.now() + AMISS_AFTER})
            work.commit()

    def _let_go(self, tried: _Tried) -> None:
        """Give back what was claimed and is not tried."""
        with self._lock:
            self._busy[tried.channel_id] -= 1
        self._settled(tried, _NOT_HANDED_OVER)

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
        """Ask the other side. What is amiss with the message here is no fault of its channel."""
        try:
            with self.read() as work:
                row = work.messages.get(tried.message_id)
                channel = work.channels.get(row.channel_id)
                outgoing = self.compose(work, row, work.notices.of_message(row.id), work.now())
        except Unavailable as error:
            return Sent(result=Result.FAILED, detail=str(error), blameless=True)
        except Autom8Error as error:
            return Sent(result=Result.REFUSED, detail=str(error), blameless=True)
        except Exception:
            log.exception("message_not_composed", extra={"fields": {"message": tried.message_id}})
            return Sent(result=Result.FAILED, detail="a fault of Autom8's own: see its log", blameless=True)
        try:
            sender = self.sender_of(channel)
            return sender.send(replace(outgoing, handing_over=partial(self._hand_over, tried)))
        except Unavailable as error:
            return Sent(result=Result.FAILED, detail=str(error), blameless=True)
        except Autom8Error as error:
            return Sent(result=Result.REFUSED, detail=str(error))

    def _hand_over(self, tried: _Tried) -> None:
        """Note that a message may arrive from now on.

        Raises:
            Unavailable: it can't be noted, or somebody else tries the message by now.
        """
        with self.begin() as work:
            if not work.messages.hand_over(tried.message_id, tried.token):
                raise Unavailable("Its lease was over before it was sent.")
            work.commit()


class _Amiss(Exception):
    """A message that can't be judged."""

    def __init__(self, message_id: int) -> None:
        super().__init__(message_id)
        self.message_id = message_id
