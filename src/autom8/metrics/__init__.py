"""Metrics: what is measured becomes samples of series. Knows tasks and runs only by their events."""
