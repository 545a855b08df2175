"""Autom8 runs scheduled tasks, watches machines, tells the right person, and proves what happened."""

__version__ = "0.1.0"
