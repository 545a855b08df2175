"""Words that every layer shares: errors, events, clock, ids, masked secrets, telemetry, actor.

Owns no feature and does no I/O beyond the clock. Nothing here imports another part of Autom8.
"""
