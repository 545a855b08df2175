"""Autom8's tests: one folder per package of src/autom8, the real services they start in services/."""
