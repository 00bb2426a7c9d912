"""The HTTP endpoints of the bank's word (docs/api.md#bank-statements)."""
