"""Composition root, from settings to services: the one place that knows which parts exist and how they fit.

Owns no rule; a part that needs another gets it here.
"""

from autom8.bootstrap.engine import build_engine
from autom8.bootstrap.place import announce, note_start, take_place, withdraw
from autom8.bootstrap.services import HealthView, Services, build_services
from autom8.bootstrap.watching import HostWatch, host_watch_of

__all__ = [
    "HealthView",
    "HostWatch",
    "Services",
    "announce",
    "build_engine",
    "build_services",
    "host_watch_of",
    "note_start",
    "take_place",
    "withdraw",
]
