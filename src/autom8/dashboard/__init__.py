"""The page: how the built files of `web/` reach a browser.

Owns the addresses under which they are served and how long a browser may keep them. Knows neither
services nor who is signed in: the page asks the API for everything.
"""

from autom8.dashboard.pages import make_blueprint

__all__ = ["make_blueprint"]
