"""The defaults of Autom8, in one place. `docs/reference/defaults.md` shows this table."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from autom8.kernel.vocabulary import CatchUp, Concurrency, Delivery, Gap, Overlap

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB

ZONE: Final = "UTC"
GAP: Final = Gap.SHIFT
OVERLAP: Final = Overlap.FIRST
CATCH_UP: Final = CatchUp.LATEST
LATENESS_MAX: Final = timedelta(days=1)
ON_TIME: Final = timedelta(seconds=10)  # a slot found due within this is no catch-up
RANGE_OVER: Final = 10  # more neighbouring slots than this with one fate share a range row
CATCH_UP_RUNS_MAX: Final = 100  # catch-up all: the newest this many are run, older ones are missed

TIMEOUT: Final = timedelta(hours=1)
GRACE: Final = timedelta(seconds=10)  # between TERM and KILL
DELIVERY: Final = Delivery.AT_MOST_ONCE
CONCURRENCY: Final = Concurrency.FORBID
CONCURRENCY_MAX: Final = 1
QUEUE: Final = "default"
PRIORITY: Final = 0

RETRIES_MAX: Final = 0
RETRY_FIRST: Final = timedelta(seconds=30)  # doubling
RETRY_LONGEST: Final = timedelta(hours=1)
RETRY_JITTER: Final = 0.1  # of the wait, to either side

OUTPUT_BYTES_MAX: Final = 10 * MIB  # a run
OUTPUT_HEAD_BYTES: Final = MIB  # the rest is the tail

RETENTION_AGE: Final = timedelta(days=90)
RETENTION_RUNS: Final = 1_000  # a task
RETENTION_OUTPUT_BYTES: Final = GIB  # in all

LEASE: Final = timedelta(seconds=30)
HEARTBEAT: Final = timedelta(seconds=10)

ACCESS_TOKEN_LIFE: Final = timedelta(minutes=10)
REFRESH_GRACE: Final = timedelta(seconds=10)
SESSION_IDLE: Final = timedelta(days=7)
SESSION_LIFE: Final = timedelta(days=30)
PROVIDER_SIGN_IN_LIFE: Final = timedelta(minutes=10)  # from the way to the provider until the way back
SETUP_LINK_LIFE: Final = timedelta(hours=1)
BULK_READ_TOLD_FOR: Final = timedelta(minutes=10)  # who reads many contacts on is told of once in it
PROOF_GOOD_FOR: Final = timedelta(minutes=10)  # for changes to keys, users and second factors
REQUESTS_PER_MINUTE: Final = 200
BODY_BYTES_MAX: Final = MIB
IMPORT_BYTES_MAX: Final = 64 * MIB  # of a file of contacts
IMPORT_ROWS_MAX: Final = 200_000
METRICS_REQUESTS_PER_MINUTE: Final = 3_000  # batches of samples, counted apart from all else
HEADER_BYTES_MAX: Final = 16 * KIB  # names and values of a request's headers
ADDRESS_BYTES_MAX: Final = 8 * KIB  # its path and query
PORT: Final = 8008

OUTBOX_WAIT_MAX: Final = timedelta(minutes=5)  # past its time, before the outbox is said to grow
OUTBOX_MESSAGES_MAX: Final = 1_000  # that wait in all, likewise
INSTANT_SIGN_LASTS: Final = timedelta(hours=1)  # how long a clock's step or a refused value is an alert
SIGN_UNSEEN_MAX: Final = timedelta(minutes=15)  # of what a server saw that is gone
DISK_FREE_LEAST: Final = GIB  # of a disk; of one below 5 GiB a fifth
DISK_FREE_MOST: Final = 20 * GIB  # asked for of a large disk
DISK_FULL_WITHIN: Final = timedelta(hours=4)  # if it goes on as within the last hour

COLLECT_EVERY: Final = timedelta(seconds=15)  # `autom8 collect`; down to a second
COLLECT_BUFFER_BYTES_MAX: Final = 64 * MIB  # on a host's disk while its server can't be reached
