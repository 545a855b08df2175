"""Settings: read once from the environment, `NAME_FILE` files and one TOML file, then passed as a value.

An unknown or odd value stops the start with one line that names it. Only `bootstrap`, `cli` and
`wsgi` import this package.
"""

from autom8.config.reading import data_folder, read_settings
from autom8.config.refusals import PREFIX
from autom8.config.settings import Settings

__all__ = ["PREFIX", "Settings", "data_folder", "read_settings"]
