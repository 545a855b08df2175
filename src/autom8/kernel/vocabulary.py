"""The enums of Autom8, in one place: what a task, a run, a slot and a user can be.

Values are what the database stores and what the API, the CLI and the page show, so they are
permanent. Loads nothing but the standard library: the CLI reads it before it parses.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class RunKind(StrEnum):
    """What a task does when it runs; further kinds come with their runners."""

    COMMAND = "command"


class RunState(StrEnum):
    """Where a run stands. All but the first three are final."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    MISSED = "missed"
    LOST = "lost"

    @property
    def final(self) -> bool:
        """Whether a run in this state has ended for good."""
        return self not in OPEN_STATES


OPEN_STATES: Final = frozenset({RunState.QUEUED, RunState.CLAIMED, RunState.RUNNING})
LIVE_STATES: Final = frozenset({RunState.CLAIMED, RunState.RUNNING})


class Reason(StrEnum):
    """Why a run stands or ended where it did, when its state alone does not tell."""

    # skipped
    OVERLAP = "overlap"  # concurrency: an earlier run of the task was in progress
    PAUSED = "paused"  # the task was paused at the slot's instant
    REPLACED = "replaced"  # concurrency: a newer run took its place
    REMOVED = "removed"  # the task was removed before the run began
    # missed
    SUPERSEDED = "superseded"  # catch-up latest: a later slot of the same delay was run instead
    NO_CATCH_UP = "no_catch_up"  # catch-up none: the slot's time had passed
    TOO_LATE = "too_late"  # later than the task's greatest lateness
    # failed
    EXIT_CODE = "exit_code"  # the command ended with a code that is not success
    SIGNAL = "signal"  # the command was ended by a signal that Autom8 did not send
    NOT_STARTED = "not_started"  # the command could not be started; `detail` says why
    # timed_out, cancelled, lost
    TIMEOUT = "timeout"
    BY_PERSON = "by_person"  # somebody asked for it
    SHUTDOWN = "shutdown"  # the server was stopped and the grace had passed
    WORKER_RESTARTED = "worker_restarted"  # the worker died during the run and came back
    WORKER_GONE = "worker_gone"  # the worker's lease ran out
    # queued
    RETRY = "retry"  # an attempt failed and the next one waits for its time


class Trigger(StrEnum):
    """What made a run."""

    SCHEDULE = "schedule"
    MANUAL = "manual"
    BOOT = "boot"


class ScheduleKind(StrEnum):
    """How a task's slots are given."""

    CRON = "cron"
    INTERVAL = "interval"
    ONCE = "once"
    BOOT = "boot"
    MANUAL = "manual"  # no slots: only people start it


class Gap(StrEnum):
    """What becomes of a wall-clock time that a clock change leaves out."""

    SKIP = "skip"
    SHIFT = "shift"  # to the first instant after the gap


class Overlap(StrEnum):
    """What becomes of a wall-clock time that a clock change repeats."""

    FIRST = "first"
    BOTH = "both"


class CatchUp(StrEnum):
    """Which of the slots found due after a delay are still run."""

    ALL = "all"
    LATEST = "latest"
    NONE = "none"


class Delivery(StrEnum):
    """What happens to a run whose worker died after the command had started."""

    AT_MOST_ONCE = "at_most_once"  # it is lost, and said to be
    AT_LEAST_ONCE = "at_least_once"  # it is started again


class Concurrency(StrEnum):
    """What happens to a run when another of the same task is in progress."""

    ALLOW = "allow"  # up to a number, above which it waits
    FORBID = "forbid"  # it is skipped, reason overlap
    QUEUE = "queue"  # it waits
    REPLACE = "replace"  # the one in progress is cancelled


class Stream(StrEnum):
    """Where a piece of output was written."""

    STDOUT = "stdout"
    STDERR = "stderr"


class Role(StrEnum):
    """What a user may do, each including the one before."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class ActorKind(StrEnum):
    """Who asks."""

    USER = "user"
    KEY = "key"  # a program that shows an API key of a user
    LOCAL = "local"  # somebody who can read the data folder of this machine
    SYSTEM = "system"  # Autom8 itself
    ANONYMOUS = "anonymous"


class Weekday(StrEnum):
    """A day of the week, in the order of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class ContactChannel(StrEnum):
    """A way on which a contact can be told."""

    EMAIL = "email"
    SMS = "sms"
    CALL = "call"
    CHAT = "chat"
    PUSH = "push"


class BulkAction(StrEnum):
    """What is done to many contacts at once."""

    TAG = "tag"
    UNTAG = "untag"
    ADD_TO_GROUP = "add_to_group"
    REMOVE_FROM_GROUP = "remove_from_group"
    SET_ZONE = "set_zone"
    SET_LANGUAGE = "set_language"


class ImportMode(StrEnum):
    """What an import does when rows of it are bad."""

    ALL = "all"  # nothing: all rows, or none
    GOOD = "good"  # all rows but those


class OnExisting(StrEnum):
    """What an import does with a row whose contact is there already."""

    SKIP = "skip"  # it is left as it is
    UPDATE = "update"  # it gets what the row says, and keeps what the row does not say
    REFUSE = "refuse"  # the row is bad


class RowFate(StrEnum):
    """What becomes of a row of an import."""

    ADD = "add"
    UPDATE = "update"
    SKIP = "skip"
    BAD = "bad"


class SessionKind(StrEnum):
    """What proves a session: a program's tokens or a page's cookie."""

    TOKEN = "token"  # noqa: S105 - a kind of session
    COOKIE = "cookie"


