"""The batch that opens a company's books (docs/domain.md#opening-batch)."""
