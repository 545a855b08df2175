"""Real parts for tests, as pytest plugins: PostgreSQL, databases, Chromium, and a guard on the network."""
