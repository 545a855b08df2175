"""The fixtures of these tests."""

from tests.api.fixtures import each_house, house, open_house, quick_passwords

__all__ = ["each_house", "house", "open_house", "quick_passwords"]
