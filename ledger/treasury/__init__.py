"""Bank accounts and drawers, and what is paid out of them (docs/domain.md#bank-accounts)."""
