"""What people did, as a chain of entries that can't be changed unseen.

Owns the entry's form and its hashes. Knows no feature: it hears of theirs by events.
"""
