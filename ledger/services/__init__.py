"""The verbs of the ledger: the only code that changes its state."""

from ledger.services.journal import Posted, post_entries

__all__ = ["Posted", "post_entries"]
