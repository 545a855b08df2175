"""Time series: samples as rows and in chunks, and their rollups; past the ORM, which is far slower here."""
