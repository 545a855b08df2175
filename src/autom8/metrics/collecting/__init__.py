"""Collecting: what one host says of itself, read at a steady beat and handed on in batches.

Reads /proc and /sys by itself. Knows no database, no web framework, no settings and no server: whoever
starts it gives it a sink, or a way to post what it has read.
"""
