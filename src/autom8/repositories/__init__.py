"""Data access: all SQL, one file per aggregate. Returns rows of the caller's transaction; knows no rule."""
