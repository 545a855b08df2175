"""Sphinx settings. The reference is made from the code by `_ext/autom8_reference.py`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "Autom8"
author = "The Autom8 authors"
copyright = author
extensions = ["myst_parser", "sphinx.ext.autodoc", "autom8_reference"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Autom8"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_member_order = "bysource"
nitpicky = False
