"""The command line: one file per command group, over the HTTP API that everyone else uses too.

Parsing loads the standard library only; what a command needs is loaded when it runs. Knows no
rows, no repositories and no SQL: what it shows is what the API answers.
"""
