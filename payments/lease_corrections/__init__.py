"""Changes of a lease over settled weeks, with what they cost or give back (docs/domain.md#lease-corrections)."""
