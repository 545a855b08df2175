"""The HTTP API: one file per resource, each view a thin translation to one service call.

Owns parsing, rendering, problem+json and OpenAPI. Decides nothing that a service could decide, and
must not know the database.
"""
