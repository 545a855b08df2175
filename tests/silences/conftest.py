"""The fixtures of these tests."""

from tests.api.fixtures import api, each_house, house, local, open_house, quick_passwords

__all__ = ["api", "each_house", "house", "local", "open_house", "quick_passwords"]
