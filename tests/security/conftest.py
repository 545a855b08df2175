"""The fixtures of these tests."""

from tests.security.fixtures import ada, bob, house, migrated_sqlite, migrated_url, other_house

__all__ = ["ada", "bob", "house", "migrated_sqlite", "migrated_url", "other_house"]
