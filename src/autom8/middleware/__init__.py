"""What every request passes on its way in and out, each in a file of its own.

Request id, timing and headers (`observing`, `headers`), then body size, identity, rate limit and
scope (`gate`), before any view or cached answer. Knows no resource of the API.
"""
