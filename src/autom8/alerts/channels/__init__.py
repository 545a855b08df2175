"""Channels: ways on which people are told."""
