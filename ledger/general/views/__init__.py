"""The HTTP endpoints of the general ledger."""
