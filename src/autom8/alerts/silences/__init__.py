"""Silences, maintenance windows and dependencies: what holds incidents back."""
