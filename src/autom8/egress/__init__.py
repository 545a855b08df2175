"""The one way out: every outgoing connection is judged, bounded and made here.

Knows no feature and no web framework; bootstrap hands it to whoever has something to ask outside.
"""
