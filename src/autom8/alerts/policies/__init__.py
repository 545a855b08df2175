"""Escalation policies: who is told, step by step."""
