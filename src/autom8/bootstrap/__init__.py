"""Composition root, from settings to services: the one place that knows which parts exist and how they fit.

Owns no rule; a part that needs another gets it here.
"""

from autom8.bootstrap.engine import build_engine
from autom8.bootstrap.place import announce, note_start, take_place, withdraw
from autom8.bootstrap.services import HealthView, Services, build_services

__all__ = [
    "HealthView",
    "Services",
    "announce",
    "build_engine",
    "build_services",
    "note_start",
    "take_place",
    "withdraw",
]
