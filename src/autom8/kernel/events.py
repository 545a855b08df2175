"""What happened, as frozen facts in the past tense, and the bus that tells observers.

An observer subscribes in one of two phases. `within` runs inside the transaction that records the
event and may write to it; when it fails, all is rolled back. `after` runs once the transaction is
committed and must not fail anything: what it raises is logged and dropped.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of everything that is announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited(Event):
    """Something that the audit trail must hold: `action` on `object_type` `object_id`.

    `details` is plain JSON data that is safe to keep for ever: no secrets, and personal data of a contact
    only as `{"sealed": {"contact": id, "data": "<base64>"}}`, sealed under the contact's own key. What Autom8
    does by itself is kept only where the kind of event is `kept_always`.
    """

    kept_always: ClassVar[bool] = False

    action: str
    object_type: str
    object_id: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged(Audited):
    """A server started with other settings than it had before."""

    kept_always: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailExported(Audited):
    """Somebody took a copy of the audit trail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChanged(Audited):
    """A task was made, edited, paused, resumed or removed; its next slot may be another."""

    task_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequested(Audited):
    """A person started a run."""

    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelRequested(Audited):
    """A person asked for a run to end."""

    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsQueued(Event):
    """Runs wait for a worker: the doorbell of embedded dispatch."""

    run_ids: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(Event):
    """A run reached its final state."""

    run_id: int
    task_id: int
    state: str
    lateness_s: float | None
    duration_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanged(Audited):
    """A user was added, changed, disabled or removed."""

    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Audited):
    """A user signed in."""

    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(Audited):
    """Somebody could not sign in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Audited):
    """A session was ended: by its user, by an administrator, or because a refresh token was reused."""

    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringChanged(Audited):
    """The keyring was rotated, exported or restored, or a key was taken out of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKeysDestroyed(Event):
    """Keys of sealed fields are gone; what their rows left in the database's files is to be shredded."""

    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecryptionFailed(Event):
    """A sealed value was refused: it was altered or moved, or its key is not here. `reason` is a word.

    Told aside of any transaction, and not for every value of a damaged table: `unheard` more were refused
    since the last one that was told.
    """

    table: str
    column: str
    row: int
    reason: str
    unheard: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAppended(Event):
    """The trail has a new entry, in this transaction: `told` is what it tells of."""

    seq: int
    hash: bytes
    told: Audited


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged(Audited):
    """A contact was added, changed, merged with another, or erased."""

    contact_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactErased(ContactChanged):
    """A contact was erased: the key of its fields is gone, and what was sealed under it with it."""

    kept_always: ClassVar[bool] = True  # a restore repeats erasures, and each needs its certificate
    data_key_id: int | None
    merged_into: int | None = None  # the contact that stays, where the two were one person


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsChanged(Audited):
    """Several contacts were changed alike."""

    contact_ids: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsRead(Audited):
    """Somebody read, or took out, personal data of many contacts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged(Audited):
    """A group of contacts was added, changed or removed."""

    group_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingRefused(Event):
    """A connection that must not be made was asked for; `purpose` says by which part of Autom8."""

    host: str
    port: int
    address: str
    reason: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionProved(Audited):
    """The user of a session proved once more who they are."""

    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyChanged(Audited):
    """An API key was added, changed or revoked. `key_id` is its public part."""

    user_id: int
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorChanged(Audited):
    """A second factor was set up or removed, or its recovery codes were made anew."""

    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsSettled(Event):
    """Slots were missed, or skipped by the task's own concurrency: `ends` are pairs of task and run."""

    ends: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookDue(Event):
    """Something is to be looked at by the alerts' thread: its doorbell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentMoved(Event):
    """An incident was opened or resolved: what it holds back, or held back, may be told otherwise now."""

    incident_id: int
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesMade(Event):
    """Notices wait to be told: the doorbell of the outbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChanged(Audited):
    """A setting of a rule was made, changed or removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChanged(Audited):
    """Somebody acted on an incident: acknowledged, assigned, noted or resolved it."""

    incident_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceChanged(Audited):
    """A silence or maintenance window was made, changed or ended."""

    silence_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyChanged(Audited):
    """A dependency between incidents was made, changed or removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChanged(Audited):
    """A channel was added, changed, tried or removed."""

    channel_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageResent(Audited):
    """Somebody had a dead letter tried again, or gave one up."""

    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChanged(Audited):
    """An escalation policy was added, changed or removed."""

    policy_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCallChanged(Audited):
    """An on-call schedule or an override of one was added, changed or removed."""

    schedule_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckChanged(Audited):
    """A check was added, changed, paused, resumed or removed, or its key was made anew."""

    check_id: int


E = TypeVar("E", bound=Event)
Within = Callable[[Any, Any], None]  # (event, work)
After = Callable[[Any], None]


class Bus:
    """Tells observers of an event type, and of its subtypes, in the order they subscribed."""

    def __init__(self) -> None:
        self._within: dict[type[Event], list[Within]] = defaultdict(list)
        self._after: dict[type[Event], list[After]] = defaultdict(list)

    def within(self, event_type: type[E], observer: Callable[[E, Any], None]) -> None:
        """Call `observer(event, work)` inside the transaction; its failure rolls all back."""
        self._within[event_type].append(observer)

    def after(self, event_type: type[E], observer: Callable[[E], None]) -> None:
        """Call `observer(event)` once the transaction is committed."""
        self._after[event_type].append(observer)

    def tell_within(self, event: Event, work: object) -> None:
        """Tell the observers inside the transaction."""
        for kind in type(event).__mro__:
            for observer in self._within.get(kind, ()):
                observer(event, work)

    def tell_after(self, event: Event) -> None:
        """Tell the observers of a committed event; never raises."""
        for kind in type(event).__mro__:
            for observer in self._after.get(kind, ()):
                try:
                    observer(event)
                except Exception:
                    log.exception("observer_failed", extra={"fields": {"event": type(event).__name__}})
