"""Databases: engines, migrations, and the differences between SQLite and PostgreSQL. Knows no rule."""
