"""Who may come in, and who they are: keys, passwords, tokens, sessions, users, the first set-up.

Owns no HTTP: cookies and headers are the faces' business. Knows no task, run or alert.
"""
