"""What ./dev is made of: from a bare machine to an installed clone, on the standard library alone.

Knows the repository's layout and the package tools; knows nothing of Autom8's own code, which may
not be installed yet.
"""
