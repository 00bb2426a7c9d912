"""The project on PostgreSQL distributed by company: what it asks, and what became of it (docs/scale-distributed.md)."""
