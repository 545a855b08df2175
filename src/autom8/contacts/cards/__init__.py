"""Contacts as files: CSV and vCard, read and written. Bytes in, rows out, and back; no database, no clock.

What is read is judged row by row: a row that can't be read says so with its line and stops nobody else.
"""
