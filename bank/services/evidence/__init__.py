"""Look-ups of what speaks for whom, in sets: so many statements however many parts (docs/domain.md#matching)."""
