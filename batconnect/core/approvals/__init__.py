"""What a second person decides on: one mechanism for every kind of deed and every door to it (ADR 0018)."""
