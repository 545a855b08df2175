"""PromQL: Prometheus' query language over any source of samples. Knows no store, no web and no settings.

Text becomes an expression (`parsing`), an expression and a source become a result (`engine`), and a result
becomes what Prometheus' HTTP API says (`json`). Times are integers: milliseconds since the epoch.
"""
