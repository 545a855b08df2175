"""Looks at what is due, and takes the steps of its alerts."""
