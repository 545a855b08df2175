"""Crontabs: read as Debian's cron reads them, and proven against a second reading.

Text in, values out: nothing here opens a file, asks for the time or knows how a task is stored.
"""

from __future__ import annotations

from autom8.scheduler.crontab.proof import Difference, Proof, proof
from autom8.scheduler.crontab.reader import parse_crontab
from autom8.scheduler.crontab.values import Crontab, Entry, Fault, Source

__all__ = ["Crontab", "Difference", "Entry", "Fault", "Proof", "Source", "parse_crontab", "proof"]
