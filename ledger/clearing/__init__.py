"""Money held for others and on its way: taxes, security deposits, processors' deposits (docs/domain.md#remittances)."""
