"""What a second person decides on: one mechanism for every kind of action and every entry point to it (ADR 0018)."""
