"""Many rows at once: chosen in a list, previewed, confirmed, carried out as one operation (docs/domain.md#bulk)."""
