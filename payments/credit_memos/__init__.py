"""Credit memos: what lowers a debt that is wrong, paid or not (docs/domain.md#credit-memos)."""
