"""Checks: jobs that run elsewhere and say by pings that they did."""
