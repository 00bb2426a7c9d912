"""A company to try everything on: what `make run` loads once, and rows in quantity for measurements."""
