"""Backups of everything that must be kept, and the way back (docs/operations.md#backup)."""
