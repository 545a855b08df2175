"""Alerts that other programs push, as they push them to Alertmanager."""