class Method(StrEnum):
    """How somebody proved who they are."""

    PASSWORD = "password"  # noqa: S105 - a way
    TOTP = "totp"  # a password and a code of an authenticator
    RECOVERY_CODE = "recovery_code"  # a password and a code kept for a lost authenticator
    OIDC = "oidc"  # a provider says so


class SessionEnd(StrEnum):
    """Why a session was ended before its time."""

    SIGNED_OUT = "signed_out"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason
    USER_DISABLED = "user_disabled"
    REVOKED = "revoked"  # by its user elsewhere, or by an administrator
    REFRESH_REUSED = "refresh_reused"  # a refresh token was used twice: it may have been stolen


class AlertKind(StrEnum):
    """What an alert is about."""

    TASK = "task"
    CHECK = "check"  # a job elsewhere that pings
    CHANNEL = "channel"  # a way of telling people
    OWN = "own"  # Autom8 itself
    PUSHED = "pushed"  # what another program says, such as Prometheus


class LookKind(StrEnum):
    """What is looked at when its time has come: what alerts are about, and incidents that escalate."""

    TASK = "task"
    CHECK = "check"
    CHANNEL = "channel"
    OWN = "own"
    PUSHED = "pushed"
    INCIDENT = "incident"


class Severity(StrEnum):
    """How bad it is. What is critical reaches people in their quiet hours."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class RuleScope(StrEnum):
    """For which objects of its kind a rule is set; the nearest wins."""

    ALL = "all"
    TAG = "tag"
    ONE = "one"


class OwnRule(StrEnum):
    """What is expected of Autom8 itself, by the name of its violation."""

    OUTBOX_GROWING = "outbox_growing"  # notices wait for longer than they should
    AUDIT_BROKEN = "audit_broken"  # the audit trail does not verify
    DECRYPTION_REFUSED = "decryption_refused"  # a sealed value was altered or moved, or its key is not here
    DISK_FILLING = "disk_filling"  # too little is free, or soon will be
    CLOCK_STEPPED = "clock_stepped"  # a wall clock was set
    BACKUP_OLD = "backup_old"  # the newest backup is older than it should be, or there is none
    LOOKS_FAILING = "looks_failing"  # something could not be looked at: its alerts stand still


class ChannelRule(StrEnum):
    """What is expected of a channel."""

    FAILING = "failing"  # the last try to send failed


class PushedRule(StrEnum):
    """What another program says."""

    FIRING = "firing"  # a Prometheus says that it is


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class EntryKind(StrEnum):
    """A line of an incident's story."""

    OPENED = "opened"
    NO_DATA = "no_data"
    RECOVERING = "recovering"
    RELAPSED = "relapsed"
    FLAPPING = "flapping"
    CALM = "calm"
    RESOLVED = "resolved"
    ESCALATED = "escalated"  # a step was taken
    NOBODY = "nobody"  # nobody stands behind a step
    NOTIFIED = "notified"  # a message has arrived
    NOT_NOTIFIED = "not_notified"  # a message is a dead letter
    HELD_BACK = "held_back"  # a silence or a dependency
    LET_GO = "let_go"
    ACKNOWLEDGED = "acknowledged"
    ACKNOWLEDGEMENT_ENDED = "acknowledgement_ended"
    ASSIGNED = "assigned"
    NOTE = "note"


class NoticeState(StrEnum):
    """What became of a notice."""

    WAITING = "waiting"
    PACKED = "packed"  # it is in a message
    DROPPED = "dropped"  # nobody needs it any more


class MessageState(StrEnum):
    """Where a message stands."""

    READY = "ready"  # it waits for its next try
    SENDING = "sending"  # somebody tries, until its lease is over
    SENT = "sent"
    DEAD = "dead"  # a dead letter
    DROPPED = "dropped"  # nobody needs it any more


class ChannelKind(StrEnum):
    """How a channel reaches people."""

    EMAIL = "email"  # SMTP
    WEBHOOK = "webhook"  # a signed CloudEvent to a URL
    SLACK = "slack"
    TEAMS = "teams"
    TELEGRAM = "telegram"
    NTFY = "ntfy"
    PUSHOVER = "pushover"
    TWILIO = "twilio"
    DISCORD = "discord"
    APPRISE = "apprise"  # any other service that Apprise knows, by its URL

    @property
    def way(self) -> ContactChannel:
        """By which of a contact's preferred ways it is chosen."""
        return _WAYS.get(self, ContactChannel.CHAT)

    @property
    def addressed(self) -> bool:
        """Whether one such channel reaches any contact, by an address that the contact has."""
        return self in {ChannelKind.EMAIL, ChannelKind.TWILIO}


_WAYS: Final = {
    ChannelKind.EMAIL: ContactChannel.EMAIL,
    ChannelKind.TWILIO: ContactChannel.SMS,
    ChannelKind.NTFY: ContactChannel.PUSH,
    ChannelKind.PUSHOVER: ContactChannel.PUSH,
}


class PingKind(StrEnum):
    """What a job that runs elsewhere says."""

    SUCCESS = "success"  # it has ended well
    START = "start"  # it begins
    FAIL = "fail"  # it has ended badly, or will not
    LOG = "log"  # it has something to say, and that is all


class CheckState(StrEnum):
    """How a check is, as lists show it."""

    NEW = "new"  # no ping yet
    UP = "up"  # the last ping was good, and the next is not due
    LATE = "late"  # due, and within its grace
    DOWN = "down"  # late beyond its grace, failed, or running for too long
    PAUSED = "paused"  # nothing is expected
