"""The HTTP endpoints of the ledger."""
